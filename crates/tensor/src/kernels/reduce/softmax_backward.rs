//! The gradients of the softmax and of its logarithm.

use super::apply::apply;
use super::fold::fold;
use super::numbers::Numbers;
use super::source::{GivenPairFunction, GivenPairs, Pairs, Product};
use super::sum::{Sum, sum};
use crate::element::Float;

/// y·(g − s).
#[derive(Clone, Copy)]
struct Centred;

impl<E: Float> GivenPairFunction<E, 1> for Centred {
    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, y: E, [s]: [E; 1]) -> E {
        y * (g - s)
    }
}

/// g − eʸ·s.
#[derive(Clone, Copy)]
struct LessShare;

impl<E: Float> GivenPairFunction<E, 1> for LessShare {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, y: E, [s]: [E; 1]) -> E {
        g - y.exp_negative::<FMA>() * s
    }
}

/// y·(g − Σ g·y), for the softmax y and its gradient g.
pub(crate) fn softmax_backward<E: Float>(g: &[E], y: &[E], sizes: [usize; 3], out: &mut [E]) {
    let sums = Numbers::new(sizes, |out| fold(Sum, Pairs { f: Product, a: g, b: y }, sizes, out));
    apply(GivenPairs { f: Centred, a: g, b: y, given: [sums.table()] }, sizes, out);
}

/// g − eʸ·Σg, for the logarithm of the softmax, y, and its gradient g.
pub(crate) fn log_softmax_backward<E: Float>(g: &[E], y: &[E], sizes: [usize; 3], out: &mut [E]) {
    let sums = Numbers::new(sizes, |out| sum(g, sizes, out));
    apply(GivenPairs { f: LessShare, a: g, b: y, given: [sums.table()] }, sizes, out);
}
