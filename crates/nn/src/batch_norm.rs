//! Batch normalisation.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, LongTensor, TensorOf, check_size};

use crate::repr::{python_bool, python_float};
use crate::{BufferOf, Forward, LongBuffer, Mode, Module, ParameterOf};

/// Batch normalisation: y = (x − mean)/√(var + ε)·w + b, for each feature over the batch. PyTorch:
/// `torch.nn.BatchNorm1d`. Ioffe and Szegedy, 2015.
///
/// Input and output: `[N, C]`, or `[N, C, L]`. Weight, bias, running mean and variance: `[C]`.
///
/// In training, mean and variance are those of the batch, the variance with the divisor n; and the running ones become
/// (1 − m)·running + m·batch, with the divisor n − 1 for the variance: the batch is a sample. In evaluation the running
/// ones are used.
///
/// ```
/// use deltarule_nn::{BatchNorm1d, Forward, Module};
/// use deltarule_tensor::Tensor;
///
/// let norm = BatchNorm1d::new(1);
/// let x = Tensor::from([[1.0], [3.0]]);
/// assert!(norm.forward(&x).allclose(&Tensor::from([[-1.0], [1.0]]), 1e-4, 0.0));
/// assert_eq!(norm.running_mean.as_ref().map(|mean| mean.tensor().item()), Some(0.2)); // 0.9·0 + 0.1·2
///
/// norm.eval();
/// assert!(norm.forward(&x).allclose(&((x - 0.2) / 1.1f32.sqrt()), 1e-4, 0.0)); // 0.9·1 + 0.1·2
/// ```
#[derive(Debug, Clone, Module)]
#[module(extra_repr = Self::options)]
pub struct BatchNorm1dOf<E: Float> {
    /// w: `[C]`, at first 1.
    pub weight: Option<ParameterOf<E>>,
    /// b: `[C]`, at first 0.
    pub bias: Option<ParameterOf<E>>,
    /// `[C]`, at first 0.
    pub running_mean: Option<BufferOf<E>>,
    /// `[C]`, at first 1.
    pub running_var: Option<BufferOf<E>>,
    /// How many batches the layer was trained with.
    pub num_batches_tracked: Option<LongBuffer>,
    features: usize,
    eps: f64,
    momentum: Option<f64>,
    mode: Mode,
}

/// The layer of `f32`.
pub type BatchNorm1d = BatchNorm1dOf<f32>;

impl<E: Float> BatchNorm1dOf<E> {
    /// A layer for this number of features C.
    #[track_caller]
    pub fn new(features: usize) -> Self {
        check_size::<E>("BatchNorm1d", &[features]);
        BatchNorm1dOf {
            weight: Some(ParameterOf::new(TensorOf::ones([features]))),
            bias: Some(ParameterOf::new(TensorOf::zeros([features]))),
            running_mean: Some(BufferOf::new(TensorOf::zeros([features]))),
            running_var: Some(BufferOf::new(TensorOf::ones([features]))),
            num_batches_tracked: Some(LongBuffer::new(LongTensor::from(0))),
            features,
            eps: 1e-5,
            momentum: Some(0.1),
            mode: Mode::default(),
        }
    }

    /// The ε that keeps the divisor from 0. 1e-5 by default.
    #[must_use]
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// The share m that a new batch has in the running mean and variance, 0.1 by default. With `None` all batches count
    /// the same: m is 1 over their number.
    #[must_use]
    pub fn momentum(mut self, momentum: impl Into<Option<f64>>) -> Self {
        self.momentum = momentum.into();
        self
    }

    /// Without weight and bias: y = (x − mean)/√(var + ε). PyTorch: `affine=False`.
    #[must_use]
    pub fn without_affine(mut self) -> Self {
        (self.weight, self.bias) = (None, None);
        self
    }

    /// Without running mean and variance: each batch is normalised by its own, in evaluation too.
    /// PyTorch: `track_running_stats=False`.
    #[must_use]
    pub fn without_running_stats(mut self) -> Self {
        (self.running_mean, self.running_var, self.num_batches_tracked) = (None, None, None);
        self
    }

    /// Moves the running mean and variance by those of a batch of n values a feature.
    fn track(&self, mean: &TensorOf<E>, var: &TensorOf<E>, n: usize) {
        let (Some(running_mean), Some(running_var), Some(batches)) =
            (&self.running_mean, &self.running_var, &self.num_batches_tracked)
        else {
            return;
        };
        batches.set(batches.tensor() + 1);
        if n == 0 {
            return;
        }
        let share = self.momentum.unwrap_or_else(|| 1.0 / batches.tensor().item() as f64);
        let unbiased = n as f64 / (n as f64 - 1.0);
        let [new, old, unbiased] = [share, 1.0 - share, unbiased].map(E::from_f64);
        running_mean.set(mean * new + running_mean.tensor() * old);
        running_var.set(var * unbiased * new + running_var.tensor() * old);
    }

    /// Whether the running mean and variance are used, and which they are.
    fn running(&self) -> Option<(TensorOf<E>, TensorOf<E>)> {
        if self.mode.is_training() {
            return None;
        }
        Some((self.running_mean.as_ref()?.tensor(), self.running_var.as_ref()?.tensor()))
    }

    /// Panics unless the input is `[N, C]` or `[N, C, L]`.
    #[track_caller]
    fn check(&self, input: &TensorOf<E>) {
        if !matches!(input.shape(), [_, features] | [_, features, _] if *features == self.features) {
            fail(
                "BatchNorm1d",
                format_args!(
                    "an input of shape {:?} doesn't fit {} features: it must be [N, C] or [N, C, L]",
                    input.shape(),
                    self.features
                ),
            );
        }
    }

    /// As PyTorch prints them.
    fn options(&self) -> String {
        format!(
            "{}, eps={}, momentum={}, affine={}, bias={}, track_running_stats={}",
            self.features,
            python_float(self.eps),
            self.momentum.map_or("None".to_owned(), python_float),
            python_bool(self.weight.is_some()),
            python_bool(self.bias.is_some()),
            python_bool(self.running_mean.is_some())
        )
    }
}

impl<E: Float> Forward<E> for BatchNorm1dOf<E> {
    /// (x − mean)/√(var + ε)·w + b.
    ///
    /// # Panics
    /// If the input's shape is neither `[N, C]` nor `[N, C, L]`, or if a batch that is normalised by itself has a single
    /// value for each feature: its variance says nothing, and all outputs would be b.
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        self.check(input);
        let [weight, bias] = [&self.weight, &self.bias].map(|factor| factor.as_ref().map(ParameterOf::tensor));
        if let Some((mean, var)) = self.running() {
            return input.batch_norm_eval(&mean, &var, weight.as_ref(), bias.as_ref(), self.eps);
        }
        let n = input.numel() / self.features.max(1);
        if n == 1 {
            fail(
                "BatchNorm1d",
                format_args!(
                    "a batch of shape {:?} has one value for each feature, and so no variance: train with larger \
                     batches, or call eval()",
                    input.shape()
                ),
            );
        }
        let (y, mean, var) = input.batch_norm(weight.as_ref(), bias.as_ref(), self.eps);
        if self.mode.is_training() {
            self.track(&mean, &var, n);
        }
        y
    }
}
