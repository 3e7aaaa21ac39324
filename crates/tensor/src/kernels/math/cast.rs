//! Conversions between element types.

use crate::element::Element;
use crate::kernels::map::Unary;

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
