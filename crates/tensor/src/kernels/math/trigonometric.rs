//! Sine and cosine.
//!
//! x = n·π/2 + r with |r| ≤ π/4, so each is ±sin r or ±cos r, by the last two bits of n. Both polynomials have the same
//! form, and only their coefficients are chosen. π/2 is subtracted in three parts; beyond 10⁵ they no longer suffice.

use super::exponential::ROUND;
use crate::element::Float;
use crate::kernels::isa::mul_add;
use crate::kernels::map::Unary;

/// The sine, at every finite argument. PyTorch: `torch.sin`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sin;

impl<E: Float> Unary<E> for Sin {
    const HEAVY: bool = true;
    const TOTAL: bool = false;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x.sin::<FMA>()
    }

    #[inline(always)]
    fn serves(self, x: E) -> bool {
        x.reduces()
    }

    fn rare(self, x: E) -> E {
        x.sin_any()
    }
}

/// The cosine, at every finite argument. PyTorch: `torch.cos`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cos;

impl<E: Float> Unary<E> for Cos {
    const HEAVY: bool = true;
    const TOTAL: bool = false;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x.cos::<FMA>()
    }

    #[inline(always)]
    fn serves(self, x: E) -> bool {
        x.reduces()
    }

    fn rare(self, x: E) -> E {
        x.cos_any()
    }
}

/// Whether [`sin`] and [`cos`] serve this argument.
#[inline(always)]
pub(super) fn reduces(x: f32) -> bool {
    x.abs() <= 100_000.0
}

/// x − n·π/2.
#[inline(always)]
fn remainder<const FMA: bool>(x: f32, n: f32) -> f32 {
    if FMA {
        // The first difference is exact: it is a multiple of 2⁻²⁴ and below 1, or n is 0.
        let r = n.mul_add(-std::f32::consts::FRAC_PI_2, x);
        let r = n.mul_add(4.371_139e-8, r);
        n.mul_add(1.715_124_5e-15, r)
    } else {
        // The first part has 33 bits, so that its product with n is exact.
        let (x, n) = (f64::from(x), f64::from(n));
        (x - n * 1.570_796_326_734_125_6 - n * 6.077_100_506_506_192e-11) as f32
    }
}

/// sin(x + `quarters`·π/2).
#[inline(always)]
fn sin_after<const FMA: bool>(x: f32, quarters: u32) -> f32 {
    let shifted = mul_add::<FMA>(x, std::f32::consts::FRAC_2_PI, ROUND);
    let r = remainder::<FMA>(x, shifted - ROUND);
    // The lowest bits are those of n.
    let quarters = shifted.to_bits().wrapping_add(quarters);
    let square = r * r;
    // r + r³·P(r²) or 1 + r²·P(r²).
    let cosine = quarters & 1 == 1;
    let p = if cosine { 2.443_232_7e-5 } else { 2.832_548e-6 };
    let p = mul_add::<FMA>(p, square, if cosine { -1.388_731e-3 } else { -1.985_306_6e-4 });
    let p = mul_add::<FMA>(p, square, if cosine { 4.166_664_6e-2 } else { 8.333_379e-3 });
    let p = mul_add::<FMA>(p, square, if cosine { -0.5 } else { -0.166_666_67 });
    let base = if cosine { 1.0 } else { r };
    let y = mul_add::<FMA>(p, square * base, base);
    f32::from_bits(y.to_bits() ^ ((quarters & 2) << 30))
}

#[inline(always)]
pub(super) fn sin<const FMA: bool>(x: f32) -> f32 {
    let y = sin_after::<FMA>(x, 0);
    // The sums lose the sign of −0.
    if x == 0.0 { x } else { y }
}

#[inline(always)]
pub(super) fn cos<const FMA: bool>(x: f32) -> f32 {
    sin_after::<FMA>(x, 1)
}
