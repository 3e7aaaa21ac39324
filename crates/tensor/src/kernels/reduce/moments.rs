//! Means and variances.

use std::ops::{Mul, Sub};

use smallvec::SmallVec;

use super::fold::{BLOCK, LANES, MANY, Monoid, TASK, WIDTH, fold, outputs_per_task};
use super::lanes::{Lanes, TURNS, fold_in_turns, fold_vectors, join, join_lanes, only_new};
use super::numbers::Numbers;
use super::source::{Given, SquaredDeviation, Table};
use super::sum::{Sum, sum};
use super::vector::zip;
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;
use crate::kernels::scratch::filled;

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

/// The means and Σ(x − mean)². Of equal numbers the mean is that number, and the sum 0.
pub(super) fn moments<E: Float>(x: &[E], sizes: [usize; 3], means: &mut [E], squares: &mut [E]) {
    rounded_moments(x, sizes, means, squares);
    // A mean is rounded, and then equal numbers seem to lie beside it.
    let [_, n, inner] = sizes;
    let settle = |start: usize, means: &mut [E], squares: &mut [E]| {
        for (place, (mean, squares)) in means.iter_mut().zip(squares).enumerate() {
            let place = start + place;
            // The rounding of a mean counts squared: it is far below this.
            if squares.to_f64() <= 1e-8 * n as f64 * mean.to_f64().powi(2) {
                let line = &x[place / inner * n * inner + place % inner..];
                let first = line[0];
                let is_settled = *mean == first && *squares == E::default();
                if !is_settled && line.iter().step_by(inner).take(n).all(|&x| x == first) {
                    (*mean, *squares) = (first, E::default());
                }
            }
        }
    };
    if !parallel::pays(x.len(), false) {
        return settle(0, means, squares);
    }
    let chunk = outputs_per_task(n, 1);
    let pieces = means.chunks_mut(chunk).zip(squares.chunks_mut(chunk));
    parallel::for_each_piece(pieces, |task, (means, squares)| settle(task * chunk, means, squares));
}

/// The same without a look at equal numbers. Lines are read twice, so that the rounding of the mean only counts squared; long
/// ones once, where [`About`] knows enough.
fn rounded_moments<E: Float>(x: &[E], sizes: [usize; 3], means: &mut [E], squares: &mut [E]) {
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
    let blocks = n.div_ceil(BLOCK);
    let mut partial = filled((E::default(), E::default()), outer * blocks);
    let chunk = if blocks < MANY { 1 } else { TASK / BLOCK };
    parallel::in_pieces(&mut partial, parallel::pays(x.len(), false), chunk, |first, partial| {
        dispatch(OfBlocks { x, n, blocks, first, out: partial });
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
        dispatch(OfLines { x: &x[start * n..], n, means, squares });
    };
    if !parallel::pays(x.len(), false) {
        return run(0, means, squares);
    }
    let chunk = outputs_per_task(n, 1);
    let pieces = means.chunks_mut(chunk).zip(squares.chunks_mut(chunk));
    parallel::for_each_piece(pieces, |task, (means, squares)| run(task * chunk, means, squares));
}

struct OfLines<'a, E> {
    x: &'a [E],
    n: usize,
    means: &'a mut [E],
    squares: &'a mut [E],
}

impl<E: Float> Kernel for OfLines<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let OfLines { x, n, means, squares } = self;
        for (line, (mean, squares)) in means.iter_mut().zip(squares).enumerate() {
            (*mean, *squares) = read_twice::<FMA, E>(x, line * n, n);
        }
    }
}

/// The mean and Σ(x − mean)² of the `n` elements from `at` on, in two passes.
#[inline(always)]
fn read_twice<const FMA: bool, E: Float>(x: &[E], at: usize, n: usize) -> (E, E) {
    let mean = Sum.fold_line::<FMA, _>(x, at, 0, n) / E::from_f64(n as f64);
    let given = Given { f: SquaredDeviation, x, given: Table { values: &[mean], width: 1 } };
    (mean, Sum.fold_line::<FMA, _>(given, at, 0, n))
}

/// The moments of blocks of long lines, `blocks` to a line, from block `first` on.
struct OfBlocks<'a, E> {
    x: &'a [E],
    n: usize,
    blocks: usize,
    first: usize,
    out: &'a mut [(E, E)],
}

impl<E: Float> Kernel for OfBlocks<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let turns = if self.blocks < MANY { 1 } else { TURNS };
        self.fold::<FMA>(turns);
    }

    #[inline(always)]
    fn run_wide(self) {
        self.fold::<true>(1);
    }
}

impl<E: Float> OfBlocks<'_, E> {
    /// Folds all blocks, `turns` at a time where a line has as many whole ones left: 1 or [`TURNS`].
    #[inline(always)]
    fn fold<const FMA: bool>(self, turns: usize) {
        let OfBlocks { x, n, blocks, first, out } = self;
        let mut done = 0;
        while done < out.len() {
            let (line, block) = ((first + done) / blocks, (first + done) % blocks);
            let (at, left) = (line * n + block * BLOCK, n - block * BLOCK);
            let about = About(Sum.fold_line::<FMA, _>(x, line * n, 0, LANES) / E::from_f64(LANES as f64));
            let out = &mut out[done..];
            if turns == TURNS && left >= TURNS * BLOCK && out.len() >= TURNS {
                let sums = fold_in_turns::<FMA, _, _>(about, x, at, 0, BLOCK);
                for (block, (out, sums)) in out.iter_mut().zip(sums).enumerate() {
                    *out = about.moments::<FMA>(sums, x, at + block * BLOCK, BLOCK);
                }
                done += TURNS;
            } else {
                let len = left.min(BLOCK);
                out[0] = if len < WIDTH {
                    read_twice::<FMA, E>(x, at, len)
                } else {
                    about.moments::<FMA>(fold_vectors::<FMA, _, _>(about, x, at, 0, len), x, at, len)
                };
                done += 1;
            }
        }
    }
}

/// Σ(x − c) and Σ(x − c)², in one pass, c being the mean of a line's first elements.
#[derive(Clone, Copy)]
struct About<E>(E);

impl<E: Float> About<E> {
    /// The moments of the `n` elements from `at` on, whose sums these are.
    #[inline(always)]
    fn moments<const FMA: bool>(
        self,
        (sums, squares): ([E; WIDTH], [E; WIDTH]),
        x: &[E],
        at: usize,
        n: usize,
    ) -> (E, E) {
        let (sum, squares) = (join_lanes(Sum, &sums), join_lanes(Sum, &squares));
        let apart = sum / E::from_f64(n as f64);
        // n·(mean − c)², which Σ(x − c)² has too much (Chan, Golub and LeVeque: "Algorithms for computing the sample variance",
        // 1983).
        let excess = sum * apart;
        // Where c is near the mean the difference is as exact as the sums. Elsewhere the elements are read again, and where
        // numbers aren't finite.
        if excess * E::from_f64(8.0) <= squares && squares.is_finite() {
            (self.0 + apart, squares - excess)
        } else {
            read_twice::<FMA, E>(x, at, n)
        }
    }
}

impl<E: Float> Lanes<E> for About<E> {
    type State = ([E; WIDTH], [E; WIDTH]);

    #[inline(always)]
    fn start(self) -> Self::State {
        ([E::default(); WIDTH], [E::default(); WIDTH])
    }

    #[inline(always)]
    fn of(self, values: [E; WIDTH]) -> Self::State {
        let apart = zip(values, [self.0; WIDTH], Sub::sub);
        (apart, zip(apart, apart, Mul::mul))
    }

    #[inline(always)]
    fn take(self, state: Self::State, values: [E; WIDTH], old: usize) -> Self::State {
        self.join(state, self.of(only_new(values, old, self.0)))
    }

    #[inline(always)]
    fn join(self, (a, b): Self::State, (c, d): Self::State) -> Self::State {
        (join(Sum, a, c), join(Sum, b, d))
    }
}

#[cfg(test)]
mod tests;
