//! Copies of parts of the operands, in the order in which the innermost loop reads them.

use std::cell::Cell;
use std::slice;

use super::Matrix;
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};

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
    #[cfg(target_arch = "x86_64")]
    if term_stride == 1 && size_of::<E>() == 4 && across >= 4 && terms >= 4 {
        assert!((across - 1) * across_stride + terms <= data.len() && across <= WIDTH);
        // SAFETY: `E` is `f32`, the only `Float` of four bytes. The `across` rows of `terms` elements lie in the data, as
        // just checked, and `terms * WIDTH` elements in `out`.
        unsafe { transpose(data, across_stride, out, WIDTH, [across, terms]) };
        return;
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
    #[cfg(target_arch = "x86_64")]
    if b.row_stride == 1 && size_of::<E>() == 4 && b.columns >= 4 && b.rows >= 4 {
        assert!(b.fits());
        // SAFETY: `E` is `f32`, the only `Float` of four bytes. All elements lie in the data and in `out`, as just checked.
        unsafe { transpose(b.data, b.column_stride, out, b.columns, [b.columns, b.rows]) };
        return;
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

/// The starts of tiles of `SIZE` that cover `len`, which is no less: the last one ends there, and overlaps the one before
/// it if it must.
#[cfg(target_arch = "x86_64")]
fn tiles<const SIZE: usize>(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(SIZE).map(move |start| start.min(len - SIZE))
}

/// `to[k * to_stride + i] = from[i * from_stride + k]` for `rows` of i and `len` of k, at least 4 each.
///
/// # Safety
/// `E` is `f32`; all of these places lie in `from` and `to`.
#[cfg(target_arch = "x86_64")]
unsafe fn transpose<E>(from: &[E], from_stride: usize, to: &mut [E], to_stride: usize, [rows, len]: [usize; 2]) {
    let (from, to) = (from.as_ptr().cast(), to.as_mut_ptr().cast());
    // SAFETY: the caller's promise. The larger tile is for machines that have AVX.
    unsafe {
        if rows >= 8 && len >= 8 && is_x86_feature_detected!("avx") {
            transpose_eights(from, from_stride, to, to_stride, [rows, len]);
        } else {
            transpose_fours(from, from_stride, to, to_stride, [rows, len]);
        }
    }
}

/// As [`transpose`], for at least 8 rows and 8 elements.
///
/// # Safety
/// The machine has AVX; all of these places can be read and written.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
unsafe fn transpose_eights(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
    [rows, len]: [usize; 2],
) {
    use std::arch::x86_64::*;
    for first in tiles::<8>(rows) {
        for k in tiles::<8>(len) {
            // Two halves of four columns: rows i and i + 4 in one register, so that no step crosses its halves.
            for half in 0..2 {
                // SAFETY: the caller's promise: rows i and i + 4 are readable from k + 4·half on, for four elements.
                let row = |i: usize| unsafe {
                    let at = from.add((first + i) * from_stride + k + 4 * half);
                    let low = _mm_loadu_ps(at);
                    let high = _mm_loadu_ps(at.add(4 * from_stride));
                    _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
                };
                let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3));
                let (low01, high01) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1));
                let (low23, high23) = (_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3));
                let columns = [
                    _mm256_shuffle_ps::<0x44>(low01, low23),
                    _mm256_shuffle_ps::<0xEE>(low01, low23),
                    _mm256_shuffle_ps::<0x44>(high01, high23),
                    _mm256_shuffle_ps::<0xEE>(high01, high23),
                ];
                for (column, values) in columns.into_iter().enumerate() {
                    // SAFETY: the caller's promise.
                    unsafe { _mm256_storeu_ps(to.add((k + 4 * half + column) * to_stride + first), values) };
                }
            }
        }
    }
}

/// As [`transpose`], on every machine.
///
/// # Safety
/// All of these places can be read and written.
#[cfg(target_arch = "x86_64")]
unsafe fn transpose_fours(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
    [rows, len]: [usize; 2],
) {
    use std::arch::x86_64::*;
    for first in tiles::<4>(rows) {
        for k in tiles::<4>(len) {
            // SAFETY: the caller's promise: four rows are readable from k on, for four elements, and as many columns
            // writable.
            unsafe {
                let row = |i: usize| _mm_loadu_ps(from.add((first + i) * from_stride + k));
                let (mut r0, mut r1, mut r2, mut r3) = (row(0), row(1), row(2), row(3));
                _MM_TRANSPOSE4_PS(&mut r0, &mut r1, &mut r2, &mut r3);
                for (column, values) in [r0, r1, r2, r3].into_iter().enumerate() {
                    _mm_storeu_ps(to.add((k + column) * to_stride + first), values);
                }
            }
        }
    }
}
