//! Layouts: every operation gives the same however its inputs and its gradient lie in memory: the value, and the gradients of
//! both orders.

use std::panic::{AssertUnwindSafe, catch_unwind};

use deltarule_tensor::{
    Domain, DoubleTensor, Float, OPERATIONS, Operation, Options, Sample, Tensor, TensorOf, grad_with, stack, step,
};

/// Operations that add, in an order that may depend on the layout: an array is read in the order of memory where it can be.
/// All others give the same bits.
const ADDING: &[&str] = &[
    // What was broadcast adds up its gradients.
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "maximum",
    "minimum",
    "atan2",
    "remainder",
    "fmod",
    "lerp",
    "outer",
    "kron",
    "meshgrid",
    "expand",
    "repeat",
    "sum",
    "trace",
    "nansum",
    "nanmean",
    "mean",
    "prod",
    "var",
    "std",
    "norm",
    "standardized",
    "logsumexp",
    "softmax",
    "softmax_backward",
    "log_softmax",
    "log_softmax_backward",
    "mse_loss",
    "cross_entropy",
    "matmul",
    "dot",
    "linear",
    "linear_tanh",
    "linear_sigmoid",
    "linear_relu",
];

/// An element type, as the table has samples of it.
trait Precision: Float {
    /// How far results of another order of additions may lie apart, as a share of the largest number: some hundred roundings.
    const LIMIT: f64;

    fn expression(sample: &Sample) -> fn(&[TensorOf<Self>]) -> TensorOf<Self>;
}

impl Precision for f32 {
    const LIMIT: f64 = 200.0 * f32::EPSILON as f64;

    fn expression(sample: &Sample) -> fn(&[Tensor]) -> Tensor {
        sample.f32
    }
}

impl Precision for f64 {
    const LIMIT: f64 = 200.0 * f64::EPSILON;

    fn expression(sample: &Sample) -> fn(&[DoubleTensor]) -> DoubleTensor {
        sample.f64
    }
}

fn tensor<E: Precision>(shape: &[usize], value: impl Fn(usize) -> f64) -> TensorOf<E> {
    TensorOf::from_vec((0..shape.iter().product()).map(|i| E::from_f64(value(i))).collect(), shape).unwrap()
}

/// Values of a domain in an order without a pattern: 7919 is prime and divides no count here.
fn input<E: Precision>(domain: Domain, shape: &[usize], number: usize) -> TensorOf<E> {
    let count = shape.iter().product::<usize>().max(1);
    let unit = |i: usize| (((i + 3 * number) * 7919) % count) as f64 / count as f64;
    tensor(shape, |i| match domain {
        Domain::Within(low, high) | Domain::Distinct(low, high) => low + (high - low) * unit(i),
        Domain::Magnitude(low, high) => (if i.is_multiple_of(3) { -1.0 } else { 1.0 }) * (low + (high - low) * unit(i)),
    })
}

/// The weights of a result, whose sum is differentiated.
fn weights<E: Precision>(shape: &[usize]) -> TensorOf<E> {
    tensor(shape, |i| 0.3 + (i as f64 * 12.9898).sin().abs())
}

/// The same elements in another layout; `None` where this shape has no such.
type Lay<E> = fn(&TensorOf<E>) -> Option<TensorOf<E>>;

fn ndim<E: Float>(x: &TensorOf<E>) -> isize {
    x.ndim() as isize
}

/// The elements stored in the order of `axes`.
fn stored<E: Float>(x: &TensorOf<E>, axes: &[isize]) -> TensorOf<E> {
    let mut back = vec![0; axes.len()];
    axes.iter().enumerate().for_each(|(place, &axis)| back[axis as usize] = place as isize);
    x.permute(axes).contiguous().permute(&back[..])
}

fn reversed<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    (x.ndim() > 1).then(|| stored(x, &(0..ndim(x)).rev().collect::<Vec<_>>()))
}

fn last_swapped<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    (x.ndim() > 2).then(|| x.transpose(-1, -2).contiguous().transpose(-1, -2))
}

fn first_last<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    (x.ndim() > 2).then(|| stored(x, &(1..ndim(x)).chain([0]).collect::<Vec<_>>()))
}

/// With NaN between neighbours along `dim`, which whoever reads them will show.
fn with_gaps<E: Float>(x: &TensorOf<E>, dim: isize) -> TensorOf<E> {
    let mut shape = x.shape().to_vec();
    shape[dim as usize] *= 2;
    let gaps = x.full_like(E::from_f64(f64::NAN));
    let wide = stack(&[x, &gaps], dim + 1).reshape(&shape[..]);
    let last_first = wide.transpose(0, dim);
    last_first.slice(step(.., 2)).transpose(0, dim)
}

fn gaps_in_the_last<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    (x.ndim() > 0).then(|| with_gaps(x, ndim(x) - 1))
}

fn gaps_in_the_first<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    (x.ndim() > 1).then(|| with_gaps(x, 0))
}

fn reversed_with_gaps<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    let axes: Vec<_> = (0..ndim(x)).rev().collect();
    Some(gaps_in_the_last(&reversed(x)?.permute(&axes[..]).contiguous())?.permute(&axes[..]))
}

/// A part of a larger tensor: an offset, and a stride for each axis of size 1 that no row-major tensor has.
fn part<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    let larger = x.unsqueeze(0).pad(vec![(1, 2); x.ndim() + 1], E::from_f64(f64::NAN));
    let inner = (0..ndim(x)).fold(larger, |larger, dim| larger.narrow(dim + 1, 1, x.size(dim)));
    Some(inner.select(0, 1))
}

/// Axes of size 1 whose stride is 1, wherever they stand.
fn ones_inserted<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    let ones = (0..ndim(x)).filter(|&dim| x.size(dim) == 1);
    x.shape().contains(&1).then(|| ones.fold(x.squeeze(), |x, dim| x.unsqueeze(dim)))
}

/// Starts within the memory of another: no gaps, but an offset.
fn offset<E: Float>(x: &TensorOf<E>) -> Option<TensorOf<E>> {
    Some(stack(&[&x.full_like(E::from_f64(f64::NAN)), x], 0).select(0, 1))
}

fn layouts<E: Precision>() -> [(&'static str, Lay<E>); 9] {
    [
        ("axes reversed", reversed),
        ("last axes swapped", last_swapped),
        ("first axis last", first_last),
        ("gaps in the last axis", gaps_in_the_last),
        ("gaps in the first axis", gaps_in_the_first),
        ("axes reversed, with gaps", reversed_with_gaps),
        ("a part", part),
        ("axes of size 1 inserted", ones_inserted),
        ("an offset", offset),
    ]
}

/// A result: what it is, its shape and its elements.
type Part = (String, Vec<usize>, Vec<f64>);

/// The value, the gradients as a plain pass gives them and as one that is recorded, and second gradients.
fn results<E: Precision>(
    f: fn(&[TensorOf<E>]) -> TensorOf<E>,
    inputs: &[TensorOf<E>],
    lay: impl Fn(TensorOf<E>) -> TensorOf<E>,
) -> Vec<Part> {
    let leaves: Vec<_> = inputs.iter().map(|x| x.detach().requires_grad_()).collect();
    let all: Vec<_> = leaves.iter().collect();
    let mut parts = Vec::new();
    let mut add = |what: &str, number: usize, x: &TensorOf<E>| {
        parts.push((format!("{what} {number}"), x.shape().to_vec(), x.to_vec().into_iter().map(E::to_f64).collect()));
    };
    let y = f(&leaves);
    add("value", 0, &y);
    if !y.requires_grad() {
        return parts;
    }
    let g = lay(weights(y.shape()));
    let of = |y: &TensorOf<E>, g: &TensorOf<E>, options: Options| -> Vec<_> {
        let gradients = grad_with(y, Some(g), &all, options);
        gradients.into_iter().enumerate().filter_map(|(input, gradient)| Some((input, gradient?))).collect()
    };
    for (input, gradient) in of(&y, &g, Options::new().retain_graph(true)) {
        add("gradient", input, &gradient);
    }
    let first = of(&y, &g, Options::new().create_graph(true));
    for (input, gradient) in &first {
        add("recorded gradient", *input, gradient);
    }
    for (input, gradient) in first.iter().filter(|(_, gradient)| gradient.requires_grad()) {
        for (other, second) in of(gradient, &lay(weights(gradient.shape())), Options::new().retain_graph(true)) {
            add(&format!("gradient of gradient {input} by"), other, &second);
        }
    }
    parts
}

/// How the first parts that differ do.
fn difference<E: Precision>(operation: &Operation, found: &[Part], expected: &[Part]) -> Option<String> {
    let exact = !ADDING.contains(&operation.name);
    let wrong = |((what, shape, found), (same, other, expected)): (&Part, &Part)| {
        if (what, shape) != (same, other) {
            return Some(format!("{what} of shape {shape:?}, and {same} of shape {other:?}"));
        }
        let largest = expected.iter().filter(|x| x.is_finite()).fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let near = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= E::LIMIT * largest;
        let same =
            |a: f64, b: f64| if exact { a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() } else { near(a, b) };
        let at = found.iter().zip(expected).position(|(&a, &b)| !same(a, b))?;
        Some(format!("{what}, element {at}: {:e} for {:e}", found[at], expected[at]))
    };
    if found.len() != expected.len() {
        return Some(format!("{} results for {}", found.len(), expected.len()));
    }
    found.iter().zip(expected).find_map(wrong)
}

/// Checks one set of inputs in all layouts: all together and, if `each`, one at a time.
fn check<E: Precision>(
    operation: &Operation,
    sample: &Sample,
    inputs: &[TensorOf<E>],
    each: bool,
    wrong: &mut Vec<String>,
) {
    let f = E::expression(sample);
    let expected = results(f, inputs, |g| g);
    for (name, lay) in layouts::<E>() {
        let relaid = |x: &TensorOf<E>| lay(x).unwrap_or_else(|| x.clone());
        let mut compare = |which: &str, inputs: &[TensorOf<E>], gradient: bool| {
            let found = results(f, inputs, |g| if gradient { relaid(&g) } else { g });
            if let Some(difference) = difference::<E>(operation, &found, &expected) {
                let shapes: Vec<_> = inputs.iter().map(TensorOf::shape).collect();
                let (operation, torch) = (operation.name, sample.torch);
                wrong
                    .push(format!("{operation} ({torch}) of {:?} {shapes:?}, {which}: {name}: {difference}", E::DTYPE));
            }
        };
        let all: Vec<_> = inputs.iter().map(relaid).collect();
        compare("all", &all, true);
        if each {
            compare("the gradient", inputs, true);
            compare("the inputs", &all, false);
            for one in (0..inputs.len()).filter(|_| inputs.len() > 1) {
                let mut single = inputs.to_vec();
                single[one] = relaid(&inputs[one]);
                compare(&format!("input {one}"), &single, false);
            }
        }
    }
    // What is repeated along an axis has other values, so it is compared with its own copy.
    for one in 0..inputs.len() {
        for dim in (0..ndim(&inputs[one])).filter(|&dim| inputs[one].size(dim) > 1 && each) {
            let mut repeated = inputs.to_vec();
            repeated[one] = inputs[one].narrow(dim, 0, 1).expand(inputs[one].shape());
            let found = results(f, &repeated, |g| g);
            repeated[one] = repeated[one].contiguous();
            if let Some(difference) = difference::<E>(operation, &found, &results(f, &repeated, |g| g)) {
                wrong.push(format!(
                    "{} ({}), input {one} repeated along {dim}: {difference}",
                    operation.name, sample.torch
                ));
            }
        }
    }
}

fn inputs<E: Precision>(sample: &Sample, shapes: &[Vec<usize>]) -> Vec<TensorOf<E>> {
    shapes
        .iter()
        .zip(sample.domains)
        .enumerate()
        .map(|(number, (shape, &domain))| input(domain, shape, number))
        .collect()
}

fn assert_none(wrong: &[String]) {
    let shown: Vec<_> = wrong.iter().take(40).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), shown.join("\n"));
}

fn of_all_samples<E: Precision>() {
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        for sample in operation.samples {
            for shapes in sample.shapes {
                let shapes: Vec<_> = shapes.iter().map(|shape| shape.to_vec()).collect();
                check::<E>(operation, sample, &inputs(sample, &shapes), true, &mut wrong);
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn every_sample_in_f32() {
    of_all_samples::<f32>();
}

#[test]
fn every_sample_in_f64() {
    of_all_samples::<f64>();
}

/// Axes of 69 and more: from 64 on, rows and columns are read in other ways than those of a few.
#[test]
fn larger_inputs() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for operation in OPERATIONS {
        for sample in operation.samples {
            let Some(largest) = sample.shapes.iter().max_by_key(|shapes| shapes.iter().map(|s| s.len()).max()) else {
                continue;
            };
            let grown: Vec<Vec<usize>> = largest
                .iter()
                .map(|shape| shape.iter().map(|&size| if size > 1 { size * 23 } else { size }).collect())
                .collect();
            if grown.iter().any(|shape| shape.iter().product::<usize>() > 100_000) {
                continue;
            }
            let inputs = inputs::<f32>(sample, &grown);
            // A sample that names places, masks or shapes of its small inputs refuses larger ones.
            if catch_unwind(AssertUnwindSafe(|| results(sample.f32, &inputs, |g| g))).is_ok() {
                check(operation, sample, &inputs, false, &mut wrong);
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "{tried} samples take larger inputs");
    assert_none(&wrong);
}
