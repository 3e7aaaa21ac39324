//! Remainders of divisions, and the whole quotients that belong to them.

use super::binary;
use crate::element::Float;

binary! { heavy: true; Float;
    /// The remainder with a's sign. PyTorch: `torch.fmod`.
    Fmod(a, b) = a.fmod::<FMA>(b);
    /// The remainder with b's sign. PyTorch: `torch.remainder`.
    Remainder(a, b) = remainder::<FMA, E>(a, b);
    /// a/b cut towards zero. PyTorch: `torch.div` with `rounding_mode="trunc"`.
    DivTrunc(a, b) = (a / b).trunc::<FMA>();
    /// a/b rounded down. PyTorch: `torch.div` with `rounding_mode="floor"`.
    DivFloor(a, b) = div_floor::<FMA, E>(a, b);
}

#[inline(always)]
fn remainder<const FMA: bool, E: Float>(a: E, b: E) -> E {
    let (zero, rest) = (E::default(), a.fmod::<FMA>(b));
    if rest != zero && (b < zero) != (rest < zero) { rest + b } else { rest }
}

/// Python's `//`, as PyTorch computes it: by the remainder, so that it fits [`Remainder`].
#[inline(always)]
fn div_floor<const FMA: bool, E: Float>(a: E, b: E) -> E {
    let zero = E::default();
    if b == zero {
        return a / b;
    }
    let rest = a.fmod::<FMA>(b);
    let quotient = (a - rest) / b;
    let quotient = if rest != zero && (b < zero) != (rest < zero) { quotient - E::ONE } else { quotient };
    if quotient == zero {
        let exact = a / b;
        return if exact.is_sign_negative() { -zero } else { zero };
    }
    let floor = quotient.floor::<FMA>();
    if quotient - floor > E::from_f64(0.5) { floor + E::ONE } else { floor }
}
