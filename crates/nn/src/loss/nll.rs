//! The negative log-likelihood.

use deltarule_tensor::{Float, LongTensor, TensorOf};

use super::Reduction;
use super::class::{ClassOptions, rows};

/// The negative log-likelihood of classes y, from log-probabilities ℓ: mean −w\[y\]·ℓ\[y\], where the mean is the sum
/// of losses over the sum of all w\[y\]. PyTorch: `torch.nn.NLLLoss`.
///
/// After a [`LogSoftmax`](crate::LogSoftmax) it is the [`CrossEntropyLoss`](crate::CrossEntropyLoss).
///
/// ```
/// use deltarule_nn::NllLoss;
/// use deltarule_tensor::{LongTensor, Tensor};
/// let log_probabilities = Tensor::from([[0.5, 0.5], [0.25, 0.75]]).ln();
/// let loss = NllLoss::default().forward(&log_probabilities, &LongTensor::from([0, 0]));
/// assert!((loss.item() - 1.5 * 2f32.ln()).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, Default)]
#[doc(alias = "NLLLoss")]
pub struct NllLossOf<E: Float> {
    options: ClassOptions<E>,
}

/// The loss of `f32`.
pub type NllLoss = NllLossOf<f32>;

impl<E: Float> NllLossOf<E> {
    /// The loss with PyTorch's options, as `default()` gives it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the losses of single examples: their mean by default.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.options.reduction = reduction;
        self
    }

    /// The weight w of each class, of shape `[C]`.
    #[must_use]
    pub fn weight(mut self, weight: TensorOf<E>) -> Self {
        self.options.weight = Some(weight);
        self
    }

    /// The target of examples that don't count: their loss is 0, and the mean is that of the others (NaN if there are
    /// none). −100 by default.
    #[must_use]
    pub fn ignore_index(mut self, index: i64) -> Self {
        self.options.ignore_index = index;
        self
    }

    /// The loss of log-probabilities `[N, C]` and classes `[N]`, `[C]` and `[]`, or `[N, C, d…]` and `[N, d…]`: a
    /// scalar, or of the classes' shape without a reduction.
    ///
    /// # Panics
    /// If the shapes don't fit each other or the weight, or if a class isn't in 0..C.
    #[inline(never)]
    #[track_caller]
    pub fn forward(&self, input: &TensorOf<E>, target: &LongTensor /* of floats: .long() */) -> TensorOf<E> {
        let examples = self.options.examples("NllLoss", input, target);
        self.options.reduce(examples.losses(&rows(input)), &examples, target)
    }
}
