//! Sums, differences, products and quotients, of tensors and of scalars.

use crate::array::Array;
use crate::element::{Float, Number};
use crate::kernels::map::{WithLeft, WithRight};
use crate::kernels::math;
use crate::ops::given::{Given, check_operands};
use crate::record::{record_any, record_given, record_linear, records};
use crate::table::operation;
use crate::tensor::TensorOf;

/// y = a + b; dy/da = 1, dy/db = 1.
#[track_caller]
pub(super) fn add<E: Number>(a: Given<'_, E>, b: Given<'_, E>) -> TensorOf<E> {
    check_operands("add", &a, &b);
    let ((a, a_node), (b, b_node)) = (a.split(), b.split());
    record_given("add", Array::zip(math::Add, a, b), [a_node.for_graph(), b_node.for_graph()], |_| {
        |g, to| {
            to.input(0, || g.clone());
            to.input(1, || g);
        }
    })
}

/// y = a + s; dy/da = 1.
#[track_caller]
pub(super) fn add_scalar<E: Number>(a: Given<'_, E>, s: E) -> TensorOf<E> {
    a.check_room("add");
    let (a, node) = a.split();
    record_linear("add", Array::map(WithRight(math::Add, s), a), node, |g| g)
}

operation! { ADD = "add":
    "a + b", |a, b| a + b, [ANY, ANY], PAIRS;
    "a + 2.5", |a| a + 2.5, [ANY], EACH;
}

/// y = a − b; dy/da = 1, dy/db = −1.
#[track_caller]
pub(super) fn sub<E: Number>(a: Given<'_, E>, b: Given<'_, E>) -> TensorOf<E> {
    check_operands("sub", &a, &b);
    let ((a, a_node), (b, b_node)) = (a.split(), b.split());
    record_given("sub", Array::zip(math::Sub, a, b), [a_node.for_graph(), b_node.for_graph()], |_| {
        |g, to| {
            to.input(0, || g.clone());
            to.input(1, || -g);
        }
    })
}

/// y = a − s; dy/da = 1.
#[track_caller]
pub(super) fn sub_scalar<E: Number>(a: Given<'_, E>, s: E) -> TensorOf<E> {
    a.check_room("sub");
    let (a, node) = a.split();
    record_linear("sub", Array::map(WithRight(math::Sub, s), a), node, |g| g)
}

/// y = s − b; dy/db = −1.
#[track_caller]
pub(super) fn scalar_sub<E: Number>(s: E, b: Given<'_, E>) -> TensorOf<E> {
    b.check_room("sub");
    let (b, node) = b.split();
    record_linear("sub", Array::map(WithLeft(math::Sub, s), b), node, |g| -g)
}

operation! { SUB = "sub":
    "a - b", |a, b| a - b, [ANY, ANY], PAIRS;
    "a - 2.5", |a| a - 2.5, [ANY], EACH;
    "2.5 - a", |a| 2.5 - a, [ANY], EACH;
}

/// y = a·b, element by element; dy/da = b, dy/db = a.
#[track_caller]
pub(super) fn mul<E: Number>(a: Given<'_, E>, b: Given<'_, E>) -> TensorOf<E> {
    check_operands("mul", &a, &b);
    if !records(&[a.node(), b.node()]) {
        return TensorOf::new(Array::zip(math::Mul, a.split().0, b.split().0));
    }
    record_any("mul", Array::zip(math::Mul, a.array(), b.array()), &[a.node(), b.node()], |keep| {
        let (a, b) = (keep.input(0, a.array().clone()), keep.input(1, b.array().clone()));
        move |g: TensorOf<E>, to| {
            let (a, b) = (to.open(a), to.open(b));
            to.input(0, || &g * &b);
            to.input(1, || g * &a);
        }
    })
}

/// y = a·s; dy/da = s.
#[track_caller]
pub(super) fn mul_scalar<E: Number>(a: Given<'_, E>, s: E) -> TensorOf<E> {
    a.check_room("mul");
    let (a, node) = a.split();
    record_linear("mul", Array::map(WithRight(math::Mul, s), a), node, move |g| g * s)
}

operation! { MUL = "mul":
    "a * b", |a, b| a * b, [ANY, ANY], PAIRS;
    "a * 2.5", |a| a * 2.5, [ANY], EACH;
}

/// y = a/b, element by element; dy/da = 1/b, dy/db = −y/b.
#[track_caller]
pub(super) fn div<E: Float>(a: Given<'_, E>, b: Given<'_, E>) -> TensorOf<E> {
    check_operands("div", &a, &b);
    if !records(&[a.node(), b.node()]) {
        return TensorOf::new(Array::zip(math::Div, a.split().0, b.split().0));
    }
    let y = Array::zip(math::Div, a.array(), b.array());
    record_any("div", y.clone(), &[a.node(), b.node()], |keep| {
        let (b, y) = (keep.input(1, b.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (b, y) = (to.open(b), to.open(y));
            // Not (g/b)·y: that is ∞·0 where g/b overflows.
            to.input(0, || &g / &b);
            to.input(1, || -(g * (y / &b)));
        }
    })
}

/// y = a/s; dy/da = 1/s.
#[track_caller]
pub(super) fn div_scalar<E: Float>(a: Given<'_, E>, s: E) -> TensorOf<E> {
    a.check_room("div");
    let (a, node) = a.split();
    record_linear("div", Array::map(WithRight(math::Div, s), a), node, move |g| g / s)
}

/// y = s/b; dy/db = −y/b.
#[track_caller]
pub(super) fn scalar_div<E: Float>(s: E, b: Given<'_, E>) -> TensorOf<E> {
    b.check_room("div");
    if !records(&[b.node()]) {
        return TensorOf::new(Array::map(WithLeft(math::Div, s), b.split().0));
    }
    let y = Array::map(WithLeft(math::Div, s), b.array());
    record_any("div", y.clone(), &[b.node()], |keep| {
        let (b, y) = (keep.input(0, b.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (b, y) = (to.open(b), to.open(y));
            to.input(0, || -(&y / &b * g));
        }
    })
}

operation! { DIV = "div":
    "a / b", |a, b| a / b, [ANY, NONZERO], PAIRS;
    "a / 2.5", |a| a / 2.5, [ANY], EACH;
    "2.5 / a", |a| 2.5 / a, [NONZERO], EACH;
}

/// y = −x; dy/dx = −1.
#[track_caller]
pub(super) fn neg<E: Number>(x: Given<'_, E>) -> TensorOf<E> {
    x.check_room("neg");
    let (x, node) = x.split();
    record_linear("neg", Array::map(math::Neg, x), node, |g| -g)
}

operation! { NEG = "neg":
    "-a", |a| -a, [ANY], EACH;
}
