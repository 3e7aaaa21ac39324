//! A tile of the result: a few rows of a times a panel of b, whose sums stay in registers while they run over the terms.

use std::mem::MaybeUninit;

use super::panel::Panel;
use super::register::{InRegisters, Register, in_registers};
use crate::element::Float;

/// Where the sums of a tile go.
#[derive(Clone, Copy)]
pub(super) struct Written<E> {
    pub(super) out: *mut E,
    pub(super) stride: usize,
    /// What is added to them, and how far its rows are apart: the result itself, or a row for all.
    pub(super) base: Option<(*const E, usize)>,
    /// How many columns are written.
    pub(super) columns: usize,
}

/// `M` rows of a. Their strides are `ROW` and `COLUMN` where those aren't 0: constants become parts of addresses. With
/// `FOURS`, addresses are moved once in four terms, for the units that add to them are those that multiply.
pub(super) struct Tile<E, const M: usize, const ROW: usize, const COLUMN: usize, const FOURS: bool> {
    a: *const E,
    strides: [usize; 2],
    b: *const E,
    b_stride: usize,
    terms: usize,
    written: Written<E>,
}

impl<E: Float, const M: usize, const ROW: usize, const COLUMN: usize, const FOURS: bool>
    Tile<E, M, ROW, COLUMN, FOURS>
{
    #[inline(always)]
    pub(super) fn new(
        a: *const E,
        [row, column]: [usize; 2],
        panel: Panel<'_, E>,
        terms: usize,
        written: Written<E>,
    ) -> Self {
        let strides = [if ROW > 0 { ROW } else { row }, if COLUMN > 0 { COLUMN } else { column }];
        Tile { a, strides, b: panel.values.as_ptr(), b_stride: panel.row_stride, terms, written }
    }

    /// Computes the first `N` columns of the panel.
    ///
    /// # Safety
    /// a must have `M` rows at these strides, and the panel `N` columns, of `terms` terms. `M` rows of `columns` elements must
    /// be writable at `out`, by nobody else, and readable at `base`, and there are at most `N` columns. The machine must have
    /// the instructions of the level: see [`in_registers`].
    #[inline(always)]
    pub(super) unsafe fn run<const FMA: bool, const WIDE: bool, const N: usize>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            if self.written.columns == N {
                return in_registers::<FMA, WIDE, N, E>(self);
            }
            // By way of a copy in memory.
            let Written { out, stride, base, columns } = self.written;
            let mut copy = [[MaybeUninit::<E>::uninit(); N]; M];
            let place = Written { out: copy.as_mut_ptr().cast(), stride: N, base: None, columns: N };
            in_registers::<FMA, WIDE, N, E>(Tile { written: place, ..self });
            for (i, sums) in copy.iter().enumerate() {
                for (j, sum) in sums[..columns].iter().enumerate() {
                    // The tile has written all of the copy.
                    let sum = sum.assume_init();
                    let sum = base.map_or(sum, |(base, base_stride)| *base.add(i * base_stride + j) + sum);
                    *out.add(i * stride + j) = sum;
                }
            }
        }
    }
}

impl<E, const M: usize, const ROW: usize, const COLUMN: usize, const FOURS: bool> InRegisters
    for Tile<E, M, ROW, COLUMN, FOURS>
{
    #[inline(always)]
    unsafe fn run<R: Register, const V: usize>(self) {
        let Tile { strides: [row, column], b_stride, terms, written: Written { out, stride, base, .. }, .. } = self;
        let (mut a, mut b): (*const R::Element, *const R::Element) = (self.a.cast(), self.b.cast());
        let out: *mut R::Element = out.cast();
        // SAFETY: what `Tile::run` promises: so many terms of so many rows and columns are read, and so many numbers of the
        // result written, each after those of the base, which may be there too.
        unsafe {
            let mut sums = [[R::zero(); V]; M];
            let mut left = terms;
            if FOURS {
                while left >= 4 {
                    // Not a loop, which a lower `opt-level` would keep.
                    add(&mut sums, a, row, b);
                    add(&mut sums, a.add(column), row, b.add(b_stride));
                    add(&mut sums, a.add(2 * column), row, b.add(2 * b_stride));
                    add(&mut sums, a.add(3 * column), row, b.add(3 * b_stride));
                    // At the end they may point past what there is.
                    (a, b) = (a.wrapping_add(4 * column), b.wrapping_add(4 * b_stride));
                    left -= 4;
                }
            }
            while left > 0 {
                add(&mut sums, a, row, b);
                (a, b) = (a.wrapping_add(column), b.wrapping_add(b_stride));
                left -= 1;
            }
            for (i, sums) in sums.into_iter().enumerate() {
                for (j, mut sum) in sums.into_iter().enumerate() {
                    if let Some((base, base_stride)) = base {
                        sum = R::load(base.cast::<R::Element>().add(i * base_stride + j * R::LANES)).plus(sum);
                    }
                    sum.store(out.add(i * stride + j * R::LANES));
                }
            }
        }
    }
}

/// Adds one term: `M` elements of a, `row` apart, times the columns of a row of b.
///
/// # Safety
/// They must be readable, and the machine must have the register's instructions.
#[inline(always)]
unsafe fn add<R: Register, const M: usize, const V: usize>(
    sums: &mut [[R; V]; M],
    a: *const R::Element,
    row: usize,
    b: *const R::Element,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut columns = [R::zero(); V];
        for (j, column) in columns.iter_mut().enumerate() {
            *column = R::load(b.add(j * R::LANES));
        }
        for (i, sums) in sums.iter_mut().enumerate() {
            let a = R::splat(a.add(i * row).read());
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = a.mul_add(column, *sum);
            }
        }
    }
}
