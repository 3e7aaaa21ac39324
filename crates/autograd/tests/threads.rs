//! Values are shared between threads, graphs are built and walked on several, and nothing is lost.

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use common::{Scalar, add, assert_close, constant, gradient, leaf, mul, panic_of, sin};
use deltarule_autograd::{HookHandle, NodeRef, Options, Value, Var, record};

#[test]
fn values_and_nodes_are_send_and_sync() {
    fn shared<T: Send + Sync>() {}
    shared::<Var<f64>>();
    shared::<NodeRef<f64>>();
    shared::<HookHandle<f64>>();
    shared::<Options>();
}

#[test]
fn separate_graphs_at_once() {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        for start in [0.3, 0.9] {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..1000 {
                    let x = leaf(start);
                    mul(&sin(&x), &x).backward();
                    assert_close(gradient(&x), start.sin() + start * start.cos());
                }
            });
        }
    });
}

#[test]
fn a_shared_leaf_loses_no_gradient() {
    const THREADS: usize = 8;
    const PASSES: usize = 2000;
    let x = leaf(2.0);
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for k in 1..=THREADS {
            let (x, barrier) = (&x, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..PASSES {
                    mul(x, &constant(k as f64)).backward();
                }
            });
        }
    });
    assert_eq!(gradient(&x), (PASSES * THREADS * (THREADS + 1) / 2) as f64);
}

#[test]
fn a_shared_graph_can_be_walked_by_all_if_it_is_retained() {
    let x = leaf(0.5);
    let y = mul(&sin(&x), &x);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    y.backward_with(None, Options::new().retain_graph(true));
                }
            });
        }
    });
    let slope = 0.5_f64.sin() + 0.5 * 0.5_f64.cos();
    assert!((gradient(&x) / (2000.0 * slope) - 1.0).abs() < 1e-12);
}

#[test]
fn a_graph_built_across_threads_is_walked_in_order() {
    // Each thread has numbers of its own. The new threads' are far behind, so that a number taken from one thread's
    // count alone would put a sum before what it is made of.
    let x = leaf(0.7);
    let mut y = x.clone();
    for _ in 0..100 {
        y = add(&y, &constant(1.0));
    }
    for _ in 0..5 {
        let input = y.clone();
        let on_other = thread::spawn(move || add(&mul(&input, &constant(0.5)), &sin(&input)));
        let here = mul(&y, &constant(0.25));
        y = add(&on_other.join().unwrap(), &here);
    }
    y.backward();

    let (mut value, mut slope) = (100.7_f64, 1.0);
    for _ in 0..5 {
        slope *= 0.75 + value.cos();
        value = 0.75 * value + value.sin();
    }
    assert_close(*y.value(), value);
    assert_close(gradient(&x), slope);
}

#[test]
fn branches_from_several_threads_meet() {
    let x = leaf(0.7);
    let branches: Vec<Scalar> = thread::scope(|scope| {
        let x = &x;
        let threads: Vec<_> = (1..=6).map(|k| scope.spawn(move || (0..k).fold(x.clone(), |y, _| add(&y, x)))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let y = branches.iter().fold(constant(0.0), |y, branch| add(&y, branch));
    y.backward();
    assert_eq!(gradient(&x), (2..=7).map(f64::from).sum::<f64>());
}

#[test]
fn a_graph_is_walked_and_dropped_on_a_thread_that_did_not_build_it() {
    let x = leaf(0.7);
    let y = sin(&x);
    thread::spawn(move || y.backward()).join().unwrap();
    assert_eq!(gradient(&x), 0.7_f64.cos());
}

/// A number whose sums take a while.
#[derive(Clone)]
struct Slow(u64);

impl Value for Slow {
    type Meta = ();

    fn meta(&self) {}

    fn add(self, other: Self) -> Self {
        thread::sleep(Duration::from_millis(1));
        Slow(self.0 + other.0)
    }

    fn seed(&self) -> Result<Self, String> {
        Ok(Slow(1))
    }

    fn is_finite(&self) -> bool {
        true
    }
}

/// What others see while gradients add up: the sum before or after, and never that there is none, as an optimizer would that
/// leaves the parameter out then.
#[test]
fn a_gradient_that_grows_is_never_gone() {
    const PASSES: u64 = 20;
    let x = Var::leaf(Slow(0));
    let pass = || record("same", x.value().clone(), &[x.node()], |_| |g, to| to.input(0, || g)).backward();
    pass();
    let (done, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let look = |look: &dyn Fn() -> Option<u64>| {
            let mut last = 1;
            while !done.load(Ordering::Relaxed) {
                let now = look().expect("a gradient is there from the start");
                assert!(now >= last, "{now} after {last}");
                last = now;
                looks.fetch_add(1, Ordering::Relaxed);
            }
        };
        let node = x.node().unwrap();
        let lookers = [
            scope.spawn(move || look(&|| x_grad(node))),
            scope.spawn(move || look(&|| node.with_grad(|g| g.map(|g| g.value().0)))),
        ];
        let adders = [(); 2].map(|()| scope.spawn(|| (0..PASSES).for_each(|_| pass())));
        adders.into_iter().for_each(|adder| adder.join().unwrap());
        done.store(true, Ordering::Relaxed);
        lookers.into_iter().for_each(|looker| looker.join().unwrap());
    });
    assert_eq!(x_grad(x.node().unwrap()), Some(1 + 2 * PASSES));
    assert!(looks.into_inner() > 2);
}

fn x_grad(node: &NodeRef<Slow>) -> Option<u64> {
    node.grad().map(|g| g.value().0)
}

/// It waited for itself for ever.
#[test]
fn a_gradient_that_is_borrowed_is_refused_to_its_borrower() {
    let x = leaf(2.0);
    mul(&x, &constant(3.0)).backward();
    let node = x.node().unwrap();
    let asks: [&dyn Fn(); 5] = [
        &|| _ = node.grad(),
        &|| _ = node.set_grad(None),
        &|| node.with_grad(|_| ()),
        &|| mul(&x, &constant(3.0)).backward(),
        &|| x.zero_grad(),
    ];
    for ask in asks {
        let message = panic_of(|| node.with_grad(|_| ask())).message;
        assert!(message.contains("grad: this thread is inside of a closure"), "{message}");
        // The gradient is there, and free.
        assert_eq!(gradient(&x), 3.0);
    }
    // Another thread only waits.
    thread::scope(|scope| {
        let other = node.with_grad(|_| {
            let other = scope.spawn(|| gradient(&x));
            thread::sleep(Duration::from_millis(10));
            other
        });
        assert_eq!(other.join().unwrap(), 3.0);
    });
}

/// A gradient with a graph is added to, which frees the graph; what hung on it leads back to the gradient.
#[test]
fn what_a_gradients_graph_held_may_ask_for_the_gradient() {
    struct Asks(Scalar, Arc<AtomicUsize>);

    impl Drop for Asks {
        fn drop(&mut self) {
            let gradient = self.0.grad().expect("a gradient is there all the time");
            self.1.store(*gradient.value() as usize, Ordering::Relaxed);
        }
    }

    let (x, seen) = (leaf(2.0), Arc::new(AtomicUsize::new(0)));
    let seed = leaf(3.0);
    let scaled = mul(&seed, &constant(2.0));
    let asks = Asks(x.clone(), Arc::clone(&seen));
    scaled.register_hook(move |_| {
        let _ = &asks;
        None
    });
    // The gradient is 6, and its graph leads to the hook.
    mul(&x, &constant(1.0)).backward_with(Some(scaled), Options::new().create_graph(true).retain_graph(false));
    assert_eq!(seen.load(Ordering::Relaxed), 0);
    mul(&x, &constant(5.0)).backward();
    assert_eq!((seen.load(Ordering::Relaxed), gradient(&x)), (11, 11.0));
}
