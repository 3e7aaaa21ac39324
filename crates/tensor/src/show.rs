//! How a tensor is printed: its elements, shape, element type, and its place in the graph.

use std::fmt;

use crate::display::{PrintOptions, Source, write};
use crate::element::Element;
use crate::tensor::TensorOf;

/// As PyTorch prints, with shape and element type always shown. `{:.2}` sets the number of digits.
///
/// ```
/// # use deltarule_tensor::Tensor;
/// let x = Tensor::from([[1., 2.5], [3., -4.]]).requires_grad_();
/// let text = "\
/// tensor([[ 1.0000,  2.5000],
///         [ 3.0000, -4.0000]], shape=[2, 2], dtype=f32, requires_grad=True)";
/// assert_eq!(x.to_string(), text);
/// assert!(format!("{}", &x + 1.0).ends_with("grad_fn=<add>)"));
/// ```
impl<E: Element> fmt::Display for TensorOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut suffixes = vec![format!("shape={:?}", self.shape()), format!("dtype={}", E::DTYPE)];
        match self.node() {
            Some(node) if node.is_leaf() => suffixes.push("requires_grad=True".into()),
            Some(node) => suffixes.push(format!("grad_fn=<{}>", node.name())),
            None => {}
        }
        let get = |index: &[usize]| self.array().memory()[self.array().layout().position(index)].to_scalar();
        write(f, &Source { shape: self.shape(), get: &get, suffixes: &suffixes }, &PrintOptions::default())
    }
}

/// The same as [`Display`](fmt::Display): a message that shows a tensor should be readable.
impl<E: Element> fmt::Debug for TensorOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
