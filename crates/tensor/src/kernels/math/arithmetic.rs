//! Sums, products, roots, signs and bounds.

use super::{binary, unary};
use crate::element::Number;
use crate::kernels::map::Unary;

binary! { heavy: false; Number;
    /// a + b.
    Add(a, b) = a.plus(b);
    /// a − b.
    Sub(a, b) = a.minus(b);
    /// a·b.
    Mul(a, b) = a.times(b);
    /// The larger one; NaN if either is. PyTorch: `torch.maximum`.
    Maximum(a, b) = if a > b || is_nan(a) { a } else { b };
    /// The smaller one; NaN if either is. PyTorch: `torch.minimum`.
    Minimum(a, b) = if a < b || is_nan(a) { a } else { b };
}

binary! { heavy: false; Float;
    /// a / b.
    Div(a, b) = a / b;
}

unary! { heavy: false;
    /// √x, NaN below 0.
    Sqrt(x) = x.sqrt();
    /// 1/√x. PyTorch: `torch.rsqrt`.
    Rsqrt(x) = E::ONE / x.sqrt();
    /// x².
    Square(x) = x * x;
    /// 1/x.
    Reciprocal(x) = E::ONE / x;
    /// |x|.
    Abs(x) = x.abs();
    /// −1, 0 or 1; 0 for NaN, as `torch.sign` has it.
    Sign(x) = {
        let zero = E::from_f64(0.0);
        let negative = if x < zero { -E::ONE } else { zero };
        if x > zero { E::ONE } else { negative }
    };
}

/// −x.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neg;

impl<E: Number> Unary<E> for Neg {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x.negated()
    }
}

/// x, but not below `low` nor above `high`; NaN stays, and `high` wins if they cross. PyTorch: `torch.clamp`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clamp<E> {
    pub(crate) low: E,
    pub(crate) high: E,
}

impl<E: Number> Unary<E> for Clamp<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        let x = if x < self.low { self.low } else { x };
        if x > self.high { self.high } else { x }
    }
}

#[inline(always)]
#[expect(clippy::eq_op, reason = "a number that differs from itself is NaN, for every type that has one")]
fn is_nan<E: Number>(x: E) -> bool {
    x != x
}
