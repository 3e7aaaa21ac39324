//! The scalar functions of the tensors.
//!
//! On `f32` each is a polynomial without branches, so that the loops of [`super::map`] become vector instructions. On
//! `f64` they are those of the standard library or of the crate `libm`. How far each may be off is stated in `accuracy`, and
//! tested there.

mod activation;
mod arithmetic;
mod backward;
mod cast;
mod compare;
mod elementary;
mod error_function;
mod exponential;
mod logarithm;
mod power;
mod real;
mod remainder;
mod trigonometric;

#[cfg(test)]
mod accuracy;
#[cfg(test)]
mod corners;

pub(crate) use activation::{Elu, Gelu, GeluTanh, LeakyRelu, Relu, Silu, Softplus};
pub(crate) use arithmetic::{
    Abs, Add, Clamp, Div, Maximum, Minimum, Mul, Neg, Reciprocal, Rsqrt, Sign, Sqrt, Square, Sub,
};
pub(crate) use backward::{
    ClampBackward, EluBackward, ErfBackward, GeluBackward, GeluTanhBackward, LeakyReluBackward, ReluBackward,
    SigmoidBackward, SiluBackward, SoftplusBackward, TanhBackward,
};
pub(crate) use cast::{Cast, FromElement};
pub(crate) use compare::{
    And, Equal, Greater, GreaterEqual, IsFinite, IsInfinite, IsNan, Less, LessEqual, Not, NotEqual, Or, Xor,
};
// `pub`, for `Float` names it; nobody outside can.
#[allow(unreachable_pub)]
pub use elementary::Elementary;
pub(crate) use elementary::{
    Acos, Acosh, Asin, Asinh, Atan, Atan2, Atanh, Ceil, Cosh, Exp2, Floor, Frac, Log2, Log10, Round, Sinh, Tan, Trunc,
};
pub(crate) use error_function::Erf;
pub(crate) use exponential::{Exp, Expm1, Sigmoid, Tanh};
pub(crate) use logarithm::{Ln, Ln1p};
pub(crate) use power::{Cube, InverseSquare, Pow};
// `pub`, for `Float` names it; nobody outside can.
#[allow(unreachable_pub)]
pub use real::Math;
pub(crate) use remainder::{DivFloor, DivTrunc, Fmod, Remainder};
pub(crate) use trigonometric::{Cos, Sin};

/// Unit structs for functions of one element, each written as its formula. `FMA` is in scope.
macro_rules! unary {
    (heavy: $heavy:literal; $($(#[$doc:meta])* $name:ident($x:ident) = $value:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;

        impl<E: $crate::element::Float> $crate::kernels::map::Unary<E> for $name {
            const HEAVY: bool = $heavy;

            #[inline(always)]
            fn call<const FMA: bool>(self, $x: E) -> E {
                $value
            }
        }
    )*};
}

/// Unit structs for functions of two elements, as [`unary`].
macro_rules! binary {
    (heavy: $heavy:literal; $bound:ident; $($(#[$doc:meta])* $name:ident($a:ident, $b:ident) = $value:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;

        impl<E: $crate::element::$bound> $crate::kernels::map::Binary<E> for $name {
            const HEAVY: bool = $heavy;

            #[inline(always)]
            fn call<const FMA: bool>(self, $a: E, $b: E) -> E {
                $value
            }
        }
    )*};
}

use {binary, unary};
