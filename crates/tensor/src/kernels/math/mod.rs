//! Functions of single elements: what a tensor operation computes for each of them.
//!
//! [`Math`] has the functions that depend on the element type's precision; the structs are what the loops of
//! [`map`](super::map) take, and are the same for `f32` and `f64`.

mod activation;
mod arithmetic;
mod compare;
mod double;
mod function;
mod single;

pub(crate) use activation::*;
pub(crate) use arithmetic::*;
pub(crate) use compare::*;
pub(crate) use function::*;

/// The elementary functions of one precision. `FMA` says whether a fused multiply-add is one instruction.
///
/// Each keeps NaN, and takes ±∞ and ±0 to what C's libm does.
#[doc(hidden)]
pub trait Math: Copy {
    fn exp<const FMA: bool>(self) -> Self;
    fn expm1<const FMA: bool>(self) -> Self;
    fn ln<const FMA: bool>(self) -> Self;
    fn log1p<const FMA: bool>(self) -> Self;
    fn sqrt(self) -> Self;
    fn sin<const FMA: bool>(self) -> Self;
    fn cos<const FMA: bool>(self) -> Self;
    fn tanh<const FMA: bool>(self) -> Self;
    /// 1/(1 + e⁻ˣ).
    fn sigmoid<const FMA: bool>(self) -> Self;
    fn erf<const FMA: bool>(self) -> Self;
    /// x·Φ(x), with the normal distribution Φ.
    fn gelu<const FMA: bool>(self) -> Self;
    /// ln(1 + eˣ), without overflow.
    fn log1p_exp<const FMA: bool>(self) -> Self;
    fn pow<const FMA: bool>(self, exponent: Self) -> Self;
}
