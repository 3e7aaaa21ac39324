//! Recording an operation: its node and what its gradient rule keeps.

use std::cell::Cell;

use crate::anomaly::{forward_anomaly, is_anomaly_enabled};
use crate::edges::Edges;
use crate::node::NodeRef;
use crate::{Backward, Value, Var, is_grad_enabled};

/// Makes the result of an operation: `value`, and the node that tells how to differentiate it.
///
/// `inputs` are the nodes of the operation's inputs, `None` for a constant. If one of them requires a gradient and this
/// thread [records](is_grad_enabled), `rule` is called once, to keep what the gradient needs, and gives the gradient
/// rule. Else nothing is recorded and `rule` isn't called.
///
/// The gradient rule gets `g`, the gradient of the output, and sends each input its own through `to`. It is written in
/// recorded operations, so that gradients of gradients come by themselves. Built-in operations and a user's own go
/// through this one function.
///
/// ```
/// use deltarule_autograd::{Var, record};
///
/// /// a·b, with d(ab)/da = b and d(ab)/db = a.
/// fn mul(a: &Var<f64>, b: &Var<f64>) -> Var<f64> {
///     record("mul", a.value() * b.value(), &[a.node(), b.node()], |keep| {
///         let (a, b) = (keep.input(0, *a.value()), keep.input(1, *b.value()));
///         move |g, to| {
///             let (a, b) = (to.open(a), to.open(b));
///             to.input(0, || mul(&g, &b));
///             to.input(1, || mul(&g, &a));
///         }
///     })
/// }
///
/// let x = Var::leaf(3.0);
/// let y = mul(&mul(&x, &x), &x);
/// y.backward();
/// assert_eq!(*x.grad().unwrap().value(), 27.0); // 3x²
/// ```
///
/// # Panics
/// In the [anomaly mode](crate::detect_anomaly), if the value isn't finite.
#[inline]
#[track_caller]
pub fn record<V, F>(
    name: &'static str,
    value: V,
    inputs: &[Option<&NodeRef<V>>],
    rule: impl FnOnce(&Keep) -> F,
) -> Var<V>
where
    V: Value,
    F: FnOnce(Var<V>, &mut Backward<'_, V>) + Clone + Send + Sync + 'static,
{
    recorded(name, value, inputs.iter().any(Option::is_some), || Edges::new(inputs), rule)
}

/// As [`record`](fn@record), for inputs that are given up: the graph takes their nodes over, where `record` would share
/// them. What it gives is the same.
///
/// ```
/// use deltarule_autograd::{Var, record_owned};
///
/// /// −a, with d(−a)/da = −1.
/// fn neg(a: Var<f64>) -> Var<f64> {
///     let (value, node) = a.into_parts();
///     record_owned("neg", -value, [node], |_| |g, to| to.input(0, || neg(g)))
/// }
///
/// let x = Var::leaf(3.0);
/// neg(x.clone()).backward();
/// assert_eq!(*x.grad().unwrap().value(), -1.0);
/// ```
///
/// # Panics
/// As [`record`].
#[inline]
#[track_caller]
pub fn record_owned<V, F, const N: usize>(
    name: &'static str,
    value: V,
    inputs: [Option<NodeRef<V>>; N],
    rule: impl FnOnce(&Keep) -> F,
) -> Var<V>
where
    V: Value,
    F: FnOnce(Var<V>, &mut Backward<'_, V>) + Clone + Send + Sync + 'static,
{
    recorded(name, value, inputs.iter().any(Option::is_some), || Edges::of(inputs), rule)
}

#[inline]
#[track_caller]
fn recorded<V, F>(
    name: &'static str,
    value: V,
    requires_grad: bool,
    edges: impl FnOnce() -> Edges<V>,
    rule: impl FnOnce(&Keep) -> F,
) -> Var<V>
where
    V: Value,
    F: FnOnce(Var<V>, &mut Backward<'_, V>) + Clone + Send + Sync + 'static,
{
    if is_anomaly_enabled() && !value.is_finite() {
        forward_anomaly(name);
    }
    if !is_grad_enabled() || !requires_grad {
        return Var::constant(value);
    }
    let keep = Keep { saves: Cell::new(false) };
    let rule = rule(&keep);
    let node = NodeRef::new(name, &value, edges(), rule, keep.saves.get());
    Var::with_node(value, Some(node))
}

/// Marks what a gradient rule keeps of the forward pass.
///
/// A kept value holds no part of the graph: a rule that kept its own output would keep itself alive. The backward pass
/// attaches it again, with [`Backward::open`].
#[derive(Debug)]
pub struct Keep {
    saves: Cell<bool>,
}

impl Keep {
    /// Keeps the value of input `index`.
    #[inline]
    pub fn input<T>(&self, index: usize, value: T) -> Saved<T> {
        self.saves.set(true);
        Saved { value, source: Source(index) }
    }

    /// Keeps the value of the output.
    #[inline]
    pub fn output<T>(&self, value: T) -> Saved<T> {
        self.saves.set(true);
        Saved { value, source: Source::OUTPUT }
    }
}

/// A value that a gradient rule keeps until the backward pass.
#[derive(Debug, Clone)]
pub struct Saved<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// Which place of the graph a saved value stood at: the number of an input, or [`OUTPUT`](Source::OUTPUT). One number, which
/// is copied whole: an `enum` is written in two parts, and to read those as one the processor has to wait for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source(usize);

impl Source {
    pub(crate) const OUTPUT: Source = Source(usize::MAX);

    /// The number of the input, unless it was the output.
    #[inline]
    pub(crate) fn input(self) -> Option<usize> {
        (self != Self::OUTPUT).then_some(self.0)
    }
}
