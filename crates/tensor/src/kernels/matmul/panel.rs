//! A block of rows of a times a panel of b: the innermost loops.
//!
//! A few rows at a time, the sums of a small tile of the result are held in registers while they run over the terms.

use crate::element::Float;
use crate::kernels::isa::{Kernel, LINE, prefetch};

/// From how many terms on the places of the result are asked for before the sums are computed.
const FAR: usize = 32;

/// Rows of a.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a, E> {
    /// In a copy, group by group: a group of w rows has its columns as w neighbours.
    Copied(&'a [E]),
    /// Where they lie.
    InPlace { start: &'a [E], row_stride: usize, column_stride: usize },
}

/// Columns of b, which are neighbours.
#[derive(Clone, Copy)]
pub(super) struct Panel<'a, E> {
    pub(super) values: &'a [E],
    pub(super) row_stride: usize,
    pub(super) columns: usize,
}

/// How many rows make a group when `left` are left.
#[inline(always)]
pub(super) fn group(left: usize, largest: usize) -> usize {
    match left {
        _ if left >= largest => largest,
        4.. => 4,
        2.. => 2,
        _ => 1,
    }
}

/// Groups of `MR` rows times a panel of at most `NR` columns. `WIDE` says for which registers: the other code isn't made.
pub(super) struct Block<'a, E, const WIDE: bool, const MR: usize, const NR: usize> {
    rows: Rows<'a, E>,
    height: usize,
    panel: Panel<'a, E>,
    terms: usize,
    out: *mut E,
    out_stride: usize,
    base: Option<(*const E, usize)>,
}

impl<'a, E: Float, const WIDE: bool, const MR: usize, const NR: usize> Block<'a, E, WIDE, MR, NR> {
    /// `base` is what is added, and how far its rows are apart: the result itself, or a row for all.
    ///
    /// # Safety
    /// `rows` must have `height` rows and `panel` `NR` readable columns, of `terms` terms. `height` rows of
    /// `panel.columns` elements must be writable at `out`, by nobody else, and readable at `base`.
    #[inline(always)]
    pub(super) unsafe fn new(
        rows: Rows<'a, E>,
        height: usize,
        panel: Panel<'a, E>,
        terms: usize,
        out: *mut E,
        out_stride: usize,
        base: Option<(*const E, usize)>,
    ) -> Self {
        Block { rows, height, panel, terms, out, out_stride, base }
    }

    #[inline(always)]
    fn all<const FMA: bool>(&self) {
        // A last group that isn't full overlaps the one before it, unless it would be added to what that one has written.
        let overlap = self.base.is_none_or(|(_, stride)| stride == 0) && matches!(self.rows, Rows::InPlace { .. });
        let mut done = 0;
        while done < self.height {
            let mut group = group(self.height - done, MR);
            let larger = MR.min(2 * group);
            if overlap && done + group < self.height && larger <= self.height {
                group = larger;
                done = done.min(self.height - group);
            }
            match group {
                1 => self.group::<FMA, 1>(done),
                2 => self.group::<FMA, 2>(done),
                4 => self.group::<FMA, 4>(done),
                _ => self.group::<FMA, MR>(done),
            }
            done += group;
        }
    }

    /// `M` rows from `done` on.
    #[inline(always)]
    fn group<const FMA: bool, const M: usize>(&self, done: usize) {
        // SAFETY: what `new` promises: M rows from `done` on are among the `height` rows, here and in the result.
        unsafe {
            let (start, row_stride, column_stride) = match self.rows {
                Rows::Copied(copy) => (&copy[done * self.terms..], 1, M),
                Rows::InPlace { start, row_stride, column_stride } => {
                    (&start[done * row_stride..], row_stride, column_stride)
                }
            };
            let out = self.out.add(done * self.out_stride);
            if self.terms >= FAR {
                Self::prefetch::<M>(out, self.out_stride);
            }
            // Neighbours are read with one address.
            let sums = match row_stride {
                1 => sums::<FMA, E, M, NR>(start, [1, column_stride], self.panel, self.terms),
                _ => sums::<FMA, E, M, NR>(start, [row_stride, column_stride], self.panel, self.terms),
            };
            let base = self.base.map(|(base, stride)| (base.add(done * stride), stride));
            if self.panel.columns == NR {
                store(&sums, out, self.out_stride, base);
            } else {
                store_part(&sums, self.panel.columns, out, self.out_stride, base);
            }
        }
    }

    /// Asks for the places of `M` rows of the result, which lie too far apart for the processor to guess the next one.
    #[inline(always)]
    fn prefetch<const M: usize>(out: *const E, stride: usize) {
        for i in 0..M {
            let row = out.wrapping_add(i * stride);
            for first in (0..NR).step_by(LINE / size_of::<E>()) {
                prefetch(row.wrapping_add(first));
            }
            prefetch(row.wrapping_add(NR - 1));
        }
    }
}

impl<E: Float, const WIDE: bool, const MR: usize, const NR: usize> Kernel for Block<'_, E, WIDE, MR, NR> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        if WIDE { unreachable!("a block for wide registers") } else { self.all::<FMA>() }
    }

    #[inline(always)]
    fn run_wide(self) {
        if WIDE { self.all::<true>() } else { unreachable!("a block for narrow registers") }
    }
}

/// The sums of a tile: `M` rows of a, at these strides, times the first `N` columns of a panel. Everything is a constant
/// but strides and the number of terms, so that they become registers.
///
/// # Safety
/// There must be so many rows and columns, of `terms` terms.
#[inline(always)]
pub(super) unsafe fn sums<const FMA: bool, E: Float, const M: usize, const N: usize>(
    a: &[E],
    [row_stride, column_stride]: [usize; 2],
    panel: Panel<'_, E>,
    terms: usize,
) -> [[E; N]; M] {
    let (a, b) = (a.as_ptr(), panel.values.as_ptr());
    let mut sums = [[E::default(); N]; M];
    for term in 0..terms {
        // SAFETY: the caller's promise.
        let b = unsafe { &*b.add(term * panel.row_stride).cast::<[E; N]>() };
        for (i, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            let a = unsafe { *a.add(i * row_stride + term * column_stride) };
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum = a.mul_add::<FMA>(b, *sum);
            }
        }
    }
    sums
}

/// Writes sums, added to `base` if there is one, to the result.
///
/// # Safety
/// `MR` rows of `NR` elements, `stride` apart, must be writable at `out` and readable at `base`.
#[inline(always)]
pub(super) unsafe fn store<E: Float, const MR: usize, const NR: usize>(
    sums: &[[E; NR]; MR],
    out: *mut E,
    stride: usize,
    base: Option<(*const E, usize)>,
) {
    for (i, sums) in sums.iter().enumerate() {
        // SAFETY: the caller's promise. The row of the base is copied before the result is written, which it may be.
        unsafe {
            let out = out.add(i * stride).cast::<[E; NR]>();
            match base {
                None => out.write(*sums),
                Some((base, stride)) => {
                    let mut row = base.add(i * stride).cast::<[E; NR]>().read();
                    for (value, &sum) in row.iter_mut().zip(sums) {
                        *value = *value + sum;
                    }
                    out.write(row);
                }
            }
        }
    }
}

/// As [`store`], of the first `width` columns.
///
/// # Safety
/// As there, of `width` elements a row.
#[inline(always)]
unsafe fn store_part<E: Float, const MR: usize, const NR: usize>(
    sums: &[[E; NR]; MR],
    width: usize,
    out: *mut E,
    stride: usize,
    base: Option<(*const E, usize)>,
) {
    // A copy in memory, so that the sums themselves stay in registers.
    let mut copy = [[E::default(); NR]; MR];
    // SAFETY: the copy is as large as the sums.
    unsafe { store(sums, copy.as_mut_ptr().cast(), NR, None) };
    let copy = std::hint::black_box(&copy);
    for (i, sums) in copy.iter().enumerate() {
        for (j, &sum) in sums[..width].iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                let start = match base {
                    None => sum,
                    Some((base, base_stride)) => *base.add(i * base_stride + j) + sum,
                };
                *out.add(i * stride + j) = start;
            }
        }
    }
}
