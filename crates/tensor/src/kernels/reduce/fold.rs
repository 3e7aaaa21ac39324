//! Folding the middle axis of `[outer, n, inner]` by an operation of two elements: sums, products, extrema.
//!
//! Elements are folded in a fixed order that depends on the sizes alone: in 64 lanes along a line, eight rows at a time
//! across lines, in blocks whose results are then folded pairwise. So the result is the same bits on any number of
//! threads and for any width of vectors, and the rounding of a sum grows with the logarithm of the number of blocks.

use std::mem;

use super::columns::{FoldRows, Rows, TILE, fold_narrow, fold_rows};
use super::lanes::{TURNS, fold_line, fold_lines};
use super::source::Source;
use crate::kernels::isa::{Kernel, dispatch, is_wide};
use crate::kernels::parallel;
use crate::kernels::scratch::filled;

/// One 64-byte vector of `f32`.
pub(super) const WIDTH: usize = 16;
/// Elements along a line that are folded side by side: four vectors, so that their latencies overlap.
pub(super) const LANES: usize = 4 * WIDTH;
/// How long rows of fewer than [`LANES`] columns become when several are taken as one.
pub(super) const LONG: usize = 2 * LANES;
/// Elements of a line whose result joins the others' as one.
pub(super) const BLOCK: usize = 16_384;
/// From how many blocks of a line on they are read in turns, without AVX-512: then they come from memory, which is read faster at
/// several places, and the last cache isn't.
pub(super) const MANY: usize = 256;
/// Rows whose result, a row, joins the others' as one, if they are short.
pub(super) const ROWS: usize = 2_048;
/// The same, if they are long: a block has about as many elements as a task.
const FEWEST_ROWS: usize = 64;
/// Elements that one task reads.
pub(super) const TASK: usize = 131_072;

/// How many outputs one task computes, each from `n` elements.
pub(super) fn outputs_per_task(n: usize, inner: usize) -> usize {
    let chunk = (TASK / n.max(1)).max(1);
    match inner {
        1 => chunk,
        // Whole rows, or pieces of a row that are whole vectors.
        _ if chunk >= inner => chunk / inner.max(1) * inner,
        _ => chunk.next_multiple_of(4 * WIDTH),
    }
}

/// An associative operation.
pub(super) trait Monoid<T>: Copy + Send + Sync {
    /// What changes nothing.
    fn identity(self) -> T;

    fn combine(self, a: T, b: T) -> T;

    /// The fold of `len` elements from `at` on, by a faster way if there is one.
    #[inline(always)]
    fn fold_line<const FMA: bool, S: Source<Item = T>>(self, x: S, at: usize, target: usize, len: usize) -> T {
        fold_line::<FMA, S, Self>(self, x, at, target, len)
    }

    /// The fold of each of [`TURNS`] blocks of `len` elements from `at` on, by a faster way if there is one.
    #[inline(always)]
    fn fold_lines<const FMA: bool, S: Source<Item = T>>(self, x: S, at: usize, target: usize, len: usize) -> [T; TURNS]
    where
        T: Copy,
    {
        fold_lines::<FMA, S, Self>(self, x, at, target, len)
    }

    /// The fold of each column of `rows`, which are as long as `out`.
    #[inline(always)]
    fn fold_rows<const FMA: bool, S: Source<Item = T>>(self, rows: Rows<S>, out: &mut [T])
    where
        T: Copy,
    {
        fold_rows::<FMA, S, Self>(self, rows, out);
    }
}

/// Folds the middle axis of `x`, of sizes `[outer, n, inner]`, into `out`, `[outer, inner]`.
#[inline]
pub(super) fn fold<S: Source, M: Monoid<S::Item>>(monoid: M, x: S, [outer, n, inner]: [usize; 3], out: &mut [S::Item]) {
    debug_assert_eq!(out.len(), outer * inner);
    let block = match inner {
        1 => BLOCK,
        _ => (TASK / inner.max(1)).clamp(FEWEST_ROWS, ROWS) / 8 * 8,
    };
    if n <= block {
        return fold_blocks(Blocks { monoid, x, n, inner, block, blocks: 1 }, out);
    }
    let blocks = n.div_ceil(block);
    let mut partial = filled(monoid.identity(), outer * blocks * inner);
    fold_blocks(Blocks { monoid, x, n, inner, block, blocks }, &mut partial);
    for (partial, out) in partial.chunks_exact_mut(blocks * inner).zip(out.chunks_exact_mut(inner)) {
        fold_pairwise(monoid, partial, inner);
        out.copy_from_slice(&partial[..inner]);
    }
}

/// Folds all elements of a source.
#[inline]
pub(super) fn fold_all<S: Source, M: Monoid<S::Item>>(monoid: M, x: S, len: usize) -> S::Item {
    let mut out = [monoid.identity()];
    fold(monoid, x, [1, len, 1], &mut out);
    out[0]
}

/// Folds rows of `inner` elements into the first one, neighbours first.
fn fold_pairwise<T: Copy, M: Monoid<T>>(monoid: M, rows: &mut [T], inner: usize) {
    let mut apart = inner;
    while apart < rows.len() {
        for pair in rows.chunks_mut(2 * apart) {
            let (left, right) = pair.split_at_mut(apart.min(pair.len()));
            for (left, &right) in left[..inner].iter_mut().zip(right.iter()) {
                *left = monoid.combine(*left, right);
            }
        }
        apart *= 2;
    }
}

/// The fold of each block by itself: `[outer, blocks, inner]`.
#[derive(Clone, Copy)]
struct Blocks<S, M> {
    monoid: M,
    x: S,
    n: usize,
    inner: usize,
    /// How many of the `n` are a block; the last may be shorter.
    block: usize,
    blocks: usize,
}

#[inline]
fn fold_blocks<S: Source, M: Monoid<S::Item>>(blocks: Blocks<S, M>, out: &mut [S::Item]) {
    let per_output = blocks.n.min(blocks.block);
    // A line of its own takes as long as 32 elements, however short it is.
    let least = if blocks.inner == 1 { 32 } else { 1 };
    let is_large = parallel::pays(out.len() * per_output.max(least), S::HEAVY);
    let chunk = outputs_per_task(per_output, blocks.inner);
    parallel::in_pieces(out, is_large, chunk, |start, out| fold_piece(blocks, start, out));
}

/// Folds the outputs of [`Blocks`] from `start` on.
fn fold_piece<S: Source, M: Monoid<S::Item>>(blocks: Blocks<S, M>, start: usize, out: &mut [S::Item]) {
    if blocks.inner == 1 {
        return dispatch(Lines { blocks, start, out });
    }
    let Blocks { monoid, x, n, inner, block, blocks } = blocks;
    // Without AVX-512, what fits into the last cache comes as fast by itself, and asking takes the time of a load.
    let ahead = !S::HEAVY && (is_wide() || n * inner >= MANY * BLOCK);
    let mut done = 0;
    while done < out.len() {
        let (row, column) = ((start + done) / inner, (start + done) % inner);
        let (line, from) = (row / blocks, row % blocks * block);
        let width = (inner - column).min(out.len() - done).min(TILE);
        let rows = Rows {
            x,
            at: (line * n + from) * inner + column,
            stride: inner,
            count: (n - from).min(block),
            target: x.target(line, inner) + column,
            ahead,
        };
        let out = &mut out[done..done + width];
        if width == inner && inner < LANES {
            fold_narrow(monoid, rows, out);
        } else {
            dispatch(FoldRows { monoid, rows, out });
        }
        done += width;
    }
}

/// The folds of lines, or of blocks of lines.
struct Lines<'a, S: Source, M> {
    blocks: Blocks<S, M>,
    start: usize,
    out: &'a mut [S::Item],
}

impl<S: Source, M: Monoid<S::Item>> Kernel for Lines<'_, S, M> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        if self.blocks.blocks >= MANY && !S::HEAVY {
            self.fold_in_turns::<FMA>();
        }
        self.fold_each::<FMA>();
    }

    // One after the other: a Zen 5, which asks ahead, reads one place twice as fast as four (decision 0005).
    #[inline(always)]
    fn run_wide(self) {
        self.fold_each::<true>();
    }
}

impl<S: Source, M: Monoid<S::Item>> Lines<'_, S, M> {
    #[inline(always)]
    fn fold_each<const FMA: bool>(self) {
        let Lines { blocks: Blocks { monoid, x, n, block, blocks, .. }, start, out } = self;
        for (i, out) in out.iter_mut().enumerate() {
            let line = start + i;
            // Most lines are one block, and a division is slow.
            let (line, from) = if blocks == 1 { (line, 0) } else { (line / blocks, line % blocks * block) };
            *out = monoid.fold_line::<FMA, S>(x, line * n + from, line, (n - from).min(block));
        }
    }

    /// Folds the first blocks, up to the last whole ones of the first line, [`TURNS`] at a time; the others are left.
    #[inline(always)]
    fn fold_in_turns<const FMA: bool>(&mut self) {
        let Blocks { monoid, x, n, block, blocks, .. } = self.blocks;
        let (line, first) = (self.start / blocks, self.start % blocks);
        let whole = (n / block).saturating_sub(first).min(self.out.len());
        let (folded, left) = mem::take(&mut self.out).split_at_mut(whole / TURNS * TURNS);
        let mut at = line * n + first * block;
        for out in folded.as_chunks_mut().0 {
            *out = monoid.fold_lines::<FMA, S>(x, at, line, block);
            at += TURNS * block;
        }
        self.start += folded.len();
        self.out = left;
    }
}
