//! Values are shared between threads, graphs are built and walked on several, and nothing is lost.

mod common;

use std::sync::Barrier;
use std::thread;

use common::{Scalar, add, assert_close, constant, gradient, leaf, mul, sin};
use deltarule_autograd::{HookHandle, NodeRef, Options, Var};

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
