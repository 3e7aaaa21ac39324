//! The elementary functions in `f64`, by the standard library and libm: for checks, so right comes before fast.

use super::Math;

impl Math for f64 {
    #[inline(always)]
    fn exp<const FMA: bool>(self) -> f64 {
        f64::exp(self)
    }

    #[inline(always)]
    fn expm1<const FMA: bool>(self) -> f64 {
        f64::exp_m1(self)
    }

    #[inline(always)]
    fn ln<const FMA: bool>(self) -> f64 {
        f64::ln(self)
    }

    #[inline(always)]
    fn log1p<const FMA: bool>(self) -> f64 {
        f64::ln_1p(self)
    }

    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn sin<const FMA: bool>(self) -> f64 {
        f64::sin(self)
    }

    #[inline(always)]
    fn cos<const FMA: bool>(self) -> f64 {
        f64::cos(self)
    }

    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> f64 {
        f64::tanh(self)
    }

    #[inline(always)]
    fn sigmoid<const FMA: bool>(self) -> f64 {
        1.0 / (1.0 + f64::exp(-self))
    }

    #[inline(always)]
    fn erf<const FMA: bool>(self) -> f64 {
        libm::erf(self)
    }

    #[inline(always)]
    fn gelu<const FMA: bool>(self) -> f64 {
        self * 0.5 * (1.0 + libm::erf(self * std::f64::consts::FRAC_1_SQRT_2))
    }

    #[inline(always)]
    fn log1p_exp<const FMA: bool>(self) -> f64 {
        // max(x, 0) + ln(1 + e^−|x|), which keeps NaN by the sum.
        (if self > 0.0 { self } else { 0.0 }) + f64::ln_1p(f64::exp(-f64::abs(self)))
    }

    #[inline(always)]
    fn pow<const FMA: bool>(self, exponent: f64) -> f64 {
        f64::powf(self, exponent)
    }
}
