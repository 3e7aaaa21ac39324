//! ln x, ln(1 + x) and ln(1 + eˣ).
//!
//! x = 2ᵉ·(1 + f) with √½ ≤ 1 + f < √2, so ln x = e·ln 2 + ln(1 + f), where ln(1 + f) = f + f²·Q(f) is a polynomial of
//! degree 10.

use super::exponential::{LN_2_HIGH, LN_2_LOW, exp_quotient};
use super::unary;
use crate::kernels::isa::mul_add;

unary! { heavy: true;
    /// The natural logarithm. PyTorch: `torch.log`.
    Ln(x) = x.ln::<FMA>();
    /// ln(1 + x). PyTorch: `torch.log1p`.
    Ln1p(x) = x.ln_1p::<FMA>();
}

/// The bits of √½.
const SQRT_HALF: u32 = 0x3F35_04F3;

/// (ln(1 + f) − f) / f² for √½ − 1 ≤ f ≤ √2 − 1.
#[inline(always)]
fn q<const FMA: bool>(f: f32) -> f32 {
    let p = mul_add::<FMA>(-7.624_705e-2, f, 0.129_146_19);
    let p = mul_add::<FMA>(p, f, -0.132_470_83);
    let p = mul_add::<FMA>(p, f, 0.141_805_98);
    let p = mul_add::<FMA>(p, f, -0.166_084_53);
    let p = mul_add::<FMA>(p, f, 0.200_020_13);
    let p = mul_add::<FMA>(p, f, -0.250_016_1);
    let p = mul_add::<FMA>(p, f, 0.333_333_25);
    mul_add::<FMA>(p, f, -0.499_999_88)
}

/// x = 2ᵉ·m with √½ ≤ m < √2, for a positive normal x: (e, m).
#[inline(always)]
fn split(x: f32) -> (i32, f32) {
    let above = x.to_bits().wrapping_sub(SQRT_HALF);
    ((above as i32) >> 23, f32::from_bits((above & 0x007F_FFFF) + SQRT_HALF))
}

/// e·ln 2 + ln(1 + f).
#[inline(always)]
fn combine<const FMA: bool>(e: f32, f: f32) -> f32 {
    // Only the last addition rounds in earnest: `lost` is what the first one dropped.
    let large = e * LN_2_HIGH;
    let sum = large + f;
    let lost = f - (sum - large);
    sum + mul_add::<FMA>(f * f, q::<FMA>(f), mul_add::<FMA>(e, LN_2_LOW, lost))
}

#[inline(always)]
pub(super) fn ln<const FMA: bool>(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    // 2²³.
    let scaled = if subnormal { x * 8_388_608.0 } else { x };
    let (e, m) = split(scaled);
    let e = e as f32 - if subnormal { 23.0 } else { 0.0 };
    special(x, combine::<FMA>(e, m - 1.0), 0.0)
}

#[inline(always)]
pub(super) fn ln_1p<const FMA: bool>(x: f32) -> f32 {
    let sum = 1.0 + x;
    // What the sum dropped; above 2²⁴ it no longer matters.
    let lost = if x < 16_777_216.0 { x - (sum - 1.0) } else { 0.0 };
    let (e, m) = split(sum);
    let scale = f32::from_bits(((127 - e.min(126)) as u32) << 23);
    let y = combine::<FMA>(e as f32, mul_add::<FMA>(lost, scale, m - 1.0));
    // The sum loses the sign of −0.
    if x == 0.0 { x } else { special(x, y, -1.0) }
}

/// `y`, except at the pole, at infinity and outside of the domain.
#[inline(always)]
fn special(x: f32, y: f32, pole: f32) -> f32 {
    let edge = if x == pole { f32::NEG_INFINITY } else { f32::NAN };
    let edge = if x == f32::INFINITY { x } else { edge };
    if x > pole && x < f32::INFINITY { y } else { edge }
}

#[inline(always)]
pub(super) fn ln_1p_exp<const FMA: bool>(x: f32) -> f32 {
    // ln(1 + eˣ) = max(x, 0) + ln(1 + z) with z = e^−|x| ≤ 1, and ln(1 + z) = 2·artanh(w/2) with w = 2z/(2 + z): an odd
    // polynomial of degree 9.
    let (s, sum) = exp_quotient::<FMA>(x.abs(), 2.0);
    let w = 2.0 * s / sum;
    let square = w * w;
    let p = mul_add::<FMA>(5.471_092_3e-4, square, 2.187_640_9e-3);
    let p = mul_add::<FMA>(p, square, 1.250_672_7e-2);
    let p = mul_add::<FMA>(p, square, 8.333_302e-2);
    mul_add::<FMA>(w * square, p, w) + if x < 0.0 { 0.0 } else { x }
}
