//! Losses that are worth a pass of their own.

use deltarule_autograd::call_site::fail;
use deltarule_autograd::is_grad_enabled;

use crate::array::Array;
use crate::element::Float;
use crate::kernels::map::{Binary, Unary, WithRight};
use crate::kernels::math::Equal;
use crate::kernels::reduce::{self, squared_distance};
use crate::layout::{Axes, broadcast};
use crate::ops::elementwise::by_input;
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::{BoolTensor, LongTensor, TensorOf};

/// c·(a − b).
#[derive(Clone, Copy)]
struct ScaledDifference<E>(E);

impl<E: Float> Binary<E> for ScaledDifference<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: E, b: E) -> E {
        (a - b) * self.0
    }
}

/// x²/2 where |x| < δ, else δ·(|x| − δ/2), as m·(|x| − m/2) with m = min(|x|, δ): neither branch is infinite where it isn't
/// taken, so an infinite distance has a gradient.
#[derive(Clone, Copy)]
struct Huber<E> {
    delta: E,
}

impl<E: Float> Unary<E> for Huber<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        let size = x.abs();
        let bounded = if size > self.delta { self.delta } else { size };
        bounded * (size - bounded * E::from_f64(0.5))
    }
}

/// −t·ln x − (1 − t)·ln(1 − x), each logarithm −100 at least.
#[derive(Clone, Copy)]
struct BinaryCrossEntropy;

impl<E: Float> Binary<E> for BinaryCrossEntropy {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, t: E) -> E {
        let least = E::from_f64(-100.0);
        let (ln, rest) = (x.ln::<FMA>(), (-x).ln_1p::<FMA>());
        let ln = if ln > least { ln } else { least };
        let rest = if rest > least { rest } else { least };
        (t - E::ONE) * rest - t * ln
    }
}

impl<E: Float> TensorOf<E> {
    /// The mean squared error, a scalar: Σ(x − t)²/n. PyTorch: `torch.nn.functional.mse_loss`.
    ///
    /// dy/dx = 2·(x − t)/n, dy/dt = −dy/dx
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2.]).mse_loss(&Tensor::from([1., 4.])).item(), 2.0);
    /// ```
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn mse_loss(&self, target: &Self) -> Self {
        check_target("mse_loss", self, target);
        self.check_copy("mse_loss");
        target.check_copy("mse_loss");
        let n = E::from_f64(self.numel() as f64);
        let sum = match (self.as_slice(), target.as_slice()) {
            (Some(x), Some(target)) => squared_distance(x, target),
            _ => squared_distance(&self.to_vec(), &target.to_vec()),
        };
        record_any("mse_loss", Array::scalar(sum / n), &[self.node(), target.node()], |keep| {
            let (x, target) = (keep.input(0, self.array().clone()), keep.input(1, target.array().clone()));
            // Of nothing there is no gradient, and 2/0 would be a second one.
            let n = E::from_f64(self.numel().max(1) as f64);
            let factor = E::from_f64(2.0) / n;
            move |g: Self, to| {
                let (x, target) = (to.open(x), to.open(target));
                let gradient = |a: &Self, b: &Self| {
                    if is_grad_enabled() {
                        return (a - b) * (&g * factor);
                    }
                    Self::new(a.array().zip_to(ScaledDifference(g.item() * factor), b.array()))
                };
                to.input(0, || gradient(&x, &target));
                to.input(1, || gradient(&target, &x));
            }
        })
    }

    /// Huber's loss of each distance z = |x − t|: z²/2 where z < δ, else δ·(z − δ/2).
    /// PyTorch: `torch.nn.functional.huber_loss(reduction="none")`.
    ///
    /// dy/dx = x − t, kept within −δ and δ; dy/dt = −dy/dx
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let y = Tensor::from([1., 10.]).huber_loss(&Tensor::from([0., 0.]), 2.0);
    /// assert_eq!(y.to_vec(), [0.5, 18.]);
    /// ```
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn huber_loss(&self, target: &Self, delta: E) -> Self {
        check_target("huber_loss", self, target);
        by_input("huber_loss", Huber { delta }, &(self - target), move |g, x| g * x.clamp(-delta, delta))
    }

    /// The binary cross-entropy of each probability x and label t: −t·ln x − (1 − t)·ln(1 − x), where neither logarithm
    /// counts as less than −100. PyTorch: `torch.nn.functional.binary_cross_entropy(reduction="none")`.
    ///
    /// dy/dx = (x − t)/max(x·(1 − x), 1e-12), dy/dt = ln(1 − x) − ln x, without regard to the −100
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let y = Tensor::from([0.5, 0.]).binary_cross_entropy(&Tensor::from([1., 1.]));
    /// assert_eq!(y.to_vec(), [std::f32::consts::LN_2, 100.]);
    /// ```
    ///
    /// # Panics
    /// If the shapes differ, or if a value or a label isn't in [0, 1].
    #[track_caller]
    pub fn binary_cross_entropy(&self, target: &Self) -> Self {
        self.binary_cross_entropy_as("binary_cross_entropy", target)
    }

    /// As [`binary_cross_entropy`](TensorOf::binary_cross_entropy), under the name of the layer that calls it.
    #[doc(hidden)]
    #[track_caller]
    pub fn binary_cross_entropy_as(&self, name: &str, target: &Self) -> Self {
        check_probabilities(name, self, target);
        let y = self.array().zip_to(BinaryCrossEntropy, target.array());
        record_any("binary_cross_entropy", y, &[self.node(), target.node()], |keep| {
            let (x, target) = (keep.input(0, self.array().clone()), keep.input(1, target.array().clone()));
            move |g: Self, to| {
                let (x, target) = (to.open(x), to.open(target));
                // PyTorch's bound is an f32, for f64 too.
                let least = E::from_f64(1e-12_f32.into());
                to.input(0, || &g * (&x - target) / ((-&x + E::ONE) * &x).clamp_min(least));
                to.input(1, || &g * ((-&x).log1p() - x.ln()));
            }
        })
    }
}

/// Panics unless a loss's input and target have one shape.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn check_target<E: Float>(loss: &str, input: &TensorOf<E>, target: &TensorOf<E>) {
    if input.shape() != target.shape() {
        wrong_target(loss, input.shape(), target.shape());
    }
}

#[cold]
#[track_caller]
fn wrong_target(loss: &str, input: &[usize], target: &[usize]) -> ! {
    let advice = match broadcast(input, target) {
        Some(_) => {
            "Broadcasting would compare each value with several: reshape one, as with unsqueeze(-1) or squeeze()"
        }
        None => "Each output of the model has one target",
    };
    fail(loss, format_args!("the input's shape {input:?} isn't the target's, {target:?}. {advice}"))
}

#[track_caller]
fn check_probabilities<E: Float>(operation: &str, x: &TensorOf<E>, target: &TensorOf<E>) {
    check_target(operation, x, target);
    x.check_room::<E>(operation);
    for (tensor, what) in [(x, "value"), (target, "label")] {
        let wrong = tensor.to_vec().into_iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(&p.to_f64()));
        if let Some((place, p)) = wrong {
            fail(
                operation,
                format_args!(
                    "{what} {place} is {p}, and must be a probability, in [0, 1]. For logits, there is \
                     BceWithLogitsLoss"
                ),
            );
        }
    }
}

impl<E: Float> TensorOf<E> {
    /// The cross-entropy of each example, for logits `[…, C]` and classes `[…]`: ln Σeˣ − x\[y\]. It is 0 where the class
    /// is `ignore_index`. PyTorch: `torch.nn.functional.cross_entropy(reduction="none")`, which has the classes' axis
    /// second.
    ///
    /// dloss/dx = softmax(x) − 1 at the class
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let losses = Tensor::zeros([2, 4]).cross_entropy(&LongTensor::from([3, -100]), -100);
    /// assert_eq!(losses.to_vec(), [4f32.ln(), 0.]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't fit each other, or if a class isn't in 0..C.
    #[track_caller]
    pub fn cross_entropy(&self, target: &LongTensor, ignore_index: i64) -> Self {
        let classes = self.shape().last().copied().unwrap_or(0);
        if self.shape().split_last().is_none_or(|(_, examples)| examples != target.shape()) {
            fail(
                "cross_entropy",
                format_args!(
                    "logits of shape {:?} don't fit classes of shape {:?}: they must be […, C] and […]",
                    self.shape(),
                    target.shape()
                ),
            );
        }
        self.check_room::<E>("cross_entropy");
        target.check_copy("cross_entropy");
        let targets = target.array().contiguous();
        let places = targets.as_slice().unwrap_or_default();
        // A negative class is a large unsigned number.
        let wrong = places.iter().find(|&&class| class != ignore_index && class as u64 >= classes as u64);
        if let Some(class) = wrong {
            fail(
                "cross_entropy",
                format_args!("a target is class {class}, and there are {classes} classes, from 0 on"),
            );
        }
        let x = self.array().contiguous();
        let mut losses = None;
        let probabilities = Array::build(self.shape(), |probabilities| {
            losses = Some(Array::build(target.shape(), |losses| {
                let x = x.as_slice().unwrap_or_default();
                reduce::cross_entropy(x, places, ignore_index, probabilities, losses);
            }));
        });
        let losses = losses.unwrap_or_else(|| Array::zeros(target.shape()));
        record_any("cross_entropy", losses, &[self.node()], |keep| {
            let x = keep.input(0, self.array().clone());
            move |g: Self, to| {
                let x = to.open(x);
                to.input(0, || {
                    if is_grad_enabled() {
                        // The mean of no examples gives NaN to those that are ignored, and they pass on 0.
                        let ignored = BoolTensor::new(targets.map_to(WithRight(Equal, ignore_index)));
                        let g = g.masked_fill(&ignored, E::default()).unsqueeze(-1);
                        return (x.softmax(-1) - one_hot(&targets, ignore_index, classes)) * g;
                    }
                    let g = g.array().contiguous();
                    let (y, places) = (probabilities.as_slice(), targets.as_slice().unwrap_or_default());
                    Self::new(Array::build(probabilities.shape(), |out| {
                        let g = g.as_slice().unwrap_or_default();
                        reduce::cross_entropy_backward(y.unwrap_or_default(), places, ignore_index, g, out);
                    }))
                });
            }
        })
    }
}

/// 1 at each class, `[…, C]`, and 0 elsewhere; 0 everywhere where the class is `ignored`.
fn one_hot<E: Float>(targets: &Array<i64>, ignored: i64, classes: usize) -> TensorOf<E> {
    let mut shape = Axes::from_slice(targets.shape());
    shape.push(classes);
    TensorOf::new(Array::build(&shape, |out| {
        out.fill(E::default());
        for (place, &class) in targets.as_slice().unwrap_or_default().iter().enumerate() {
            if class != ignored {
                out[place * classes + class as usize] = E::ONE;
            }
        }
    }))
}

operation! { MSE_LOSS = "mse_loss":
    "torch.nn.functional.mse_loss(a, b)", |a, b| a.mse_loss(b), [ANY, ANY],
        &[&[&[4, 1], &[4, 1]], &[&[3], &[3]], &[&[], &[]], &[&[2, 3, 2], &[2, 3, 2]]];
}

operation! { HUBER_LOSS = "huber_loss":
    "torch.nn.functional.huber_loss(a, b, reduction='none', delta=0.5)", |a, b| a.huber_loss(b, 0.5),
        [Within(1.0, 2.0), Within(-1.0, 0.4)], EACH_PAIR;
    "torch.nn.functional.huber_loss(a, b, reduction='none', delta=5.0)", |a, b| a.huber_loss(b, 5.0), [ANY, ANY],
        EACH_PAIR;
}

operation! { BINARY_CROSS_ENTROPY = "binary_cross_entropy":
    "torch.nn.functional.binary_cross_entropy(a, b, reduction='none')", |a, b| a.binary_cross_entropy(b),
        [Within(0.3, 0.7), Within(0.3, 0.7)], EACH_PAIR;
}

operation! { CROSS_ENTROPY = "cross_entropy":
    "torch.nn.functional.cross_entropy(a, torch.tensor([1, 0, 3]), reduction='none')",
        |a| a.cross_entropy(&LongTensor::from([1, 0, 3]), -100), [ANY], &[&[&[3, 4]], &[&[3, 20]]];
    "torch.nn.functional.cross_entropy(a, torch.tensor([2, -100]), reduction='none')",
        |a| a.cross_entropy(&LongTensor::from([2, -100]), -100), [ANY], &[&[&[2, 3]]];
    "torch.nn.functional.cross_entropy(a.mT, torch.tensor([[1, 0], [0, 1]]), ignore_index=1, reduction='none')",
        |a| a.cross_entropy(&LongTensor::from([[1, 0], [0, 1]]), 1), [ANY], &[&[&[2, 2, 3]]];
}
