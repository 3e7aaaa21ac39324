//! Short lines, turned into columns: a line of eight elements leaves a vector half empty and costs as much around it as in
//! it, while eight rows of many columns fill all vectors.

use super::fold::{TASK, WIDTH};
use crate::element::Number;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;

/// Lines up to this length are turned.
pub(super) const SHORT: usize = WIDTH - 1;
/// Elements that are turned at a time. Two copies of them stay in the nearest cache.
const TILE: usize = 2_048;

/// Whether lines of `[outer, n, inner]` are worth turning.
#[inline]
pub(super) fn are_short([outer, n, inner]: [usize; 3]) -> bool {
    inner == 1 && (1..=SHORT).contains(&n) && outer >= WIDTH
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
        dispatch(Turn { x, n, out: columns });
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
        dispatch(Turn { x: results, n: lines, out: &mut out[first * n..][..lines * n] });
    });
}

/// Runs `run(start, out)` over `out`, of which there is one for each line of `n`, on several threads if there are many.
pub(super) fn each_line<T: Send>(heavy: bool, n: usize, out: &mut [T], run: impl Fn(usize, &mut [T]) + Sync) {
    parallel::in_pieces(out, parallel::pays(out.len() * n, heavy), lines_per_task(n), run);
}

/// `out`, of rows as long as there are lines of `n`, = the lines as columns.
struct Turn<'a, E> {
    x: &'a [E],
    n: usize,
    out: &'a mut [E],
}

impl<E: Number> Kernel for Turn<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Turn { x, n, out } = self;
        let lines = x.len() / n;
        assert!(x.len() == lines * n && out.len() == x.len());
        let mut first = 0;
        while first < lines {
            // The last sixteen may overlap those before.
            let start = first.min(lines.saturating_sub(WIDTH));
            let count = WIDTH.min(lines);
            for k in 0..n {
                for i in start..start + count {
                    // SAFETY: i < lines and k < n, and both slices have lines * n elements.
                    unsafe { *out.get_unchecked_mut(k * lines + i) = *x.get_unchecked(i * n + k) };
                }
            }
            first += WIDTH;
        }
    }
}
