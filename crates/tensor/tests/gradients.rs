//! Every operation of the table against differences: first and second order, at each of its samples, on contiguous and
//! strided inputs, on several numbers of threads.

use deltarule_tensor::{Domain, DoubleTensor, OPERATIONS, Sample, gradcheck, gradgradcheck};

/// Numbers without a pattern, from 0 to 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn values(domain: Domain, count: usize, noise: &mut Noise) -> Vec<f64> {
    match domain {
        Domain::Within(low, high) => (0..count).map(|_| low + (high - low) * noise.next()).collect(),
        Domain::Magnitude(low, high) => (0..count)
            .map(|_| {
                let sign = if noise.next() < 0.5 { -1.0 } else { 1.0 };
                sign * (low + (high - low) * noise.next())
            })
            .collect(),
        Domain::Distinct(low, high) => {
            let mut values: Vec<_> = (0..count).map(|i| low + (high - low) * (i as f64 + 0.5) / count as f64).collect();
            for i in (1..count).rev() {
                values.swap(i, (noise.next() * (i + 1) as f64) as usize);
            }
            values
        }
    }
}

fn inputs(sample: &Sample, shapes: &[&[usize]]) -> Vec<DoubleTensor> {
    assert_eq!(sample.domains.len(), shapes.len(), "{}: one domain for each input", sample.torch);
    let mut noise = Noise(20_261_124);
    shapes
        .iter()
        .zip(sample.domains)
        .map(|(shape, &domain)| {
            let values = values(domain, shape.iter().product(), &mut noise);
            DoubleTensor::from_vec(values, *shape).unwrap()
        })
        .collect()
}

/// The same values behind other strides: the axes are stored in reverse order.
fn reversed(x: &DoubleTensor) -> DoubleTensor {
    let axes: Vec<isize> = (0..x.ndim() as isize).rev().collect();
    x.permute(&axes[..])
}

fn for_each_case(run: impl Fn(&str, &Sample, &[DoubleTensor])) {
    for operation in OPERATIONS {
        assert!(!operation.samples.is_empty(), "{} has no samples", operation.name);
        for sample in operation.samples {
            assert!(!sample.shapes.is_empty(), "{}: no shapes", sample.torch);
            for shapes in sample.shapes {
                let inputs = inputs(sample, shapes);
                run(&format!("{} ({}) at {shapes:?}", operation.name, sample.torch), sample, &inputs);
            }
        }
    }
}

#[test]
fn first_order() {
    for_each_case(|name, sample, inputs| {
        gradcheck(sample.f64, inputs).unwrap_or_else(|error| panic!("{name}: {error}"));
    });
}

#[test]
fn second_order() {
    for_each_case(|name, sample, inputs| {
        gradgradcheck(sample.f64, inputs).unwrap_or_else(|error| panic!("{name}: {error}"));
    });
}

#[test]
fn strided_inputs() {
    for_each_case(|name, sample, inputs| {
        // Each input is stored with its axes reversed, and seen through a view that reverses them again.
        let stored: Vec<_> = inputs.iter().map(|x| reversed(x).contiguous()).collect();
        let through = |stored: &[DoubleTensor]| {
            let views: Vec<_> = stored.iter().map(reversed).collect();
            (sample.f64)(&views)
        };
        gradcheck(through, &stored).unwrap_or_else(|error| panic!("{name}, strided: {error}"));
        gradgradcheck(through, &stored).unwrap_or_else(|error| panic!("{name}, strided: {error}"));
    });
}
