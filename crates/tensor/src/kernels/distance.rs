//! The squared distance of two vectors, in one pass.

use super::isa::{Kernel, dispatch};
use super::parallel;
use crate::element::Float;

/// How many partial sums run side by side: a vector register of `f32`, four times.
const LANES: usize = 64;
/// How many elements are summed before their sum joins the others. Fixed, so that the result doesn't depend on the
/// number of threads.
const BLOCK: usize = 16_384;
/// From how many elements on another thread is worth waking.
const PARALLEL: usize = 256_000;

/// Σ (aᵢ − bᵢ)². The slices are equally long.
pub(crate) fn squared_distance<E: Float>(a: &[E], b: &[E]) -> E {
    debug_assert_eq!(a.len(), b.len());
    if a.len() <= BLOCK {
        return dispatch(Block { a, b });
    }
    let mut sums = vec![E::default(); a.len().div_ceil(BLOCK)];
    let block = |number: usize| {
        let range = number * BLOCK..a.len().min((number + 1) * BLOCK);
        dispatch(Block { a: &a[range.clone()], b: &b[range] })
    };
    if a.len() < PARALLEL {
        sums.iter_mut().enumerate().for_each(|(number, sum)| *sum = block(number));
    } else {
        parallel::for_each_chunk(&mut sums, 1, |number, sum| sum[0] = block(number));
    }
    pairwise(&mut sums)
}

/// The sum, neighbours first, so that rounding grows with the logarithm of the length.
#[inline(always)]
fn pairwise<E: Float>(sums: &mut [E]) -> E {
    let mut len = sums.len();
    while len > 1 {
        let half = len / 2;
        for i in 0..half {
            sums[i] = sums[2 * i] + sums[2 * i + 1];
        }
        if len % 2 == 1 {
            sums[half] = sums[len - 1];
        }
        len = len.div_ceil(2);
    }
    sums.first().copied().unwrap_or_default()
}

struct Block<'a, E> {
    a: &'a [E],
    b: &'a [E],
}

impl<E: Float> Kernel for Block<'_, E> {
    type Output = E;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> E {
        let square = |a: E, b: E| (a - b) * (a - b);
        if self.a.len() < LANES {
            return self.a.iter().zip(self.b).fold(E::default(), |sum, (&a, &b)| sum + square(a, b));
        }
        let mut sums = [E::default(); LANES];
        let (a, b) = (self.a.chunks_exact(LANES), self.b.chunks_exact(LANES));
        let (a_rest, b_rest) = (a.remainder(), b.remainder());
        for (a, b) in a.zip(b) {
            for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                *sum = *sum + square(a, b);
            }
        }
        for ((sum, &a), &b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
            *sum = *sum + square(a, b);
        }
        pairwise(&mut sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_is_summed_whole() {
        for len in [0, 1, 3, 63, 64, 65, 1000, BLOCK, BLOCK + 1, 300_000] {
            let a: Vec<f64> = (0..len).map(|i| (i % 7) as f64).collect();
            let b: Vec<f64> = (0..len).map(|i| (i % 3) as f64).collect();
            // Small integers are summed without rounding.
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
            assert_eq!(squared_distance(&a, &b), expected, "{len}");
        }
    }
}
