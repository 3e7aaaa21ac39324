//! The cross-entropy of logits and classes.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, LongTensor, TensorOf};

use super::Reduction;
use super::class::{ClassOptions, ClassTarget, rows};

/// The cross-entropy of logits and classes: mean −log_softmax(x)\[y\]. PyTorch: `torch.nn.CrossEntropyLoss`.
///
/// The model ends without a softmax: the loss takes logits.
///
/// With the weight w of each class and a label smoothing ε over C classes, for log-probabilities ℓ = log_softmax(x):
///
/// loss = −(1 − ε)·w\[y\]·ℓ\[y\] − ε/C·Σ w\[c\]·ℓ\[c\]; the mean is the sum of losses over the sum of all w\[y\]
///
/// For probabilities p of all classes instead of one class y:
///
/// loss = −Σ w\[c\]·((1 − ε)·p\[c\] + ε/C)·ℓ\[c\]; the mean is the sum of losses over their number
///
/// ```
/// use deltarule_nn::CrossEntropyLoss;
/// use deltarule_tensor::{LongTensor, Tensor};
/// let logits = Tensor::zeros([2, 4]);
/// let loss = CrossEntropyLoss::default().forward(&logits, &LongTensor::from([0, 3]));
/// assert!((loss.item() - 4f32.ln()).abs() < 1e-6);
///
/// let probabilities = Tensor::full([2, 4], 0.25);
/// let loss = CrossEntropyLoss::default().forward(&logits, &probabilities);
/// assert!((loss.item() - 4f32.ln()).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, Default)]
pub struct CrossEntropyLossOf<E: Float> {
    options: ClassOptions<E>,
    label_smoothing: f64,
}

/// The loss of `f32`.
pub type CrossEntropyLoss = CrossEntropyLossOf<f32>;

impl<E: Float> CrossEntropyLossOf<E> {
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

    /// The share ε of each label that is spread evenly over all classes. 0 by default.
    ///
    /// # Panics
    /// If it isn't in [0, 1].
    #[track_caller]
    #[must_use]
    pub fn label_smoothing(mut self, share: f64) -> Self {
        if !(0.0..=1.0).contains(&share) {
            fail("CrossEntropyLoss", format_args!("label_smoothing must be in [0, 1], and is {share}"));
        }
        self.label_smoothing = share;
        self
    }

    /// The loss of logits and targets: a scalar, or the losses of the examples without a reduction.
    ///
    /// The target is a [`LongTensor`] of classes: for logits `[N, C]` of shape `[N]`, for `[C]` of shape `[]`, for
    /// `[N, C, d…]` of shape `[N, d…]`. Or it is a tensor of probabilities, of the logits' shape, to which gradients
    /// flow too.
    ///
    /// # Panics
    /// If the shapes don't fit each other or the weight, or if a class isn't in 0..C; if an `ignore_index` that isn't
    /// negative was set for a target of probabilities.
    #[track_caller]
    pub fn forward<'t>(&self, input: &TensorOf<E>, target: impl Into<ClassTarget<'t, E>>) -> TensorOf<E> {
        match target.into() {
            ClassTarget::Indices(target) => self.of_classes(input, target),
            ClassTarget::Probabilities(target) => self.of_probabilities(input, target),
        }
    }

    #[inline(never)]
    #[track_caller]
    fn of_classes(&self, input: &TensorOf<E>, target: &LongTensor) -> TensorOf<E> {
        if let Some(loss) = self.fused(input, target) {
            return loss;
        }
        let examples = self.options.examples("CrossEntropyLoss", input, target);
        let log_probabilities = rows(input).log_softmax(1);
        let loss = self.options.reduce(examples.losses(&log_probabilities), &examples, target);
        if self.label_smoothing == 0.0 {
            return loss;
        }
        let classes = log_probabilities.shape()[1];
        let (share, part) = (self.label_smoothing, self.label_smoothing / classes as f64);
        let spread = (log_probabilities * self.options.class_weights(classes)).sum_dim(1, false);
        loss * E::from_f64(1.0 - share) - self.options.reduce(spread, &examples, target) * E::from_f64(part)
    }

    /// The loss in one pass, in the plain case: rows of logits and classes that fit them, without weights or smoothing.
    #[track_caller]
    fn fused(&self, input: &TensorOf<E>, target: &LongTensor) -> Option<TensorOf<E>> {
        let ClassOptions { weight: None, ignore_index, reduction } = self.options else { return None };
        let (&classes, around) = input.shape().split_last()?;
        if self.label_smoothing != 0.0 || input.ndim() > 2 || around != target.shape() {
            return None;
        }
        let targets = target.contiguous();
        let kept = targets.as_slice()?.iter().filter(|&&class| class != ignore_index);
        if !kept.clone().all(|&class| usize::try_from(class).is_ok_and(|class| class < classes)) {
            return None;
        }
        let losses = input.cross_entropy(target, ignore_index);
        Some(match reduction {
            Reduction::None => losses,
            Reduction::Sum => losses.sum(),
            Reduction::Mean => losses.sum() / E::from_f64(kept.count() as f64),
        })
    }

    #[inline(never)]
    #[track_caller]
    fn of_probabilities(&self, input: &TensorOf<E>, target: &TensorOf<E>) -> TensorOf<E> {
        let axis = self.options.class_axis("CrossEntropyLoss", input);
        if input.shape() != target.shape() {
            fail(
                "CrossEntropyLoss",
                format_args!(
                    "logits of shape {:?} don't fit probabilities of shape {:?}: both have one shape. If the target \
                     is labels, cast it: target.long()",
                    input.shape(),
                    target.shape()
                ),
            );
        }
        if self.options.ignore_index >= 0 {
            fail("CrossEntropyLoss", "probabilities have no ignore_index: an example has more than one class");
        }
        let classes = input.shape()[axis];
        let mut target = rows(target);
        if self.label_smoothing > 0.0 {
            let (share, part) = (self.label_smoothing, self.label_smoothing / classes as f64);
            target = target * E::from_f64(1.0 - share) + E::from_f64(part);
        }
        let mut products = rows(input).log_softmax(1) * target;
        if let Some(weight) = &self.options.weight {
            products *= weight.detach();
        }
        match self.options.reduction {
            Reduction::None => {
                let mut shape = input.shape().to_vec();
                shape.remove(axis);
                -products.sum_dim(1, false).reshape(shape)
            }
            Reduction::Sum => -products.sum(),
            Reduction::Mean => -(products.sum() / (E::from_f64(input.numel() as f64) / E::from_f64(classes as f64))),
        }
    }
}
