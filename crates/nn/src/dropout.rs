//! Dropout.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, TensorOf};

use crate::repr::python_float;
use crate::{Forward, Mode, Module};

/// Dropout: in training, each value is 0 with probability p, and else divided by 1 − p, so that its expectation stays.
/// In evaluation everything passes unchanged. PyTorch: `torch.nn.Dropout`. Srivastava et al., 2014.
///
/// Which values are dropped depends on the seed as in PyTorch on a CPU, except on Intel's, where it leaves the draw to
/// MKL.
///
/// ```
/// use deltarule_nn::{Dropout, Forward, Module};
/// use deltarule_tensor::{Tensor, manual_seed};
///
/// let (dropout, x) = (Dropout::new(0.5), Tensor::ones([6]));
/// manual_seed(0);
/// assert_eq!(dropout.forward(&x).to_vec(), [0., 0., 2., 0., 0., 0.]);
/// dropout.eval();
/// assert_eq!(dropout.forward(&x).to_vec(), x.to_vec());
/// ```
#[derive(Debug, Clone, Module)]
#[module(extra_repr = Self::options)]
pub struct Dropout {
    p: f64,
    mode: Mode,
}

impl Dropout {
    /// One that drops each value with probability p.
    ///
    /// # Panics
    /// If p isn't in [0, 1].
    #[track_caller]
    pub fn new(p: f64) -> Self {
        if !(0.0..=1.0).contains(&p) {
            fail("Dropout", format_args!("a probability is in [0, 1], and it is {p}"));
        }
        Dropout { p, mode: Mode::default() }
    }

    /// As PyTorch prints them.
    fn options(&self) -> String {
        format!("p={}, inplace=False", python_float(self.p))
    }
}

/// p = 0.5.
impl Default for Dropout {
    fn default() -> Self {
        Dropout::new(0.5)
    }
}

impl<E: Float> Forward<E> for Dropout {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        if self.p == 0.0 || !self.mode.is_training() {
            return input.clone();
        }
        // As PyTorch: nothing is drawn where nothing is left open.
        if self.p == 1.0 {
            return input * E::default();
        }
        let kept = 1.0 - self.p;
        input * (input.bernoulli_like(kept) * (E::ONE / E::from_f64(kept)))
    }
}
