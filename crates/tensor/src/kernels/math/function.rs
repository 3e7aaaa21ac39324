//! The elementary functions as kernels.

use crate::element::{Float, Number};
use crate::kernels::map::{Binary, Unary};

/// Kernels that call one function of the element.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident: |$x:ident| $call:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl<E: Float> Unary<E> for $name {
            const HEAVY: bool = true;

            #[inline(always)]
            fn call<const FMA: bool>(self, $x: E) -> E {
                $call
            }
        }
    )*};
}

functions! {
    /// eˣ.
    Exp: |x| x.exp::<FMA>();
    /// eˣ − 1, exact near 0.
    Expm1: |x| x.expm1::<FMA>();
    /// The natural logarithm.
    Ln: |x| x.ln::<FMA>();
    /// ln(1 + x), exact near 0.
    Log1p: |x| x.log1p::<FMA>();
    /// √x.
    Sqrt: |x| x.sqrt();
    /// 1/√x.
    Rsqrt: |x| E::ONE / x.sqrt();
    /// sin x.
    Sin: |x| x.sin::<FMA>();
    /// cos x.
    Cos: |x| x.cos::<FMA>();
    /// tanh x.
    Tanh: |x| x.tanh::<FMA>();
    /// 1/(1 + e⁻ˣ).
    Sigmoid: |x| x.sigmoid::<FMA>();
    /// The error function.
    Erf: |x| x.erf::<FMA>();
}

/// x², |x| and the sign: cheap.
#[derive(Clone, Copy)]
pub(crate) struct Square;

impl<E: Number> Unary<E> for Square {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x * x
    }
}

/// |x|.
#[derive(Clone, Copy)]
pub(crate) struct Abs;

impl<E: Number> Unary<E> for Abs {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x.magnitude()
    }
}

/// −1, 0 or 1; 0 for NaN, as in PyTorch.
#[derive(Clone, Copy)]
pub(crate) struct Sign;

impl<E: Number> Unary<E> for Sign {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        let positive = if x > E::default() { E::ONE } else { E::default() };
        let negative = if x < E::default() { E::ONE } else { E::default() };
        positive - negative
    }
}

/// xᵖ for a tensor and a tensor.
#[derive(Clone, Copy)]
pub(crate) struct Pow;

impl<E: Float> Binary<E> for Pow {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, exponent: E) -> E {
        x.pow::<FMA>(exponent)
    }
}

/// x³.
#[derive(Clone, Copy)]
pub(crate) struct Cube;

impl<E: Float> Unary<E> for Cube {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x * x * x
    }
}
