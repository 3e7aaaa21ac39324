//! Threads: every operation gives the same bits on any number of them, small work wakes none, and large work waits for
//! none that doesn't come.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use deltarule_tensor::{Domain, OPERATIONS, Sample, Tensor};
use rayon::{ThreadPoolBuilder, Yield};

/// An input of at least so many elements is above every threshold for threads.
const LARGE: usize = 300_000;

/// Operations whose samples name places, masks, weights or shapes of small inputs, and so don't take larger ones.
const FIXED: &[&str] = &[
    "index_sum",
    "scatter_sum",
    "cross_entropy",
    "where",
    "masked_fill",
    "masked_select",
    "masked_put",
    "expand",
    "unslice",
];

fn values(domain: Domain, count: usize) -> Vec<f32> {
    // A step that visits all of them in an order without a pattern: 7919 is prime and divides no count here.
    let unit = |i: usize| ((i * 7919) % count) as f64 / count as f64;
    let value = |i: usize| match domain {
        Domain::Within(low, high) | Domain::Distinct(low, high) => low + (high - low) * unit(i),
        Domain::Magnitude(low, high) => (if i.is_multiple_of(3) { -1.0 } else { 1.0 }) * (low + (high - low) * unit(i)),
    };
    (0..count).map(|i| value(i) as f32).collect()
}

/// The sample's largest inputs, with each axis longer by one factor, so that what fits together still does.
fn large_inputs(sample: &Sample) -> Vec<Tensor> {
    let largest = |shapes: &&&[&[usize]]| shapes.iter().map(|shape| shape.iter().product()).max().unwrap_or(0_usize);
    // Of several the first: `max_by_key` would take the last.
    let shapes = sample.shapes.iter().rev().max_by_key(largest).unwrap();
    let grown = |factor: usize| -> Vec<Vec<usize>> {
        let grow = |&size: &usize| if size > 1 { size * factor } else { size };
        shapes.iter().map(|shape| shape.iter().map(grow).collect()).collect()
    };
    let mut factor = 1;
    while factor < LARGE && grown(factor).iter().all(|shape| shape.iter().product::<usize>() < LARGE) {
        factor += 1 + factor / 8;
    }
    let inputs = grown(factor).into_iter().zip(sample.domains);
    inputs.map(|(shape, &domain)| Tensor::from_vec(values(domain, shape.iter().product()), shape).unwrap()).collect()
}

/// The bits of the value and of the gradients.
fn bits(sample: &Sample, inputs: &[Tensor]) -> Vec<Vec<u32>> {
    let inputs: Vec<_> = inputs.iter().map(|x| x.detach().requires_grad_()).collect();
    let y = (sample.f32)(&inputs);
    (&y * y.detach()).sum().backward();
    let gradients = inputs.iter().filter_map(Tensor::grad);
    [y.detach()].into_iter().chain(gradients).map(|x| x.to_vec().into_iter().map(f32::to_bits).collect()).collect()
}

#[test]
fn every_operation_gives_the_same_bits_on_any_number_of_threads() {
    let pools = [1, 2, 3, 8, 16].map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
    let mut fixed = Vec::new();
    for operation in OPERATIONS {
        let mut tested = false;
        for sample in operation.samples {
            let inputs = large_inputs(sample);
            // A sample that names places of its small inputs fails for larger ones.
            let one = catch_unwind(AssertUnwindSafe(|| pools[0].install(|| bits(sample, &inputs))));
            let Ok(one) = one else { continue };
            tested |= inputs.iter().any(|x| x.numel() >= LARGE);
            for pool in &pools[1..] {
                let several = pool.install(|| bits(sample, &inputs));
                let threads = pool.current_num_threads();
                assert!(one == several, "{} ({}) on {threads} threads", operation.name, sample.torch);
            }
        }
        if !tested {
            fixed.push(operation.name);
        }
    }
    assert_eq!(fixed, FIXED, "operations without a sample that takes large inputs");
}

/// Runs `f` on the first thread of a pool whose second thread never starts, and says whether `f` left work for it.
fn leaves_work(f: impl FnOnce() + Send + 'static) -> bool {
    let caller = thread::spawn(|| {
        let pool = ThreadPoolBuilder::new().num_threads(2).use_current_thread().spawn_handler(|worker| {
            // Never run: the pool believes that it has a thread more.
            std::mem::forget(worker);
            Ok(())
        });
        let pool = pool.build().unwrap();
        f();
        let found = rayon::yield_local();
        // It would wait for its second thread.
        std::mem::forget(pool);
        found == Some(Yield::Executed)
    });
    caller.join().unwrap()
}

#[test]
fn small_work_wakes_no_thread() {
    let small = || {
        let x = Tensor::from_vec(values(Domain::ANY, 40_000), [200, 200]).unwrap().requires_grad_();
        let y = (x.tanh() + 1.0) * &x;
        y.sum_dim(0, false).square().mean().backward();
        let _ = (x.softmax(1), x.amax(0, false));
    };
    assert!(!leaves_work(small));
}

/// The caller does the work itself if no other thread comes. It would hang here if it waited for one.
#[test]
fn large_work_uses_the_pool_of_its_caller_and_waits_for_nobody() {
    let large = || {
        let x = Tensor::from_vec(values(Domain::ANY, 1_000_000), [1000, 1000]).unwrap();
        let y = x.tanh().sum();
        assert!(y.item().is_finite());
    };
    assert!(leaves_work(large));
}
