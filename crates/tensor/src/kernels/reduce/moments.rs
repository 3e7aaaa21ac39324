//! Means and variances.

use smallvec::SmallVec;

use super::fold::{BLOCK, Monoid, fold, outputs_per_task};
use super::numbers::Numbers;
use super::source::{Given, SquaredDeviation, Table};
use super::sum::{Sum, sum};
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;

/// The mean of each output's elements; NaN if there are none.
pub(crate) fn mean<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    sum(x, sizes, out);
    let n = E::from_f64(sizes[1] as f64);
    out.iter_mut().for_each(|sum| *sum = *sum / n);
}

/// Σ(x − mean)²/(n − `correction`).
pub(crate) fn var<E: Float>(x: &[E], sizes: [usize; 3], correction: f64, out: &mut [E]) {
    let mut means = SmallVec::<[E; 64]>::from_elem(E::default(), out.len());
    moments(x, sizes, &mut means, out);
    let divisor = E::from_f64((sizes[1] as f64 - correction).max(0.0));
    out.iter_mut().for_each(|squares| *squares = *squares / divisor);
}

/// The means and Σ(x − mean)², in two passes: so the rounding of the mean only counts squared.
pub(super) fn moments<E: Float>(x: &[E], sizes: [usize; 3], means: &mut [E], squares: &mut [E]) {
    let [outer, n, inner] = sizes;
    if inner != 1 {
        let means = Numbers::new(sizes, |out| {
            mean(x, sizes, means);
            out.copy_from_slice(means);
        });
        return fold(Sum, Given { f: SquaredDeviation, x, given: means.table() }, sizes, squares);
    }
    if n <= BLOCK {
        return of_lines(x, n, means, squares);
    }
    // Block by block, so that the second pass finds its elements in a cache.
    let blocks = n.div_ceil(BLOCK);
    let mut partial = vec![(E::default(), E::default()); outer * blocks];
    parallel::in_pieces(&mut partial, parallel::pays(x.len(), false), 1, |first, partial| {
        for (number, partial) in (first..).zip(partial) {
            let start = number % blocks * BLOCK;
            let block = &x[number / blocks * n + start..][..BLOCK.min(n - start)];
            let (mut mean, mut squares) = ([E::default()], [E::default()]);
            dispatch(Lines { x: block, n: block.len(), means: &mut mean, squares: &mut squares });
            *partial = (mean[0], squares[0]);
        }
    });
    for (partial, results) in partial.chunks_exact(blocks).zip(means.iter_mut().zip(squares)) {
        let (mut all_mean, mut all_squares) = (0.0, 0.0);
        for (block, &(mean, squares)) in partial.iter().enumerate() {
            // Chan, Golub and LeVeque: "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
            let before = (block * BLOCK) as f64;
            let count = BLOCK.min(n - block * BLOCK) as f64;
            let apart = mean.to_f64() - all_mean;
            all_mean += apart * (count / (before + count));
            all_squares += squares.to_f64() + apart * apart * (before * count / (before + count));
        }
        (*results.0, *results.1) = (E::from_f64(all_mean), E::from_f64(all_squares));
    }
}

/// The moments of lines of `n`.
fn of_lines<E: Float>(x: &[E], n: usize, means: &mut [E], squares: &mut [E]) {
    let run = |start: usize, means: &mut [E], squares: &mut [E]| {
        dispatch(Lines { x: &x[start * n..], n, means, squares });
    };
    if !parallel::pays(x.len(), false) {
        return run(0, means, squares);
    }
    let chunk = outputs_per_task(n, 1);
    let pieces = means.chunks_mut(chunk).zip(squares.chunks_mut(chunk));
    parallel::for_each_piece(pieces, |task, (means, squares)| run(task * chunk, means, squares));
}

struct Lines<'a, E> {
    x: &'a [E],
    n: usize,
    means: &'a mut [E],
    squares: &'a mut [E],
}

impl<E: Float> Kernel for Lines<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Lines { x, n, means, squares } = self;
        let count = E::from_f64(n as f64);
        for (line, (out, squares)) in means.iter_mut().zip(squares).enumerate() {
            let mean = Sum.fold_line::<FMA, _>(x, line * n, 0, n) / count;
            let given = Given { f: SquaredDeviation, x, given: Table { values: &[mean], width: 1 } };
            *squares = Sum.fold_line::<FMA, _>(given, line * n, 0, n);
            *out = mean;
        }
    }
}
