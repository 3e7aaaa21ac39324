//! The fully connected layer.

use deltarule_tensor::{Activation, Float, TensorOf, check_size};

use crate::init::{Nonlinearity, kaiming_bound};
use crate::repr::python_bool;
use crate::{Forward, Module, ParameterOf};

/// A fully connected layer: y = x·Wᵀ + b. PyTorch: `torch.nn.Linear`.
///
/// Cloning shares the weights; see [`Module`] for a copy with weights of its own.
///
/// Input: `[..., inputs]`. Output: `[..., outputs]`. Weight: `[outputs, inputs]`; bias: `[outputs]`.
///
/// ```
/// use deltarule_nn::{Forward, Linear, Module};
/// use deltarule_tensor::Tensor;
/// let layer = Linear::new(3, 2);
/// assert_eq!(layer.forward(&Tensor::ones([4, 3])).shape(), [4, 2]);
/// assert_eq!(Linear::without_bias(3, 2).num_parameters(), 6);
/// ```
#[derive(Debug, Clone, Module)]
#[module(extra_repr = Self::options)]
pub struct LinearOf<E: Float> {
    /// W: `[outputs, inputs]`.
    pub weight: ParameterOf<E>,
    /// b: `[outputs]`.
    pub bias: Option<ParameterOf<E>>,
}

/// The layer of `f32`.
pub type Linear = LinearOf<f32>;

impl<E: Float> LinearOf<E> {
    /// A layer from `inputs` features to `outputs`. Weight and bias are drawn, in this order, from
    /// U(−1/√inputs, 1/√inputs), PyTorch's default. Without inputs there is nothing to draw, and the bias is 0.
    ///
    /// So the size of outputs doesn't depend on the number of inputs: for inputs of variance 1, the weights add 1/3. See
    /// [`init`](crate::init) for other distributions.
    #[track_caller]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        let mut layer = Self::without_bias(inputs, outputs);
        check_size::<E>("Linear", &[outputs]);
        layer.bias = Some(ParameterOf::new(draw(&[outputs], inputs, bias_bound(inputs))));
        layer
    }

    /// A layer y = x·Wᵀ. PyTorch: `Linear(inputs, outputs, bias=False)`.
    ///
    /// It is no option of [`new`](LinearOf::new), which draws a bias: the random numbers after it would be others.
    #[track_caller]
    pub fn without_bias(inputs: usize, outputs: usize) -> Self {
        check_size::<E>("Linear", &[outputs, inputs]);
        LinearOf { weight: ParameterOf::new(draw(&[outputs, inputs], inputs, weight_bound(inputs))), bias: None }
    }

    /// The output, with the activation applied to it if there is one.
    #[inline(never)]
    #[track_caller]
    fn apply(&self, input: TensorOf<E>, activation: Option<&'static Activation<E>>) -> TensorOf<E> {
        let bias = self.bias.as_ref().map(ParameterOf::lock);
        input.into_linear(&self.weight.lock(), bias.as_deref(), activation)
    }

    /// As PyTorch prints them.
    fn options(&self) -> String {
        let (shape, bias) = (self.weight.shape(), python_bool(self.bias.is_some()));
        format!("in_features={}, out_features={}, bias={bias}", shape[1], shape[0])
    }
}

/// Values of U(−bound, bound); zeros without inputs.
#[track_caller]
fn draw<E: Float>(shape: &[usize], inputs: usize, bound: f64) -> TensorOf<E> {
    let bound = if inputs > 0 { bound } else { 0.0 };
    TensorOf::uniform(shape, -bound, bound)
}

/// The bound of the weights, 1/√inputs as PyTorch rounds it: by `kaiming_uniform_` with a slope of √5. In `f64` that is another
/// number than the bias's.
fn weight_bound(inputs: usize) -> f64 {
    kaiming_bound(inputs as f64, Nonlinearity::LeakyRelu(5f64.sqrt()))
}

/// The bound of the bias.
fn bias_bound(inputs: usize) -> f64 {
    1.0 / (inputs as f64).sqrt()
}

impl<E: Float> Forward<E> for LinearOf<E> {
    /// x·Wᵀ + b.
    ///
    /// # Panics
    /// If the input's last axis isn't as long as the layer has inputs.
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        self.forward_owned(input.clone())
    }

    #[track_caller]
    fn forward_owned(&self, input: TensorOf<E>) -> TensorOf<E> {
        self.apply(input, None)
    }

    #[track_caller]
    fn forward_activated(&self, input: TensorOf<E>, activation: &'static Activation<E>) -> TensorOf<E> {
        self.apply(input, Some(activation))
    }
}
