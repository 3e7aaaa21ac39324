//! Layer normalisation.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, TensorOf, check_size};

use crate::repr::{python_bool, python_float, python_tuple};
use crate::{Forward, Module, ParameterOf};

/// Layer normalisation: y = (x − mean)/√(var + ε)·w + b, for each example over its features. PyTorch:
/// `torch.nn.LayerNorm`. Ba, Kiros and Hinton, 2016.
///
/// Input and output: `[..., shape]`, where mean and variance (with the divisor n) are those of the axes of `shape`.
/// Weight and bias: `shape`. It does the same in training and in evaluation.
///
/// ```
/// use deltarule_nn::{Forward, LayerNorm};
/// use deltarule_tensor::Tensor;
/// let y = LayerNorm::new([2]).forward(&Tensor::from([[1.0, 3.0], [-50.0, 50.0]]));
/// assert!(y.allclose(&Tensor::from([[-1.0, 1.0], [-1.0, 1.0]]), 1e-4, 0.0));
/// ```
#[derive(Debug, Clone, Module)]
#[module(extra_repr = Self::options)]
pub struct LayerNormOf<E: Float> {
    /// w: `shape`, at first 1.
    pub weight: Option<ParameterOf<E>>,
    /// b: `shape`, at first 0.
    pub bias: Option<ParameterOf<E>>,
    shape: Vec<usize>,
    eps: f64,
}

/// The layer of `f32`.
pub type LayerNorm = LayerNormOf<f32>;

impl<E: Float> LayerNormOf<E> {
    /// A layer that normalises the last axes, which are of this shape: `[features]` for the last one alone.
    ///
    /// # Panics
    /// If the shape has no axes.
    #[track_caller]
    pub fn new(shape: impl Into<Vec<usize>>) -> Self {
        let shape = shape.into();
        if shape.is_empty() {
            fail("LayerNorm", "the shape to normalise has no axes: there must be one at least");
        }
        check_size::<E>("LayerNorm", &shape);
        LayerNormOf {
            weight: Some(ParameterOf::new(TensorOf::ones(&shape[..]))),
            bias: Some(ParameterOf::new(TensorOf::zeros(&shape[..]))),
            shape,
            eps: 1e-5,
        }
    }

    /// The ε that keeps the divisor from 0. 1e-5 by default.
    #[must_use]
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// Without weight and bias: y = (x − mean)/√(var + ε). PyTorch: `elementwise_affine=False`.
    #[must_use]
    pub fn without_affine(mut self) -> Self {
        (self.weight, self.bias) = (None, None);
        self
    }

    /// With a weight and no bias. PyTorch: `bias=False`.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// As PyTorch prints them.
    fn options(&self) -> String {
        format!(
            "{}, eps={}, elementwise_affine={}, bias={}",
            python_tuple(&self.shape),
            python_float(self.eps),
            python_bool(self.weight.is_some()),
            python_bool(self.bias.is_some())
        )
    }
}

impl<E: Float> Forward<E> for LayerNormOf<E> {
    /// (x − mean)/√(var + ε)·w + b.
    ///
    /// # Panics
    /// If the input's last axes aren't of the layer's shape.
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        if !input.shape().ends_with(&self.shape) {
            fail(
                "LayerNorm",
                format_args!(
                    "an input of shape {:?} doesn't end with the layer's shape {:?}",
                    input.shape(),
                    self.shape
                ),
            );
        }
        let [weight, bias] = [&self.weight, &self.bias].map(|factor| factor.as_ref().map(ParameterOf::tensor));
        input.layer_norm(self.shape.len(), weight.as_ref(), bias.as_ref(), self.eps)
    }
}
