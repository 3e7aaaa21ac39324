//! The mean absolute error.

use deltarule_tensor::{Float, TensorOf, check_target};

use super::Reduction;

/// The mean absolute error, mean |x − y|. PyTorch: `torch.nn.L1Loss`.
///
/// ```
/// use deltarule_nn::L1Loss;
/// use deltarule_tensor::Tensor;
/// let (input, target) = (Tensor::from([1., 2.]), Tensor::from([0., 4.]));
/// assert_eq!(L1Loss::default().forward(&input, &target).item(), 1.5);
/// ```
#[derive(Debug, Clone, Default)]
pub struct L1Loss {
    reduction: Reduction,
}

impl L1Loss {
    /// The loss with PyTorch's options, as `default()` gives it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the absolute values: their mean by default.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The loss: a scalar, or a tensor of the input's shape without a reduction. Its gradient is 0 where both are equal.
    ///
    /// # Panics
    /// If the shapes differ. PyTorch broadcasts them, with a warning.
    #[inline(never)]
    #[track_caller]
    pub fn forward<E: Float>(&self, input: &TensorOf<E>, target: &TensorOf<E>) -> TensorOf<E> {
        check_target("L1Loss", input, target);
        self.reduction.apply((input - target).abs())
    }
}
