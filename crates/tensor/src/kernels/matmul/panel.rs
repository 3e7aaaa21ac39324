//! A block of rows of a times a panel of b: the innermost loops.
//!
//! A few rows at a time, the sums of a small tile of the result are held in registers while they run over the terms.

use super::tile::{Tile, Written};
use crate::element::Float;
use crate::kernels::isa::{Kernel, LINE, prefetch};

/// From how many terms on the places of the result are asked for before the sums are computed.
const FAR: usize = 32;

/// Rows of a.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a, E> {
    /// In a copy, group by group: a group of w rows has its columns as w neighbours.
    Copied(&'a [E]),
    /// Where they lie, each row along the sum.
    Along { start: &'a [E], row_stride: usize },
    /// Where they lie, as neighbours.
    Neighbours { start: &'a [E], column_stride: usize },
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
        let overlap = self.base.is_none_or(|(_, stride)| stride == 0) && !matches!(self.rows, Rows::Copied(_));
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
        let (panel, terms) = (self.panel, self.terms);
        let base = self.base.map(|(base, stride)| (base.wrapping_add(done * stride), stride));
        let out = self.out.wrapping_add(done * self.out_stride);
        if terms >= FAR {
            Self::prefetch::<M>(out, self.out_stride);
        }
        let written = Written { out, stride: self.out_stride, base, columns: panel.columns };
        // SAFETY: what `new` promises: M rows from `done` on are among the `height` rows, here and in the result, and the
        // panel has `NR` columns. `WIDE` blocks are run by `run_wide` alone.
        unsafe {
            match self.rows {
                Rows::Copied(copy) => {
                    let a = copy[done * terms..].as_ptr();
                    Tile::<E, M, 1, M, true>::new(a, [1, M], panel, terms, written).run::<FMA, WIDE, NR>();
                }
                Rows::Along { start, row_stride } => {
                    let a = start[done * row_stride..].as_ptr();
                    Tile::<E, M, 0, 1, true>::new(a, [row_stride, 1], panel, terms, written).run::<FMA, WIDE, NR>();
                }
                Rows::Neighbours { start, column_stride } => {
                    let a = start[done..].as_ptr();
                    Tile::<E, M, 1, 0, true>::new(a, [1, column_stride], panel, terms, written).run::<FMA, WIDE, NR>();
                }
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
