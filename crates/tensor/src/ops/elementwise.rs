//! How functions of each element are recorded: by the output, by the input, or with a fused backward.

use crate::array::Array;
use crate::element::Float;
use crate::kernels::map::{Binary, Unary};
use crate::ops::given::{Given, GivenNode};
use crate::record::{record_any, record_given, records};
use crate::tensor::TensorOf;

/// y = f(x), with a rule that needs the output: `rule(g, y)` is the gradient.
#[inline]
#[track_caller]
pub(super) fn by_output<E: Float>(
    name: &'static str,
    f: impl Unary<E>,
    x: &TensorOf<E>,
    rule: impl FnOnce(TensorOf<E>, &TensorOf<E>) -> TensorOf<E> + Clone + Send + Sync + 'static,
) -> TensorOf<E> {
    x.check_room::<E>(name);
    output(name, x.array().map_to(f), GivenNode::Borrowed(x.node()), rule)
}

/// As [`by_output`], in the memory of `x` if nobody else holds it.
#[inline]
#[track_caller]
pub(super) fn by_output_in_place<E: Float>(
    name: &'static str,
    f: impl Unary<E>,
    x: TensorOf<E>,
    rule: impl FnOnce(TensorOf<E>, &TensorOf<E>) -> TensorOf<E> + Clone + Send + Sync + 'static,
) -> TensorOf<E> {
    x.check_copy(name);
    let (x, node) = x.into_parts();
    output(name, Array::map(f, x), GivenNode::Owned(node), rule)
}

#[inline]
#[track_caller]
fn output<E: Float>(
    name: &'static str,
    y: Array<E>,
    x: GivenNode<'_>,
    rule: impl FnOnce(TensorOf<E>, &TensorOf<E>) -> TensorOf<E> + Clone + Send + Sync + 'static,
) -> TensorOf<E> {
    if !records(&[x.get()]) {
        return TensorOf::new(y);
    }
    record_given(name, y.clone(), [x.for_graph()], |keep| {
        let y = keep.output(y);
        move |g, to| {
            let y = to.open(y);
            to.input(0, || rule(g, &y));
        }
    })
}

/// y = f(x), with a rule that needs the input: `rule(g, x)` is the gradient.
#[inline]
#[track_caller]
pub(super) fn by_input<E: Float>(
    name: &'static str,
    f: impl Unary<E>,
    x: &TensorOf<E>,
    rule: impl FnOnce(TensorOf<E>, &TensorOf<E>) -> TensorOf<E> + Clone + Send + Sync + 'static,
) -> TensorOf<E> {
    x.check_room::<E>(name);
    record_any(name, x.array().map_to(f), &[x.node()], |keep| {
        let x = keep.input(0, x.array().clone());
        move |g, to| {
            let x = to.open(x);
            to.input(0, || rule(g, &x));
        }
    })
}

/// The gradient of what doesn't depend on an input: zeros, where 0·h would be −0 or NaN.
#[track_caller]
pub(super) fn nothing<E: Float>(h: &TensorOf<E>) -> TensorOf<E> {
    TensorOf::zeros(h.shape())
}

/// z = g·f′(x), computed by `f` in one pass: the backward of an activation, itself an operation. It is linear in `g`, so
/// its gradient with respect to `g` is the same function; `second(h, g, x)` is the one with respect to `x`.
#[track_caller]
pub(super) fn backward_of<E: Float>(
    name: &'static str,
    f: impl Binary<E> + 'static,
    g: Given<'_, E>,
    x: &TensorOf<E>,
    second: impl Fn(&TensorOf<E>, &TensorOf<E>, &TensorOf<E>) -> TensorOf<E> + Clone + Send + Sync + 'static,
) -> TensorOf<E> {
    x.check_copy(name);
    if !records(&[g.node(), x.node()]) {
        return TensorOf::new(Array::zip_alike(f, g.split().0, x.array()));
    }
    record_any(name, g.array().zip_to(f, x.array()), &[g.node(), x.node()], |keep| {
        let (g, x) = (keep.input(0, g.array().clone()), keep.input(1, x.array().clone()));
        move |h: TensorOf<E>, to| {
            let (g, x) = (to.open(g), to.open(x));
            to.input(0, || backward_of(name, f, (&h).into(), &x, second.clone()));
            to.input(1, || second(&h, &g, &x));
        }
    })
}
