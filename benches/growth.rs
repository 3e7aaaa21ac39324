//! How the time of a training step grows with batch, width, depth and threads, and how near its products come to what the
//! machine can do. Writes the measurements to benches/growth.csv; the example `growth` draws them.
//!
//! `cargo bench --bench growth`

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use deltarule::prelude::*;

/// Seconds of the fastest of several runs of `f`.
fn fastest(mut f: impl FnMut()) -> f64 {
    f();
    let start = Instant::now();
    let mut best = f64::INFINITY;
    let mut runs = 0;
    while runs < 5 || start.elapsed().as_secs_f64() < 0.4 {
        let start = Instant::now();
        f();
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    best
}

/// Seconds of a training step of a net with these sizes: ReLU between the layers, mean squared error, plain SGD.
fn step(sizes: &[usize], batch: usize) -> f64 {
    manual_seed(0);
    let mut model = nn::Sequential::new();
    for (layer, pair) in sizes.windows(2).enumerate() {
        model.push(nn::Linear::new(pair[0], pair[1]));
        if layer + 2 < sizes.len() {
            model.push(nn::Relu);
        }
    }
    let (x, y) = (Tensor::rand([batch, sizes[0]]), Tensor::rand([batch, sizes[sizes.len() - 1]]));
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.01);
    fastest(|| {
        let loss = criterion.forward(&model.forward(&x), &y);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    })
}

/// Floating-point operations of such a step's matrix products: one forward, and two backward for all layers but the
/// first, whose input needs no gradient.
fn operations(sizes: &[usize], batch: usize) -> f64 {
    let product = |pair: &[usize]| 2.0 * (batch * pair[0] * pair[1]) as f64;
    let all: f64 = sizes.windows(2).map(product).sum();
    3.0 * all - product(&sizes[..2])
}

fn main() {
    // `cargo test --benches` and the like only want to know that it runs.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let mut csv = String::from("series,x,threads,seconds,operations\n");
    let mut row = |series: &str, x: usize, threads: usize, seconds: f64, operations: f64| {
        println!(
            "{series:<6} {x:>5} {threads} threads: {:>9.1} µs, {:>6.1} GFLOP/s",
            seconds * 1e6,
            operations / seconds / 1e9
        );
        let _ = writeln!(csv, "{series},{x},{threads},{seconds:.4e},{operations:.4e}");
    };
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| {
            let largest = |size: usize| if quick { size.min(16) } else { size };
            for batch in [1, 4, 16, 64, 256, 1024].map(largest) {
                let sizes = [784, 128, 10];
                row("batch", batch, threads, step(&sizes, batch), operations(&sizes, batch));
            }
            for width in [4, 16, 64, 256, 1024, 2048].map(largest) {
                let sizes = [width; 3];
                row("width", width, threads, step(&sizes, 64), operations(&sizes, 64));
            }
            for depth in [1, 2, 4, 8, 16, 32, 64].map(largest) {
                let sizes = vec![64; depth + 1];
                row("depth", depth, threads, step(&sizes, 64), operations(&sizes, 64));
            }
            for n in [8, 16, 32, 64, 128, 256, 512, 1024, 2048].map(largest) {
                let (a, b) = (Tensor::rand([n, n]), Tensor::rand([n, n]));
                let seconds = fastest(|| {
                    black_box(a.matmul(&b));
                });
                row("square", n, threads, seconds, 2.0 * (n as f64).powi(3));
            }
            for n in [1_000, 10_000, 100_000, 1_000_000, 10_000_000].map(|n| if quick { 1_000 } else { n }) {
                let (a, b) = (Tensor::rand([n]), Tensor::rand([n]));
                let seconds = fastest(|| {
                    black_box(&a + &b);
                });
                row("add", n, threads, seconds, n as f64);
            }
        });
    }
    if !quick {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/growth.csv");
        std::fs::write(path, csv).expect("the folder of this bench can be written to");
        println!("wrote {path}");
    }
}
