//! Layers of neurons: x·Wᵀ + b, and an activation of it.

use deltarule_autograd::Saved;
use deltarule_autograd::call_site::fail;

use crate::array::{Array, Factor};
use crate::element::Float;
use crate::layout::Axes;
use crate::ops::activation::Activation;
use crate::ops::given::Given;
use crate::ops::matmul::{count_rows, product};
use crate::ops::sum::sum_of_rows;
use crate::record::{BackwardOf, record_given, records};
use crate::room::check_matrix;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// x·Wᵀ + b: a layer of neurons, of which `weight` has a row each. PyTorch: `torch.nn.functional.linear`.
    ///
    /// x is `[…, in]`, `weight` `[out, in]`, `bias` `[out]`, and y is `[…, out]`.
    ///
    /// dy/dx = g·W, dy/dW = gᵀ·x, dy/db = the sum of g's rows
    ///
    /// # Panics
    /// If the shapes don't fit.
    #[track_caller]
    pub fn linear(&self, weight: &Self, bias: Option<&Self>) -> Self {
        linear(self.into(), weight, bias, None)
    }

    /// As [`linear`](TensorOf::linear), of an input that is given up: the graph takes over what it needs of it. An activation is applied to
    /// y by the same operation: the same bits, of one node instead of two.
    #[doc(hidden)]
    #[track_caller]
    pub fn into_linear(self, weight: &Self, bias: Option<&Self>, activation: Option<&'static Activation<E>>) -> Self {
        linear(self.into(), weight, bias, activation)
    }
}

/// y = f(x·Wᵀ + b), where f is the activation, if there is one.
#[track_caller]
fn linear<E: Float>(
    x: Given<'_, E>,
    weight: &TensorOf<E>,
    bias: Option<&TensorOf<E>>,
    activation: Option<&'static Activation<E>>,
) -> TensorOf<E> {
    let shape = x.array().shape();
    let &[out, inputs] = weight.shape() else {
        fail("linear", format_args!("the weight is a matrix [out, in], and its shape is {:?}", weight.shape()))
    };
    if shape.last() != Some(&inputs) {
        fail(
            "linear",
            format_args!(
                "an input of shape {shape:?} doesn't fit a weight of shape {:?} [out, in]: its last axis must be {inputs}",
                weight.shape()
            ),
        );
    }
    if let Some(bias) = bias
        && bias.shape() != [out]
    {
        fail(
            "linear",
            format_args!("a bias of shape {:?} doesn't fit a weight of shape {:?}", bias.shape(), weight.shape()),
        );
    }
    if shape.len() != 2 {
        x.get().check_copy("linear");
        let rows = x.get().reshape([count_rows(shape), inputs]);
        let mut shape = Axes::from_slice(shape);
        if let Some(last) = shape.last_mut() {
            *last = out;
        }
        return linear(rows.into(), weight, bias, activation).reshape(&shape[..]);
    }
    check_matrix::<E>("linear", [shape[0], out]);
    let (a, b) = (Factor { array: x.array(), transposed: false }, Factor { array: weight.array(), transposed: true });
    let y = match bias {
        Some(bias) => Array::product_plus(a, b, bias.array()),
        None => Array::product(a, b),
    };
    let y = match activation {
        Some(activation) => (activation.of_array)(y),
        None => y,
    };
    let bias = bias.and_then(TensorOf::node);
    if !records(&[x.node(), weight.node(), bias]) {
        return TensorOf::new(y);
    }
    let (x, node) = x.into_parts();
    let edges = [node, weight.node().cloned(), bias.cloned()];
    match activation {
        None => record_given("linear", y, edges, |keep| {
            let (x, weight) = (keep.input(0, x), keep.input(1, weight.array().clone()));
            move |g: TensorOf<E>, to| send(&g, x, weight, to)
        }),
        Some(activation) => record_given(activation.with_linear, y.clone(), edges, |keep| {
            let (x, weight, y) = (keep.input(0, x), keep.input(1, weight.array().clone()), keep.output(y));
            move |g: TensorOf<E>, to| {
                let y = to.open(y);
                send(&(activation.backward)(g.into(), &y), x, weight, to);
            }
        }),
    }
}

/// Sends the inputs of x·Wᵀ + b their gradients.
#[inline]
#[track_caller]
fn send<E: Float>(g: &TensorOf<E>, x: Saved<Array<E>>, weight: Saved<Array<E>>, to: &mut BackwardOf<'_>) {
    let (x, weight) = (to.open(x), to.open(weight));
    to.input(0, || product(g, &weight, false, false));
    to.input(1, || product(g, &x, true, false));
    to.input(2, || sum_of_rows(g));
}

operation! { LINEAR = "linear":
    "torch.nn.functional.linear(a, b, c)", |a, b, c| a.linear(b, Some(c)), [ANY, ANY, ANY],
        &[&[&[2, 3], &[4, 3], &[4]], &[&[3], &[2, 3], &[2]], &[&[2, 2, 3], &[1, 3], &[1]], &[&[0, 2], &[3, 2], &[3]]];
    "torch.nn.functional.linear(a, b)", |a, b| a.linear(b, None), [ANY, ANY], &[&[&[2, 3], &[4, 3]], &[&[3], &[2, 3]]];
}

operation! { LINEAR_TANH = "linear_tanh":
    "torch.tanh(torch.nn.functional.linear(a, b, c))",
        |a, b, c| a.clone().into_linear(b, Some(c), Some(Activation::TANH)), [ANY, ANY, ANY],
        &[&[&[2, 3], &[4, 3], &[4]], &[&[3], &[2, 3], &[2]], &[&[2, 2, 3], &[1, 3], &[1]]];
}

operation! { LINEAR_SIGMOID = "linear_sigmoid":
    "torch.sigmoid(torch.nn.functional.linear(a, b, c))",
        |a, b, c| a.clone().into_linear(b, Some(c), Some(Activation::SIGMOID)), [ANY, ANY, ANY],
        &[&[&[2, 3], &[4, 3], &[4]], &[&[0, 2], &[3, 2], &[3]]];
    "torch.sigmoid(torch.nn.functional.linear(a, b))",
        |a, b| a.clone().into_linear(b, None, Some(Activation::SIGMOID)), [ANY, ANY], &[&[&[2, 3], &[4, 3]]];
}

operation! { LINEAR_RELU = "linear_relu":
    "torch.relu(torch.nn.functional.linear(a, b, c))",
        |a, b, c| a.clone().into_linear(b, Some(c), Some(Activation::RELU)), [POSITIVE, POSITIVE, POSITIVE],
        &[&[&[2, 3], &[4, 3], &[4]], &[&[2, 1, 3], &[2, 3], &[2]]];
    "torch.relu(torch.nn.functional.linear(a, -b, c))",
        |a, b, c| a.clone().into_linear(&-b, Some(c), Some(Activation::RELU)), [POSITIVE, POSITIVE, Within(-0.5, 0.1)],
        &[&[&[2, 3], &[4, 3], &[4]]];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Tensor, grad};

    type Layer = fn(&Tensor, &Tensor, Option<&Tensor>, &'static Activation<f32>) -> Tensor;

    /// The value, gradients, and gradients of gradients.
    fn results(layer: Layer, activation: &'static Activation<f32>, with_bias: bool) -> Vec<Vec<f32>> {
        crate::manual_seed(0);
        let [x, weight, bias] = [&[3, 5, 7][..], &[4, 7], &[4]].map(|shape| Tensor::randn(shape).requires_grad_());
        let bias = with_bias.then_some(&bias);
        let inputs: Vec<_> = [&x, &weight].into_iter().chain(bias).collect();
        let y = layer(&x, &weight, bias, activation);
        let gradients =
            |of: &Tensor, options| grad(of, &inputs, options).into_iter().map(Option::unwrap).collect::<Vec<_>>();
        let first = gradients(&y.square().sum(), Options::new().create_graph(true));
        let squares = first.iter().map(|g| g.square().sum()).reduce(|a, b| a + b).unwrap();
        let second = gradients(&squares, Options::new());
        std::iter::once(y).chain(first).chain(second).map(|y| y.to_vec()).collect()
    }

    #[test]
    fn one_operation_gives_the_bits_of_two() {
        for activation in [Activation::TANH, Activation::SIGMOID, Activation::RELU] {
            for with_bias in [true, false] {
                let one = results(|x, w, b, f| x.clone().into_linear(w, b, Some(f)), activation, with_bias);
                let two = results(|x, w, b, f| f.of_tensor(x.linear(w, b)), activation, with_bias);
                assert!(one == two, "{activation:?}, bias {with_bias}");
            }
        }
    }
}
