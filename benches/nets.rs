//! Whole training steps (zero_grad, forward, loss, backward, step) of three nets, from small to large.
//!
//! `cargo bench --bench nets`; `RAYON_NUM_THREADS=1` for one thread.

use criterion::{Criterion, criterion_group, criterion_main};
use deltarule::prelude::*;

/// 784-128-10, ReLU, cross-entropy, batch 64.
fn digits(c: &mut Criterion) {
    manual_seed(0);
    let (x, y) = (Tensor::randn([64, 784]), LongTensor::randint(0, 10, [64]));
    let model = nn::sequential![nn::Linear::new(784, 128), nn::Relu, nn::Linear::new(128, 10)];
    let criterion = nn::CrossEntropyLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.01);
    c.bench_function("nets/784-128-10", |b| {
        b.iter(|| {
            optimizer.zero_grad();
            criterion.forward(&model.forward(&x), &y).backward();
            optimizer.step();
        });
    });
}

/// 784-512-512-10, tanh, MSE, momentum 0.9, batch 128.
fn deeper(c: &mut Criterion) {
    manual_seed(0);
    let (x, y) = (Tensor::randn([128, 784]), Tensor::randn([128, 10]));
    let model = nn::sequential![
        nn::Linear::new(784, 512),
        nn::Tanh,
        nn::Linear::new(512, 512),
        nn::Tanh,
        nn::Linear::new(512, 10)
    ];
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.01).momentum(0.9);
    c.bench_function("nets/784-512-512-10", |b| {
        b.iter(|| {
            optimizer.zero_grad();
            criterion.forward(&model.forward(&x), &y).backward();
            optimizer.step();
        });
    });
}

/// Four times 1024×1024, ReLU, MSE, batch 256.
fn wide(c: &mut Criterion) {
    manual_seed(0);
    let (x, y) = (Tensor::randn([256, 1024]), Tensor::randn([256, 1024]));
    let model = nn::sequential![
        nn::Linear::new(1024, 1024),
        nn::Relu,
        nn::Linear::new(1024, 1024),
        nn::Relu,
        nn::Linear::new(1024, 1024),
        nn::Relu,
        nn::Linear::new(1024, 1024)
    ];
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.01);
    c.bench_function("nets/4x1024", |b| {
        b.iter(|| {
            optimizer.zero_grad();
            criterion.forward(&model.forward(&x), &y).backward();
            optimizer.step();
        });
    });
}

criterion_group!(benches, digits, deeper, wide);
criterion_main!(benches);
