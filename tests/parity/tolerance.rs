//! How far each operation may be from PyTorch, in one place.

/// What an error is relative to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// The number itself.
    Own,
    /// 1 (or the incoming gradient, which multiplies it), where the number is less: what is left of 1 + small.
    One,
    /// The largest number of the same output.
    Largest,
    /// What the operation gives for the inputs' magnitudes: Σ|a·b| for a sum of products.
    Magnitudes,
}

impl Scale {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scale::Own => "itself",
            Scale::One => "1 where the number is less",
            Scale::Largest => "the largest number of the result",
            Scale::Magnitudes => "the sum of the magnitudes of the terms",
        }
    }
}

/// The limits of one operation, in units in the last place of what errors are relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) scale: Scale,
    /// Of values and of gradients, in `f32` and in `f64`.
    pub(crate) f32: [f64; 2],
    pub(crate) f64: [f64; 2],
    /// Whether inputs are broadcast, so that a gradient may be a sum.
    pub(crate) broadcasts: bool,
    /// Whether the sign of a zero is compared.
    pub(crate) signs: bool,
    /// Whether PyTorch overflows on the way in `f64` too, where deltarule doesn't.
    pub(crate) overflows: bool,
    /// Why a limit is wide, and what differs on purpose.
    pub(crate) remark: &'static str,
}

impl Limit {
    pub(crate) fn of(&self, bits: &str, gradient: bool) -> f64 {
        let limits = if bits == "32" { self.f32 } else { self.f64 };
        limits[usize::from(gradient)]
    }
}

/// Equal to the bit, signs of zeros included.
const EXACT: Limit = Limit {
    scale: Scale::Own,
    f32: [0.0; 2],
    f64: [0.0; 2],
    broadcasts: false,
    signs: true,
    overflows: false,
    remark: "",
};

const fn within(scale: Scale, f32: [f64; 2], f64: [f64; 2], remark: &'static str) -> Limit {
    Limit { scale, f32, f64, remark, ..EXACT }
}

const ONE_MINUS: &str = "the number is what is left of 1 − small";

/// The limit of an operation. What isn't named is equal to the bit.
#[rustfmt::skip]
pub(crate) fn limit(operation: &str) -> Limit {
    use Scale::{Largest, Magnitudes, One, Own};
    let broadcast = |limit| Limit { broadcasts: true, ..limit };
    match operation {
        "exp" | "ln" | "log1p" | "sin" | "cos" | "sqrt" | "rsqrt" => within(Own, [2.0, 4.0], [2.0, 4.0], ""),
        "exp2" | "log2" | "log10" | "tan" | "acos" | "asin" | "atan" | "cosh" | "sinh" | "asinh" | "acosh" | "atanh" => within(Own, [2.0, 4.0], [2.0, 4.0], ""),
        "atan2" => broadcast(within(Own, [2.0, 4.0], [2.0, 4.0], "")),
        "fmod" | "remainder" => Limit { overflows: true, ..broadcast(within(Own, [1.0, 2.0], [1.0, 2.0],
            "PyTorch's `f64` is NaN where the quotient overflows")) },
        "lerp" | "outer" | "kron" => broadcast(within(Own, [2.0, 4.0], [2.0, 4.0], "")),
        "quantile" => within(Largest, [1.0, 2.0], [1.0, 2.0], ""),
        "cumprod" => Limit { signs: false, ..within(Largest, [4.0, 8.0], [4.0, 16.0], "a rounding for each factor") },
        "logcumsumexp" => within(Largest, [4.0, 32.0], [8.0, 32.0], "the gradient is e^(x − y): the rounding of y counts y-fold"),
        "cummax" | "cummin" => within(Own, [0.0, 1.0], [0.0, 1.0], ""),
        "median" => Limit { signs: false, ..within(Own, [0.0, 1.0], [0.0, 1.0], "of 0 and −0 PyTorch takes either; the sign isn't compared") },
        "erf" => within(Own, [2.0, 4.0], [2.0, 4.0], ""),
        "elu" | "softplus" => within(Own, [3.0, 4.0], [3.0, 4.0], ""),
        "tanh" | "sigmoid" | "expm1" => within(One, [2.0, 4.0], [2.0, 4.0], ONE_MINUS),
        "gelu" => within(One, [4.0, 4.0], [4.0, 4.0], ONE_MINUS),
        "gelu_tanh" => Limit { overflows: true, ..within(One, [4.0, 4.0], [4.0, 4.0],
            "as tanh; finite where PyTorch's x³ overflows and gives NaN") },
        "silu" => within(One, [4.0, 4.0], [4.0, 32.0], "PyTorch multiplies the rounding of 1 − s by x"),
        "relu_backward" | "leaky_relu_backward" => EXACT,
        "clamp_backward" => EXACT,
        "elu_backward" | "tanh_backward" | "sigmoid_backward" | "erf_backward" | "softplus_backward" | "gelu_backward" => within(One, [4.0, 4.0], [4.0, 4.0], ONE_MINUS),
        "gelu_tanh_backward" | "silu_backward" => within(One, [4.0, 16.0], [32.0, 32.0],
            "second gradients multiply what is left of 1 − small by x"),
        "add" | "sub" | "mul" => broadcast(within(Own, [1.0, 2.0], [1.0, 2.0], "")),
        "div" => broadcast(within(Own, [1.0, 4.0], [1.0, 4.0], "")),
        "pow" => broadcast(within(Own, [2.0, 4.0], [2.0, 4.0], "")),
        "square" => within(Own, [1.0, 1.0], [1.0, 1.0], ""),
        "maximum" | "minimum" => Limit { signs: false, ..broadcast(within(Own, [0.0, 2.0], [0.0, 2.0],
            "of 0 and −0 PyTorch takes either, by the shapes; the sign isn't compared")) },
        "where" | "masked_fill" => broadcast(within(Own, [0.0, 2.0], [0.0, 2.0], "")),
        "max" | "min" | "amax" | "amin" => within(Own, [0.0, 1.0], [0.0, 1.0], ""),
        "sum" | "mean" | "matmul" | "dot" | "linear" | "cumsum" | "index_sum" | "scatter_sum" | "index_select"
        | "gather" | "expand" | "repeat" | "cat" | "stack" | "scatter_add" | "index_add" | "trace" | "meshgrid" | "nansum"
        | "nanmean" =>
            within(Magnitudes, [4.0, 4.0], [4.0, 4.0], ""),
        "linear_relu" => within(Largest, [4.0, 4.0], [4.0, 4.0], ""),
        "linear_sigmoid" => within(Largest, [4.0, 16.0], [4.0, 4.0], ONE_MINUS),
        "linear_tanh" => within(Largest, [4.0, 128.0], [4.0, 16.0],
            "where y is near 1, all gradients are what is left of 1 − small; the bits are those of the two operations apart"),
        "prod" => Limit { signs: false, ..within(Own, [8.0, 16.0], [8.0, 16.0],
            "a rounding for each factor; with two zeros PyTorch's gradient is 0, here it may be −0") },
        "var" | "std" | "mse_loss" => within(Largest, [4.0, 4.0], [16.0, 16.0], "sums of squares"),
        "huber_loss" => Limit { signs: false, ..within(Own, [0.0, 0.0], [0.0, 0.0],
            "of equal values the gradient is 0, and its sign isn't compared") },
        "norm" => within(Largest, [4.0, 4.0], [4.0, 4.0], "a sum of powers"),
        "logsumexp" => within(Largest, [4.0, 32.0], [4.0, 16.0], "the gradient is e^(x − y): the rounding of y counts y-fold"),
        "binary_cross_entropy" => Limit { signs: false, ..within(Own, [4.0, 16.0], [4.0, 16.0],
            "the label's gradient is a difference of logarithms, 0 at ½; there its sign isn't compared") },
        "cross_entropy" => within(Largest, [8.0, 8.0], [8.0, 8.0], "sums of exponentials"),
        "standardized" => within(Largest, [8.0, 16.0], [16.0, 32.0], "sums of squares"),
        "softmax" | "log_softmax" => within(Largest, [8.0, 8.0], [8.0, 8.0], "sums of exponentials"),
        "softmax_backward" | "log_softmax_backward" => within(Largest, [8.0, 8.0], [8.0, 8.0], "sums of products"),
        _ => EXACT,
    }
}
