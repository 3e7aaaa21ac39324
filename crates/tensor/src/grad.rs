//! Gradients that are given back, and not collected in leaves.

use deltarule_autograd::call_site::fail;
use deltarule_autograd::{NO_GRAPH, Options};

use crate::element::Float;
use crate::tensor::{Node, TensorOf};

/// The gradients of a tensor with respect to `inputs`, without touching what leaves have collected; `None` for an input
/// that it doesn't depend on. PyTorch: `torch.autograd.grad(output, inputs, allow_unused=True)`.
///
/// Inputs are tensors or a model's parameters, by reference or not: `&[&x, &y]`, `model.parameters()`.
///
/// ```
/// use deltarule_tensor::{Options, Tensor, grad};
/// let x = Tensor::from([2.0]).requires_grad_();
/// let y = (&x * &x * &x).sum();
/// let dy = grad(&y, &[&x], Options::new().create_graph(true)).remove(0).unwrap();
/// let d2y = grad(&dy.sum(), &[&x], Options::new()).remove(0).unwrap();
/// assert_eq!((dy.item(), d2y.item()), (12.0, 12.0)); // 3x², 6x
/// ```
///
/// # Panics
/// As [`TensorOf::backward`], or if an input requires no gradient.
#[track_caller]
pub fn grad<E: Float>(
    output: &TensorOf<E>,
    inputs: impl IntoIterator<Item: GradInput<E>>,
    options: Options,
) -> Vec<Option<TensorOf<E>>> {
    grad_with(output, None, inputs, options)
}

/// As [`grad`], from the gradient `gradient` of the output (1 for a scalar by default): a vector-Jacobian product.
///
/// # Panics
/// As [`grad`], and if the gradient's shape isn't the output's.
#[track_caller]
pub fn grad_with<E: Float>(
    output: &TensorOf<E>,
    gradient: Option<&TensorOf<E>>,
    inputs: impl IntoIterator<Item: GradInput<E>>,
    options: Options,
) -> Vec<Option<TensorOf<E>>> {
    let mut nodes = Vec::new();
    for input in inputs {
        nodes.push(input.grad_node());
    }
    gradients(output, gradient, &nodes, options)
}

/// [`grad_with`], compiled once for each type of elements.
#[track_caller]
fn gradients<E: Float>(
    output: &TensorOf<E>,
    gradient: Option<&TensorOf<E>>,
    inputs: &[Option<Node>],
    options: Options,
) -> Vec<Option<TensorOf<E>>> {
    let node = output.graph("grad");
    let start = output.start("grad", gradient);
    let mut nodes = Vec::with_capacity(inputs.len());
    for input in inputs {
        match input {
            Some(input) => nodes.push(input),
            None => fail("grad", NO_GRAPH),
        }
    }
    let gradients = deltarule_autograd::grad([(node, start)], &nodes, options);
    gradients.into_iter().map(|gradient| gradient.map(TensorOf::from_var)).collect()
}

/// What [`grad`] takes gradients with respect to: a tensor, or a parameter.
pub trait GradInput<E: Float> {
    /// The place in the graph; `None` if no gradient flows there.
    fn grad_node(&self) -> Option<Node>;
}

impl<E: Float> GradInput<E> for TensorOf<E> {
    fn grad_node(&self) -> Option<Node> {
        self.node().cloned()
    }
}

impl<E: Float, T: GradInput<E> + ?Sized> GradInput<E> for &T {
    fn grad_node(&self) -> Option<Node> {
        (**self).grad_node()
    }
}
