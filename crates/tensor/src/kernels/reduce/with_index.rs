//! Extrema and their places: the first of equal ones, the first NaN if there is one.

use super::extremum::{Max, Min, Order, is_nan};
use super::fold::{BLOCK, Monoid, TASK, WIDTH, outputs_per_task};
use super::turned::{self, are_short, as_columns, lines_per_task};
use super::vector::load;
use crate::element::Number;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;
use crate::kernels::scratch::filled;

/// Columns whose extrema and places stay in the nearest cache, while the rows pass by.
const TILE: usize = 256;
/// Up to how many columns several rows are taken as one.
const NARROW: usize = TILE / 4;
/// Rows that are looked at together.
const TOGETHER: usize = 4;
/// The place where no row has won.
const NONE: u32 = u32::MAX;

/// The largest elements and where they are. There is at least one.
pub(crate) fn max_with_index<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64]) {
    with_index(Max, x, sizes, out, index);
}

/// The smallest elements and where they are. There is at least one.
pub(crate) fn min_with_index<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64]) {
    with_index(Min, x, sizes, out, index);
}

fn with_index<E: Number, O: Order>(order: O, x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64]) {
    let [_, n, inner] = sizes;
    if are_short(sizes) {
        let large = turned::pays(x.len(), false);
        return in_pieces(large, lines_per_task(n), out, index, |start, out, index| {
            as_columns(&x[start * n..][..out.len() * n], n, |first, x| {
                let lines = first..first + x.len() / n;
                let (out, index) = (&mut out[lines.clone()], &mut index[lines]);
                dispatch(Outputs { order, x, n, inner: out.len(), start: 0, out, index });
            });
        });
    }
    let block = match inner {
        1 => BLOCK,
        2..=NARROW => TASK / inner,
        _ => n,
    };
    if n > block {
        return in_blocks(order, x, sizes, block, out, index);
    }
    let large = parallel::pays(x.len(), false);
    in_pieces(large, outputs_per_task(n, inner), out, index, |start, out, index| {
        dispatch(Outputs { order, x, n, inner, start, out, index });
    });
}

/// Few outputs of many elements: the extrema of blocks, then of those.
fn in_blocks<E: Number, O: Order>(
    order: O,
    x: &[E],
    [outer, n, inner]: [usize; 3],
    block: usize,
    out: &mut [E],
    index: &mut [i64],
) {
    let blocks = n.div_ceil(block);
    let count = outer * blocks * inner;
    let (mut values, mut places) = (filled(order.last(), count), filled(0, count));
    let large = parallel::pays(x.len(), false);
    in_pieces(large, inner, &mut values, &mut places, |start, values, places| {
        let x = x.chunks_exact(n * inner).flat_map(|line| line.chunks(block * inner)).skip(start / inner);
        for (x, (out, index)) in x.zip(values.chunks_mut(inner).zip(places.chunks_mut(inner))) {
            dispatch(Outputs { order, x, n: x.len() / inner, inner, start: 0, out, index });
        }
    });
    for (i, (out, index)) in out.iter_mut().zip(index).enumerate() {
        let first = i / inner * blocks * inner + i % inner;
        (*out, *index) = (values[first], places[first]);
        for number in 1..blocks {
            let at = first + number * inner;
            if wins(order, values[at], *out) {
                (*out, *index) = (values[at], (number * block) as i64 + places[at]);
            }
        }
    }
}

/// Runs `run(start, out, index)` over the outputs: in pieces of `chunk` on several threads if they are `large`, else whole.
fn in_pieces<E: Number>(
    large: bool,
    chunk: usize,
    out: &mut [E],
    index: &mut [i64],
    run: impl Fn(usize, &mut [E], &mut [i64]) + Sync,
) {
    if !large {
        return run(0, out, index);
    }
    let pieces = out.chunks_mut(chunk).zip(index.chunks_mut(chunk));
    parallel::for_each_piece(pieces, |task, (out, index)| run(task * chunk, out, index));
}

/// Whether `new`, which stands after `best`, takes its place: neither is `best` as good, nor is it NaN.
#[inline(always)]
fn wins<E: Number, O: Order>(order: O, new: E, best: E) -> bool {
    !(order.beats(best, new) | (best == new)) & !is_nan(best)
}

/// The extremum of one line, and where it is.
#[inline(always)]
fn line<const FMA: bool, E: Number, O: Order>(order: O, x: &[E]) -> (E, usize) {
    // First what, then where: two loops of one comparison are faster than one that keeps places.
    let value = order.fold_line::<FMA, _>(x, 0, 0, x.len());
    let at = if is_nan(value) {
        find(
            x,
            #[inline(always)]
            |x| is_nan(x),
        )
    } else if x.len() < WIDTH {
        // Without branches, which would be guessed wrong.
        let mut at = 0;
        for i in (0..x.len()).rev() {
            at = if x[i] == value { i } else { at };
        }
        at
    } else {
        find(
            x,
            #[inline(always)]
            |x| x == value,
        )
    };
    (value, at)
}

/// The first place where `is` holds.
#[inline(always)]
fn find<E: Copy>(x: &[E], is: impl Fn(E) -> bool) -> usize {
    let (chunks, rest) = x.as_chunks::<{ 4 * WIDTH }>();
    for (number, chunk) in chunks.iter().enumerate() {
        if chunk.iter().fold(false, |any, &x| any | is(x)) {
            return number * 4 * WIDTH + chunk.iter().position(|&x| is(x)).unwrap_or(0);
        }
    }
    chunks.len() * 4 * WIDTH + rest.iter().position(|&x| is(x)).unwrap_or(0)
}

/// Of `[outer, n, inner]`, the outputs from `start` on.
struct Outputs<'a, E, O> {
    order: O,
    x: &'a [E],
    n: usize,
    inner: usize,
    start: usize,
    out: &'a mut [E],
    index: &'a mut [i64],
}

impl<E: Number, O: Order> Kernel for Outputs<'_, E, O> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Outputs { order, x, n, inner, start, out, index } = self;
        if inner == 1 {
            for (x, (out, index)) in x[start * n..].chunks_exact(n).zip(out.iter_mut().zip(index)) {
                let (value, at) = line::<FMA, _, _>(order, x);
                (*out, *index) = (value, at as i64);
            }
            return;
        }
        let mut done = 0;
        while done < out.len() {
            let (line, column) = ((start + done) / inner, (start + done) % inner);
            let width = (inner - column).min(out.len() - done).min(TILE);
            let range = done..done + width;
            let (out, index) = (&mut out[range.clone()], &mut index[range]);
            let x = &x[line * n * inner + column..];
            if width == inner && inner <= NARROW {
                narrow_columns(order, x, n, out, index);
            } else {
                columns(order, x, n, inner, out, index);
            }
            done += width;
        }
    }
}

/// The extrema of `n` rows that follow each other without gaps: several are taken as one long row, so that vectors are
/// full.
#[inline(always)]
fn narrow_columns<E: Number, O: Order>(order: O, x: &[E], n: usize, out: &mut [E], index: &mut [i64]) {
    let inner = out.len();
    let together = TILE / 2 / inner;
    let (long, width) = (n / together, together * inner);
    if long < 2 {
        return columns(order, x, n, inner, out, index);
    }
    let (mut values, mut places) = ([E::default(); TILE], [0; TILE]);
    columns(order, x, long, width, &mut values[..width], &mut places[..width]);
    for (i, (out, index)) in out.iter_mut().zip(index).enumerate() {
        (*out, *index) = (values[i], places[i] * together as i64);
        for row in 1..together {
            let value = values[row * inner + i];
            let place = places[row * inner + i] * together as i64 + row as i64;
            // Of equal ones the first, which may stand in any of the rows that were taken together.
            let equal = value == *out || (is_nan(value) && is_nan(*out));
            if wins(order, value, *out) || (equal && place < *index) {
                (*out, *index) = (value, place);
            }
        }
        for row in long * together..n {
            let value = x[row * inner + i];
            if wins(order, value, *out) {
                (*out, *index) = (value, row as i64);
            }
        }
    }
}

/// The extrema of `n` rows, each `stride` after the one before, in up to [`TILE`] columns.
#[inline(always)]
fn columns<E: Number, O: Order>(order: O, x: &[E], n: usize, stride: usize, out: &mut [E], index: &mut [i64]) {
    // 32 bits, as wide as most elements, so that both fill vectors alike.
    let mut places = [0_u32; TILE];
    out.copy_from_slice(&x[..out.len()]);
    // As many rows at a time as 32 bits can count.
    const COUNTED: usize = 1 << 31;
    for base in (0..n).step_by(COUNTED) {
        // The last rows may be taken twice, for they never win over what they gave. One by one, the compiler would make stores
        // under a mask, which take a Zen 3 seven times as long.
        let base = base.min(n.saturating_sub(TOGETHER));
        let end = n.min(base + COUNTED);
        let rows = end - base;
        for row in (0..rows).step_by(if rows < TOGETHER { 2 } else { TOGETHER }) {
            if rows >= TOGETHER {
                let row = row.min(rows - TOGETHER);
                take_rows::<TOGETHER, E, O>(order, &x[(base + row) * stride..], stride, row as u32, out, &mut places);
            } else if rows >= 2 {
                let row = row.min(rows - 2);
                take_rows::<2, E, O>(order, &x[(base + row) * stride..], stride, row as u32, out, &mut places);
            }
        }
        if base == 0 {
            index.iter_mut().zip(&places).for_each(|(index, &place)| *index = i64::from(place));
        } else {
            later_places(base, &places, index);
        }
        places.fill(NONE);
    }
}

/// Puts the places that were found from row `base` on in the index.
#[cold]
#[inline(never)]
fn later_places(base: usize, places: &[u32], index: &mut [i64]) {
    for (index, &place) in index.iter_mut().zip(places) {
        if place != NONE {
            *index = base as i64 + i64::from(place);
        }
    }
}

/// Lets `R` rows, whose first has the number `row`, take the places of what they beat.
#[inline(always)]
fn take_rows<const R: usize, E: Number, O: Order>(
    order: O,
    x: &[E],
    stride: usize,
    row: u32,
    out: &mut [E],
    places: &mut [u32; TILE],
) {
    let (vectors, rest) = out.as_chunks_mut::<WIDTH>();
    let done = vectors.len() * WIDTH;
    for (number, out) in vectors.iter_mut().enumerate() {
        let column = number * WIDTH;
        let mut place: [u32; WIDTH] = load(places, column);
        let mut best = *out;
        for r in 0..R {
            let new: [E; WIDTH] = load(x, r * stride + column);
            for i in 0..WIDTH {
                let taken = wins(order, new[i], best[i]);
                best[i] = if taken { new[i] } else { best[i] };
                place[i] = if taken { row + r as u32 } else { place[i] };
            }
        }
        *out = best;
        places[column..column + WIDTH].copy_from_slice(&place);
    }
    for (i, out) in rest.iter_mut().enumerate() {
        for r in 0..R {
            let new = x[r * stride + done + i];
            if wins(order, new, *out) {
                (*out, places[done + i]) = (new, row + r as u32);
            }
        }
    }
}
