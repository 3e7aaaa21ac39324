//! Short lines, turned into columns: a line of eight elements leaves a vector half empty and costs as much around it as in
//! it, while eight rows of many columns fill all vectors.

use super::fold::{Monoid, TASK, WIDTH, fold};
use crate::element::Number;
use crate::kernels::parallel;
use crate::kernels::transpose::transpose;

/// Lines up to this length are turned.
pub(super) const SHORT: usize = WIDTH - 1;
/// Elements that are turned at a time. Two copies of them stay in the nearest cache.
const TILE: usize = 2_048;

/// Whether lines of `[outer, n, inner]` are worth turning.
#[inline]
pub(super) fn are_short([outer, n, inner]: [usize; 3]) -> bool {
    inner == 1 && (1..=SHORT).contains(&n) && outer >= WIDTH
}

/// Whether lines of `len` elements in all are worth sharing. To turn them costs as much as a function of each.
#[inline]
pub(super) fn pays(len: usize, heavy: bool) -> bool {
    parallel::pays(2 * len, heavy)
}

/// How many lines one task takes: whole tiles.
pub(super) fn lines_per_task(n: usize) -> usize {
    (TASK / n).next_multiple_of(lines_per_tile(n))
}

fn lines_per_tile(n: usize) -> usize {
    TILE / n / WIDTH * WIDTH
}

/// Calls `run(first, columns)` for the lines of `n` in `x`, some at a time: `columns` is `[n, lines]`, and `first` the
/// number of its first line.
pub(super) fn as_columns<E: Number>(x: &[E], n: usize, mut run: impl FnMut(usize, &[E])) {
    let mut columns = [E::default(); TILE];
    for (number, x) in x.chunks(lines_per_tile(n) * n).enumerate() {
        let columns = &mut columns[..x.len()];
        let lines = x.len() / n;
        transpose(x, n, columns, lines, [lines, n]);
        run(number * lines_per_tile(n), columns);
    }
}

/// Calls `run(first, columns, results)` as [`as_columns`] does; the `results`, of the same sizes, become the lines of
/// `out`.
pub(super) fn map_columns<E: Number>(x: &[E], n: usize, out: &mut [E], mut run: impl FnMut(usize, &[E], &mut [E])) {
    let mut results = [E::default(); TILE];
    as_columns(x, n, |first, columns| {
        let results = &mut results[..columns.len()];
        run(first, columns, results);
        let lines = columns.len() / n;
        transpose(results, lines, &mut out[first * n..], n, [n, lines]);
    });
}

/// A costly `kernel` that keeps the shape, for lines of `n`.
pub(super) fn map_lines<E: Number>(
    x: &[E],
    n: usize,
    out: &mut [E],
    kernel: impl Fn(&[E], [usize; 3], &mut [E]) + Sync,
) {
    parallel::in_pieces(out, pays(out.len(), true), lines_per_task(n) * n, |start, out| {
        map_columns(&x[start..][..out.len()], n, out, |_, x, out| kernel(x, [1, n, x.len() / n], out));
    });
}

/// Runs `run(start, out)` over `out`, of which there is one for each line of `n`, on several threads if there are many.
pub(super) fn each_line<T: Send>(heavy: bool, n: usize, out: &mut [T], run: impl Fn(usize, &mut [T]) + Sync) {
    parallel::in_pieces(out, pays(out.len() * n, heavy), lines_per_task(n), run);
}

/// [`fold`] of elements as they lie in memory.
#[inline]
pub(super) fn fold_elements<E: Number, M: Monoid<E>>(monoid: M, x: &[E], sizes: [usize; 3], out: &mut [E]) {
    if !are_short(sizes) {
        return fold(monoid, x, sizes, out);
    }
    let n = sizes[1];
    each_line(false, n, out, |start, out| {
        as_columns(&x[start * n..][..out.len() * n], n, |first, x| {
            let lines = x.len() / n;
            fold(monoid, x, [1, n, lines], &mut out[first..][..lines]);
        });
    });
}
