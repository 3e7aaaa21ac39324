//! Instruction sets: on one machine, every operation gives the same bits at each level that has fused multiply-add, and
//! nearly the same without.
//!
//! The level is chosen once for a process, so the test runs itself again with `DELTARULE_LEVEL`. Only x86-64 has levels;
//! `scripts/aarch64 test` compares what this prints there with what it prints here.

use std::process::Command;

use deltarule_tensor::{Domain, OPERATIONS, Sample, Tensor, TensorOf};

/// Set in the processes that only print: one line for each sample.
const PRINTS: &str = "DELTARULE_TEST_PRINTS";

fn inputs(sample: &Sample) -> Vec<Tensor> {
    let value = |domain: Domain, i: usize, count: usize| {
        let unit = ((i * 7919) % count) as f64 / count as f64;
        (match domain {
            Domain::Within(low, high) | Domain::Distinct(low, high) => low + (high - low) * unit,
            Domain::Magnitude(low, high) => {
                (if i.is_multiple_of(3) { -1.0 } else { 1.0 }) * (low + (high - low) * unit)
            }
        }) as f32
    };
    let largest =
        sample.shapes.iter().max_by_key(|shapes| shapes.iter().map(|s| s.iter().product::<usize>()).sum::<usize>());
    let inputs = largest.expect("a sample has shapes").iter().zip(sample.domains).map(|(shape, &domain)| {
        let count = shape.iter().product();
        Tensor::from_vec((0..count).map(|i| value(domain, i, count)).collect(), shape.to_vec())
            .unwrap()
            .requires_grad_()
    });
    inputs.collect()
}

/// The value and the gradients of each sample, as bits.
fn results() -> Vec<(&'static str, Vec<u32>)> {
    let mut all = Vec::new();
    for operation in OPERATIONS {
        for sample in operation.samples {
            let inputs = inputs(sample);
            let y = (sample.f32)(&inputs);
            (&y * y.detach()).sum().backward();
            let gradients = inputs.iter().filter_map(Tensor::grad);
            let bits = [y.detach()].into_iter().chain(gradients).flat_map(|x| x.to_vec()).map(f32::to_bits).collect();
            all.push((operation.name, bits));
        }
    }
    // Sizes around the vectors, which the samples don't reach.
    for n in [1_usize, 15, 16, 17, 63, 100, 1000, 20_000] {
        let x = Tensor::from_vec((0..2 * n).map(|i| (i * 7919 % 1013) as f32 / 500.0 - 1.0).collect(), [2, n]).unwrap();
        let y: [(&str, Tensor); 12] = [
            ("sum", x.sum_dim(1, false)),
            ("sum of columns", x.sum_dim(0, false)),
            ("max", x.amax(1, false)),
            ("var", x.var_dim(1, 0.0, false)),
            ("logsumexp", x.logsumexp_dim(1, false)),
            ("softmax", x.softmax(1)),
            ("log_softmax", x.log_softmax(1)),
            ("layer_norm", x.layer_norm(1, None, None, 1e-5)),
            ("exp", x.exp()),
            ("tanh", x.tanh()),
            ("gelu", x.gelu()),
            ("where", x.gt_scalar(0.0).where_(&x, &x.square())),
        ];
        all.extend(y.map(|(name, y): (_, TensorOf<f32>)| (name, y.to_vec().into_iter().map(f32::to_bits).collect())));
    }
    all
}

#[test]
fn every_level_gives_the_same() {
    let here = results();
    if std::env::var_os(PRINTS).is_some() {
        for (name, bits) in here {
            println!("level {name}: {bits:?}");
        }
        return;
    }
    let at = |level: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--nocapture", "--exact", "every_level_gives_the_same"])
            .envs([("DELTARULE_LEVEL", level), (PRINTS, "1")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().filter_map(|line| Some(line.split_once("level ")?.1.to_owned()));
        lines.collect::<Vec<_>>()
    };
    let (avx2, portable) = (at("avx2"), at("portable"));
    assert_eq!((avx2.len(), portable.len()), (here.len(), here.len()));
    for ((name, bits), (avx2, portable)) in here.iter().zip(avx2.iter().zip(&portable)) {
        assert_eq!(avx2, &format!("{name}: {bits:?}"), "AVX2");
        let numbers =
            portable.rsplit_once('[').unwrap().1.trim_end_matches(']').split(", ").filter(|bits| !bits.is_empty());
        let numbers: Vec<f32> = numbers.map(|bits| f32::from_bits(bits.parse().unwrap())).collect();
        assert_eq!(numbers.len(), bits.len(), "{name}");
        let largest = numbers.iter().filter(|x| x.is_finite()).fold(1e-3_f32, |a, b| a.max(b.abs()));
        for (&y, &bits) in numbers.iter().zip(bits) {
            let truth = f32::from_bits(bits);
            // Roundings of a product and a sum that are one with fused multiply-add, along a few hundred terms.
            assert!(y == truth || (y - truth).abs() <= 1e-5 * largest, "{name} without FMA: {y} for {truth}");
        }
    }
}
