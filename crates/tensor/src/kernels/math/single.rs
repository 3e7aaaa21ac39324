//! The elementary functions in `f32`, STUB until the vectorised ones land.

use super::Math;

impl Math for f32 {
    #[inline(always)]
    fn exp<const FMA: bool>(self) -> f32 {
        f32::exp(self)
    }

    #[inline(always)]
    fn expm1<const FMA: bool>(self) -> f32 {
        f32::exp_m1(self)
    }

    #[inline(always)]
    fn ln<const FMA: bool>(self) -> f32 {
        f32::ln(self)
    }

    #[inline(always)]
    fn log1p<const FMA: bool>(self) -> f32 {
        f32::ln_1p(self)
    }

    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn sin<const FMA: bool>(self) -> f32 {
        f32::sin(self)
    }

    #[inline(always)]
    fn cos<const FMA: bool>(self) -> f32 {
        f32::cos(self)
    }

    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> f32 {
        f32::tanh(self)
    }

    #[inline(always)]
    fn sigmoid<const FMA: bool>(self) -> f32 {
        1.0 / (1.0 + f32::exp(-self))
    }

    #[inline(always)]
    fn erf<const FMA: bool>(self) -> f32 {
        libm::erff(self)
    }

    #[inline(always)]
    fn gelu<const FMA: bool>(self) -> f32 {
        self * 0.5 * (1.0 + libm::erff(self * std::f32::consts::FRAC_1_SQRT_2))
    }

    #[inline(always)]
    fn log1p_exp<const FMA: bool>(self) -> f32 {
        // max(x, 0) + ln(1 + e^−|x|), which keeps NaN by the sum.
        (if self > 0.0 { self } else { 0.0 }) + f32::ln_1p(f32::exp(-f32::abs(self)))
    }

    #[inline(always)]
    fn pow<const FMA: bool>(self, exponent: f32) -> f32 {
        f32::powf(self, exponent)
    }
}
