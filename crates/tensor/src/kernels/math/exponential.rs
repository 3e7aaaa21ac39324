//! eˣ and what is made of it alone: eˣ − 1, the sigmoid, the hyperbolic tangent.
//!
//! x = n·ln 2 + r with |r| ≤ ½·ln 2, so eˣ = 2ⁿ·(1 + q(r)), where q(r) = eʳ − 1 is a polynomial of degree 6 or 7. Rounding to
//! the integer n is the addition of 1.5·2²³, after which n also stands in the lowest bits of the sum.

use super::unary;
use crate::kernels::isa::mul_add;

unary! { heavy: true;
    /// eˣ. PyTorch: `torch.exp`.
    Exp(x) = x.exp::<FMA>();
    /// eˣ − 1. PyTorch: `torch.expm1`.
    Expm1(x) = x.expm1::<FMA>();
    /// 1 / (1 + e⁻ˣ). PyTorch: `torch.sigmoid`.
    Sigmoid(x) = x.sigmoid::<FMA>();
    /// The hyperbolic tangent. PyTorch: `torch.tanh`.
    Tanh(x) = x.tanh::<FMA>();
}

/// 1.5·2²³: numbers near it have a unit of 1 in the last place.
pub(super) const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts. The first has 15 bits, so that its product with n is exact.
pub(super) const LN_2_HIGH: f32 = 0.693_145_75;
pub(super) const LN_2_LOW: f32 = 1.428_606_8e-6;

/// x = n·ln 2 + r: gives r, and a number whose lowest bits are n + `bias`.
#[inline(always)]
fn reduce<const FMA: bool>(x: f32, bias: f32) -> (f32, u32) {
    let shifted = mul_add::<FMA>(x, std::f32::consts::LOG2_E, ROUND + bias);
    let n = shifted - (ROUND + bias);
    let r = mul_add::<FMA>(n, -LN_2_LOW, mul_add::<FMA>(n, -LN_2_HIGH, x));
    (r, shifted.to_bits())
}

/// eʳ − 1 for |r| ≤ ½·ln 2, where its error is not the largest.
#[inline(always)]
fn q<const FMA: bool>(r: f32) -> f32 {
    let p = mul_add::<FMA>(1.382_061e-3, r, 8.368_675e-3);
    let p = mul_add::<FMA>(p, r, 4.166_826_6e-2);
    let p = mul_add::<FMA>(p, r, 0.166_665_21);
    let p = mul_add::<FMA>(p, r, 0.499_999_94);
    mul_add::<FMA>(r * r, p, r)
}

/// eʳ − 1 for |r| ≤ ½·ln 2, with one more coefficient: eˣ and eˣ − 1 themselves stay within their limits by it.
#[inline(always)]
fn q_long<const FMA: bool>(r: f32) -> f32 {
    let p = mul_add::<FMA>(1.973_951_1e-4, r, 1.393_509e-3);
    let p = mul_add::<FMA>(p, r, 8.333_571e-3);
    let p = mul_add::<FMA>(p, r, 4.166_646_3e-2);
    let p = mul_add::<FMA>(p, r, 0.166_666_66);
    let p = mul_add::<FMA>(p, r, 0.5);
    mul_add::<FMA>(r * r, p, r)
}

#[inline(always)]
pub(super) fn exp<const FMA: bool>(x: f32) -> f32 {
    // Beyond these the result is infinite, or 0; and NaN passes both comparisons.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let (r, bits) = reduce::<FMA>(x, 254.0);
    scale::<FMA>(q_long::<FMA>(r), bits)
}

/// eˣ for x ≤ 0, within 1.1 ulp.
#[inline(always)]
pub(super) fn exp_negative<const FMA: bool>(x: f32) -> f32 {
    let x = if x < -104.0 { -104.0 } else { x };
    let (r, bits) = reduce::<FMA>(x, 254.0);
    scale::<FMA>(q::<FMA>(r), bits)
}

/// [`exp_negative`] of several numbers, step by step for all of them: one number's steps wait for each other.
#[inline(always)]
pub(super) fn exp_negative_of<const FMA: bool, const N: usize>(mut x: [f32; N]) -> [f32; N] {
    let mut bits = [0; N];
    for i in 0..N {
        (x[i], bits[i]) = reduce::<FMA>(if x[i] < -104.0 { -104.0 } else { x[i] }, 254.0);
    }
    for x in &mut x {
        *x = q::<FMA>(*x);
    }
    for i in 0..N {
        x[i] = scale::<FMA>(x[i], bits[i]);
    }
    x
}

/// 2ⁿ·(1 + q), where the lowest bits are those of n + 254.
#[inline(always)]
fn scale<const FMA: bool>(q: f32, bits: u32) -> f32 {
    // In two factors, for results below the smallest normal number: n + 254 = (n₁ + 127) + (n₂ + 127).
    let half = bits >> 1;
    let (low, high) = (f32::from_bits(half << 23), f32::from_bits((bits - half) << 23));
    mul_add::<FMA>(low, q, low) * high
}

/// eˣ for −87 ≤ x ≤ 0.
#[inline(always)]
pub(super) fn exp_normal<const FMA: bool>(x: f32) -> f32 {
    let (r, bits) = reduce::<FMA>(x, 127.0);
    let power = f32::from_bits(bits << 23);
    mul_add::<FMA>(power, q::<FMA>(r), power)
}

#[inline(always)]
pub(super) fn expm1<const FMA: bool>(x: f32) -> f32 {
    let clamped = if x > 89.0 { 89.0 } else { x };
    // Below −18 the result is −1.
    let clamped = if clamped < -18.0 { -18.0 } else { clamped };
    // Half of 2ⁿ, since 2¹²⁸ is infinite.
    let (r, bits) = reduce::<FMA>(clamped, 126.0);
    let half = f32::from_bits(bits << 23);
    let y = 2.0 * mul_add::<FMA>(half, q_long::<FMA>(r), half - 0.5);
    // The sum would lose the sign of −0, and the product the smallest number.
    if x.abs() < 1e-8 { x } else { y }
}

/// eˣ − 1 for x < 0. (−0 gives 0.)
#[inline(always)]
pub(super) fn expm1_negative<const FMA: bool>(x: f32) -> f32 {
    let x = if x < -18.0 { -18.0 } else { x };
    let shifted = mul_add::<FMA>(x, std::f32::consts::LOG2_E, ROUND + 127.0);
    let n = shifted - (ROUND + 127.0);
    // One part of ln 2 is enough: where n is large, the power of two is small beside 1.
    let r = mul_add::<FMA>(n, -std::f32::consts::LN_2, x);
    let power = f32::from_bits(shifted.to_bits() << 23);
    mul_add::<FMA>(power, q::<FMA>(r), power - 1.0)
}

/// e^−b for b ≥ 0 as a quotient s/t, without a rounding of t: gives s, and s + k·t, where k is a power of two.
///
/// b = n·ln 2 + r, so s/t = (E − r) / (2ⁿ·(E + r)) with E = r·coth(r/2): an even function, for which three coefficients do.
/// s is rounded, and counts as exact, with t = 2ⁿ·(s + 2r): that changes E alone, which hardly changes the quotient.
#[inline(always)]
pub(super) fn exp_quotient<const FMA: bool>(b: f32, k: f32) -> (f32, f32) {
    // Beyond this the quotient is 0; and NaN passes the comparison.
    let b = if b > 104.0 { 104.0 } else { b };
    // Both s and t are 2³² too small, so that t is finite.
    const SMALLER: u32 = 32;
    let (r, bits) = reduce::<FMA>(b, 127.0 - SMALLER as f32);
    let power = k * f32::from_bits(bits << 23);
    let square = r * r;
    let p = mul_add::<FMA>(-2.765_993_6e-3, square, 0.166_666_18);
    let s = 2.0 + mul_add::<FMA>(p, square, -r);
    // An integer subtraction from the exponent costs none of the units that multiply.
    let small = f32::from_bits(s.to_bits() - (SMALLER << 23));
    (small, mul_add::<FMA>(s, power, mul_add::<FMA>(2.0 * r, power, small)))
}

#[inline(always)]
pub(super) fn sigmoid<const FMA: bool>(x: f32) -> f32 {
    // With z = e^−|x| ≤ 1 nothing overflows, and small results keep their digits: z/(1 + z), or 1 less that.
    let (s, sum) = exp_quotient::<FMA>(x.abs(), 1.0);
    let small = s / sum;
    if x.is_sign_negative() { small } else { 1.0 - small }
}

#[inline(always)]
pub(super) fn tanh<const FMA: bool>(x: f32) -> f32 {
    // tanh |x| = (1 − z)/(1 + z) with z = e^−2|x|, both made from 2ⁿ and q. From 9.02 on it rounds to 1.
    let b = x.abs();
    let b = if b > 9.25 { 9.25 } else { b };
    let (r, bits) = reduce::<FMA>(-2.0 * b, 127.0);
    let (power, q) = (f32::from_bits(bits << 23), q::<FMA>(r));
    let difference = mul_add::<FMA>(-power, q, 1.0 - power);
    let sum = mul_add::<FMA>(power, q, 1.0 + power);
    (difference / sum).copysign(x)
}
