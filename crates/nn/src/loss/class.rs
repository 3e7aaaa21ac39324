//! What the losses of classes share: which class each example has, and what it counts.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{BoolTensor, DoubleTensor, Element, Float, LongTensor, Tensor, TensorOf};

use super::Reduction;

/// What a model of classes is to say: the index of each example's class, or the probability of every class.
///
/// Both kinds of tensors become one by themselves: see [`CrossEntropyLoss::forward`](crate::CrossEntropyLoss::forward).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ClassTarget<'a, E: Float = f32> {
    /// Of the input's shape without the axis of classes.
    Indices(&'a LongTensor),
    /// Of the input's shape.
    Probabilities(&'a TensorOf<E>),
}

impl<'a, E: Float> From<&'a LongTensor> for ClassTarget<'a, E> {
    fn from(indices: &'a LongTensor) -> Self {
        ClassTarget::Indices(indices)
    }
}

/// Type by type: to the compiler, `i64` might be a `Float` one day.
macro_rules! probabilities {
    ($($tensor:ident of $element:ty;)*) => {$(
        impl<'a> From<&'a $tensor> for ClassTarget<'a, $element> {
            fn from(probabilities: &'a $tensor) -> Self {
                ClassTarget::Probabilities(probabilities)
            }
        }
    )*};
}

probabilities! {
    Tensor of f32;
    DoubleTensor of f64;
}

/// The options that all losses of classes have.
#[derive(Debug, Clone)]
pub(super) struct ClassOptions<E: Float> {
    pub(super) weight: Option<TensorOf<E>>,
    pub(super) ignore_index: i64,
    pub(super) reduction: Reduction,
}

impl<E: Float> Default for ClassOptions<E> {
    fn default() -> Self {
        ClassOptions { weight: None, ignore_index: -100, reduction: Reduction::Mean }
    }
}

/// The examples of a batch, in row-major order of the target.
pub(super) struct Examples<E: Float> {
    /// The class of each; any class if it is ignored.
    pub(super) classes: LongTensor,
    pub(super) ignored: BoolTensor,
    /// The weight of each one's class; 0 if it is ignored.
    pub(super) weights: TensorOf<E>,
}

impl<E: Float> ClassOptions<E> {
    /// The weight of each class.
    pub(super) fn class_weights(&self, classes: usize) -> TensorOf<E> {
        match &self.weight {
            Some(weight) => weight.detach(),
            None => TensorOf::ones([classes]),
        }
    }

    /// The examples that `target` is about.
    ///
    /// # Panics
    /// If it doesn't fit the input, as [`NllLoss::forward`](crate::NllLoss::forward) says.
    #[track_caller]
    pub(super) fn examples(&self, loss: &str, input: &TensorOf<E>, target: &LongTensor) -> Examples<E> {
        let axis = self.class_axis(loss, input);
        let (mut around, count) = (input.shape().to_vec(), input.shape()[axis]);
        around.remove(axis);
        if around != target.shape() {
            fail(
                loss,
                format_args!(
                    "an input of shape {:?} doesn't fit classes of shape {:?}: they must be [N, C] and [N], [C] and [], \
                     or [N, C, d…] and [N, d…]",
                    input.shape(),
                    target.shape()
                ),
            );
        }
        let classes = target.to_vec();
        let ignored: Vec<bool> = classes.iter().map(|&class| class == self.ignore_index).collect();
        let exists = |class: i64| usize::try_from(class).is_ok_and(|class| class < count);
        let wrong = classes.iter().zip(&ignored).position(|(&class, &ignored)| !ignored && !exists(class));
        if let Some(example) = wrong {
            fail(
                loss,
                format_args!(
                    "target {example} is class {}, and there are {count} classes, from 0 on; {} is ignored",
                    classes[example], self.ignore_index
                ),
            );
        }
        let classes = classes.into_iter().zip(&ignored).map(|(class, &ignored)| if ignored { 0 } else { class });
        let (classes, ignored) = (vector(classes.collect()), vector(ignored));
        let weights = match &self.weight {
            Some(weight) => weight.detach().index_select(0, &classes),
            None => TensorOf::ones(classes.shape()),
        };
        Examples { classes, weights: weights.masked_fill(&ignored, E::default()), ignored }
    }

    /// The axis of the classes: the only one, or the second.
    ///
    /// # Panics
    /// If there is none, or if the weight has another length.
    #[track_caller]
    pub(super) fn class_axis(&self, loss: &str, input: &TensorOf<E>) -> usize {
        let axis = usize::from(input.ndim() > 1);
        let Some(&classes) = input.shape().get(axis) else {
            fail(loss, "the input is a scalar; its shape must be [N, C], [C] or [N, C, d…]")
        };
        if let Some(weight) = &self.weight
            && weight.shape() != [classes]
        {
            fail(
                loss,
                format_args!("a weight of shape {:?} doesn't fit {classes} classes: it must be [C]", weight.shape()),
            );
        }
        axis
    }

    /// The losses of all examples, reduced. Their mean is weighted: Σ loss/Σ weight.
    #[track_caller]
    pub(super) fn reduce(&self, losses: TensorOf<E>, examples: &Examples<E>, target: &LongTensor) -> TensorOf<E> {
        // Whatever an ignored example holds, infinities too, is no part of the sum.
        let losses = losses.masked_fill(&examples.ignored, E::default());
        match self.reduction {
            Reduction::None => losses.reshape(target.shape()),
            Reduction::Sum => losses.sum(),
            Reduction::Mean => losses.sum() / examples.weights.sum(),
        }
    }
}

impl<E: Float> Examples<E> {
    /// −w·x\[class\] of each example, from its row of x: `[examples, C]`.
    #[track_caller]
    pub(super) fn losses(&self, rows: &TensorOf<E>) -> TensorOf<E> {
        -(rows.gather(1, &self.classes.unsqueeze(1)).squeeze_dim(1) * &self.weights)
    }
}

/// [N, C, d…] as [N·d…, C]: one row for each example.
#[track_caller]
pub(super) fn rows<E: Float>(x: &TensorOf<E>) -> TensorOf<E> {
    match x.ndim() {
        1 => x.unsqueeze(0),
        2 => x.clone(),
        ndim => {
            let order: Vec<usize> = [0].into_iter().chain(2..ndim).chain([1]).collect();
            let classes = x.shape()[1];
            let examples: usize = x.shape().iter().enumerate().filter(|&(i, _)| i != 1).map(|(_, size)| size).product();
            x.permute(&order[..]).reshape([examples, classes])
        }
    }
}

fn vector<E: Element>(values: Vec<E>) -> TensorOf<E> {
    let len = values.len();
    match TensorOf::from_vec(values, [len]) {
        Ok(tensor) => tensor,
        Err(wrong) => unreachable!("{wrong}"),
    }
}
