//! Maxima and minima. NaN wins over every number.

use super::columns::{Rows, fold_columns, fold_rows};
use super::fold::{Monoid, WIDTH};
use super::lanes::{Both, TURNS, fold_in_turns, fold_line, fold_lines, fold_vectors, join_lanes};
use super::source::Source;
use super::sum::Sum;
use super::turned::fold_elements;
use crate::element::{DType, Number};

/// The larger of two, NaN if one is.
#[derive(Clone, Copy)]
pub(super) struct Max;

/// The smaller of two, NaN if one is.
#[derive(Clone, Copy)]
pub(super) struct Min;

/// An order in which one element is the extremum.
pub(super) trait Order: Copy + Send + Sync {
    /// Whether `a` beats the number `b`; NaN beats nothing here, and is beaten by nothing.
    fn beats<E: Number>(self, a: E, b: E) -> bool;

    /// What everything beats, or equals.
    fn last<E: Number>(self) -> E;
}

impl Order for Max {
    #[inline(always)]
    fn beats<E: Number>(self, a: E, b: E) -> bool {
        a > b
    }

    #[inline(always)]
    fn last<E: Number>(self) -> E {
        E::LOWEST
    }
}

impl Order for Min {
    #[inline(always)]
    fn beats<E: Number>(self, a: E, b: E) -> bool {
        a < b
    }

    #[inline(always)]
    fn last<E: Number>(self) -> E {
        E::HIGHEST
    }
}

#[inline(always)]
#[allow(clippy::eq_op)]
pub(super) fn is_nan<E: Number>(x: E) -> bool {
    x != x
}

/// As an order's own [`Monoid`], but NaN may get lost: one instruction for a vector.
#[derive(Clone, Copy)]
pub(super) struct OfNumbers<O>(pub(super) O);

impl<E: Number, O: Order> Monoid<E> for OfNumbers<O> {
    #[inline(always)]
    fn identity(self) -> E {
        self.0.last()
    }

    #[inline(always)]
    fn combine(self, a: E, b: E) -> E {
        if self.0.beats(b, a) { b } else { a }
    }
}

impl<E: Number, O: Order> Monoid<E> for O {
    #[inline(always)]
    fn identity(self) -> E {
        self.last()
    }

    #[inline(always)]
    fn combine(self, a: E, b: E) -> E {
        if self.beats(b, a) | is_nan(b) { b } else { a }
    }

    #[inline(always)]
    fn fold_line<const FMA: bool, S: Source<Item = E>>(self, x: S, at: usize, target: usize, len: usize) -> E {
        if len < WIDTH || E::DTYPE == DType::I64 {
            return fold_line::<FMA, S, Self>(self, x, at, target, len);
        }
        // The sum tells whether there may be a NaN: cheaper than looking at each element for it.
        let (extrema, sums) = fold_vectors::<FMA, S, _>(Both(OfNumbers(self), Sum), x, at, target, len);
        if is_nan(join_lanes(Sum, &sums)) {
            return fold_line::<FMA, S, Self>(self, x, at, target, len);
        }
        join_lanes(OfNumbers(self), &extrema)
    }

    #[inline(always)]
    fn fold_lines<const FMA: bool, S: Source<Item = E>>(
        self,
        x: S,
        at: usize,
        target: usize,
        len: usize,
    ) -> [E; TURNS] {
        if E::DTYPE == DType::I64 {
            return fold_lines::<FMA, S, Self>(self, x, at, target, len);
        }
        let folds = fold_in_turns::<FMA, S, _>(Both(OfNumbers(self), Sum), x, at, target, len);
        let mut out = [E::default(); TURNS];
        for (block, (out, (extrema, sums))) in out.iter_mut().zip(&folds).enumerate() {
            *out = if is_nan(join_lanes(Sum, sums)) {
                self.fold_line::<FMA, S>(x, at + block * len, target, len)
            } else {
                join_lanes(OfNumbers(self), extrema)
            };
        }
        out
    }

    #[inline(always)]
    fn fold_rows<const FMA: bool, S: Source<Item = E>>(self, rows: Rows<S>, out: &mut [E]) {
        if out.len() < WIDTH || E::DTYPE == DType::I64 {
            return fold_rows::<FMA, S, Self>(self, rows, out);
        }
        let mut any_nan = false;
        fold_columns::<FMA, S, _>(Both(OfNumbers(self), Sum), rows, out.len(), |column, (extrema, sums)| {
            out[column..][..WIDTH].copy_from_slice(&extrema);
            any_nan |= sums.iter().fold(false, |any, &sum| any | is_nan(sum));
        });
        if any_nan {
            fold_rows::<FMA, S, Self>(self, rows, out);
        }
    }
}

/// The largest element; NaN if one is.
pub(crate) fn max<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold_elements(Max, x, sizes, out);
}

/// The smallest element; NaN if one is.
pub(crate) fn min<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold_elements(Min, x, sizes, out);
}
