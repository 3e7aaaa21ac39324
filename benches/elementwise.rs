//! Functions of single elements, from a thousand elements to ten million: what stays in a cache, what doesn't, and what is
//! broadcast.
//!
//! `cargo bench --bench elementwise`

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use deltarule::prelude::*;

type Operation = fn(&Tensor, &Tensor) -> Tensor;

const OPERATIONS: [(&str, Operation); 11] = [
    ("add", |a, b| a + b),
    ("mul", |a, b| a * b),
    ("relu", |a, _| a.relu()),
    ("exp", |a, _| a.exp()),
    ("tanh", |a, _| a.tanh()),
    ("sigmoid", |a, _| a.sigmoid()),
    ("softplus", |a, _| a.softplus(1.0, 20.0)),
    ("elu", |a, _| a.elu(1.0)),
    ("gelu", |a, _| a.gelu()),
    ("pow", |a, b| a.pow(b)),
    ("where", |a, b| a.gt_scalar(0.0).where_(a, b)),
];

fn sizes(c: &mut Criterion) {
    manual_seed(0);
    for (name, operation) in OPERATIONS {
        let mut group = c.benchmark_group(name);
        for size in [1_000, 100_000, 10_000_000] {
            let (a, b) = (Tensor::randn([size]), Tensor::randn([size]));
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter(|| operation(black_box(&a), &b));
            });
        }
    }
}

fn broadcast(c: &mut Criterion) {
    manual_seed(0);
    let (a, row, column) = (Tensor::randn([1024, 1000]), Tensor::randn([1000]), Tensor::randn([1024, 1]));
    let turned = Tensor::randn([1000, 1024]);
    let mut group = c.benchmark_group("1024×1000 + …");
    group.bench_function("row", |b| b.iter(|| black_box(&a) + &row));
    group.bench_function("column", |b| b.iter(|| black_box(&a) + &column));
    group.bench_function("transposed", |b| b.iter(|| black_box(&a) + turned.t()));
}

/// Two nets that are trained on two threads at once: they share no lock, and neither waits for the other's work. The time is
/// that of the slowest thread, from when all have started. Each net has a pool of one thread, so that none is helped.
fn two_models(c: &mut Criterion) {
    let train = || {
        manual_seed(0);
        let (x, y) = (Tensor::randn([64, 64]), Tensor::randn([64, 1]));
        let model = nn::sequential![nn::Linear::new(64, 32), nn::Tanh, nn::Linear::new(32, 1)];
        let criterion = nn::MseLoss::default();
        let mut optimizer = optim::Sgd::new(model.parameters(), 0.01);
        for _ in 0..500 {
            let loss = criterion.forward(&model.forward(&x), &y);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
    };
    let mut group = c.benchmark_group("500 steps of 64-32-1");
    group.sample_size(20);
    for models in [1, 2] {
        group.bench_function(BenchmarkId::new("models", models), |b| {
            b.iter_custom(|count| {
                let started = Barrier::new(models);
                let timed = || {
                    started.wait();
                    let start = Instant::now();
                    (0..count).for_each(|_| train());
                    start.elapsed()
                };
                let time = || match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                    Ok(alone) => alone.install(timed),
                    Err(wrong) => panic!("{wrong}"),
                };
                thread::scope(|scope| {
                    let threads: Vec<_> = (0..models).map(|_| scope.spawn(time)).collect();
                    threads.into_iter().filter_map(|thread| thread.join().ok()).max().unwrap_or_default()
                })
            });
        });
    }
}

criterion_group!(benches, sizes, broadcast, two_models);
criterion_main!(benches);
