//! What a training step takes from the system's allocator: nothing for data, and one piece for all the nodes of its graph. And
//! that memory stays flat, however long a program trains.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

use deltarule::prelude::*;
use deltarule::tensor::memory_stats;
use deltarule_tensor::{Domain, OPERATIONS};

/// The system's allocator, which counts.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes in use, of all threads.
static LIVE: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    /// Calls of this thread. The test runner's own threads don't disturb it.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to `System` as it came; the counters don't allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn count(bytes: isize) {
    LIVE.fetch_add(bytes, Relaxed);
    CALLS.set(CALLS.get() + 1);
}

struct Xor {
    x: Tensor,
    y: Tensor,
    model: nn::Sequential,
    optimizer: optim::Sgd,
}

impl Xor {
    fn new() -> Self {
        manual_seed(0);
        let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
        Xor {
            x: Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]),
            y: Tensor::from([[0.], [1.], [1.], [0.]]),
            optimizer: optim::Sgd::new(model.parameters(), 2.0),
            model,
        }
    }

    fn loss(&self) -> Tensor {
        nn::MseLoss::default().forward(&self.model.forward(&self.x), &self.y)
    }

    fn step(&mut self) {
        let loss = self.loss();
        self.optimizer.zero_grad();
        loss.backward();
        self.optimizer.step();
    }
}

/// What `f` takes: calls of the allocator, and calls of the pool to the system.
fn taken(f: impl FnOnce()) -> (usize, usize) {
    let before = (CALLS.get(), memory_stats().system_calls);
    f();
    (CALLS.get() - before.0, memory_stats().system_calls - before.1)
}

/// One test, for the counters are the process's.
#[test]
fn a_step_takes_one_allocation_and_memory_stays_flat() {
    each_operation();
    let mut xor = Xor::new();
    (0..10).for_each(|_| xor.step());

    // linear_sigmoid, linear_sigmoid, mse_loss: of three nodes two are those that the step before has freed. The last one is
    // freed by its owner, the loss. All data comes from the pool.
    assert_eq!(taken(|| xor.step()), (1, 0), "one step");
    assert_eq!(taken(|| (0..1_000).for_each(|_| xor.step())), (1_000, 0), "a thousand steps");

    // Without a graph there is nothing to take at all.
    assert_eq!(taken(|| drop(no_grad(|| xor.loss()))), (0, 0), "a loss without a graph");

    flat("100,000 steps", || (0..100_000).for_each(|_| xor.step()));
    flat("100,000 forward passes without backward", || (0..100_000).for_each(|_| drop(xor.loss())));
}

/// Recording an operation takes one allocation at the most, for its node: what the rule keeps lies in the node, and the nodes of
/// operations that it is made of are used again.
fn each_operation() {
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        // Of several results a sample keeps one: the nodes of the others can't be counted.
        let samples = operation
            .samples
            .iter()
            .filter(|sample| !["split", "chunk"].iter().any(|name| sample.torch.contains(name)));
        for sample in samples {
            for shapes in sample.shapes {
                let number = |(shape, domain): (&&[usize], &Domain)| {
                    let (Domain::Within(low, high) | Domain::Magnitude(low, high) | Domain::Distinct(low, high)) =
                        *domain;
                    Tensor::uniform(*shape, low, high)
                };
                let constants: Vec<_> = shapes.iter().zip(sample.domains).map(number).collect();
                let leaves: Vec<_> = constants.iter().map(|x| x.clone().requires_grad_()).collect();
                (0..2).for_each(|_| drop(((sample.f32)(&constants), (sample.f32)(&leaves))));

                let (plain, _) = taken(|| drop((sample.f32)(&constants)));
                let mut lists = 0;
                let (recorded, _) = taken(|| lists = kept_apart(&(sample.f32)(&leaves)));
                // Counting takes one for a list of its own.
                if recorded > plain + 1 + lists + 1 {
                    wrong.push(format!(
                        "{} of {shapes:?}: {recorded}, without a graph {plain}, {lists} lists kept apart",
                        sample.torch
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "more than one allocation:\n{}", wrong.join("\n"));
}

/// How many lists the graph of `y` keeps apart from its nodes: of more than three inputs, and of more than four axes. A node that
/// is reached twice counts twice, which is rare in samples.
fn kept_apart(y: &Tensor) -> usize {
    let mut open = Vec::with_capacity(64);
    open.extend(y.node());
    let mut count = 0;
    while let Some(node) = open.pop() {
        // Those of the node, and of the rule.
        count += if node.inputs().count() > 3 { 2 } else { 0 };
        count += if node.meta().shape().len() > 4 { 3 } else { 0 };
        open.extend(node.inputs().flatten());
    }
    count
}

/// Runs `f`, which must leave as much memory in use as it found.
fn flat(what: &str, f: impl FnOnce()) {
    let (stats, live) = (memory_stats(), LIVE.load(Relaxed));
    f();
    let (stats_after, live_after) = (memory_stats(), LIVE.load(Relaxed));
    assert_eq!(stats_after, stats, "the pool after {what}");
    // The test runner's other thread may print meanwhile.
    assert!((live_after - live).abs() < 10_000, "{live} bytes in use before {what}, {live_after} after");
}
