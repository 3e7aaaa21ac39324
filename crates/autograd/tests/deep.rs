//! Long and wide graphs: no recursion over the graph, in backward or in drop, and no quadratic time.

mod common;

use std::thread;

use common::{Scalar, add, constant, gradient, leaf, mul, sin, tanh};
use deltarule_autograd::{HookHandle, Options, record};

const LONG: usize = 1_000_000;
/// So wide that what is quadratic in it doesn't end in minutes.
const WIDE: usize = 200_000;

/// Runs `f` where a recursion over the graph would overflow at once.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(f);
    thread.unwrap().join().unwrap();
}

fn chain(x: &Scalar, length: usize, mut step: impl FnMut(&Scalar) -> Scalar) -> Scalar {
    let mut y = x.clone();
    for _ in 0..length {
        y = step(&y);
    }
    y
}

#[test]
fn a_million_operations_backward_and_drop() {
    on_a_small_stack(|| {
        let x = leaf(1.0);
        let factor = constant(1.0 + 1e-6);
        let y = chain(&x, LONG, |y| mul(y, &factor));
        y.backward();
        let expected = (1.0 + 1e-6_f64).powi(LONG as i32);
        assert!((gradient(&x) / expected - 1.0).abs() < 1e-9);
    });
}

#[test]
fn a_million_operations_drop_without_backward() {
    on_a_small_stack(|| drop(chain(&leaf(1.0), LONG, tanh)));
}

#[test]
fn a_long_chain_whose_every_step_uses_two_earlier_ones() {
    on_a_small_stack(|| {
        let x = leaf(1.0);
        let (mut before, mut y) = (x.clone(), x.clone());
        for _ in 0..LONG / 4 {
            let next = mul(&add(&y, &before), &constant(0.5));
            before = std::mem::replace(&mut y, next);
        }
        let found = y.grad_of(&[&x], Options::new());
        // Means of means: all of the weight stays at x.
        assert!((found[0].as_ref().unwrap().value() - 1.0).abs() < 1e-9);
    });
}

#[test]
fn a_recorded_pass_over_a_long_chain() {
    on_a_small_stack(|| {
        let x = leaf(0.5);
        let y = chain(&x, LONG / 10, sin);
        let slope = y.grad_of(&[&x], Options::new().create_graph(true));
        slope[0].as_ref().unwrap().backward();
        assert!(gradient(&x).is_finite());
    });
}

#[test]
fn a_long_chain_with_a_hook_at_each_step() {
    // A handle holds its node weakly, so that such nodes can't be taken apart in place.
    on_a_small_stack(|| {
        let mut handles: Vec<HookHandle<f64>> = Vec::new();
        let y = chain(&leaf(1.0), LONG / 10, |y| {
            let y = sin(y);
            handles.push(y.register_hook(|_| None));
            y
        });
        drop(y);
        handles.into_iter().for_each(HookHandle::remove);
    });
}

#[test]
fn a_long_chain_of_rules_that_hold_their_inputs() {
    // A rule should keep values, not the graph, but one that captures it must not overflow either.
    let step = |x: &Scalar| -> Scalar {
        record("sin", x.value().sin(), &[x.node()], |_| {
            let x = x.clone();
            move |g, to| to.input(0, || constant(g.value() * x.value().cos()))
        })
    };
    on_a_small_stack(move || drop(chain(&leaf(1.0), LONG / 10, step)));
}

#[test]
fn a_long_chain_that_hangs_on_a_hook() {
    on_a_small_stack(|| {
        let y = chain(&leaf(1.0), LONG / 10, |y| {
            let (y, held) = (sin(&leaf(1.0)), y.clone());
            let _ = y.register_hook(move |_| Some(held.detach()));
            y
        });
        drop(y);
    });
}

#[test]
fn a_long_chain_dropped_by_several_threads_at_once() {
    let y = chain(&leaf(1.0), LONG / 10, sin);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let y = y.clone();
            thread::Builder::new().stack_size(256 << 10).spawn(move || drop(y)).unwrap()
        })
        .collect();
    drop(y);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn many_branches_summed_one_by_one() {
    let x = leaf(0.5);
    let mut y = constant(0.0);
    for _ in 0..WIDE {
        y = add(&y, &sin(&x));
    }
    y.backward();
    drop(y);
    assert!((gradient(&x) / (WIDE as f64 * 0.5_f64.cos()) - 1.0).abs() < 1e-9);
}

/// One operation of many inputs, which sends in the order given.
fn sum(branches: &[Scalar], backwards: bool) -> Scalar {
    let nodes: Vec<_> = branches.iter().map(|branch| branch.node()).collect();
    let value = branches.iter().map(|branch| branch.value()).sum();
    let last = branches.len() - 1;
    record("sum", value, &nodes, |_| {
        move |g: Scalar, to| {
            for k in 0..=last {
                let index = if backwards { last - k } else { k };
                to.input(index, || g.clone());
            }
        }
    })
}

#[test]
fn many_branches_that_wait_at_once() {
    for backwards in [false, true] {
        let x = leaf(0.5);
        let branches: Vec<_> = (0..WIDE).map(|_| sin(&x)).collect();
        let y = sum(&branches, backwards);
        drop(branches);
        y.backward_with(None, Options::new().retain_graph(true));
        let collected = gradient(&x);
        assert!((collected / (WIDE as f64 * 0.5_f64.cos()) - 1.0).abs() < 1e-9);

        let found = y.grad_of(&[&x], Options::new());
        assert_eq!(*found[0].as_ref().unwrap().value(), collected);
        drop(y);
    }
}

#[test]
fn many_leaves() {
    let leaves: Vec<_> = (0..WIDE).map(|k| leaf(k as f64)).collect();
    sum(&leaves, false).backward();
    assert!(leaves.iter().all(|leaf| gradient(leaf) == 1.0));
}
