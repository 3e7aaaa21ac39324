//! Tangent, inverse and hyperbolic functions, logarithms and powers of other bases, and roundings.
//!
//! On `f32` they are computed in `f64`, to 30 bits or more, and rounded once: so each is a short formula without branches in
//! what is there anyway, a polynomial, a root, [`log2`] and [`exp2`].

use super::power::{exp2, fused, log2};
use super::unary;
use crate::element::Float;
use crate::kernels::map::{Binary, Unary};

/// The trait, with a method for each function, and its implementations.
macro_rules! elementary {
    ($($(#[$doc:meta])* $name:ident($($operand:ident),*): $f32:expr, $f64:expr;)*) => {
        /// More functions of a floating-point type; see [`Math`](super::Math).
        #[allow(unreachable_pub)]
        pub trait Elementary: Copy {$(
            $(#[$doc])*
            fn $name<const FMA: bool>(self $(, $operand: Self)*) -> Self;
        )*}

        impl Elementary for f32 {$(
            #[inline(always)]
            fn $name<const FMA: bool>(self $(, $operand: Self)*) -> Self {
                $f32(self $(, $operand)*)
            }
        )*}

        impl Elementary for f64 {$(
            #[inline(always)]
            fn $name<const FMA: bool>(self $(, $operand: Self)*) -> Self {
                $f64(self $(, $operand)*)
            }
        )*}
    };
}

elementary! {
    /// The tangent, where [`reduces`](super::Math::reduces) says yes.
    tan(): |x| tangent::<FMA>(f64::from(x)) as f32, f64::tan;
    /// The tangent of any argument, slowly.
    tan_any(): |x| libm::tan(f64::from(x)) as f32, f64::tan;
    /// The inverse of the sine.
    asin(): |x: f32| arcsine::<FMA>(f64::from(x)) as f32, f64::asin;
    /// The inverse of the cosine.
    acos(): |x: f32| arccosine::<FMA>(f64::from(x)) as f32, f64::acos;
    /// The inverse of the tangent.
    atan(): |x: f32| angle::<FMA>(f64::from(x.abs()), 1.0).copysign(f64::from(x)) as f32, f64::atan;
    /// The angle of the point (x, self).
    atan2(x): |y, x| angle_of_point::<FMA>(f64::from(y), f64::from(x)) as f32, f64::atan2;
    /// The hyperbolic sine.
    sinh(): |x| hyperbolic_sine::<FMA>(f64::from(x)) as f32, f64::sinh;
    /// The hyperbolic cosine.
    cosh(): |x| hyperbolic_cosine::<FMA>(f64::from(x)) as f32, f64::cosh;
    /// The inverse of the hyperbolic sine.
    asinh(): |x| area_sine::<FMA>(f64::from(x)) as f32, libm::asinh;
    /// The inverse of the hyperbolic cosine.
    acosh(): |x| area_cosine::<FMA>(f64::from(x)) as f32, |x| if x < 1.0 { f64::NAN } else { libm::acosh(x) };
    /// The inverse of the hyperbolic tangent.
    atanh(): |x| area_tangent::<FMA>(f64::from(x)) as f32, libm::atanh;
    /// 2ˣ.
    exp2(): |x| power_of_two::<FMA>(f64::from(x)) as f32, f64::exp2;
    /// The logarithm to base 2.
    log2(): |x| logarithm::<FMA>(f64::from(x)) as f32, f64::log2;
    /// The logarithm to base 10.
    log10(): |x| (logarithm::<FMA>(f64::from(x)) * std::f64::consts::LOG10_2) as f32, f64::log10;
    /// The largest integer that isn't above.
    floor(): f32::floor, f64::floor;
    /// The smallest integer that isn't below.
    ceil(): f32::ceil, f64::ceil;
    /// The nearest integer, the even one of two.
    round(): f32::round_ties_even, f64::round_ties_even;
    /// The integer part.
    trunc(): f32::trunc, f64::trunc;
    /// The remainder of a division that is cut towards zero: it has this number's sign.
    fmod(divisor): |x: f32, divisor: f32| x % divisor, |x: f64, divisor: f64| x % divisor;
}

unary! { heavy: true;
    /// The inverse of the sine. PyTorch: `torch.asin`.
    Asin(x) = x.asin::<FMA>();
    /// The inverse of the cosine. PyTorch: `torch.acos`.
    Acos(x) = x.acos::<FMA>();
    /// The inverse of the tangent. PyTorch: `torch.atan`.
    Atan(x) = x.atan::<FMA>();
    /// (eˣ − e⁻ˣ)/2. PyTorch: `torch.sinh`.
    Sinh(x) = x.sinh::<FMA>();
    /// (eˣ + e⁻ˣ)/2. PyTorch: `torch.cosh`.
    Cosh(x) = x.cosh::<FMA>();
    /// The inverse of the hyperbolic sine. PyTorch: `torch.asinh`.
    Asinh(x) = x.asinh::<FMA>();
    /// The inverse of the hyperbolic cosine. PyTorch: `torch.acosh`.
    Acosh(x) = x.acosh::<FMA>();
    /// The inverse of the hyperbolic tangent. PyTorch: `torch.atanh`.
    Atanh(x) = x.atanh::<FMA>();
    /// 2ˣ. PyTorch: `torch.exp2`.
    Exp2(x) = x.exp2::<FMA>();
    /// The logarithm to base 2. PyTorch: `torch.log2`.
    Log2(x) = x.log2::<FMA>();
    /// The logarithm to base 10. PyTorch: `torch.log10`.
    Log10(x) = x.log10::<FMA>();
}

unary! { heavy: false;
    /// Down to an integer. PyTorch: `torch.floor`.
    Floor(x) = x.floor::<FMA>();
    /// Up to an integer. PyTorch: `torch.ceil`.
    Ceil(x) = x.ceil::<FMA>();
    /// To the nearest integer, the even one of two. PyTorch: `torch.round`.
    Round(x) = x.round::<FMA>();
    /// Towards zero to an integer. PyTorch: `torch.trunc`.
    Trunc(x) = x.trunc::<FMA>();
    /// What is behind the point, with x's sign. PyTorch: `torch.frac`.
    Frac(x) = x - x.trunc::<FMA>();
}

/// The tangent, at every finite argument. PyTorch: `torch.tan`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tan;

impl<E: Float> Unary<E> for Tan {
    const HEAVY: bool = true;
    const TOTAL: bool = false;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        x.tan::<FMA>()
    }

    #[inline(always)]
    fn serves(self, x: E) -> bool {
        x.reduces()
    }

    fn rare(self, x: E) -> E {
        x.tan_any::<false>()
    }
}

/// The angle of the point (x, y), from −π to π. PyTorch: `torch.atan2`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Atan2;

impl<E: Float> Binary<E> for Atan2 {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, y: E, x: E) -> E {
        y.atan2::<FMA>(x)
    }
}

/// A polynomial, its highest coefficient first.
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let mut y = coefficients[0];
    for &coefficient in &coefficients[1..] {
        y = fused::<FMA>(y, x, coefficient);
    }
    y
}

/// tan x for |x| ≤ 10⁵: x = n·π/2 + r, so it is tan r or −1/tan r.
#[inline(always)]
fn tangent<const FMA: bool>(x: f64) -> f64 {
    /// 1.5·2⁵²: numbers near it have a unit of 1 in the last place.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let shifted = x * std::f64::consts::FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    // The first part of π/2 has 33 bits, so that its product with n is exact.
    let r = x - n * 1.570_796_326_734_125_6 - n * 6.077_100_506_506_192e-11;
    let p = polynomial::<FMA, _>(
        r * r,
        [
            0.002_058_263_236_126_545_2,
            -0.000_640_533_202_815_992_7,
            0.005_040_834_203_890_891,
            0.008_303_921_688_509_987,
            0.021_993_599_427_900_218,
            0.053_952_987_735_900_41,
            0.133_334_265_391_789_44,
            0.333_333_311_581_026,
            1.000_000_000_083_038_5,
        ],
    );
    let tangent = r * p;
    if shifted.to_bits() & 1 == 1 { -1.0 / tangent } else { tangent }
}

/// The angle from 0 to π/2 of the point (x, y), for x, y ≥ 0: that of the smaller over the larger, or the rest of π/2.
#[inline(always)]
fn angle<const FMA: bool>(y: f64, x: f64) -> f64 {
    let steep = y > x;
    let (small, large) = if steep { (x, y) } else { (y, x) };
    let t = small / large;
    // (∞, ∞) is between both axes, and (0, 0) on one.
    let t = if small == large { 1.0 } else { t };
    let t = if small == 0.0 { 0.0 } else { t };
    let p = polynomial::<FMA, _>(
        t * t,
        [
            -0.000_663_395_241_376_407_6,
            0.004_732_482_998_793_987,
            -0.015_828_319_890_303_203,
            0.033_826_215_081_032,
            -0.053_956_677_306_624_97,
            0.072_282_781_676_354_24,
            -0.089_741_718_956_288_82,
            0.110_919_229_496_334_87,
            -0.142_838_132_538_452_48,
            0.199_999_011_020_313_73,
            -0.333_333_312_908_854_6,
            0.999_999_999_929_309_4,
        ],
    );
    let angle = t * p;
    if steep { std::f64::consts::FRAC_PI_2 - angle } else { angle }
}

#[inline(always)]
fn angle_of_point<const FMA: bool>(y: f64, x: f64) -> f64 {
    let angle = angle::<FMA>(y.abs(), x.abs());
    let angle = if x.is_sign_negative() { std::f64::consts::PI - angle } else { angle };
    if x.is_nan() | y.is_nan() { f64::NAN } else { angle.copysign(y) }
}

/// The other leg of the right triangle with hypotenuse 1 and one leg x. NaN beyond 1.
#[inline(always)]
fn other_leg(x: f64) -> f64 {
    ((1.0 - x) * (1.0 + x)).sqrt()
}

#[inline(always)]
fn arcsine<const FMA: bool>(x: f64) -> f64 {
    angle::<FMA>(x.abs(), other_leg(x)).copysign(x)
}

#[inline(always)]
fn arccosine<const FMA: bool>(x: f64) -> f64 {
    let angle = angle::<FMA>(other_leg(x), x.abs());
    if x < 0.0 { std::f64::consts::PI - angle } else { angle }
}

/// eˣ for x ≥ 0, up to e¹⁰⁰, which no `f32` holds.
#[inline(always)]
fn exponential<const FMA: bool>(x: f64) -> f64 {
    let x = if x > 100.0 { 100.0 } else { x };
    exp2::<FMA>(x * std::f64::consts::LOG2_E)
}

#[inline(always)]
fn hyperbolic_sine<const FMA: bool>(x: f64) -> f64 {
    let (size, square) = (x.abs(), x * x);
    // Near 0 the difference of the powers would lose digits.
    let p = polynomial::<FMA, _>(
        square,
        [
            2.819_018_800_108_208_3e-6,
            0.000_198_357_138_737_417,
            0.008_333_353_205_528_889,
            0.166_666_664_180_975,
            1.000_000_000_049_720_2,
        ],
    );
    let power = exponential::<FMA>(size);
    let y = if size < 1.0 { size * p } else { 0.5 * (power - 1.0 / power) };
    y.copysign(x)
}

#[inline(always)]
fn hyperbolic_cosine<const FMA: bool>(x: f64) -> f64 {
    let power = exponential::<FMA>(x.abs());
    0.5 * (power + 1.0 / power)
}

/// Below it x³ counts for less than a quarter of a unit in the last place of an `f32` x.
const TINY: f64 = 1.0 / 4096.0;

#[inline(always)]
fn area_sine<const FMA: bool>(x: f64) -> f64 {
    let size = x.abs();
    let y = logarithm::<FMA>(size + (size * size + 1.0).sqrt()) * std::f64::consts::LN_2;
    // Near 0 the sum in the logarithm would lose digits.
    (if size < TINY { size } else { y }).copysign(x)
}

#[inline(always)]
fn area_cosine<const FMA: bool>(x: f64) -> f64 {
    let y = logarithm::<FMA>(x + ((x - 1.0) * (x + 1.0)).sqrt()) * std::f64::consts::LN_2;
    if x < 1.0 { f64::NAN } else { y }
}

#[inline(always)]
fn area_tangent<const FMA: bool>(x: f64) -> f64 {
    let size = x.abs();
    // At 1 the quotient is infinite, and beyond it negative.
    let y = logarithm::<FMA>((1.0 + size) / (1.0 - size)) * (0.5 * std::f64::consts::LN_2);
    (if size < TINY { size } else { y }).copysign(x)
}

/// 2ˣ, from 2⁻²⁰⁰ to 2²⁰⁰.
#[inline(always)]
fn power_of_two<const FMA: bool>(x: f64) -> f64 {
    let x = if x > 200.0 { 200.0 } else { x };
    exp2::<FMA>(if x < -200.0 { -200.0 } else { x })
}

/// log₂ x of any number that isn't subnormal.
#[inline(always)]
fn logarithm<const FMA: bool>(x: f64) -> f64 {
    let y = log2::<FMA>(x);
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    // Infinity and NaN are their own logarithms.
    let y = if x < f64::INFINITY { y } else { x };
    if x < 0.0 { f64::NAN } else { y }
}
