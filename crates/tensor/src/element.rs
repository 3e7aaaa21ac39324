//! The element types: `f32`, `f64`, `i64` and `bool`.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use crate::kernels::math::{Cast, Elementary, Math};
use crate::random::Sample;
use crate::tensor::{BoolTensor, TensorOf};

/// An element type, as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit floating point: activations, weights.
    F32,
    /// 64-bit floating point: checks of gradients.
    F64,
    /// 64-bit integers: labels, indices.
    I64,
    /// Truth values: masks.
    Bool,
}

impl DType {
    /// The size of an element in bytes. PyTorch: `torch.dtype.itemsize`.
    #[inline]
    pub const fn size(self) -> usize {
        match self {
            DType::F32 => size_of::<f32>(),
            DType::F64 => size_of::<f64>(),
            DType::I64 => size_of::<i64>(),
            DType::Bool => size_of::<bool>(),
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::I64 => "i64",
            DType::Bool => "bool",
        })
    }
}

pub(crate) mod sealed {
    /// Keeps the element types to those that kernels exist for.
    pub trait Sealed {}
}

/// What a tensor can hold: `f32`, `f64`, `i64`, `bool`.
///
/// `Default` is zero, or `false`.
pub trait Element:
    Copy + Default + PartialEq + PartialOrd + fmt::Debug + Send + Sync + sealed::Sealed + Sized + 'static
{
    /// The type as a value.
    const DTYPE: DType;

    /// The element as it is printed.
    #[doc(hidden)]
    fn to_scalar(self) -> crate::display::Scalar;
}

/// An element type that can be calculated with: `f32`, `f64`, `i64`.
pub trait Number: Element + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self> {
    /// 1.
    const ONE: Self;
    /// What no value is below: −∞, or the least integer.
    const LOWEST: Self;
    /// What no value is above: ∞, or the largest integer.
    const HIGHEST: Self;

    /// a + b. Integers wrap around, here and below, as in PyTorch: `+` would stop a debug build.
    #[doc(hidden)]
    fn plus(self, other: Self) -> Self;

    /// a − b.
    #[doc(hidden)]
    fn minus(self, other: Self) -> Self;

    /// a·b.
    #[doc(hidden)]
    fn times(self, other: Self) -> Self;

    /// −a.
    #[doc(hidden)]
    fn negated(self) -> Self;

    /// How many of the low bits of [`order`](Number::order) there are, and all of them.
    #[doc(hidden)]
    const ORDER_BITS: u32 = size_of::<Self>() as u32 * 8;
    #[doc(hidden)]
    const HIGHEST_ORDER: u64 = u64::MAX >> (64 - Self::ORDER_BITS);

    /// A number whose order is that of the elements: equal ones have the same, and NaN the largest.
    #[doc(hidden)]
    fn order(self) -> u64;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;

    /// The nearest `f64`.
    fn to_f64(self) -> f64;
}

/// An element type that gradients exist for: `f32`, `f64`.
pub trait Float:
    Number + Math + Elementary + Sample + From<bool> + std::ops::Div<Output = Self> + fmt::Display + fmt::LowerExp
{
    /// Negative infinity.
    const NEG_INFINITY: Self;

    /// Neither NaN nor an infinity.
    fn is_finite(self) -> bool;

    /// Whether it is NaN.
    fn is_nan(self) -> bool;

    /// 1 where `mask` is true, else 0.
    #[doc(hidden)]
    fn from_mask(mask: &BoolTensor) -> TensorOf<Self>;
}

macro_rules! element {
    ($($type:ty, $variant:ident, $scalar:ident($widen:expr);)*) => {$(
        impl sealed::Sealed for $type {}

        impl Element for $type {
            const DTYPE: DType = DType::$variant;

            fn to_scalar(self) -> crate::display::Scalar {
                crate::display::Scalar::$scalar($widen(self))
            }
        }
    )*};
}

element! {
    f32, F32, Float(f64::from);
    f64, F64, Float(std::convert::identity);
    i64, I64, Int(std::convert::identity);
    bool, Bool, Bool(std::convert::identity);
}

macro_rules! number {
    ($($type:ty, $one:literal, $lowest:expr, $highest:expr, [$plus:path, $minus:path, $times:path, $negated:path], $order:expr;)*) => {$(
        impl Number for $type {
            const ONE: Self = $one;
            const LOWEST: Self = $lowest;
            const HIGHEST: Self = $highest;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                $plus(self, other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                $minus(self, other)
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                $times(self, other)
            }

            #[inline(always)]
            fn negated(self) -> Self {
                $negated(self)
            }

            #[inline(always)]
            fn order(self) -> u64 {
                $order(self)
            }

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

number! {
    f32, 1.0, f32::NEG_INFINITY, f32::INFINITY, [Add::add, Sub::sub, Mul::mul, Neg::neg], |x: f32| {
        // −0 + 0 is 0. A negative number's bits count backwards.
        let bits = if x.is_nan() { f32::NAN.to_bits() } else { (x + 0.0).to_bits() };
        u64::from(if bits >> 31 == 1 { !bits } else { bits | 1 << 31 })
    };
    f64, 1.0, f64::NEG_INFINITY, f64::INFINITY, [Add::add, Sub::sub, Mul::mul, Neg::neg], |x: f64| {
        let bits = if x.is_nan() { f64::NAN.to_bits() } else { (x + 0.0).to_bits() };
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    };
    i64, 1, i64::MIN, i64::MAX, [i64::wrapping_add, i64::wrapping_sub, i64::wrapping_mul, i64::wrapping_neg],
        |x: i64| x as u64 ^ 1 << 63;
}

macro_rules! float {
    ($($type:ident)*) => {$(
        impl Float for $type {
            const NEG_INFINITY: Self = $type::NEG_INFINITY;

            #[inline(always)]
            fn is_finite(self) -> bool {
                $type::is_finite(self)
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                $type::is_nan(self)
            }

            fn from_mask(mask: &BoolTensor) -> TensorOf<Self> {
                TensorOf::new(mask.array().map_to(Cast))
            }
        }
    )*};
}

float!(f32 f64);
