//! The fully connected layer.

use deltarule_tensor::{Activation, Tensor};

use crate::{Forward, Module, Parameter};

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
pub struct Linear {
    /// W: `[outputs, inputs]`.
    pub weight: Parameter,
    /// b: `[outputs]`.
    pub bias: Option<Parameter>,
}

impl Linear {
    /// A layer from `inputs` features to `outputs`. Weight and bias are drawn, in this order, from
    /// U(−1/√inputs, 1/√inputs), PyTorch's default. Without inputs there is nothing to draw, and the bias is 0.
    ///
    /// So the size of outputs doesn't depend on the number of inputs: for inputs of variance 1, the weights add 1/3. See
    /// [`init`](crate::init) for other distributions.
    #[track_caller]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        let mut layer = Self::without_bias(inputs, outputs);
        layer.bias = Some(Parameter::new(draw(&[outputs], inputs)));
        layer
    }

    /// A layer y = x·Wᵀ. PyTorch: `Linear(inputs, outputs, bias=False)`.
    ///
    /// It is no option of [`new`](Linear::new), which draws a bias: the random numbers after it would be others.
    #[track_caller]
    pub fn without_bias(inputs: usize, outputs: usize) -> Self {
        Linear { weight: Parameter::new(draw(&[outputs, inputs], inputs)), bias: None }
    }

    /// The output, with the activation applied to it if there is one.
    #[inline]
    #[track_caller]
    fn apply(&self, input: Tensor, activation: Option<&'static Activation<f32>>) -> Tensor {
        let bias = self.bias.as_ref().map(Parameter::read);
        input.into_linear(&self.weight.read(), bias.as_deref(), activation)
    }
}

/// Values of U(−1/√fan_in, 1/√fan_in).
#[track_caller]
fn draw(shape: &[usize], fan_in: usize) -> Tensor {
    let bound = if fan_in > 0 { 1.0 / (fan_in as f64).sqrt() } else { 0.0 };
    Tensor::uniform(shape, -bound, bound)
}

impl Forward for Linear {
    /// x·Wᵀ + b.
    ///
    /// # Panics
    /// If the input's last axis isn't as long as the layer has inputs.
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor {
        self.forward_owned(input.clone())
    }

    #[track_caller]
    fn forward_owned(&self, input: Tensor) -> Tensor {
        self.apply(input, None)
    }

    #[track_caller]
    fn forward_activated(&self, input: Tensor, activation: &'static Activation<f32>) -> Tensor {
        self.apply(input, Some(activation))
    }
}
