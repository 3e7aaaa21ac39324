//! STUB until the real one lands.
use super::map::{Binary, Unary};
use crate::element::{Float, Number};

pub trait Math: Copy + Sized {
    fn tanh<const FMA: bool>(self) -> Self;
}
impl Math for f32 {
    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> Self {
        f32::tanh(self)
    }
}
impl Math for f64 {
    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> Self {
        f64::tanh(self)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Tanh;
impl<E: Float> Unary<E> for Tanh {
    const HEAVY: bool = true;
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x.tanh::<FMA>()
    }
}
#[derive(Clone, Copy)]
pub(crate) struct TanhBackward;
impl<E: Float> Binary<E> for TanhBackward {
    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, y: E) -> E {
        g * (E::ONE - y * y)
    }
}

macro_rules! arithmetic { ($($name:ident $op:tt;)*) => {$(
#[derive(Clone, Copy)]
pub(crate) struct $name;
impl<E: Number> Binary<E> for $name {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: E, b: E) -> E { a $op b }
})*}}
arithmetic! { Add +; Sub -; Mul *; }

#[derive(Clone, Copy)]
pub(crate) struct Div;
impl<E: Float> Binary<E> for Div {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: E, b: E) -> E {
        a / b
    }
}
#[derive(Clone, Copy)]
pub(crate) struct Neg;
impl<E: Number> Unary<E> for Neg {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: E) -> E {
        -a
    }
}
#[derive(Clone, Copy)]
pub(crate) struct Cast;
impl<T: Number, O: Number> Unary<T, O> for Cast {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: T) -> O {
        O::from_f64(a.to_f64())
    }
}
