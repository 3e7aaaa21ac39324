//! Comparisons and logic as kernels.

use crate::element::Element;
use crate::kernels::map::{Binary, Unary};

macro_rules! comparisons {
    ($($name:ident $operator:tt;)*) => {$(
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl<E: Element> Binary<E, E, bool> for $name {
            #[inline(always)]
            fn call<const FMA: bool>(self, a: E, b: E) -> bool {
                a $operator b
            }
        }
    )*};
}

comparisons! {
    Equal ==;
    NotEqual !=;
    Less <;
    LessEqual <=;
    Greater >;
    GreaterEqual >=;
}

/// Whether an element is NaN.
#[derive(Clone, Copy)]
pub(crate) struct IsNan;

impl<E: Element> Unary<E, bool> for IsNan {
    #[inline(always)]
    #[allow(clippy::eq_op)] // NaN alone differs from itself.
    fn call<const FMA: bool>(self, x: E) -> bool {
        x != x
    }
}

/// Whether an element is neither NaN nor infinite.
#[derive(Clone, Copy)]
pub(crate) struct IsFinite;

impl<E: crate::element::Float> Unary<E, bool> for IsFinite {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> bool {
        x.is_finite()
    }
}

/// Whether an element is ∞ or −∞.
#[derive(Clone, Copy)]
pub(crate) struct IsInfinite;

impl<E: crate::element::Float> Unary<E, bool> for IsInfinite {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> bool {
        x.abs() == -E::NEG_INFINITY
    }
}

macro_rules! logic {
    ($($name:ident $operator:tt;)*) => {$(
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl Binary<bool> for $name {
            #[inline(always)]
            fn call<const FMA: bool>(self, a: bool, b: bool) -> bool {
                a $operator b
            }
        }
    )*};
}

logic! {
    And &;
    Or |;
    Xor ^;
}

/// Not.
#[derive(Clone, Copy)]
pub(crate) struct Not;

impl Unary<bool> for Not {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: bool) -> bool {
        !x
    }
}
