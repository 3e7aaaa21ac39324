//! Reductions, softmax and cross-entropy, along both axes.
//!
//! `cargo bench --bench reduce`

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use deltarule::prelude::*;

/// Shapes, each with the axis that is reduced.
const LINES: [([usize; 2], isize); 9] = [
    ([1, 10], 1),
    ([1, 1_000], 1),
    ([1, 100_000], 1),
    ([1024, 1000], 0),
    ([1024, 1000], 1),
    ([64, 10], 0),
    ([64, 10], 1),
    ([32_768, 8], 0),
    ([32_768, 8], 1),
];

type Operation = fn(&Tensor, isize) -> Tensor;

const OPERATIONS: [(&str, Operation); 8] = [
    ("sum", |x, axis| x.sum_dim(axis, false)),
    ("mean", |x, axis| x.mean_dim(axis, false)),
    ("amax", |x, axis| x.amax(axis, false)),
    ("max", |x, axis| x.max_dim(axis, false).0),
    ("var", |x, axis| x.var_dim(axis, 1.0, false)),
    ("logsumexp", |x, axis| x.logsumexp_dim(axis, false)),
    ("softmax", |x, axis| x.softmax(axis)),
    ("log_softmax", |x, axis| x.log_softmax(axis)),
];

fn along_an_axis(c: &mut Criterion) {
    manual_seed(0);
    for (name, operation) in OPERATIONS {
        let mut group = c.benchmark_group(name);
        for (shape, axis) in LINES {
            let x = Tensor::randn(shape);
            group.bench_function(BenchmarkId::from_parameter(format!("{shape:?} along {axis}")), |b| {
                b.iter(|| operation(black_box(&x), axis));
            });
        }
    }
}

/// Forward and backward.
fn cross_entropy(c: &mut Criterion) {
    manual_seed(0);
    let mut group = c.benchmark_group("cross_entropy");
    for [examples, classes] in [[64, 10], [1024, 1000]] {
        let x = Tensor::randn([examples, classes]).requires_grad_();
        let targets = (0..examples).map(|i| (i * 7 % classes) as i64).collect();
        let targets = LongTensor::from_vec(targets, [examples]).unwrap();
        let criterion = nn::CrossEntropyLoss::default();
        group.bench_function(format!("{examples}×{classes}"), |b| {
            b.iter(|| {
                x.zero_grad();
                criterion.forward(&x, &targets).backward();
            });
        });
    }
}

criterion_group!(benches, along_an_axis, cross_entropy);
criterion_main!(benches);
