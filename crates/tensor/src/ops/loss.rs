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
}

operation! { MSE_LOSS = "mse_loss":
    "torch.nn.functional.mse_loss(a, b)", |a, b| a.mse_loss(b), [ANY, ANY],
        &[&[&[4, 1], &[4, 1]], &[&[3], &[3]], &[&[], &[]], &[&[2, 3, 2], &[2, 3, 2]]];
}
