//! Losses that are worth a pass of their own.

use deltarule_autograd::call_site::fail;
use deltarule_autograd::is_grad_enabled;

use crate::array::Array;
use crate::element::Float;
use crate::kernels::map::Binary;
use crate::kernels::reduce::squared_distance;
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::TensorOf;

/// c·(a − b).
#[derive(Clone, Copy)]
struct ScaledDifference<E>(E);

impl<E: Float> Binary<E> for ScaledDifference<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: E, b: E) -> E {
        (a - b) * self.0
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
        if self.shape() != target.shape() {
            fail(
                "mse_loss",
                format_args!(
                    "the input's shape {:?} isn't the target's, {:?}. Broadcasting would compare each value with \
                     several: reshape one of them, as with unsqueeze(-1) or squeeze()",
                    self.shape(),
                    target.shape()
                ),
            );
        }
        let n = E::from_f64(self.numel() as f64);
        let sum = match (self.as_slice(), target.as_slice()) {
            (Some(x), Some(target)) => squared_distance(x, target),
            _ => squared_distance(&self.to_vec(), &target.to_vec()),
        };
        record_any("mse_loss", Array::full(&[], sum / n), &[self.node(), target.node()], |keep| {
            let (x, target) = (keep.input(0, self.array().clone()), keep.input(1, target.array().clone()));
            let factor = E::from_f64(2.0) / n;
            move |g: Self, to| {
                let (x, target) = (to.open(x), to.open(target));
                let gradient = |a: &Self, b: &Self| {
                    if is_grad_enabled() {
                        return (a - b) * (&g * factor);
                    }
                    Self::new(Array::zip(ScaledDifference(g.item() * factor), a.array(), b.array()))
                };
                to.input(0, || gradient(&x, &target));
                to.input(1, || gradient(&target, &x));
            }
        })
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
        check_probabilities("binary_cross_entropy", self, target);
        let y = Array::zip(BinaryCrossEntropy, self.array(), target.array());
        record_any("binary_cross_entropy", y, &[self.node(), target.node()], |keep| {
            let (x, target) = (keep.input(0, self.array().clone()), keep.input(1, target.array().clone()));
            move |g: Self, to| {
                let (x, target) = (to.open(x), to.open(target));
                to.input(0, || &g * (&x - target) / ((-&x + E::ONE) * &x).clamp_min(E::from_f64(1e-12)));
                to.input(1, || &g * ((-&x).log1p() - x.ln()));
            }
        })
    }
}

#[track_caller]
fn check_probabilities<E: Float>(operation: &str, x: &TensorOf<E>, target: &TensorOf<E>) {
    if x.shape() != target.shape() {
        fail(operation, format_args!("the input's shape {:?} isn't the target's, {:?}", x.shape(), target.shape()));
    }
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

operation! { MSE_LOSS = "mse_loss":
    "torch.nn.functional.mse_loss(a, b)", |a, b| a.mse_loss(b), [ANY, ANY],
        &[&[&[4, 1], &[4, 1]], &[&[3], &[3]], &[&[], &[]], &[&[2, 3, 2], &[2, 3, 2]]];
}

// One element a sample: what compares larger ones with PyTorch gives them values that are no probabilities.
operation! { BINARY_CROSS_ENTROPY = "binary_cross_entropy":
    "torch.nn.functional.binary_cross_entropy(a, b, reduction='none')", |a, b| a.binary_cross_entropy(b),
        [Within(0.3, 0.7), Within(0.3, 0.7)], &[&[&[], &[]], &[&[0], &[0]], &[&[1], &[1]], &[&[1, 1], &[1, 1]]];
}
