//! Powers.
//!
//! xʸ = 2^(y·log₂ x). An error of log₂ x grows by y, up to 2⁷ times, so the whole is computed in `f64`, to some 35 bits.

use super::{binary, unary};

binary! { heavy: true; Float;
    /// xʸ. PyTorch: `torch.pow` of two tensors.
    Pow(x, y) = x.powf::<FMA>(y);
}

unary! { heavy: false;
    /// x³. PyTorch: `torch.pow(x, 3)`.
    Cube(x) = x * x * x;
    /// 1 / x². PyTorch: `torch.pow(x, -2)`.
    InverseSquare(x) = E::ONE / (x * x);
}

/// `a * b + c` as one instruction where the machine has it.
#[inline(always)]
pub(super) fn fused<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// 1.5·2⁵²: numbers near it have a unit of 1 in the last place.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// log₂ of a positive finite number that an `f32` held (so not a subnormal `f64`).
#[inline(always)]
pub(super) fn log2<const FMA: bool>(x: f64) -> f64 {
    // x = 2ᵉ·m with √½ ≤ m < √2, and log₂ m = s·L(s²) with s = (m − 1)/(m + 1).
    const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    let above = x.to_bits().wrapping_sub(SQRT_HALF);
    let m = f64::from_bits((above & 0x000F_FFFF_FFFF_FFFF) + SQRT_HALF);
    // The exponent, arithmetically shifted, as a number: it is put into the last places of 1.5·2⁵².
    let e = f64::from_bits(ROUND.to_bits().wrapping_add(((above as i64) >> 52) as u64)) - ROUND;
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let p = fused::<FMA>(0.282_898_878_794_104_86, square, 0.319_905_768_595_356_97);
    let p = fused::<FMA>(p, square, 0.412_209_251_454_258_13);
    let p = fused::<FMA>(p, square, 0.577_077_942_359_394_4);
    let p = fused::<FMA>(p, square, 0.961_796_694_113_437_9);
    let p = fused::<FMA>(p, square, 2.885_390_081_777_85);
    fused::<FMA>(p, s, e)
}

/// 2ᵗ for |t| ≤ 1000.
#[inline(always)]
pub(super) fn exp2<const FMA: bool>(t: f64) -> f64 {
    let shifted = t + (ROUND + 1023.0);
    let r = t - (shifted - (ROUND + 1023.0));
    let p = fused::<FMA>(1.520_190_057_786_496_6e-5, r, 1.546_931_731_025_781_4e-4);
    let p = fused::<FMA>(p, r, 1.333_392_285_735_553_1e-3);
    let p = fused::<FMA>(p, r, 9.618_027_172_758_852e-3);
    let p = fused::<FMA>(p, r, 5.550_410_352_830_774_4e-2);
    let p = fused::<FMA>(p, r, 0.240_226_511_987_546_22);
    let p = fused::<FMA>(p, r, 0.693_147_180_728_716_7);
    let p = fused::<FMA>(p, r, 0.999_999_999_961_621_5);
    p * f64::from_bits(shifted.to_bits() << 52)
}

#[inline(always)]
pub(super) fn powf<const FMA: bool>(x: f32, y: f32) -> f32 {
    let base = f64::from(x.abs());
    let logarithm = log2::<FMA>(base);
    let logarithm = if base == 0.0 { f64::NEG_INFINITY } else { logarithm };
    // Infinity and NaN are their own logarithms.
    let logarithm = if base < f64::INFINITY { logarithm } else { base };
    let t = f64::from(y) * logarithm;
    // Beyond these the result is 0 or infinite; and NaN passes both comparisons.
    let t = if t > 200.0 { 200.0 } else { t };
    let t = if t < -200.0 { -200.0 } else { t };
    let size = exp2::<FMA>(t) as f32;
    // 1 to any power is 1, where the product above may be 0·∞; −1 to the power of NaN is not.
    let one = (base == 1.0) & ((x > 0.0) | !y.is_nan());
    let size = if one { 1.0 } else { size };
    // Far from 0 every number is an even integer.
    let whole = f64::from(y);
    let whole = if whole > 33_554_432.0 { 33_554_432.0 } else { whole };
    let whole = if whole < -33_554_432.0 { -33_554_432.0 } else { whole };
    let half = 0.5 * whole;
    let integer = (whole + ROUND) - ROUND == whole;
    let even = (half + ROUND) - ROUND == half;
    let signed = if integer & !even { size.copysign(x) } else { size };
    // A negative number has no power but the integer ones. (NaN as y leaves NaN anyway.)
    let undefined = (x < 0.0) & (x > f32::NEG_INFINITY) & !integer;
    let result = if undefined { f32::NAN } else { signed };
    if y == 0.0 { 1.0 } else { result }
}
