//! Operations of a user's own: what the crate offers suffices, and its own operations have no other way.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Scalar, add, assert_close, constant, gradient, leaf, mul, neg};
use deltarule_autograd::{Attach, NodeRef, Options, Var, no_grad, record};

/// y = 1/(1 + e⁻ˣ), with dy/dx = y(1 − y).
fn sigmoid(x: &Scalar) -> Scalar {
    let y = 1.0 / (1.0 + (-x.value()).exp());
    record("sigmoid", y, &[x.node()], |keep| {
        let y = keep.output(y);
        move |g, to| {
            let y = to.open(y);
            to.input(0, || mul(&g, &mul(&y, &add(&constant(1.0), &neg(&y)))));
        }
    })
}

#[test]
fn a_rule_on_the_saved_output_is_differentiable() {
    let x = leaf(0.3);
    let y = sigmoid(&x);
    let first = y.grad_of(&[&x], Options::new().create_graph(true)).remove(0).unwrap();
    let second = first.grad_of(&[&x], Options::new()).remove(0).unwrap();
    let y = 1.0 / (1.0 + (-0.3_f64).exp());
    assert_close(*first.value(), y * (1.0 - y));
    assert_close(*second.value(), y * (1.0 - y) * (1.0 - 2.0 * y));
}

/// A saved angle, which its user sees as sine and cosine.
#[derive(Clone)]
struct Angle(f64);

impl Attach<f64> for Angle {
    type Output = (f64, f64, Scalar);

    fn attach(self, node: Option<NodeRef<f64>>) -> Self::Output {
        let (sin, cos) = self.0.sin_cos();
        (sin, cos, Var::with_node(self.0, node))
    }
}

#[test]
fn a_saved_value_may_have_a_form_of_its_own() {
    let x = leaf(0.3);
    let y: Scalar = record("sin", 0.3_f64.sin(), &[x.node()], |keep| {
        let x = keep.input(0, Angle(*x.value()));
        move |g, to| {
            let (_, cos, angle) = to.open(x);
            assert_eq!(*angle.value(), 0.3);
            assert!(!angle.requires_grad(), "the pass isn't recorded");
            to.input(0, || constant(g.value() * cos));
        }
    });
    y.backward();
    assert_close(gradient(&x), 0.3_f64.cos());
}

/// a·b + c, which counts the gradients that it computes.
fn multiply_add(a: &Scalar, b: &Scalar, c: &Scalar, computed: &Arc<AtomicUsize>) -> Scalar {
    let computed = Arc::clone(computed);
    let value = a.value() * b.value() + c.value();
    record("multiply_add", value, &[a.node(), b.node(), c.node()], |keep| {
        let (a, b) = (keep.input(0, *a.value()), keep.input(1, *b.value()));
        move |g, to| {
            let (a, b) = (to.open(a), to.open(b));
            let count = |g: Scalar| {
                computed.fetch_add(1, Ordering::Relaxed);
                g
            };
            assert!(!to.needs(1) || b.requires_grad() || *b.value() == 5.0);
            to.input(0, || count(mul(&g, &b)));
            to.input(1, || count(mul(&g, &a)));
            to.input(2, || count(g));
        }
    })
}

#[test]
fn only_the_gradients_that_somebody_waits_for_are_computed() {
    let computed = Arc::new(AtomicUsize::new(0));
    let count = || computed.swap(0, Ordering::Relaxed);
    let (a, b, c) = (leaf(3.0), leaf(5.0), leaf(7.0));

    multiply_add(&a, &b, &c, &computed).backward();
    assert_eq!(count(), 3);
    assert_eq!([&a, &b, &c].map(gradient), [5.0, 3.0, 1.0]);

    multiply_add(&a, &b.detach(), &c.detach(), &computed).backward();
    assert_eq!((count(), gradient(&a)), (1, 10.0));

    multiply_add(&a, &b, &c, &computed).grad_of(&[&b], Options::new());
    assert_eq!(count(), 1);
}

#[test]
fn what_is_not_recorded_does_not_build_its_rule() {
    let build = |x: &Scalar| -> Scalar {
        record("unbuilt", 1.0, &[x.node()], |_| -> fn(Scalar, &mut deltarule_autograd::Backward<'_, f64>) {
            panic!("the rule was built")
        })
    };
    assert!(!build(&constant(1.0)).requires_grad());
    assert!(!no_grad(|| build(&leaf(1.0))).requires_grad());
}

#[test]
fn an_input_without_a_gradient_stops_there() {
    // A rule need not send anything: then nothing flows, and beneath it nothing is collected.
    let x = leaf(3.0);
    let step: Scalar = record("step", 1.0, &[x.node()], |_| |_, _: &mut deltarule_autograd::Backward<'_, f64>| ());
    let y = add(&step, &mul(&step, &constant(2.0)));
    assert!(y.grad_of(&[&x], Options::new().retain_graph(true))[0].is_none());
    y.backward();
    assert!(x.grad().is_none());
}
