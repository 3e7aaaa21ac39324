//! Sums and products, of elements and of pairs of elements.

use super::fold::{Monoid, fold, fold_all};
use super::source::{PairFunction, Pairs, Product, SquaredDifference};
use super::turned::fold_elements;
use crate::element::Number;

/// a + b.
#[derive(Clone, Copy)]
pub(super) struct Sum;

impl<E: Number> Monoid<E> for Sum {
    #[inline(always)]
    fn identity(self) -> E {
        E::default()
    }

    #[inline(always)]
    fn combine(self, a: E, b: E) -> E {
        a.plus(b)
    }
}

/// a·b.
#[derive(Clone, Copy)]
struct Times;

impl<E: Number> Monoid<E> for Times {
    #[inline(always)]
    fn identity(self) -> E {
        E::ONE
    }

    #[inline(always)]
    fn combine(self, a: E, b: E) -> E {
        a.times(b)
    }
}

/// Up to how many elements a plain loop wins.
const FEW: usize = 64;

/// Σ x.
#[inline]
pub(crate) fn sum<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    if x.len() <= FEW { sum_of_few(x, sizes, out) } else { fold_elements(Sum, x, sizes, out) }
}

fn sum_of_few<E: Number>(x: &[E], [_, n, inner]: [usize; 3], out: &mut [E]) {
    let (mut line, mut column) = (0, 0);
    for out in out {
        let (mut at, mut sum) = (line * n * inner + column, E::default());
        for _ in 0..n {
            sum = Sum.combine(sum, x[at]);
            at += inner;
        }
        *out = sum;
        column += 1;
        if column == inner {
            (line, column) = (line + 1, 0);
        }
    }
}

/// Π x.
pub(crate) fn prod<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold(Times, x, sizes, out);
}

/// Σ aᵢ·bᵢ. The slices are equally long.
pub(crate) fn dot<E: Number>(a: &[E], b: &[E]) -> E {
    debug_assert_eq!(a.len(), b.len());
    fold_all(Sum, Pairs { f: Product, a, b }, a.len())
}

/// Σ (aᵢ − bᵢ)². The slices are equally long.
#[inline]
pub(crate) fn squared_distance<E: Number>(a: &[E], b: &[E]) -> E {
    debug_assert_eq!(a.len(), b.len());
    if a.len() <= FEW {
        return a.iter().zip(b).fold(E::default(), |sum, (&a, &b)| Sum.combine(sum, SquaredDifference.call(a, b)));
    }
    fold_all(Sum, Pairs { f: SquaredDifference, a, b }, a.len())
}

/// Σ x².
pub(crate) fn sum_of_squares<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold(Sum, Pairs { f: Product, a: x, b: x }, sizes, out);
}
