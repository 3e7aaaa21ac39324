//! Recording an operation on tensors: the tape's own `record`, with the element type known.

use deltarule_autograd::{Backward, Keep, is_grad_enabled};

use crate::array::{AnyArray, Array};
use crate::element::{Element, Float};
use crate::ops::given::GivenNode;
use crate::tensor::{Node, TensorOf};

/// What a gradient rule of tensors sends its results through.
pub type BackwardOf<'w> = Backward<'w, AnyArray>;

/// Makes the result of an operation on tensors: `value` with the node that tells how to differentiate it.
///
/// All operations of this crate are recorded so, and so are your own. Compute the value without the graph ([`no_grad`]
/// or from detached tensors), list the inputs' nodes, keep what the gradient needs, and give the rule. `g` is the
/// gradient of the output; the rule sends each input its own, and is written in tensor operations, so that gradients of
/// gradients come by themselves. What an input was broadcast to is undone for you.
///
/// What is kept must not hold the graph: keep detached tensors.
///
/// ```
/// use deltarule_tensor::{Tensor, record};
///
/// /// x³, with d(x³)/dx = 3x².
/// fn cube(x: &Tensor) -> Tensor {
///     let value = x.detach();
///     record("cube", &value * &value * &value, [x.node()], |keep| {
///         let x = keep.input(0, value.clone());
///         move |g, to| {
///             let x = to.open(x);
///             to.input(0, || g * (&x * &x) * 3.0);
///         }
///     })
/// }
///
/// let x = Tensor::from([2.0]).requires_grad_();
/// cube(&x).sum().backward();
/// assert_eq!(x.grad().unwrap().item(), 12.0);
/// ```
///
/// [`no_grad`]: crate::no_grad
#[inline]
#[track_caller]
pub fn record<'n, E, F>(
    name: &'static str,
    value: TensorOf<E>,
    inputs: impl AsRef<[Option<&'n Node>]>,
    rule: impl FnOnce(&Keep) -> F,
) -> TensorOf<E>
where
    E: Float,
    F: FnOnce(TensorOf<E>, &mut BackwardOf<'_>) + Clone + Send + Sync + 'static,
{
    record_any(name, value.into_parts().0, inputs.as_ref(), rule)
}

/// As [`record`], for the operations that serve integers too: these never have a node, so they are never recorded.
#[inline]
#[track_caller]
pub(crate) fn record_any<E, F>(
    name: &'static str,
    value: Array<E>,
    inputs: &[Option<&Node>],
    rule: impl FnOnce(&Keep) -> F,
) -> TensorOf<E>
where
    E: Element,
    F: FnOnce(TensorOf<E>, &mut BackwardOf<'_>) + Clone + Send + Sync + 'static,
{
    let var = deltarule_autograd::record(name, value.into(), inputs, |keep| {
        let rule = rule(keep);
        move |g, to: &mut BackwardOf<'_>| rule(TensorOf::from_var(g), to)
    });
    TensorOf::from_var(var)
}

/// As [`record_any`], of inputs whose nodes the graph takes over.
#[inline]
#[track_caller]
pub(crate) fn record_given<E, F, const N: usize>(
    name: &'static str,
    value: Array<E>,
    inputs: [Option<Node>; N],
    rule: impl FnOnce(&Keep) -> F,
) -> TensorOf<E>
where
    E: Element,
    F: FnOnce(TensorOf<E>, &mut BackwardOf<'_>) + Clone + Send + Sync + 'static,
{
    let var = deltarule_autograd::record_owned(name, value.into(), inputs, |keep| {
        let rule = rule(keep);
        move |g, to: &mut BackwardOf<'_>| rule(TensorOf::from_var(g), to)
    });
    TensorOf::from_var(var)
}

/// As [`record`], for a linear operation of one input: its rule, `back`, needs nothing of the forward pass.
#[inline]
#[track_caller]
pub(crate) fn record_linear<'n, E: Element>(
    name: &'static str,
    value: Array<E>,
    x: impl Into<GivenNode<'n>>,
    back: impl FnOnce(TensorOf<E>) -> TensorOf<E> + Clone + Send + Sync + 'static,
) -> TensorOf<E> {
    record_given(name, value, [x.into().for_graph()], |_| move |g, to| to.input(0, || back(g)))
}

/// Whether an operation on these inputs will be recorded, so that what it keeps must not be overwritten.
#[inline]
pub(crate) fn records(inputs: &[Option<&Node>]) -> bool {
    is_grad_enabled() && inputs.iter().any(Option::is_some)
}
