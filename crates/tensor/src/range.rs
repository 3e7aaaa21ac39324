//! Numbers in a row: `arange` and `linspace`.

use std::fmt;

use deltarule_autograd::call_site::fail;

use crate::element::Float;
use crate::tensor::{LongTensor, TensorOf};

impl<E: Float> TensorOf<E> {
    /// The numbers from `start` on, `step` apart, up to but without `end`. PyTorch: `torch.arange`.
    ///
    /// How many they are is reckoned with the `f64` that are given, as in PyTorch: what an `f32` makes of 0.1 is more than 0.1.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::arange(1.0, 0.0, -0.25).to_vec(), [1.0, 0.75, 0.5, 0.25]);
    /// assert_eq!(Tensor::arange(0, 3, 1).to_vec(), [0.0, 1.0, 2.0]);
    /// assert_eq!(Tensor::arange(0.0, 1.1, 0.1).numel(), 11);
    /// ```
    ///
    /// # Panics
    /// If `step` is 0 or leads away from `end`, or if a bound isn't finite.
    #[track_caller]
    pub fn arange(start: impl Into<f64>, end: impl Into<f64>, step: impl Into<f64> /* 0, n, 1 */) -> Self {
        let (start, end, step) = (start.into(), end.into(), step.into());
        let count = ((end - start) / step).ceil();
        // Written so that NaN fails.
        if !(count >= 0.0 && count.is_finite() && step.is_finite()) {
            no_way("arange", start, end, step);
        }
        Self::filled("arange", [count as usize], |out| fill_arange(start, step, out))
    }

    /// `count` numbers from `start` to `end`, both included, equally far apart; `start` if it is one. PyTorch:
    /// `torch.linspace`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::linspace(0.0, 1.0, 5).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    #[track_caller]
    pub fn linspace(start: E, end: E, count: usize) -> Self {
        Self::filled("linspace", [count], |out| {
            if let [one] = out {
                // Without a step, which may be infinite.
                *one = start;
                return;
            }
            let step = ((end - start) / E::from_f64(count.saturating_sub(1) as f64)).to_f64();
            for (i, out) in out.iter_mut().enumerate() {
                // From the nearer end and rounded once, as PyTorch does: both ends are exact.
                *out = E::from_f64(if i < count / 2 {
                    step.mul_add(i as f64, start.to_f64())
                } else {
                    (-step).mul_add((count - 1 - i) as f64, end.to_f64())
                });
            }
        })
    }
}

impl LongTensor {
    /// The integers from `start` on, `step` apart, up to but without `end`. PyTorch: `torch.arange`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::arange(0, 6, 2).to_vec(), [0, 2, 4]);
    /// ```
    ///
    /// # Panics
    /// If `step` is 0 or leads away from `end`.
    #[track_caller]
    pub fn arange(start: i64, end: i64, step: i64) -> Self {
        let (distance, by) = (i128::from(end) - i128::from(start), i128::from(step));
        if by == 0 || distance.signum() * by.signum() < 0 {
            no_way("arange", start, end, step);
        }
        // A count that no `usize` holds fails as too large.
        let count = usize::try_from((distance + by - by.signum()) / by).unwrap_or(usize::MAX);
        Self::filled("arange", [count], |out| {
            // Each lies before `end`, so wrapping changes nothing.
            out.iter_mut().enumerate().for_each(|(i, out)| *out = start.wrapping_add(step.wrapping_mul(i as i64)));
        })
    }
}

#[cold]
#[track_caller]
fn no_way(operation: &str, start: impl fmt::Debug, end: impl fmt::Debug, step: impl fmt::Debug) -> ! {
    fail(operation, format_args!("steps of {step:?} don't lead from {start:?} to {end:?}"))
}

/// start + i·step, with PyTorch's roundings: its code counts within a vector of 32 bytes from the vector's first number, which
/// is rounded, two vectors at a time, and what is left from the start.
fn fill_arange<E: Float>(start: f64, step: f64, out: &mut [E]) {
    let lanes = 32 / size_of::<E>();
    let steps = |from: f64, count: usize| E::from_f64(step.mul_add(count as f64, from));
    let in_vectors = out.len() / (2 * lanes) * (2 * lanes);
    let (vectors, rest) = out.split_at_mut(in_vectors);
    for (vector, out) in vectors.chunks_exact_mut(lanes).enumerate() {
        let first = steps(start, vector * lanes).to_f64();
        out.iter_mut().enumerate().for_each(|(lane, out)| *out = steps(first, lane));
    }
    rest.iter_mut().enumerate().for_each(|(i, out)| *out = steps(start, in_vectors + i));
}

#[cfg(test)]
mod tests {
    use crate::{DoubleTensor, Tensor};

    #[test]
    fn linspace_and_arange_round_as_pytorch_does() {
        // torch.linspace(0, 1, 23)
        let x = Tensor::linspace(0.0, 1.0, 23).to_vec();
        assert_eq!((x[3], x[16], x[17], x[22]), (0.136_363_64, 0.727_272_75, 0.772_727_25, 1.0));
        // torch.arange(0, 1, 0.1)
        let x = DoubleTensor::arange(0.0, 1.0, 0.1).to_vec();
        assert_eq!((x.len(), x[3], x[9]), (10, 0.300_000_000_000_000_04, 0.9));
        assert_eq!(Tensor::linspace(3.0, 4.0, 1).to_vec(), [3.0]);
        assert_eq!(Tensor::linspace(3.0, 4.0, 0).to_vec(), [0.0; 0]);
    }
}
