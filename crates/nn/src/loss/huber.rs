//! Losses that are quadratic near 0 and linear beyond.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, TensorOf, check_target};

use super::Reduction;

/// Huber's loss of the distances z = |x − y|: mean of z²/2 where z < δ, else δ·(z − δ/2). PyTorch: `torch.nn.HuberLoss`.
///
/// Its gradient is x − y, kept within −δ and δ: an outlier pulls no harder than a distance of δ.
///
/// ```
/// use deltarule_nn::HuberLoss;
/// use deltarule_tensor::Tensor;
/// let (input, target) = (Tensor::from([1., 10.]), Tensor::from([0., 0.]));
/// assert_eq!(HuberLoss::default().forward(&input, &target).item(), 5.0); // (0.5 + 9.5)/2
/// ```
#[derive(Debug, Clone)]
pub struct HuberLoss {
    delta: f64,
    reduction: Reduction,
}

/// δ = 1.
impl Default for HuberLoss {
    fn default() -> Self {
        HuberLoss { delta: 1.0, reduction: Reduction::Mean }
    }
}

impl HuberLoss {
    /// The loss with PyTorch's options, as `default()` gives it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the single losses: their mean by default.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The distance δ from which on the loss is linear. 1 by default.
    ///
    /// # Panics
    /// If it isn't positive.
    #[track_caller]
    #[must_use]
    pub fn delta(mut self, delta: f64) -> Self {
        if delta.is_nan() || delta <= 0.0 {
            fail("HuberLoss", format_args!("delta must be positive, and is {delta}"));
        }
        self.delta = delta;
        self
    }

    /// The loss: a scalar, or a tensor of the input's shape without a reduction.
    ///
    /// # Panics
    /// If the shapes differ. PyTorch broadcasts them, with a warning.
    #[inline(never)]
    #[track_caller]
    pub fn forward<E: Float>(&self, input: &TensorOf<E>, target: &TensorOf<E>) -> TensorOf<E> {
        check_target("HuberLoss", input, target);
        self.reduction.apply(input.huber_loss(target, E::from_f64(self.delta)))
    }
}

/// The smooth L1 loss of the distances z = |x − y|: mean of z²/(2β) where z < β, else z − β/2.
/// PyTorch: `torch.nn.SmoothL1Loss`.
///
/// It is [`HuberLoss`] divided by β. As β goes to 0 it becomes [`L1Loss`](crate::L1Loss).
///
/// ```
/// use deltarule_nn::SmoothL1Loss;
/// use deltarule_tensor::Tensor;
/// let (input, target) = (Tensor::from([1., 10.]), Tensor::from([0., 0.]));
/// assert_eq!(SmoothL1Loss::default().beta(2.0).forward(&input, &target).item(), 4.625); // (0.25 + 9)/2
/// ```
#[derive(Debug, Clone)]
pub struct SmoothL1Loss {
    beta: f64,
    reduction: Reduction,
}

/// β = 1.
impl Default for SmoothL1Loss {
    fn default() -> Self {
        SmoothL1Loss { beta: 1.0, reduction: Reduction::Mean }
    }
}

impl SmoothL1Loss {
    /// The loss with PyTorch's options, as `default()` gives it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the single losses: their mean by default.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The distance β from which on the loss is linear. 1 by default.
    ///
    /// # Panics
    /// If it is negative.
    #[track_caller]
    #[must_use]
    pub fn beta(mut self, beta: f64) -> Self {
        if beta.is_nan() || beta < 0.0 {
            fail("SmoothL1Loss", format_args!("beta can't be negative, and is {beta}"));
        }
        self.beta = beta;
        self
    }

    /// The loss: a scalar, or a tensor of the input's shape without a reduction.
    ///
    /// # Panics
    /// If the shapes differ. PyTorch broadcasts them, with a warning.
    #[inline(never)]
    #[track_caller]
    pub fn forward<E: Float>(&self, input: &TensorOf<E>, target: &TensorOf<E>) -> TensorOf<E> {
        check_target("SmoothL1Loss", input, target);
        let beta = E::from_f64(self.beta);
        self.reduction.apply(if beta == E::default() {
            (input - target).abs()
        } else {
            input.huber_loss(target, beta) / beta
        })
    }
}
