//! Activation functions.

use std::hint::black_box;

use super::unary;
use crate::element::Float;
use crate::kernels::map::Unary;

/// 1, as a number that the compiler doesn't know.
///
/// What replaces an operand or keeps it as it is would be compiled, in the operand's own memory, to a store under a mask,
/// which takes a Zen 3 seven times as long as a store. `x·1` is not the operand any more.
pub(super) fn unknown_one<E: Float>() -> E {
    black_box(E::ONE)
}

/// max(x, 0); NaN stays. PyTorch: `torch.relu`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relu<E> {
    one: E,
}

impl<E: Float> Relu<E> {
    pub(crate) fn new() -> Self {
        Relu { one: unknown_one() }
    }
}

impl<E: Float> Unary<E> for Relu<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        if x < E::from_f64(0.0) { E::from_f64(0.0) } else { x * self.one }
    }
}

unary! { heavy: true;
    /// x·Φ(x), where Φ is the normal distribution function. PyTorch: `gelu`.
    Gelu(x) = x * normal_distribution::<FMA, E>(x);
    /// ½·x·(1 + tanh u) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³). PyTorch: `gelu(approximate="tanh")`.
    GeluTanh(x) = x * gelu_argument(x).sigmoid::<FMA>();
    /// x·sigmoid(x). PyTorch: `silu`.
    Silu(x) = x * x.sigmoid::<FMA>();
}

/// x where x > 0, else slope·x. PyTorch: `leaky_relu`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeakyRelu<E> {
    pub(crate) slope: E,
}

impl<E: Float> Unary<E> for LeakyRelu<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        // A product in both cases: see `unknown_one`.
        x * if x > E::from_f64(0.0) { E::ONE } else { self.slope }
    }
}

/// x where x > 0, else α·(eˣ − 1). PyTorch: `elu`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elu<E> {
    pub(crate) alpha: E,
}

impl<E: Float> Unary<E> for Elu<E> {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        let zero = E::from_f64(0.0);
        let negative = x.expm1_negative::<FMA>() * self.alpha;
        if x < zero { negative } else { x }
    }
}

/// ln(1 + e^βx)/β, and x itself where βx is above the threshold. PyTorch: `softplus`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Softplus<E> {
    pub(crate) beta: E,
    pub(crate) threshold: E,
}

impl<E: Float> Unary<E> for Softplus<E> {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E) -> E {
        let scaled = x * self.beta;
        // The reciprocal is computed once for the whole loop, and exact where β is a power of two.
        let y = scaled.ln_1p_exp::<FMA>() * (E::ONE / self.beta);
        if scaled > self.threshold { x } else { y }
    }
}

/// Φ(x), the chance that a standard normal number is below x. (NaN as x gives 0 or 1; whoever multiplies by x has NaN back.)
#[inline(always)]
pub(super) fn normal_distribution<const FMA: bool, E: Float>(x: E) -> E {
    let tail = x.abs().normal_tail::<FMA>();
    if x.is_sign_negative() { tail } else { E::ONE - tail }
}

/// 2u of [`GeluTanh`].
#[inline(always)]
pub(super) fn gelu_argument<E: Float>(x: E) -> E {
    // 2·√(2/π).
    let factor = E::from_f64(1.595_769_121_605_730_7);
    factor * x * (E::ONE + E::from_f64(0.044_715) * x * x)
}
