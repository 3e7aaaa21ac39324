//! How far each `f32` function lies from the truth, which `f64` gives: the table of limits, and how they are measured.
//!
//! The test looks at every 257th `f32`; `cargo run --release --example accuracy` looks at all of them.

use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::map::{Binary, Map, Unary, WithLeft, WithRight};
use crate::kernels::math::{self as f, Math};

type Function = Box<dyn Fn(Level, &[f32], &mut [f32]) + Sync>;

/// A function, its truth and its limits.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The largest error in ulp with fused multiply-add, and without.
    pub(crate) limits: [f64; 2],
    /// Errors are counted in units of at least this size: 0 where the error is relative, 2⁻²⁴ where it is absolute.
    pub(crate) floor: f64,
    pub(crate) run: Function,
    pub(crate) truth: fn(f64) -> f64,
}

/// How a function is compiled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    /// For the widest vectors of this machine.
    Widest,
    /// For the build's own instruction set, where a fused multiply-add is a call.
    Fused,
    /// For the build's own instruction set, without fused multiply-add.
    Portable,
}

/// 2⁻²⁴, half a unit in the last place of 1.
const UNIT: f64 = 5.960_464_477_539_063e-8;

fn relative<F: Unary<f32> + 'static>(name: &'static str, function: F, limits: [f64; 2], truth: fn(f64) -> f64) -> Row {
    let run = move |level: Level, x: &[f32], out: &mut [f32]| {
        let kernel = Map { f: function, x, out };
        match level {
            Level::Widest => dispatch(kernel),
            Level::Fused => kernel.run::<true>(),
            Level::Portable => kernel.run::<false>(),
        }
    };
    Row { name, limits, floor: 0.0, run: Box::new(run), truth }
}

fn absolute<F: Unary<f32> + 'static>(name: &'static str, function: F, limits: [f64; 2], truth: fn(f64) -> f64) -> Row {
    Row { floor: UNIT, ..relative(name, function, limits, truth) }
}

/// The tail that GELU is made of, by itself. It loses NaN, which GELU gets back from its factor x.
#[derive(Clone, Copy)]
struct Tail;

impl Unary<f32> for Tail {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: f32) -> f32 {
        let tail = x.abs().normal_tail::<FMA>();
        if x.is_nan() { x } else { tail }
    }
}

/// A gradient at g = 1, as a function of the saved value.
fn at_one<F: Binary<f32>>(function: F) -> WithLeft<F, f32> {
    WithLeft(function, 1.0)
}

/// The functions whose errors are stated.
#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    vec![
        relative("exp", f::Exp, [1.0, 1.0], f64::exp),
        relative("expm1", f::Expm1, [1.5, 1.5], f64::exp_m1),
        relative("ln", f::Ln, [0.9, 1.0], f64::ln),
        relative("log1p", f::Ln1p, [1.5, 1.6], f64::ln_1p),
        relative("sin", f::Sin, [1.5, 1.5], f64::sin),
        relative("cos", f::Cos, [1.5, 1.5], f64::cos),
        relative("tan", f::Tan, [0.51, 0.51], f64::tan),
        relative("asin", f::Asin, [0.51, 0.51], f64::asin),
        relative("acos", f::Acos, [0.51, 0.51], f64::acos),
        relative("atan", f::Atan, [0.51, 0.51], f64::atan),
        relative("atan2 of 1.7", WithLeft(f::Atan2, 1.7), [0.51, 0.51], |x| f64::from(1.7f32).atan2(x)),
        relative("atan2 by -0.6", WithRight(f::Atan2, -0.6), [0.51, 0.51], |y| y.atan2(f64::from(-0.6f32))),
        relative("sinh", f::Sinh, [0.51, 0.51], f64::sinh),
        relative("cosh", f::Cosh, [0.51, 0.51], f64::cosh),
        relative("asinh", f::Asinh, [0.7, 0.7], libm::asinh),
        relative("acosh", f::Acosh, [0.51, 0.51], |x| if x < 1.0 { f64::NAN } else { libm::acosh(x) }),
        relative("atanh", f::Atanh, [0.9, 0.9], libm::atanh),
        relative("exp2", f::Exp2, [0.51, 0.51], f64::exp2),
        relative("log2", f::Log2, [0.51, 0.51], f64::log2),
        relative("log10", f::Log10, [0.51, 0.51], f64::log10),
        relative("tanh", f::Tanh, [2.0, 2.0], f64::tanh),
        relative("sigmoid", f::Sigmoid, [2.0, 2.0], sigmoid),
        relative("softplus", f::Softplus { beta: 1.0, threshold: 20.0 }, [2.2, 2.2], softplus),
        relative("elu", f::Elu { alpha: 1.0 }, [1.0, 1.0], |x| if x > 0.0 { x } else { x.exp_m1() }),
        // Where the sigmoid is subnormal its error is multiplied by x, to 52 units of 2⁻¹⁴⁹.
        Row { floor: 2f64.powi(-143), ..relative("silu", f::Silu, [3.4, 3.4], |x| x * sigmoid(x)) },
        relative("erf", f::Erf, [1.2, 1.4], libm::erf),
        absolute("gelu", f::Gelu, [3.0, 3.0], |x| x * normal(x)),
        absolute("normal tail", Tail, [6.0, 6.0], |x| normal(-x.abs())),
        absolute("gelu_tanh", f::GeluTanh, [2.0, 2.0], |x| x * sigmoid(gelu_argument(x))),
        relative("rsqrt", f::Rsqrt, [1.5, 1.5], |x| 1.0 / x.sqrt()),
        relative("pow 2.5", WithRight(f::Pow, 2.5), [0.51, 0.51], |x| x.powf(2.5)),
        relative("pow -0.3", WithRight(f::Pow, -0.3), [0.51, 0.51], |x| x.powf(f64::from(-0.3f32))),
        relative("pow 17", WithRight(f::Pow, 17.0), [0.51, 0.51], |x| x.powf(17.0)),
        relative("1.7 pow", WithLeft(f::Pow, 1.7), [0.51, 0.51], |x| f64::from(1.7f32).powf(x)),
        absolute("tanh_backward", at_one(f::TanhBackward), [1.0, 1.0], |y| 1.0 - y * y),
        absolute("gelu_backward", at_one(f::GeluBackward), [6.0, 6.0], gelu_slope),
        absolute("gelu_tanh_backward", at_one(f::GeluTanhBackward), [2.5, 2.5], gelu_tanh_slope),
        absolute("silu_backward", at_one(f::SiluBackward), [2.5, 2.5], |x| {
            let s = sigmoid(x);
            s * (1.0 + x * (1.0 - s))
        }),
        // Relative to itself e^−x² is off by the rounding of x², times x².
        absolute("erf_backward", at_one(f::ErfBackward), [3.0, 3.0], |x| {
            (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI
        }),
        relative("elu_backward", at_one(f::EluBackward { alpha: 1.0 }), [1.0, 1.0], |x| if x <= 0.0 { x.exp() } else { 1.0 }),
        relative("softplus_backward", at_one(f::SoftplusBackward { beta: 1.0, threshold: 20.0 }), [2.0, 2.0], |x| {
            if x > 20.0 { 1.0 } else { sigmoid(x) }
        }),
    ]
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    if x > 20.0 { x } else { x.exp().ln_1p() }
}

fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

fn gelu_slope(x: f64) -> f64 {
    normal(x) + x * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
}

fn gelu_argument(x: f64) -> f64 {
    2.0 * (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)
}

fn gelu_tanh_slope(x: f64) -> f64 {
    let s = sigmoid(gelu_argument(x));
    s + x * s * (1.0 - s) * 2.0 * (2.0 / std::f64::consts::PI).sqrt() * (1.0 + 3.0 * 0.044715 * x * x)
}

/// The error of `y` in units in the last place of the truth, or of `floor` if that is larger.
pub(crate) fn error(y: f32, truth: f64, floor: f64) -> f64 {
    if y.is_nan() || truth.is_nan() {
        return if y.is_nan() && truth.is_nan() { 0.0 } else { f64::INFINITY };
    }
    // What rounds to infinity: from half a unit above the largest number.
    const OVERFLOW: f64 = 3.402_823_567_797_336_6e38;
    if truth.abs() >= OVERFLOW {
        return if f64::from(y) == truth.signum() * f64::INFINITY { 0.0 } else { f64::INFINITY };
    }
    if y.is_infinite() {
        return f64::INFINITY;
    }
    let exponent = ((truth.to_bits() >> 52) & 0x7FF) as i32 - 1023;
    let ulp = f64::from_bits(((exponent.max(-126) - 23 + 1023) as u64) << 52);
    (f64::from(y) - truth).abs() / ulp.max(floor)
}

/// The largest errors of both levels over every `stride`th `f32` from `first` to `last`, and where they are.
pub(crate) fn measure(row: &Row, first: u32, last: u32, stride: usize) -> [(f64, f32); 2] {
    let mut worst = [(0.0, 0.0); 2];
    let mut bits = (first..=last).step_by(stride);
    let (mut x, mut widest, mut portable) = (Vec::with_capacity(4096), vec![0.0; 4096], vec![0.0; 4096]);
    loop {
        x.clear();
        x.extend(bits.by_ref().take(4096).map(f32::from_bits));
        if x.is_empty() {
            return worst;
        }
        (row.run)(Level::Widest, &x, &mut widest[..x.len()]);
        (row.run)(Level::Portable, &x, &mut portable[..x.len()]);
        for ((&x, &a), &b) in x.iter().zip(&widest).zip(&portable) {
            let truth = (row.truth)(f64::from(x));
            for (worst, y) in worst.iter_mut().zip([a, b]) {
                let error = error(y, truth, row.floor);
                if error > worst.0 {
                    *worst = (error, x);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_keeps_its_limit() {
        for row in rows() {
            let worst = measure(&row, 0, u32::MAX, 257 * 11);
            for (level, ((error, x), limit)) in ["widest", "portable"].iter().zip(worst.iter().zip(row.limits)) {
                assert!(*error <= limit, "{} ({level}): {error:.3} ulp at {x:e}, limit {limit}", row.name);
            }
        }
    }

    /// Whatever the width of the vectors, and whether the multiply-add is an instruction or a call.
    #[test]
    fn fused_levels_give_the_same_bits() {
        #[cfg(target_arch = "x86_64")]
        if !is_x86_feature_detected!("fma") {
            return;
        }
        let x: Vec<f32> = (0..=u32::MAX).step_by(257 * 257).map(f32::from_bits).collect();
        let (mut widest, mut fused) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for row in rows() {
            (row.run)(Level::Widest, &x, &mut widest);
            (row.run)(Level::Fused, &x, &mut fused);
            for ((x, a), b) in x.iter().zip(&widest).zip(&fused) {
                let same = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
                assert!(same, "{} at {x:e}: {a:e} and {b:e}", row.name);
            }
        }
    }
}
