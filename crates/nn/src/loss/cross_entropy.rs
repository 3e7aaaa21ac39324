//! The cross-entropy of logits and classes.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Element, LongTensor, Tensor, TensorOf};

use super::Reduction;

/// The cross-entropy of logits and class indices: mean −log_softmax(x)\[y\]. PyTorch: `torch.nn.CrossEntropyLoss`.
///
/// The model ends without a softmax: the loss takes logits.
///
/// With the weight w of each class and a label smoothing ε over C classes, for log-probabilities ℓ = log_softmax(x):
///
/// loss = −(1 − ε)·w\[y\]·ℓ\[y\] − ε/C·Σ w\[c\]·ℓ\[c\]; the mean is the sum of losses over the sum of all w\[y\]
///
/// ```
/// use deltarule_nn::CrossEntropyLoss;
/// use deltarule_tensor::{LongTensor, Tensor};
/// let logits = Tensor::zeros([2, 4]);
/// let loss = CrossEntropyLoss::default().forward(&logits, &LongTensor::from([0, 3]));
/// assert!((loss.item() - 4f32.ln()).abs() < 1e-6);
/// ```
#[derive(Debug, Clone)]
pub struct CrossEntropyLoss {
    weight: Option<Tensor>,
    ignore_index: i64,
    label_smoothing: f64,
    reduction: Reduction,
}

impl Default for CrossEntropyLoss {
    fn default() -> Self {
        CrossEntropyLoss { weight: None, ignore_index: -100, label_smoothing: 0.0, reduction: Reduction::Mean }
    }
}

impl CrossEntropyLoss {
    /// What becomes of the losses of single examples: their mean by default.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The weight of each class, of shape `[C]`.
    #[must_use]
    pub fn weight(mut self, weight: Tensor) -> Self {
        self.weight = Some(weight);
        self
    }

    /// The target of examples that don't count: their loss is 0, and the mean is that of the others (NaN if there are
    /// none). −100 by default.
    #[must_use]
    pub fn ignore_index(mut self, index: i64) -> Self {
        self.ignore_index = index;
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

    /// The loss of logits `[N, C]` and classes `[N]`, or `[C]` and `[]`: a scalar, or of the classes' shape without a
    /// reduction.
    ///
    /// # Panics
    /// If the shapes don't fit each other or the weight, or if a class isn't in 0..C.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &LongTensor) -> Tensor {
        let classes = self.check(input, target);
        let examples = target.numel();
        let ignored = as_tensor(target.to_vec().iter().map(|&y| y == self.ignore_index).collect());
        // An ignored example may look up any class.
        let place = |y| if y == self.ignore_index { 0 } else { y };
        let places = as_tensor(target.to_vec().into_iter().map(place).collect());

        let class_weights = match &self.weight {
            Some(weight) => weight.detach(),
            None => Tensor::ones([classes]),
        };
        let weights = class_weights.index_select(0, &places).masked_fill(&ignored, 0.0);
        let log_probabilities = input.log_softmax(-1).reshape([examples, classes]);
        let chosen = log_probabilities.gather(1, &places.unsqueeze(1)).squeeze_dim(1);
        let mut losses = -(chosen * &weights);
        if self.label_smoothing > 0.0 {
            let (share, part) = (self.label_smoothing, self.label_smoothing / classes as f64);
            let spread = (log_probabilities * class_weights).sum_dim(1, false);
            losses = losses * (1.0 - share) as f32 - spread * part as f32;
        }
        let losses = losses.masked_fill(&ignored, 0.0);
        match self.reduction {
            Reduction::None => losses.reshape(target.shape()),
            Reduction::Sum => losses.sum(),
            Reduction::Mean => losses.sum() / weights.sum(),
        }
    }

    /// Panics unless everything fits; gives the number of classes.
    #[track_caller]
    fn check(&self, input: &Tensor, target: &LongTensor) -> usize {
        let Some((&classes, examples)) = input.shape().split_last() else {
            fail("CrossEntropyLoss", "the input is a scalar; it must be the logits, of shape [N, C] or [C]")
        };
        if examples != target.shape() || examples.len() > 1 {
            fail(
                "CrossEntropyLoss",
                format_args!(
                    "logits of shape {:?} don't fit classes of shape {:?}: they must be [N, C] and [N], or [C] and []",
                    input.shape(),
                    target.shape()
                ),
            );
        }
        if let Some(weight) = &self.weight
            && weight.shape() != [classes]
        {
            fail(
                "CrossEntropyLoss",
                format_args!("a weight of shape {:?} doesn't fit {classes} classes: it must be [C]", weight.shape()),
            );
        }
        let wrong = target
            .to_vec()
            .into_iter()
            .enumerate()
            .find(|&(_, y)| y != self.ignore_index && usize::try_from(y).map_or(true, |y| y >= classes));
        if let Some((example, class)) = wrong {
            fail(
                "CrossEntropyLoss",
                format_args!(
                    "target {example} is class {class}, and there are {classes} classes, from 0 on; {} is ignored",
                    self.ignore_index
                ),
            );
        }
        classes
    }
}

fn as_tensor<E: Element>(values: Vec<E>) -> TensorOf<E> {
    let len = values.len();
    match TensorOf::from_vec(values, [len]) {
        Ok(tensor) => tensor,
        Err(wrong) => unreachable!("{wrong}"),
    }
}
