//! The binary cross-entropy, of probabilities and of logits.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, TensorOf, check_target};

use super::Reduction;

/// The binary cross-entropy of probabilities x and labels y, all in [0, 1]: mean −w·(y·ln x + (1 − y)·ln(1 − x)).
/// PyTorch: `torch.nn.BCELoss`.
///
/// Neither logarithm counts as less than −100, so a certain model that is wrong has a finite loss. Its gradient then
/// has 1e-12 in place of x·(1 − x). [`BceWithLogitsLoss`] needs neither.
///
/// ```
/// use deltarule_nn::BceLoss;
/// use deltarule_tensor::Tensor;
/// let loss = BceLoss::default().forward(&Tensor::from([0.0, 1.0]), &Tensor::from([1.0, 1.0]));
/// assert_eq!(loss.item(), 50.0);
/// ```
#[derive(Debug, Clone, Default)]
#[doc(alias = "BCELoss")]
pub struct BceLossOf<E: Float> {
    weight: Option<TensorOf<E>>,
    reduction: Reduction,
}

/// The loss of `f32`.
pub type BceLoss = BceLossOf<f32>;

impl<E: Float> BceLossOf<E> {
    /// The loss with PyTorch's options, as `default()` gives it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the single losses: their mean by default, which the weights don't enter.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The weight w of each loss; it is broadcast to the input's shape.
    #[must_use]
    pub fn weight(mut self, weight: TensorOf<E>) -> Self {
        self.weight = Some(weight);
        self
    }

    /// The loss: a scalar, or a tensor of the input's shape without a reduction.
    ///
    /// # Panics
    /// If the shapes of input and target differ, if the weight can't be broadcast to them, or if a value or a label
    /// isn't in [0, 1].
    #[inline(never)]
    #[track_caller]
    pub fn forward(&self, input: &TensorOf<E>, target: &TensorOf<E>) -> TensorOf<E> {
        let losses = input.binary_cross_entropy_as("BceLoss", target);
        self.reduction.apply(weighted("BceLoss", "weight", losses, &self.weight))
    }
}

/// The binary cross-entropy of logits x and labels y in [0, 1]: mean −w·(p·y·ln σ(x) + (1 − y)·ln(1 − σ(x))).
/// PyTorch: `torch.nn.BCEWithLogitsLoss`.
///
/// It is computed as w·(p·y·s(−x) + (1 − y)·s(x)), where s(x) = ln(1 + eˣ) is softplus: no logarithm of 0, and no
/// difference of large numbers. So the model ends without a sigmoid.
///
/// ```
/// use deltarule_nn::BceWithLogitsLoss;
/// use deltarule_tensor::Tensor;
/// let loss = BceWithLogitsLoss::default().forward(&Tensor::from([0.0, 100.0]), &Tensor::from([1.0, 1.0]));
/// assert_eq!(loss.item(), 2f32.ln() / 2.0);
/// ```
#[derive(Debug, Clone, Default)]
#[doc(alias = "BCEWithLogitsLoss")]
pub struct BceWithLogitsLossOf<E: Float> {
    weight: Option<TensorOf<E>>,
    pos_weight: Option<TensorOf<E>>,
    reduction: Reduction,
}

/// The loss of `f32`.
pub type BceWithLogitsLoss = BceWithLogitsLossOf<f32>;

impl<E: Float> BceWithLogitsLossOf<E> {
    /// The loss with PyTorch's options, as `default()` gives it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the single losses: their mean by default, which the weights don't enter.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The weight w of each loss; it is broadcast to the input's shape.
    #[must_use]
    pub fn weight(mut self, weight: TensorOf<E>) -> Self {
        self.weight = Some(weight);
        self
    }

    /// The weight p of positive examples; it is broadcast to the input's shape. The number of negative examples over
    /// that of positive ones makes both count the same.
    #[must_use]
    pub fn pos_weight(mut self, pos_weight: TensorOf<E>) -> Self {
        self.pos_weight = Some(pos_weight);
        self
    }

    /// The loss: a scalar, or a tensor of the input's shape without a reduction.
    ///
    /// # Panics
    /// If the shapes of input and target differ, or if a weight can't be broadcast to them.
    #[inline(never)]
    #[track_caller]
    pub fn forward(&self, input: &TensorOf<E>, target: &TensorOf<E>) -> TensorOf<E> {
        check_target("BceWithLogitsLoss", input, target);
        // Softplus is exact beyond its threshold: 20 + ln(1 + e⁻²⁰) is 20 in f32.
        let softplus = |x: &TensorOf<E>| x.softplus(E::ONE, E::from_f64(20.0));
        let positive = weighted("BceWithLogitsLoss", "pos_weight", target * softplus(&-input), &self.pos_weight);
        let losses = positive + (TensorOf::full([], E::ONE) - target) * softplus(input);
        self.reduction.apply(weighted("BceWithLogitsLoss", "weight", losses, &self.weight))
    }
}

/// The losses times their weights, if there are any.
///
/// # Panics
/// If the weight isn't broadcast to the losses, but they to it.
#[track_caller]
fn weighted<E: Float>(loss: &str, name: &str, losses: TensorOf<E>, weight: &Option<TensorOf<E>>) -> TensorOf<E> {
    let Some(weight) = weight else { return losses };
    let product = &losses * weight;
    if product.shape() != losses.shape() {
        fail(
            loss,
            format_args!(
                "{name} of shape {:?} can't be broadcast to the input's shape {:?}",
                weight.shape(),
                losses.shape()
            ),
        );
    }
    product
}
