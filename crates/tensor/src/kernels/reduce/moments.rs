//! Means and variances.

use super::fold::fold;
use super::numbers::Numbers;
use super::source::{Given, SquaredDeviation};
use super::sum::{Sum, sum};
use crate::element::Float;

/// The mean of each output's elements; NaN if there are none.
pub(crate) fn mean<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    sum(x, sizes, out);
    let n = E::from_f64(sizes[1] as f64);
    out.iter_mut().for_each(|sum| *sum = *sum / n);
}

/// Σ(x − mean)²/(n − `correction`), in two passes: the rounding of the mean only counts squared.
pub(crate) fn var<E: Float>(x: &[E], sizes: [usize; 3], correction: f64, out: &mut [E]) {
    let means = Numbers::new(sizes, |out| mean(x, sizes, out));
    fold(Sum, Given { f: SquaredDeviation, x, given: means.table() }, sizes, out);
    let divisor = E::from_f64((sizes[1] as f64 - correction).max(0.0));
    out.iter_mut().for_each(|sum| *sum = *sum / divisor);
}
