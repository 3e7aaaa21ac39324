//! The mean squared error.

use deltarule_tensor::{Float, TensorOf, check_target};

use super::Reduction;

/// The mean squared error, mean (x − y)². PyTorch: `torch.nn.MSELoss`.
///
/// ```
/// use deltarule_nn::{MseLoss, Reduction};
/// use deltarule_tensor::Tensor;
/// let (input, target) = (Tensor::from([1., 2.]), Tensor::from([0., 4.]));
/// assert_eq!(MseLoss::default().forward(&input, &target).item(), 2.5);
/// let losses = MseLoss::default().reduction(Reduction::None).forward(&input, &target);
/// assert_eq!(losses.to_vec(), [1., 4.]);
/// ```
#[derive(Debug, Clone, Default)]
#[doc(alias = "MSELoss")]
pub struct MseLoss {
    reduction: Reduction,
}

impl MseLoss {
    /// The loss with PyTorch's options, as `default()` gives it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the squares: their mean by default.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The loss: a scalar, or a tensor of the input's shape without a reduction.
    ///
    /// # Panics
    /// If the shapes differ. PyTorch broadcasts them, with a warning.
    #[inline(never)]
    #[track_caller]
    pub fn forward<E: Float>(&self, input: &TensorOf<E>, target: &TensorOf<E>) -> TensorOf<E> {
        check_target("MseLoss", input, target);
        if self.reduction == Reduction::Mean {
            return input.mse_loss(target);
        }
        let difference = input - target;
        self.reduction.apply(&difference * &difference)
    }
}
