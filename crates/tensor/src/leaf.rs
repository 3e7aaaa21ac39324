//! A place in the graph without a value: what a parameter is to the tape while its values change.

use std::marker::PhantomData;

use deltarule_autograd::Var;
use deltarule_autograd::call_site::fail;

use crate::array::{AnyArray, Kind};
use crate::dim::IntoShape;
use crate::element::Float;
use crate::tensor::{Node, TensorOf};

/// A leaf of the graph that outlives its values: gradients collect here, whichever values are attached.
///
/// A training step replaces a parameter's values and keeps its leaf.
///
/// ```
/// use deltarule_tensor::{Leaf, Tensor};
/// let leaf = Leaf::<f32>::new([1]);
/// for value in [2.0, 3.0] {
///     let x = leaf.attach(&Tensor::from([value]));
///     (&x * &x).sum().backward();
/// }
/// assert_eq!(leaf.grad().unwrap().item(), 10.0); // 2·2 + 2·3
/// ```
#[derive(Debug, Clone)]
pub struct Leaf<E: Float> {
    node: Node,
    element: PhantomData<E>,
}

impl<E: Float> Leaf<E> {
    /// A new leaf for values of this shape.
    #[track_caller]
    pub fn new(shape: impl IntoShape) -> Self {
        Leaf { node: Node::leaf(Kind::new(&shape.into_shape(), E::DTYPE)), element: PhantomData }
    }

    /// The node of the graph.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The shape of the values.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.node.meta().shape()
    }

    /// The elements of `value` as the value of this leaf. Nothing is copied.
    ///
    /// # Panics
    /// If the shape isn't the leaf's, or if `value` has a place in the graph of its own.
    #[inline]
    #[track_caller]
    pub fn attach(&self, value: &TensorOf<E>) -> TensorOf<E> {
        self.check("attach", "value", value);
        if let Some(node) = value.node() {
            fail(
                "attach",
                format_args!("the value was made by {} and belongs to a graph. Detach it first", node.name()),
            );
        }
        TensorOf::with_node(value.array().clone(), Some(self.node.clone()))
    }

    /// Changes the elements of an attached value, which `f` gets in row-major order, as [`TensorOf::update`] does. The graph
    /// of what was made of it before keeps the old ones. A value outside of any graph is changed too.
    ///
    /// ```
    /// use deltarule_tensor::{Leaf, Tensor};
    /// let leaf = Leaf::<f32>::new([2]);
    /// let mut w = leaf.attach(&Tensor::from([1., 2.]));
    /// leaf.update(&mut w, |values| values[1] = 5.0);
    /// assert_eq!(w.to_vec(), [1., 5.]);
    /// ```
    ///
    /// # Panics
    /// If the value has another place in the graph.
    #[inline]
    #[track_caller]
    pub fn update(&self, value: &mut TensorOf<E>, f: impl FnOnce(&mut [E])) {
        if value.node().is_some_and(|node| *node != self.node) {
            fail("update", "the value isn't attached to this leaf");
        }
        f(value.array_mut().make_mut());
    }

    /// The gradient collected so far.
    #[inline]
    #[track_caller]
    pub fn grad(&self) -> Option<TensorOf<E>> {
        self.node.grad().map(TensorOf::from_var)
    }

    /// Sets the collected gradient to none.
    #[inline]
    #[track_caller]
    pub fn zero_grad(&self) {
        self.node.set_grad(None);
    }

    /// Replaces the collected gradient.
    ///
    /// # Panics
    /// If its shape isn't the leaf's.
    #[track_caller]
    pub fn set_grad(&self, grad: Option<TensorOf<E>>) {
        if let Some(grad) = &grad {
            self.check("set_grad", "gradient", grad);
        }
        self.node.set_grad(grad.map(TensorOf::into_var));
    }

    #[inline]
    #[track_caller]
    fn check(&self, operation: &str, what: &str, tensor: &TensorOf<E>) {
        if !self.node.meta().is_of(tensor.array()) {
            self.misfit(operation, what, tensor);
        }
    }

    #[cold]
    #[track_caller]
    fn misfit(&self, operation: &str, what: &str, tensor: &TensorOf<E>) -> ! {
        fail(
            operation,
            format_args!("the {what}'s shape {:?} isn't that of the leaf, {:?}", tensor.shape(), self.shape()),
        )
    }
}

/// The gradient that a node has collected.
///
/// # Panics
/// If it never can: it is that of a result, which doesn't retain its gradient.
#[track_caller]
pub(crate) fn collected(node: &Node) -> Option<Var<AnyArray>> {
    if !node.is_leaf() && !node.retains_grad() {
        fail(
            "grad",
            format_args!(
                "this tensor is no leaf: {} made it, at {}. So it collects no gradient. To change a weight, write \
                 no_grad(|| w -= …); for the gradient of a result, call retain_grad before backward",
                node.name(),
                node.line()
            ),
        );
    }
    node.grad()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tensor;

    #[test]
    fn a_gradient_is_summed_over_what_was_attached() {
        let leaf = Leaf::<f32>::new([2]);
        let (x, y) = (leaf.attach(&Tensor::from([1.0, 2.0])), leaf.attach(&Tensor::from([3.0, 4.0])));
        (&x * &y).sum().backward();
        assert_eq!(leaf.grad().map(|grad| grad.to_vec()), Some(vec![4.0, 6.0]));
        leaf.set_grad(None);
        assert!(leaf.grad().is_none() && x.grad().is_none());
    }

    #[test]
    #[should_panic(expected = "attach: the value's shape [3] isn't that of the leaf, [2]")]
    fn a_value_of_another_shape_is_refused() {
        Leaf::<f32>::new([2]).attach(&Tensor::zeros([3]));
    }

    #[test]
    #[should_panic(expected = "set_grad: the gradient's shape [1] isn't that of the leaf, [2]")]
    fn a_gradient_of_another_shape_is_refused() {
        Leaf::<f32>::new([2]).set_grad(Some(Tensor::zeros([1])));
    }

    #[test]
    #[should_panic(expected = "attach: the value was made by mul and belongs to a graph")]
    fn a_value_with_a_graph_is_refused() {
        let x = Tensor::from([1.0]).requires_grad_();
        Leaf::new([1]).attach(&(&x * &x));
    }

    #[test]
    fn an_attached_value_is_updated_and_what_was_made_of_it_is_not() {
        let leaf = Leaf::<f32>::new([1]);
        let mut x = leaf.attach(&Tensor::from([3.0]));
        let y = &x * &x;
        leaf.update(&mut x, |values| values[0] = 10.0);
        y.sum().backward();
        assert_eq!((x.item(), leaf.grad().map(|grad| grad.item())), (10.0, Some(6.0)));
    }

    #[test]
    #[should_panic(expected = "update: the value isn't attached to this leaf")]
    fn the_value_of_another_leaf_is_not_updated() {
        let (leaf, other) = (Leaf::<f32>::new([1]), Leaf::<f32>::new([1]));
        leaf.update(&mut other.attach(&Tensor::from([3.0])), |_| {});
    }
}
