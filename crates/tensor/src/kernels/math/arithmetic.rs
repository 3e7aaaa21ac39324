//! Sums, products, bounds and casts as kernels.

use crate::element::{Element, Float, Number};
use crate::kernels::map::{Binary, Unary};

macro_rules! operators {
    ($($name:ident($bound:ident): |$a:ident, $b:ident| $call:expr;)*) => {$(
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl<E: $bound> Binary<E> for $name {
            #[inline(always)]
            fn call<const FMA: bool>(self, $a: E, $b: E) -> E {
                $call
            }
        }
    )*};
}

// A comparison with NaN is false, so each bound is written to keep a NaN of either side.
operators! {
    Add(Number): |a, b| a + b;
    Sub(Number): |a, b| a - b;
    Mul(Number): |a, b| a * b;
    Div(Float): |a, b| a / b;
    Maximum(Number): |a, b| if a > b || is_nan(a) { a } else { b };
    Minimum(Number): |a, b| if a < b || is_nan(a) { a } else { b };
}

#[inline(always)]
#[allow(clippy::eq_op)] // NaN alone differs from itself.
fn is_nan<E: Element>(x: E) -> bool {
    x != x
}

/// −x.
#[derive(Clone, Copy)]
pub(crate) struct Neg;

impl<E: Number> Unary<E> for Neg {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        -x
    }
}

/// x kept between two bounds; NaN stays.
#[derive(Clone, Copy)]
pub(crate) struct Clamp<E> {
    pub(crate) min: E,
    pub(crate) max: E,
}

impl<E: Number> Unary<E> for Clamp<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        // The upper bound wins if the two are crossed, as in PyTorch.
        let x = if x < self.min { self.min } else { x };
        if x > self.max { self.max } else { x }
    }
}

/// g where x lies between the bounds, else 0: at the bounds too.
#[derive(Clone, Copy)]
pub(crate) struct ClampBackward<E> {
    pub(crate) min: E,
    pub(crate) max: E,
}

impl<E: Number> Binary<E> for ClampBackward<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, x: E) -> E {
        if x > self.min && x < self.max { g } else { E::default() }
    }
}

/// The nearest value of another type; a float is cut towards zero to become an integer.
#[derive(Clone, Copy)]
pub(crate) struct Cast;

impl<T: Element, O: Element + FromElement<T>> Unary<T, O> for Cast {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: T) -> O {
        O::from_element(x)
    }
}

/// A conversion between element types, as Rust's `as`; to `bool`, whether it differs from zero.
pub(crate) trait FromElement<T> {
    fn from_element(x: T) -> Self;
}

macro_rules! casts {
    ($($from:ty => $($to:ty)+;)*) => {$($(
        impl FromElement<$from> for $to {
            #[inline(always)]
            fn from_element(x: $from) -> $to {
                x as $to
            }
        }
    )+)*};
}

casts! {
    f32 => f32 f64 i64;
    f64 => f32 f64 i64;
    i64 => f32 f64 i64;
    bool => i64;
}

macro_rules! casts_of_bool {
    ($($number:ty, $zero:literal;)*) => {$(
        impl FromElement<$number> for bool {
            #[inline(always)]
            fn from_element(x: $number) -> bool {
                x != $zero
            }
        }
    )*};
}

casts_of_bool! {
    f32, 0.0;
    f64, 0.0;
    i64, 0;
}

macro_rules! floats_of_bool {
    ($($float:ty)*) => {$(
        impl FromElement<bool> for $float {
            #[inline(always)]
            fn from_element(x: bool) -> $float {
                if x { 1.0 } else { 0.0 }
            }
        }
    )*};
}

floats_of_bool!(f32 f64);
