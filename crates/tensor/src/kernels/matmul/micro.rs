//! The innermost loop: a small tile of the result, held in registers while the sum runs.

use crate::element::Float;

/// Where a micro product reads: `MR` rows of a, a panel of b.
pub(super) struct Operands<E> {
    /// Element (0, 0) of the rows of a.
    pub(super) a: *const E,
    /// Element (0, 0) of the panel of b, whose columns are neighbours.
    pub(super) b: *const E,
    pub(super) b_row_stride: usize,
    /// How many terms.
    pub(super) terms: usize,
}

/// The sums of an `MR`×`NR` tile; element (i, k) of a lies at `i * row_stride + k * column_stride`. Everything is a
/// constant but strides and the number of terms, so that the sums become registers.
///
/// # Safety
/// Elements (i, k) of a for i < `MR` and (k, j) of b for j < `NR` must be readable for all k < `terms`.
#[inline(always)]
pub(super) unsafe fn tile<const FMA: bool, E: Float, const MR: usize, const NR: usize>(
    x: &Operands<E>,
    [row_stride, column_stride]: [usize; 2],
) -> [[E; NR]; MR] {
    let mut sums = [[E::default(); NR]; MR];
    for term in 0..x.terms {
        // SAFETY: the caller's promise; a panel's row is `NR` neighbours.
        let b = unsafe { &*x.b.add(term * x.b_row_stride).cast::<[E; NR]>() };
        for (i, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            let a = unsafe { *x.a.add(i * row_stride + term * column_stride) };
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum = a.mul_add::<FMA>(b, *sum);
            }
        }
    }
    sums
}
