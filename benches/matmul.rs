//! Matrix products from tiny to large: plain, with the right factor transposed (a layer's forward pass), and with the left
//! one transposed (a weight's gradient).
//!
//! `cargo bench --bench matmul`; `RAYON_NUM_THREADS=1` for one thread.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use deltarule::prelude::*;

/// m, k, n of [m, k] · [k, n].
const SIZES: [[usize; 3]; 10] = [
    [4, 2, 2],
    [16, 16, 16],
    [1, 784, 128],
    [64, 128, 10],
    [64, 784, 128],
    [128, 512, 512],
    [256, 1024, 1024],
    [1024, 256, 1024],
    [1024, 1024, 1024],
    [2048, 2048, 2048],
];

fn products(c: &mut Criterion) {
    manual_seed(0);
    let mut group = c.benchmark_group("matmul");
    group.sample_size(20);
    for [m, k, n] in SIZES {
        let (a, b) = (Tensor::randn([m, k]), Tensor::randn([k, n]));
        // The same values, transposed in memory.
        let (a_turned, b_turned) = (a.t().contiguous(), b.t().contiguous());
        group.throughput(Throughput::Elements((2 * m * k * n) as u64));
        let cases = [("plain", a.clone(), b.clone()), ("x·Wᵀ", a, b_turned.t()), ("gᵀ·x", a_turned.t(), b)];
        for (name, a, b) in cases {
            let id = BenchmarkId::new(name, format!("{m}x{k}x{n}"));
            group.bench_function(id, |bencher| bencher.iter(|| black_box(a.matmul(&b))));
        }
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
