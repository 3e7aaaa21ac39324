//! The functions that each floating-point type computes in its own way; all others are formulas in these.

use super::{error_function, exponential, logarithm, power, trigonometric};

/// The scalar functions of a floating-point type. `FMA` says whether the machine has a fused multiply-add.
pub trait Math: Copy {
    /// `self * b + c`, rounded once where the machine has the instruction.
    fn mul_add<const FMA: bool>(self, b: Self, c: Self) -> Self;
    /// eˣ.
    fn exp<const FMA: bool>(self) -> Self;
    /// eˣ, for x ≤ 0.
    fn exp_negative<const FMA: bool>(self) -> Self;
    /// eˣ, for several x ≤ 0: faster than one after the other.
    fn exp_negative_of<const FMA: bool, const N: usize>(x: [Self; N]) -> [Self; N];
    /// eˣ − 1.
    fn expm1<const FMA: bool>(self) -> Self;
    /// eˣ − 1, for x < 0.
    fn expm1_negative<const FMA: bool>(self) -> Self;
    /// 1 / (1 + e⁻ˣ).
    fn sigmoid<const FMA: bool>(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh<const FMA: bool>(self) -> Self;
    /// The natural logarithm.
    fn ln<const FMA: bool>(self) -> Self;
    /// ln(1 + x).
    fn ln_1p<const FMA: bool>(self) -> Self;
    /// ln(1 + eˣ).
    fn ln_1p_exp<const FMA: bool>(self) -> Self;
    /// The sine, where `reduces` says yes.
    fn sin<const FMA: bool>(self) -> Self;
    /// The cosine, where `reduces` says yes.
    fn cos<const FMA: bool>(self) -> Self;
    /// Whether `sin` and `cos` serve this argument.
    fn reduces(self) -> bool;
    /// The sine of any argument, slowly.
    fn sin_any(self) -> Self;
    /// The cosine of any argument, slowly.
    fn cos_any(self) -> Self;
    /// The error function.
    fn erf<const FMA: bool>(self) -> Self;
    /// The chance that a standard normal number is above x, for x ≥ 0. NaN may give 0.
    fn normal_tail<const FMA: bool>(self) -> Self;
    /// xʸ.
    fn powf<const FMA: bool>(self, y: Self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// |x|.
    fn abs(self) -> Self;
    /// Whether the sign is minus, of −0 and NaN too.
    fn is_sign_negative(self) -> bool;
}

impl Math for f32 {
    #[inline(always)]
    fn mul_add<const FMA: bool>(self, b: Self, c: Self) -> Self {
        if FMA { f32::mul_add(self, b, c) } else { self * b + c }
    }

    #[inline(always)]
    fn exp<const FMA: bool>(self) -> Self {
        exponential::exp::<FMA>(self)
    }

    #[inline(always)]
    fn exp_negative<const FMA: bool>(self) -> Self {
        exponential::exp_negative::<FMA>(self)
    }

    #[inline(always)]
    fn exp_negative_of<const FMA: bool, const N: usize>(x: [Self; N]) -> [Self; N] {
        exponential::exp_negative_of::<FMA, N>(x)
    }

    #[inline(always)]
    fn expm1<const FMA: bool>(self) -> Self {
        exponential::expm1::<FMA>(self)
    }

    #[inline(always)]
    fn expm1_negative<const FMA: bool>(self) -> Self {
        exponential::expm1_negative::<FMA>(self)
    }

    #[inline(always)]
    fn sigmoid<const FMA: bool>(self) -> Self {
        exponential::sigmoid::<FMA>(self)
    }

    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> Self {
        exponential::tanh::<FMA>(self)
    }

    #[inline(always)]
    fn ln<const FMA: bool>(self) -> Self {
        logarithm::ln::<FMA>(self)
    }

    #[inline(always)]
    fn ln_1p<const FMA: bool>(self) -> Self {
        logarithm::ln_1p::<FMA>(self)
    }

    #[inline(always)]
    fn ln_1p_exp<const FMA: bool>(self) -> Self {
        logarithm::ln_1p_exp::<FMA>(self)
    }

    #[inline(always)]
    fn sin<const FMA: bool>(self) -> Self {
        trigonometric::sin::<FMA>(self)
    }

    #[inline(always)]
    fn cos<const FMA: bool>(self) -> Self {
        trigonometric::cos::<FMA>(self)
    }

    #[inline(always)]
    fn reduces(self) -> bool {
        trigonometric::reduces(self)
    }

    fn sin_any(self) -> Self {
        libm::sin(f64::from(self)) as f32
    }

    fn cos_any(self) -> Self {
        libm::cos(f64::from(self)) as f32
    }

    #[inline(always)]
    fn erf<const FMA: bool>(self) -> Self {
        error_function::erf::<FMA>(self)
    }

    #[inline(always)]
    fn normal_tail<const FMA: bool>(self) -> Self {
        error_function::normal_tail::<FMA>(self)
    }

    #[inline(always)]
    fn powf<const FMA: bool>(self, y: Self) -> Self {
        power::powf::<FMA>(self, y)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }

    #[inline(always)]
    fn is_sign_negative(self) -> bool {
        f32::is_sign_negative(self)
    }
}

impl Math for f64 {
    #[inline(always)]
    fn mul_add<const FMA: bool>(self, b: Self, c: Self) -> Self {
        if FMA { f64::mul_add(self, b, c) } else { self * b + c }
    }

    #[inline(always)]
    fn exp<const FMA: bool>(self) -> Self {
        f64::exp(self)
    }

    #[inline(always)]
    fn exp_negative<const FMA: bool>(self) -> Self {
        f64::exp(self)
    }

    #[inline(always)]
    fn exp_negative_of<const FMA: bool, const N: usize>(x: [Self; N]) -> [Self; N] {
        x.map(Self::exp_negative::<FMA>)
    }

    #[inline(always)]
    fn expm1<const FMA: bool>(self) -> Self {
        f64::exp_m1(self)
    }

    #[inline(always)]
    fn expm1_negative<const FMA: bool>(self) -> Self {
        f64::exp_m1(self)
    }

    #[inline(always)]
    fn sigmoid<const FMA: bool>(self) -> Self {
        let z = f64::exp(-self.abs());
        (if self < 0.0 { z } else { 1.0 }) / (1.0 + z)
    }

    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> Self {
        f64::tanh(self)
    }

    #[inline(always)]
    fn ln<const FMA: bool>(self) -> Self {
        f64::ln(self)
    }

    #[inline(always)]
    fn ln_1p<const FMA: bool>(self) -> Self {
        f64::ln_1p(self)
    }

    #[inline(always)]
    fn ln_1p_exp<const FMA: bool>(self) -> Self {
        (if self < 0.0 { 0.0 } else { self }) + f64::exp(-self.abs()).ln_1p()
    }

    #[inline(always)]
    fn sin<const FMA: bool>(self) -> Self {
        f64::sin(self)
    }

    #[inline(always)]
    fn cos<const FMA: bool>(self) -> Self {
        f64::cos(self)
    }

    #[inline(always)]
    fn reduces(self) -> bool {
        true
    }

    fn sin_any(self) -> Self {
        f64::sin(self)
    }

    fn cos_any(self) -> Self {
        f64::cos(self)
    }

    #[inline(always)]
    fn erf<const FMA: bool>(self) -> Self {
        libm::erf(self)
    }

    #[inline(always)]
    fn normal_tail<const FMA: bool>(self) -> Self {
        0.5 * libm::erfc(self * std::f64::consts::FRAC_1_SQRT_2)
    }

    #[inline(always)]
    fn powf<const FMA: bool>(self, y: Self) -> Self {
        f64::powf(self, y)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }

    #[inline(always)]
    fn is_sign_negative(self) -> bool {
        f64::is_sign_negative(self)
    }
}
