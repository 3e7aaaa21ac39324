//! Gradients of the activations and of bounds in one pass: from g, the gradient of the output, and the output y or the input x.

use super::activation::{gelu_argument, normal_distribution, unknown_one};
use super::binary;
use crate::element::Float;
use crate::kernels::map::Binary;

binary! { heavy: false; Float;
    /// g·(1 − y²).
    TanhBackward(g, y) = g * (E::ONE - y * y);
    /// g·y·(1 − y).
    SigmoidBackward(g, y) = g * (E::ONE - y) * y;
}

binary! { heavy: true; Float;
    /// g·(Φ(x) + x·φ(x)), φ the density of the normal distribution.
    GeluBackward(g, x) = {
        let density = (x * x * E::from_f64(-0.5)).exp::<FMA>() * E::from_f64(0.398_942_280_401_432_7);
        g * (normal_distribution::<FMA, E>(x) + x * density)
    };
    /// g·(s + x·s·(1 − s)·2u′), s = sigmoid(2u), 2u′ = 2·√(2/π)·(1 + 3·0.044715·x²).
    GeluTanhBackward(g, x) = {
        let (s, rest) = sigmoid_and_rest::<FMA, E>(gelu_argument(x));
        // Where x² is larger, s·(1 − s) is 0.
        let square = x * x;
        let square = if square > E::from_f64(1e6) { E::from_f64(1e6) } else { square };
        let slope = E::from_f64(1.595_769_121_605_730_7) * (E::ONE + E::from_f64(0.134_145) * square);
        g * (s + x * s * rest * slope)
    };
    /// g·s·(1 + x·(1 − s)), s = sigmoid(x).
    SiluBackward(g, x) = {
        let (s, rest) = sigmoid_and_rest::<FMA, E>(x);
        g * s * (E::ONE + x * rest)
    };
    /// g·2/√π·e^−x².
    ErfBackward(g, x) = g * (-x * x).exp::<FMA>() * E::from_f64(std::f64::consts::FRAC_2_SQRT_PI);
}

/// s = sigmoid(x), and 1 − s without cancellation.
#[inline(always)]
fn sigmoid_and_rest<const FMA: bool, E: Float>(x: E) -> (E, E) {
    let small = (-x.abs()).sigmoid::<FMA>();
    let large = E::ONE - small;
    if x < E::from_f64(0.0) { (small, large) } else { (large, small) }
}

/// g where x > 0, else 0. PyTorch: `threshold_backward`, which passes g where x is NaN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReluBackward<E> {
    one: E,
}

impl<E: Float> ReluBackward<E> {
    pub(crate) fn new() -> Self {
        ReluBackward { one: unknown_one() }
    }
}

impl<E: Float> Binary<E> for ReluBackward<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, x: E) -> E {
        if x <= E::from_f64(0.0) { E::from_f64(0.0) } else { g * self.one }
    }
}

/// g where x > 0, else slope·g.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeakyReluBackward<E> {
    pub(crate) slope: E,
}

impl<E: Float> Binary<E> for LeakyReluBackward<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, x: E) -> E {
        // A product in both cases: see `unknown_one`.
        g * if x > E::from_f64(0.0) { E::ONE } else { self.slope }
    }
}

/// g·α·eˣ where x ≤ 0, else g: where x is NaN too, as in PyTorch's code for single numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EluBackward<E> {
    pub(crate) alpha: E,
}

impl<E: Float> Binary<E> for EluBackward<E> {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, x: E) -> E {
        // Products in both cases: see `unknown_one`.
        let (alpha, power) = if x <= E::default() { (self.alpha, x.exp::<FMA>()) } else { (E::ONE, E::ONE) };
        g * alpha * power
    }
}

/// g·sigmoid(βx), and g itself where βx is above the threshold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoftplusBackward<E> {
    pub(crate) beta: E,
    pub(crate) threshold: E,
}

impl<E: Float> Binary<E> for SoftplusBackward<E> {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, x: E) -> E {
        let scaled = x * self.beta;
        let slope = scaled.sigmoid::<FMA>();
        // A product in both cases: see `unknown_one`.
        g * if scaled > self.threshold { E::ONE } else { slope }
    }
}

/// g where x lies between the bounds, else 0: at the bounds too. An infinite bound is none: ∞ lies below it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClampBackward<E> {
    low: E,
    high: E,
    one: E,
}

impl<E: Float> ClampBackward<E> {
    pub(crate) fn new(low: E, high: E) -> Self {
        ClampBackward { low, high, one: unknown_one() }
    }
}

impl<E: Float> Binary<E> for ClampBackward<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, x: E) -> E {
        let above = x > self.low || (x == self.low && self.low == E::NEG_INFINITY);
        let below = x < self.high || (x == self.high && self.high == -E::NEG_INFINITY);
        if above && below { g * self.one } else { E::default() }
    }
}
