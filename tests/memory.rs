//! Memory stays bounded however long a program runs: each way to make tensors in a loop, and loops beside rayon's pools when
//! all their threads are busy with something else.
//!
//! What counts is what the system says of the process, so this is a process of its own, with one test.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use deltarule::prelude::*;
use deltarule::tensor::{empty_cache, memory_stats};

const MIB: usize = 1 << 20;
/// More than 2 MB in `f32`: memory of this size is shared by all threads.
const N: usize = 600_000;

/// The memory that the process holds, in bytes. Where the system doesn't say it as Linux does, what tensors hold.
fn resident() -> usize {
    let pages = |statm: String| statm.split(' ').nth(1)?.parse::<usize>().ok();
    match std::fs::read_to_string("/proc/self/statm").ok().and_then(pages) {
        Some(pages) => pages * 4096,
        None => memory_stats().reserved,
    }
}

/// By how much `run` makes the process grow, after a few runs that fill the pool, until the last of `times`.
fn growth(times: usize, mut run: impl FnMut()) -> usize {
    (0..4 + times / 10).for_each(|_| run());
    let before = resident();
    (0..times).for_each(|_| run());
    resident().saturating_sub(before)
}

#[test]
fn memory_is_bounded() {
    rayon::ThreadPoolBuilder::new().num_threads(4).build_global().unwrap();
    tensors();
    pools();
}

/// A hundred tensors of 2.4 MB or more, of which two live at a time, in each way that there is.
fn tensors() {
    let x = Tensor::ones([N]);
    let w = Tensor::ones([N]).requires_grad_();
    let table = Tensor::ones([N / 100, 100]);
    let model = nn::Linear::new(1_000, 600);
    let input = Tensor::ones([2, 1_000]);
    let ways: [(&str, &dyn Fn()); 19] = [
        ("zeros", &|| _ = Tensor::zeros([N]) + 1.0),
        ("zeros that are kept", &|| drop((Tensor::zeros([N]), Tensor::zeros([N])))),
        ("zeros_like", &|| _ = x.zeros_like() + &x),
        ("zeros of f64", &|| _ = DoubleTensor::zeros([N]) + 1.0),
        ("zeros of i64", &|| _ = LongTensor::zeros([N]) + 1),
        ("zeros of bool", &|| drop(BoolTensor::zeros([4 * N]))),
        ("ones", &|| _ = Tensor::ones([N]) + 1.0),
        ("full", &|| _ = Tensor::full([N], 2.0) + &x),
        ("from_vec", &|| _ = Tensor::from_vec(vec![1.0; N], [N]).unwrap() + 1.0),
        ("rand", &|| _ = Tensor::rand([N]) + 1.0),
        ("arange", &|| _ = Tensor::arange(0.0, N as f32, 1.0) + 1.0),
        ("cat", &|| drop(cat(&[&x, &x], 0))),
        ("stack", &|| drop(stack(&[&x, &x], 0))),
        ("expand, contiguous", &|| drop(Tensor::ones([1, 1_000]).expand([600, 1_000]).contiguous())),
        ("transpose, contiguous", &|| drop(table.t().contiguous())),
        ("comparison", &|| drop(x.gt_scalar(0.5))),
        ("gradients", &|| {
            (&w * &x).sum().backward();
            w.zero_grad();
        }),
        ("gradients that add up", &|| (&w * &x).sum().backward()),
        ("gradients of a layer", &|| {
            model.forward(&input).sum().backward();
            model.zero_grad();
        }),
    ];
    for (way, run) in ways {
        let grown = growth(100, run);
        assert!(grown < 32 * MIB, "{way}: {} MiB more", grown / MIB);
        // Else memory that one has left could serve the next.
        empty_cache();
    }
}

/// All threads of two pools are busy for good, with programs whose loops call for helpers that don't come.
fn pools() {
    // From outside of the global pool: this thread's loops ask it for help.
    let (all_busy, done) = (Barrier::new(5), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            rayon::broadcast(|_| {
                all_busy.wait();
                while !done.load(Relaxed) {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            });
        });
        all_busy.wait();
        let grown = growth(20_000, loops());
        done.store(true, Relaxed);
        assert!(grown < 2 * MIB, "outside of a pool: {} KiB more", grown / 1024);
    });

    // From inside: each thread of a pool has a program of its own.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let grown = pool.broadcast(|_| growth(20_000, loops()));
    assert!(grown.iter().all(|&grown| grown < 2 * MIB), "inside of a pool: {grown:?} bytes more");
}

/// A loop that calls for helpers each time, and takes little time.
fn loops() -> impl FnMut() {
    let mut x = Some(Tensor::ones([100_000]));
    move || x = x.take().map(|x| x + 1.0)
}
