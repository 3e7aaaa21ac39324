//! Copies of parts of the operands, in the order in which the innermost loop reads them.

use std::cell::Cell;
use std::slice;

use super::Matrix;
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::transpose::transpose;

/// A cache line: buffers start at one.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u64; 8]);

thread_local! {
    /// Memory for copies, kept from product to product.
    static BUFFER: Cell<Vec<Line>> = const { Cell::new(Vec::new()) };
}

/// Calls `f` with two buffers of `a` and `b` elements, whose contents have no meaning.
pub(super) fn with_buffers<E: Float>(a: usize, b: usize, f: impl FnOnce(&mut [E], &mut [E])) {
    let per_line = size_of::<Line>() / size_of::<E>();
    let (a_lines, b_lines) = (a.div_ceil(per_line), b.div_ceil(per_line));
    // Taken out, not borrowed: a product inside of a product would find an empty buffer and make its own.
    let mut lines = BUFFER.try_with(Cell::take).unwrap_or_default();
    if lines.len() < a_lines + b_lines {
        lines.resize(a_lines + b_lines, Line([0; 8]));
    }
    let (first, second) = lines.split_at_mut(a_lines);
    f(elements(first), elements(&mut second[..b_lines]));
    // A thread that is ending keeps nothing.
    let _ = BUFFER.try_with(|buffer| buffer.set(lines));
}

fn elements<E: Float>(lines: &mut [Line]) -> &mut [E] {
    let len = size_of_val(lines) / size_of::<E>();
    // SAFETY: lines are plain initialised bytes, every pattern of which is a valid floating-point number (`Float` is
    // `f32` or `f64`), and their alignment is larger.
    unsafe { slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), len) }
}

/// Copies `across` rows or columns, at most `WIDTH`, of `terms` terms each: `out[term * WIDTH + x]` is the element at
/// `x * across_stride + term * term_stride` of `data`. What follows a narrower copy's elements, up to `WIDTH`, has no
/// meaning.
///
/// # Panics
/// If an element lies outside of the data, or `out` is shorter than the copies.
pub(super) fn panel<E: Float, const WIDTH: usize>(
    data: &[E],
    [across, across_stride]: [usize; 2],
    [terms, term_stride]: [usize; 2],
    out: &mut [E],
) {
    let out = &mut out[..terms * WIDTH];
    if across_stride == 1 {
        return dispatch(Neighbours::<E, WIDTH> { data, across, term_stride, out });
    }
    if term_stride == 1 {
        return transpose(data, across_stride, out, WIDTH, [across, terms]);
    }
    for x in 0..across {
        for (term, out) in out.chunks_exact_mut(WIDTH).enumerate() {
            out[x] = data[x * across_stride + term * term_stride];
        }
    }
}

/// Copies a matrix, one row after the other.
///
/// # Panics
/// If an element lies outside of the data, or of `out`.
pub(super) fn rows<E: Float>(b: &Matrix<'_, E>, out: &mut [E]) {
    let out = &mut out[..b.rows * b.columns];
    if b.row_stride == 1 {
        return transpose(b.data, b.column_stride, out, b.columns, [b.columns, b.rows]);
    }
    for (i, out) in out.chunks_exact_mut(b.columns).enumerate() {
        for (j, out) in out.iter_mut().enumerate() {
            *out = b.data[b.position(i, j)];
        }
    }
}

/// Four [`panel`]s of neighbours at once, one after the other in `out`. Rows that are far apart share the few places of
/// the nearest cache, so that each line of it should be read once and not for every panel that has a part of it.
///
/// # Panics
/// If an element lies outside of the data.
pub(super) fn four_panels<E: Float, const WIDTH: usize>(data: &[E], term_stride: usize, out: &mut [E]) {
    dispatch(FourNeighbours::<E, WIDTH> { data, term_stride, out });
}

struct FourNeighbours<'a, E, const WIDTH: usize> {
    data: &'a [E],
    term_stride: usize,
    out: &'a mut [E],
}

impl<E: Float, const WIDTH: usize> Kernel for FourNeighbours<'_, E, WIDTH> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let (left, right) = self.out.split_at_mut(self.out.len() / 2);
        let (first, second) = left.split_at_mut(left.len() / 2);
        let (third, fourth) = right.split_at_mut(right.len() / 2);
        let panels = first
            .chunks_exact_mut(WIDTH)
            .zip(second.chunks_exact_mut(WIDTH))
            .zip(third.chunks_exact_mut(WIDTH).zip(fourth.chunks_exact_mut(WIDTH)));
        for (term, ((first, second), (third, fourth))) in panels.enumerate() {
            let row = &self.data[term * self.term_stride..][..4 * WIDTH];
            first.copy_from_slice(&row[..WIDTH]);
            second.copy_from_slice(&row[WIDTH..2 * WIDTH]);
            third.copy_from_slice(&row[2 * WIDTH..3 * WIDTH]);
            fourth.copy_from_slice(&row[3 * WIDTH..]);
        }
    }
}

/// The copy of what are neighbours already.
struct Neighbours<'a, E, const WIDTH: usize> {
    data: &'a [E],
    across: usize,
    term_stride: usize,
    out: &'a mut [E],
}

impl<E: Float, const WIDTH: usize> Kernel for Neighbours<'_, E, WIDTH> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (term, out) in self.out.chunks_exact_mut(WIDTH).enumerate() {
            let row = &self.data[term * self.term_stride..];
            // What follows a narrow panel's row is copied along, for copies of one length are fast; nobody uses it.
            match row.first_chunk::<WIDTH>() {
                Some(row) => out.copy_from_slice(row),
                None => out[..self.across].copy_from_slice(&row[..self.across]),
            }
        }
    }
}
