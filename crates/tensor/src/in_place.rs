//! The elements as a slice: to read, and to change in place where nobody else sees it.

use std::borrow::Cow;

use deltarule_autograd::call_site::fail;

use crate::element::Element;
use crate::tensor::TensorOf;

impl<E: Element> TensorOf<E> {
    /// The elements in row-major order, if they lie so in memory; see [`contiguous`](TensorOf::contiguous).
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.as_slice(), Some(&[1., 2., 3., 4.][..]));
    /// assert_eq!(x.t().as_slice(), None);
    /// ```
    #[inline]
    pub fn as_slice(&self) -> Option<&[E]> {
        self.array().as_slice()
    }

    /// The elements in row-major order: borrowed if they lie so in memory, else a copy.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.t().elements()[..], [1., 3., 2., 4.]);
    /// ```
    ///
    /// # Panics
    /// If there is no memory for the copy: views may be larger than any.
    #[inline]
    #[track_caller]
    pub fn elements(&self) -> Cow<'_, [E]> {
        self.check_copy("elements");
        self.array().elements()
    }

    /// Changes the elements, which `f` gets in row-major order. Copies them first if somebody else sees them: nobody
    /// but this tensor notices.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let mut x = Tensor::from([1., 2.]);
    /// let before = x.clone();
    /// x.update(|values| values[0] = 7.0);
    /// assert_eq!((x.to_vec(), before.to_vec()), (vec![7., 2.], vec![1., 2.]));
    /// ```
    ///
    /// # Panics
    /// If the tensor has a place in the graph, which the new values would not be true to. Detach it first.
    #[inline]
    #[track_caller]
    pub fn update(&mut self, f: impl FnOnce(&mut [E])) {
        if let Some(node) = self.node() {
            fail(
                "update",
                format_args!(
                    "this tensor belongs to a graph ({}). Detach it first, or update its parameter",
                    node.name()
                ),
            );
        }
        self.check_copy("update");
        f(self.array_mut().make_mut());
    }
}

#[cfg(test)]
mod tests {
    use crate::Tensor;

    #[test]
    fn a_view_is_updated_in_its_own_order_and_leaves_its_owner_alone() {
        let x = Tensor::from([[1., 2.], [3., 4.]]);
        let mut t = x.t();
        t.update(|values| values[1] = 9.0);
        assert_eq!((t.to_vec(), x.to_vec()), (vec![1., 9., 2., 4.], vec![1., 2., 3., 4.]));
    }

    #[test]
    fn a_saved_value_is_not_changed() {
        let w = Tensor::from([2.0]).requires_grad_();
        let mut x = Tensor::from([3.0]);
        let y = &w * &x;
        x.update(|values| values[0] = 100.0);
        y.backward();
        assert_eq!(w.grad().map(|grad| grad.item()), Some(3.0));
    }

    #[test]
    #[should_panic(expected = "update: this tensor belongs to a graph (leaf). Detach it first")]
    fn a_tensor_in_a_graph_is_refused() {
        Tensor::from([2.0]).requires_grad_().update(|values| values[0] = 0.0);
    }
}
