//! Extrema and their places: the first of equal ones, the first NaN if there is one.

use super::extremum::{Max, Min, Order, is_nan};
use super::fold::{BLOCK, Monoid, WIDTH, outputs_per_task};
use super::turned::{are_short, as_columns, lines_per_task};
use super::vector::load;
use crate::element::Number;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;

/// Columns whose extrema and places stay in the nearest cache, while the rows pass by.
const TILE: usize = 256;
/// Rows that are looked at together.
const TOGETHER: usize = 4;

/// The largest elements and where they are. There is at least one.
pub(crate) fn max_with_index<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64]) {
    with_index(Max, x, sizes, out, index);
}

/// The smallest elements and where they are. There is at least one.
pub(crate) fn min_with_index<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64]) {
    with_index(Min, x, sizes, out, index);
}

fn with_index<E: Number, O: Order>(order: O, x: &[E], [outer, n, inner]: [usize; 3], out: &mut [E], index: &mut [i64]) {
    let large = parallel::pays(x.len(), false);
    if are_short([outer, n, inner]) {
        let run = |start: usize, out: &mut [E], index: &mut [i64]| {
            as_columns(&x[start * n..][..out.len() * n], n, |first, x| {
                let lines = first..first + x.len() / n;
                let (out, index) = (&mut out[lines.clone()], &mut index[lines]);
                dispatch(Columns { order, x, n, inner: out.len(), start: 0, out, index });
            });
        };
        if !large {
            return run(0, out, index);
        }
        let chunk = lines_per_task(n);
        return parallel::for_each_piece(out.chunks_mut(chunk).zip(index.chunks_mut(chunk)), |task, (out, index)| {
            run(task * chunk, out, index);
        });
    }
    if inner == 1 && n > BLOCK {
        // The extrema of blocks, then of those.
        let blocks = n.div_ceil(BLOCK);
        let mut partial = vec![(order.last(), 0); outer * blocks];
        parallel::in_pieces(&mut partial, large, 1, |first, partial| {
            for (number, partial) in (first..).zip(partial) {
                let start = number % blocks * BLOCK;
                let block = &x[number / blocks * n + start..][..BLOCK.min(n - start)];
                let (value, at) = dispatch(Line { order, x: block });
                *partial = (value, (start + at) as i64);
            }
        });
        for (partial, (out, index)) in partial.chunks_exact(blocks).zip(out.iter_mut().zip(index)) {
            (*out, *index) = partial.iter().copied().fold(partial[0], |a, b| if wins(order, b.0, a.0) { b } else { a });
        }
        return;
    }
    let run = |start: usize, out: &mut [E], index: &mut [i64]| {
        if inner == 1 {
            dispatch(Lines { order, x: &x[start * n..][..out.len() * n], n, out, index });
        } else {
            dispatch(Columns { order, x, n, inner, start, out, index });
        }
    };
    if !large {
        return run(0, out, index);
    }
    let chunk = outputs_per_task(n, inner);
    parallel::for_each_piece(out.chunks_mut(chunk).zip(index.chunks_mut(chunk)), |task, (out, index)| {
        run(task * chunk, out, index);
    });
}

/// Whether `new`, which stands after `best`, takes its place.
#[inline(always)]
fn wins<E: Number, O: Order>(order: O, new: E, best: E) -> bool {
    (order.beats(new, best) | is_nan(new)) & !is_nan(best)
}

/// The extremum of one line, and where it is.
struct Line<'a, E, O> {
    order: O,
    x: &'a [E],
}

impl<E: Number, O: Order> Kernel for Line<'_, E, O> {
    type Output = (E, usize);

    #[inline(always)]
    fn run<const FMA: bool>(self) -> (E, usize) {
        let Line { order, x } = self;
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

/// Lines of `n`, one after the other.
struct Lines<'a, E, O> {
    order: O,
    x: &'a [E],
    n: usize,
    out: &'a mut [E],
    index: &'a mut [i64],
}

impl<E: Number, O: Order> Kernel for Lines<'_, E, O> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let results = self.out.iter_mut().zip(self.index);
        for (x, (out, index)) in self.x.chunks_exact(self.n).zip(results) {
            let (value, at) = Line { order: self.order, x }.run::<FMA>();
            (*out, *index) = (value, at as i64);
        }
    }
}

/// Columns of `[outer, n, inner]`: the outputs from `start` on.
struct Columns<'a, E, O> {
    order: O,
    x: &'a [E],
    n: usize,
    inner: usize,
    start: usize,
    out: &'a mut [E],
    index: &'a mut [i64],
}

impl<E: Number, O: Order> Kernel for Columns<'_, E, O> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Columns { order, x, n, inner, start, out, index } = self;
        let mut done = 0;
        while done < out.len() {
            let (line, column) = ((start + done) / inner, (start + done) % inner);
            let width = (inner - column).min(out.len() - done).min(TILE);
            let range = done..done + width;
            let (out, index) = (&mut out[range.clone()], &mut index[range]);
            let x = &x[line * n * inner + column..];
            if width == inner && inner <= TILE / 4 {
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
    index.fill(0);
    // As many rows at a time as 32 bits can count.
    const COUNTED: usize = 1 << 31;
    for base in (0..n).step_by(COUNTED) {
        places.fill(u32::MAX);
        let mut row = base;
        let end = n.min(base + COUNTED);
        while row < end {
            let at = &x[row * stride..];
            if row + TOGETHER <= end {
                take_rows::<TOGETHER, E, O>(order, at, stride, (row - base) as u32, out, &mut places);
                row += TOGETHER;
            } else {
                take_rows::<1, E, O>(order, at, stride, (row - base) as u32, out, &mut places);
                row += 1;
            }
        }
        for (index, &place) in index.iter_mut().zip(&places) {
            if place != u32::MAX {
                *index = (base + place as usize) as i64;
            }
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
