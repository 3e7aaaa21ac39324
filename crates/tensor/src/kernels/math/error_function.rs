//! The error function, and the normal distribution's tail.

use super::exponential::exp_normal;
use super::unary;
use crate::kernels::isa::mul_add;

unary! { heavy: true;
    /// 2/√π · ∫₀ˣ e^−t² dt. PyTorch: `torch.erf`.
    Erf(x) = x.erf::<FMA>();
}

#[inline(always)]
pub(super) fn erf<const FMA: bool>(x: f32) -> f32 {
    let b = x.abs();
    // Near 0: x + x·S(x²).
    let square = x * x;
    let s = mul_add::<FMA>(-6.003_801e-4, square, 4.995_853_6e-3);
    let s = mul_add::<FMA>(s, square, -2.676_858e-2);
    let s = mul_add::<FMA>(s, square, 0.112_818_77);
    let s = mul_add::<FMA>(s, square, -0.376_125);
    let s = mul_add::<FMA>(s, square, 0.128_379_15);
    let near = mul_add::<FMA>(s, b, b);
    // Farther: 1 − e^L, where L is the logarithm of 1 − erf. From 3.92 on it rounds to 1.
    let b = if b > 3.95 { 3.95 } else { b };
    let l = mul_add::<FMA>(1.959_348_4e-4, b, -3.043_210_1e-3);
    let l = mul_add::<FMA>(l, b, 2.222_693_2e-2);
    let l = mul_add::<FMA>(l, b, -0.103_931_66);
    let l = mul_add::<FMA>(l, b, -0.637_182_2);
    let l = mul_add::<FMA>(l, b, -1.127_675_7);
    let l = mul_add::<FMA>(l, b, -1.956_755_7e-4);
    let far = 1.0 - exp_normal::<FMA>(l);
    (if b < 0.92 { near } else { far }).copysign(x)
}

/// The chance that a standard normal number is above b ≥ 0, within 2.8e-7 of the truth; 0 for NaN.
///
/// It is the 8th power of a polynomial: neither an exponential nor a division.
#[inline(always)]
pub(super) fn normal_tail<const FMA: bool>(b: f32) -> f32 {
    let p = mul_add::<FMA>(-2.537_501_3e-7, b, 6.906_810_5e-6);
    let p = mul_add::<FMA>(p, b, -5.715_563_4e-5);
    let p = mul_add::<FMA>(p, b, 2.570_106_3e-5);
    let p = mul_add::<FMA>(p, b, 1.517_371_7e-3);
    let p = mul_add::<FMA>(p, b, -6.826_081e-4);
    let p = mul_add::<FMA>(p, b, -3.192_369_3e-2);
    let p = mul_add::<FMA>(p, b, -9.145_819e-2);
    let p = mul_add::<FMA>(p, b, 0.917_004_05);
    let p = p * p;
    let p = p * p;
    // Beyond 6 the polynomial grows again, and the tail is below 1e-9. Integers are compared beside the multiplications,
    // and numbers in their place.
    if b.to_bits() > 6f32.to_bits() { 0.0 } else { p * p }
}
