//! Folding columns: rows pass by, eight at a time, and each vector of columns keeps its fold.

use std::mem::{self, MaybeUninit};

use super::fold::{LONG, Monoid, WIDTH};
use super::lanes::{Lanes, One};
use super::source::Source;
use crate::kernels::isa::{Kernel, dispatch};

/// Columns whose folds stay in the nearest cache while the rows pass by, with eight rows that are asked for ahead.
pub(super) const TILE: usize = 512;

/// Rows in memory, each `stride` after the one before.
#[derive(Clone, Copy)]
pub(super) struct Rows<S> {
    pub(super) x: S,
    pub(super) at: usize,
    pub(super) stride: usize,
    pub(super) count: usize,
    pub(super) target: usize,
    /// Whether the rows to come are asked for.
    pub(super) ahead: bool,
}

impl<S: Source> Rows<S> {
    /// Folds `R` rows from `row` on, 8 or 1, pairwise, and joins that to `state`, what one vector of columns is so far.
    #[inline(always)]
    fn join<const FMA: bool, const R: usize, L: Lanes<S::Item>>(
        self,
        lanes: L,
        row: usize,
        column: usize,
        state: L::State,
    ) -> L::State {
        const { assert!(R == 8 || R == 1) };
        let at = self.at + row * self.stride + column;
        let after = R * self.stride;
        assert!(self.x.holds((at + after - self.stride).saturating_add(WIDTH)));
        if self.ahead && self.x.holds(at + 2 * after) {
            for r in 0..R {
                self.x.prefetch::<1>(at + after + r * self.stride);
            }
        }
        let place = Rows { at, target: self.target + column, ..self };
        // SAFETY: the last of the rows holds a vector here, as just checked, and the others lie before it.
        let rows = unsafe {
            match R {
                8 => lanes.join(place.four::<FMA, L>(lanes, 0), place.four::<FMA, L>(lanes, 4)),
                _ => place.one::<FMA, L>(lanes, 0),
            }
        };
        lanes.join(state, rows)
    }

    /// The first vector of row `row`.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    unsafe fn one<const FMA: bool, L: Lanes<S::Item>>(self, lanes: L, row: usize) -> L::State {
        // SAFETY: as the caller says.
        lanes.of(unsafe { self.x.across_unchecked::<FMA, WIDTH>(self.at + row * self.stride, self.target) })
    }

    /// Four of them, pairwise. (Depth first, so that few vectors wait for each other.)
    ///
    /// # Safety
    /// As [`one`](Rows::one).
    #[inline(always)]
    unsafe fn four<const FMA: bool, L: Lanes<S::Item>>(self, lanes: L, row: usize) -> L::State {
        // SAFETY: as the caller says.
        unsafe {
            let first = lanes.join(self.one::<FMA, L>(lanes, row), self.one::<FMA, L>(lanes, row + 1));
            let second = lanes.join(self.one::<FMA, L>(lanes, row + 2), self.one::<FMA, L>(lanes, row + 3));
            lanes.join(first, second)
        }
    }
}

/// Folds `width` columns, at least [`WIDTH`] and at most [`TILE`], and calls `done` with the first column of each vector of
/// them and its fold. The last vector may overlap the one before; then both are the same there.
#[inline(always)]
pub(super) fn fold_columns<const FMA: bool, S: Source, L: Lanes<S::Item>>(
    lanes: L,
    rows: Rows<S>,
    width: usize,
    mut done: impl FnMut(usize, L::State),
) {
    assert!((WIDTH..=TILE).contains(&width));
    let first = |vector: usize| (vector * WIDTH).min(width - WIDTH);
    // Each group of rows reads the folds from one place and writes them to the other. In one place, the compiler would make a
    // store under a mask from what keeps the larger of two, which takes a Zen 3 seven times as long as a store.
    let vectors = width.div_ceil(WIDTH);
    let mut places = [const { [const { MaybeUninit::<L::State>::uninit() }; TILE / WIDTH] }; 2];
    let [now, next] = &mut places;
    let (mut now, mut next) = (&mut now[..vectors], &mut next[..vectors]);
    now.fill(MaybeUninit::new(lanes.start()));
    let eights = rows.count / 8 * 8;
    for row in (0..eights).step_by(8) {
        for vector in 0..vectors {
            // SAFETY: all of `now` was filled, at first with the start, then by the group of rows before.
            let fold = unsafe { now[vector].assume_init() };
            next[vector].write(rows.join::<FMA, 8, L>(lanes, row, first(vector), fold));
        }
        mem::swap(&mut now, &mut next);
    }
    for row in eights..rows.count {
        for vector in 0..vectors {
            // SAFETY: as above.
            let fold = unsafe { now[vector].assume_init() };
            next[vector].write(rows.join::<FMA, 1, L>(lanes, row, first(vector), fold));
        }
        mem::swap(&mut now, &mut next);
    }
    for (vector, fold) in now.iter().enumerate() {
        // SAFETY: as above.
        done(first(vector), unsafe { fold.assume_init() });
    }
}

/// The fold of each column of `rows`, which are as long as `out`.
#[inline(always)]
pub(super) fn fold_rows<const FMA: bool, S: Source, M: Monoid<S::Item>>(monoid: M, rows: Rows<S>, out: &mut [S::Item]) {
    if out.len() >= WIDTH {
        return fold_columns::<FMA, S, One<M>>(One(monoid), rows, out.len(), |column, fold| {
            out[column..][..WIDTH].copy_from_slice(&fold);
        });
    }
    let Rows { x, at, stride, count, target, .. } = rows;
    for (i, out) in out.iter_mut().enumerate() {
        let mut fold = monoid.identity();
        for row in 0..count {
            fold = monoid.combine(fold, x.get::<FMA>(at + row * stride + i, target + i));
        }
        *out = fold;
    }
}

/// The fold of rows as long as `out`.
pub(super) struct FoldRows<'a, S: Source, M> {
    pub(super) monoid: M,
    pub(super) rows: Rows<S>,
    pub(super) out: &'a mut [S::Item],
}

impl<S: Source, M: Monoid<S::Item>> Kernel for FoldRows<'_, S, M> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.monoid.fold_rows::<FMA, S>(self.rows, self.out);
    }
}

/// The fold of rows that are shorter than [`LANES`](super::fold::LANES) and follow each other without gaps: several are taken
/// as one long row, so that vectors are full.
pub(super) fn fold_narrow<S: Source, M: Monoid<S::Item>>(monoid: M, rows: Rows<S>, out: &mut [S::Item]) {
    let inner = out.len();
    let together = LONG / inner;
    let long = Rows { stride: together * inner, count: rows.count / together, ..rows };
    if long.count < 2 {
        return dispatch(FoldRows { monoid, rows, out });
    }
    let mut states = [monoid.identity(); LONG];
    let states = &mut states[..together * inner];
    dispatch(FoldRows { monoid, rows: long, out: states });
    let done = long.count * together;
    dispatch(FoldRows { monoid, rows: Rows { at: rows.at + done * inner, count: rows.count - done, ..rows }, out });
    for row in states.chunks_exact(inner) {
        for (out, &value) in out.iter_mut().zip(row) {
            *out = monoid.combine(*out, value);
        }
    }
}
