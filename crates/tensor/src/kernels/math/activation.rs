//! Activation functions, and `g` times their derivatives in one pass over memory.

use crate::element::Float;
use crate::kernels::map::{Binary, Unary};

/// √(2/π) and the cubic factor of the tanh form of gelu.
const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
const GELU_CUBE: f64 = 0.044_715;
/// 1/√(2π), the height of the normal density.
const NORMAL_HEIGHT: f64 = 0.398_942_280_401_432_7;

/// Implements a kernel for a struct whose fields are of the element type.
macro_rules! kernel {
    ($(#[$doc:meta])* $name:ident $({$($field:ident),+})?, |$x:ident| $call:expr) => {
        kernel!(@struct $(#[$doc])* $name $({$($field),+})?);

        impl<E: Float> Unary<E> for kernel!(@type $name $({$($field),+})?) {
            const HEAVY: bool = true;

            #[inline(always)]
            fn call<const FMA: bool>(self, $x: E) -> E {
                $(let Self { $($field),+ } = self;)?
                $call
            }
        }
    };
    ($(#[$doc:meta])* $name:ident $({$($field:ident),+})?, |$g:ident, $x:ident| $call:expr) => {
        kernel!(@struct $(#[$doc])* $name $({$($field),+})?);

        impl<E: Float> Binary<E> for kernel!(@type $name $({$($field),+})?) {
            const HEAVY: bool = true;

            #[inline(always)]
            fn call<const FMA: bool>(self, $g: E, $x: E) -> E {
                $(let Self { $($field),+ } = self;)?
                $call
            }
        }
    };
    (@struct $(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name;
    };
    (@struct $(#[$doc:meta])* $name:ident {$($field:ident),+}) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name<E> {
            $(pub(crate) $field: E),+
        }
    };
    (@type $name:ident) => { $name };
    (@type $name:ident {$($field:ident),+}) => { $name<E> };
}

kernel! { /// g·(1 − y²), by tanh's output.
TanhBackward, |g, y| g * (E::ONE - y * y) }

kernel! { /// g·y·(1 − y), by the sigmoid's output.
SigmoidBackward, |g, y| g * (E::ONE - y) * y }

kernel! { /// max(x, 0); NaN stays, and so does −0.
Relu, |x| if x < E::default() { E::default() } else { x } }

kernel! { /// g where the output is positive: 0 at 0.
ReluBackward, |g, y| if y <= E::default() { E::default() } else { g } }

kernel! { /// x, or `slope`·x below 0.
LeakyRelu { slope }, |x| if x > E::default() { x } else { x * slope } }

kernel! { /// g, or `slope`·g where x ≤ 0.
LeakyReluBackward { slope }, |g, x| if x > E::default() { g } else { g * slope } }

kernel! { /// x, or α(eˣ − 1) where x ≤ 0.
Elu { alpha }, |x| {
    let below = alpha * x.expm1::<FMA>();
    if x <= E::default() { below } else { x }
} }

kernel! { /// g, or g·α·eˣ where x ≤ 0.
EluBackward { alpha }, |g, x| {
    let below = g * alpha * x.exp::<FMA>();
    if x <= E::default() { below } else { g }
} }

kernel! { /// ln(1 + e^βx)/β; x itself where βx is over the threshold.
Softplus { beta, threshold }, |x| {
    let scaled = x * beta;
    let curved = scaled.log1p_exp::<FMA>() / beta;
    if scaled > threshold { x } else { curved }
} }

kernel! { /// g·sigmoid(βx); g where βx is over the threshold.
SoftplusBackward { beta, threshold }, |g, x| {
    let scaled = x * beta;
    let curved = g * scaled.sigmoid::<FMA>();
    if scaled > threshold { g } else { curved }
} }

kernel! { /// x·Φ(x), with the normal distribution Φ.
Gelu, |x| x.gelu::<FMA>() }

kernel! { /// g·(Φ(x) + x·φ(x)), with the normal density φ.
GeluBackward, |g, x| {
    let half = E::from_f64(0.5);
    let below = half * (E::ONE + (x * E::from_f64(std::f64::consts::FRAC_1_SQRT_2)).erf::<FMA>());
    let density = E::from_f64(NORMAL_HEIGHT) * (-half * x * x).exp::<FMA>();
    g * (below + x * density)
} }

kernel! { /// x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
GeluTanh, |x| {
    let inner = E::from_f64(GELU_SCALE) * (x + E::from_f64(GELU_CUBE) * x * x * x);
    E::from_f64(0.5) * x * (E::ONE + inner.tanh::<FMA>())
} }

kernel! { /// g times the derivative of [`GeluTanh`].
GeluTanhBackward, |g, x| {
    let square = x * x;
    let inner = E::from_f64(GELU_SCALE) * (x + E::from_f64(GELU_CUBE) * square * x);
    let tanh = inner.tanh::<FMA>();
    let slope = E::from_f64(GELU_SCALE) * (E::ONE + E::from_f64(3.0 * GELU_CUBE) * square);
    let half = E::from_f64(0.5);
    g * (half * (E::ONE + tanh) + half * x * (E::ONE - tanh * tanh) * slope)
} }

kernel! { /// x·sigmoid(x).
Silu, |x| x * x.sigmoid::<FMA>() }

kernel! { /// g·s·(1 + x·(1 − s)), with s = sigmoid(x).
SiluBackward, |g, x| {
    let sigmoid = x.sigmoid::<FMA>();
    g * sigmoid * (E::ONE + x * (E::ONE - sigmoid))
} }
