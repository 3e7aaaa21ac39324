//! Operands of operators: borrowed, or given up, so that their memory can become the result's.

use deltarule_autograd::call_site::fail;
use deltarule_autograd::is_grad_enabled;

use crate::array::{Array, Operand};
use crate::element::Element;
use crate::layout::broadcast;
use crate::room::check_new;
use crate::tensor::{Node, TensorOf};

/// An operand that is borrowed or given up.
pub(crate) enum Given<'a, E: Element> {
    Borrowed(&'a TensorOf<E>),
    Owned(TensorOf<E>),
}

/// The node of an operand.
pub(crate) enum GivenNode<'a> {
    Borrowed(Option<&'a Node>),
    Owned(Option<Node>),
}

impl GivenNode<'_> {
    #[inline]
    pub(crate) fn get(&self) -> Option<&Node> {
        match self {
            GivenNode::Borrowed(node) => *node,
            GivenNode::Owned(node) => node.as_ref(),
        }
    }

    /// The node for an edge of the graph, if this thread records; shared if the operand was borrowed.
    #[inline]
    pub(crate) fn for_graph(self) -> Option<Node> {
        match self {
            GivenNode::Borrowed(Some(node)) if is_grad_enabled() => Some(node.clone()),
            GivenNode::Borrowed(_) => None,
            GivenNode::Owned(node) => node,
        }
    }
}

impl<'a> From<Option<&'a Node>> for GivenNode<'a> {
    #[inline]
    fn from(node: Option<&'a Node>) -> Self {
        GivenNode::Borrowed(node)
    }
}

impl<'a, E: Element> Given<'a, E> {
    #[inline]
    pub(crate) fn get(&self) -> &TensorOf<E> {
        match self {
            Given::Borrowed(tensor) => tensor,
            Given::Owned(tensor) => tensor,
        }
    }

    #[inline]
    pub(crate) fn node(&self) -> Option<&Node> {
        self.get().node()
    }

    #[inline]
    pub(crate) fn array(&self) -> &Array<E> {
        self.get().array()
    }

    /// Fails unless there is memory for the result of a function of each element: a copy, or what was given up.
    #[inline]
    #[track_caller]
    pub(crate) fn check_room(&self, operation: &str) {
        match self {
            Given::Borrowed(tensor) => tensor.check_room::<E>(operation),
            Given::Owned(tensor) => tensor.check_copy(operation),
        }
    }

    /// The array, free to be overwritten if nobody else holds it, and the node.
    #[inline]
    pub(crate) fn split(self) -> (Operand<'a, E>, GivenNode<'a>) {
        match self {
            Given::Borrowed(tensor) => (Operand::Borrowed(tensor.array()), GivenNode::Borrowed(tensor.node())),
            Given::Owned(tensor) => {
                let (array, node) = tensor.into_parts();
                (Operand::Owned(array), GivenNode::Owned(node))
            }
        }
    }

    /// The array and the node, shared if the operand was borrowed.
    #[inline]
    pub(crate) fn into_parts(self) -> (Array<E>, Option<Node>) {
        match self {
            Given::Borrowed(tensor) => (tensor.array().clone(), tensor.node().cloned()),
            Given::Owned(tensor) => tensor.into_parts(),
        }
    }
}

impl<'a, E: Element> From<&'a TensorOf<E>> for Given<'a, E> {
    #[inline]
    fn from(tensor: &'a TensorOf<E>) -> Self {
        Given::Borrowed(tensor)
    }
}

impl<E: Element> From<TensorOf<E>> for Given<'_, E> {
    #[inline]
    fn from(tensor: TensorOf<E>) -> Self {
        Given::Owned(tensor)
    }
}

/// Fails unless the shapes of `a` and `b` broadcast to one that there is memory for.
#[inline]
#[track_caller]
pub(crate) fn check_operands<E: Element>(operation: &str, a: &Given<'_, E>, b: &Given<'_, E>) {
    let (x, y) = (a.array().shape(), b.array().shape());
    if x != y {
        check_result::<E>(operation, x, y);
    } else if let Given::Owned(_) = a {
        a.check_room(operation);
    } else {
        b.check_room(operation);
    }
}

/// Fails unless the shapes of `a` and `b` broadcast to one that there can be a tensor of.
#[inline]
#[track_caller]
pub(crate) fn check_broadcast(operation: &str, a: &[usize], b: &[usize]) {
    check_result::<bool>(operation, a, b);
}

/// Fails unless the shapes of `a` and `b` broadcast to one that there is memory for, with elements of type `O`.
#[inline]
#[track_caller]
pub(crate) fn check_result<O>(operation: &str, a: &[usize], b: &[usize]) {
    if a == b {
        return check_new::<O>(operation, a);
    }
    match broadcast(a, b) {
        Some(shape) => check_new::<O>(operation, &shape),
        None => mismatch(operation, a, b),
    }
}

#[cold]
#[track_caller]
fn mismatch(operation: &str, a: &[usize], b: &[usize]) -> ! {
    let sizes = a.iter().rev().zip(b.iter().rev());
    let (behind, (x, y)) =
        sizes.enumerate().find(|(_, (x, y))| x != y && **x != 1 && **y != 1).unwrap_or((0, (&0, &0)));
    fail(
        operation,
        format_args!(
            "shapes {a:?} and {b:?} don't broadcast: axis -{} has size {x} on the left and {y} on the right, and sizes \
             must be equal or 1",
            behind + 1
        ),
    )
}
