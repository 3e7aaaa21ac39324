//! The operations: what each computes, its gradient rule and its samples, side by side.

mod activation;
mod arithmetic;
mod bounds;
mod cast;
mod compare;
mod count;
mod elementwise;
mod exponential;
mod extrema;
mod flip;
pub(crate) mod given;
mod index;
mod integers;
mod join;
mod linear;
mod logic;
mod loss;
mod mask;
mod matmul;
mod moments;
mod multinomial;
mod nan;
mod norm;
mod operators;
mod order;
mod part;
mod power;
mod products;
mod reduced;
mod rounding;
mod scan;
mod scatter;
mod shape;
mod slice;
mod softmax;
mod sort;
mod sum;
mod trigonometric;
mod turn;

pub use activation::Activation;
pub use compare::Comparand;
pub use join::{SplitSizes, cat, stack};
pub use loss::check_target;
pub use power::Exponent;
pub use turn::{Indexing, meshgrid};

/// Every operation that has a gradient. See [`Operation`](crate::Operation).
#[cfg(feature = "samples")]
pub static OPERATIONS: &[crate::table::Operation] = &[
    activation::TANH,
    activation::TANH_BACKWARD,
    activation::SIGMOID,
    activation::SIGMOID_BACKWARD,
    activation::RELU,
    activation::RELU_BACKWARD,
    activation::LEAKY_RELU,
    activation::LEAKY_RELU_BACKWARD,
    activation::ELU,
    activation::ELU_BACKWARD,
    activation::SOFTPLUS,
    activation::SOFTPLUS_BACKWARD,
    activation::GELU,
    activation::GELU_BACKWARD,
    activation::GELU_TANH,
    activation::GELU_TANH_BACKWARD,
    activation::SILU,
    activation::SILU_BACKWARD,
    arithmetic::ADD,
    arithmetic::SUB,
    arithmetic::MUL,
    arithmetic::DIV,
    arithmetic::NEG,
    bounds::ABS,
    bounds::SIGN,
    bounds::CLAMP,
    bounds::CLAMP_BACKWARD,
    bounds::MAXIMUM,
    bounds::MINIMUM,
    cast::CAST,
    exponential::EXP,
    exponential::EXPM1,
    exponential::LN,
    exponential::LOG1P,
    exponential::EXP2,
    exponential::LOG2,
    exponential::LOG10,
    exponential::SIN,
    exponential::COS,
    exponential::ERF,
    exponential::ERF_BACKWARD,
    extrema::MAX,
    extrema::MIN,
    extrema::AMAX,
    extrema::AMIN,
    flip::FLIP,
    index::INDEX_SELECT,
    index::INDEX_SUM,
    index::GATHER,
    index::SCATTER_SUM,
    join::CAT,
    join::STACK,
    join::SPLIT,
    join::CHUNK,
    join::PAD,
    loss::MSE_LOSS,
    loss::HUBER_LOSS,
    loss::CROSS_ENTROPY,
    loss::BINARY_CROSS_ENTROPY,
    mask::WHERE,
    mask::MASKED_FILL,
    mask::MASKED_SELECT,
    mask::MASKED_PUT,
    mask::TRIL,
    mask::TRIU,
    matmul::MATMUL,
    matmul::DOT,
    linear::LINEAR,
    linear::LINEAR_TANH,
    linear::LINEAR_SIGMOID,
    linear::LINEAR_RELU,
    moments::VAR,
    moments::STD,
    moments::NORM,
    nan::NANSUM,
    nan::NANMEAN,
    norm::STANDARDIZED,
    order::MEDIAN,
    order::QUANTILE,
    part::SLICE_SCATTER,
    part::SELECT_SCATTER,
    part::DIAGONAL,
    part::DIAG,
    part::TRACE,
    power::SQRT,
    power::RSQRT,
    power::SQUARE,
    power::POW,
    products::OUTER,
    products::KRON,
    products::LERP,
    rounding::FLOOR,
    rounding::CEIL,
    rounding::ROUND,
    rounding::TRUNC,
    rounding::FRAC,
    rounding::REMAINDER,
    rounding::FMOD,
    scan::CUMSUM,
    scan::CUMPROD,
    scan::LOGCUMSUMEXP,
    scan::CUMMAX,
    scan::CUMMIN,
    scatter::SCATTER,
    scatter::SCATTER_ADD,
    scatter::INDEX_ADD,
    scatter::INDEX_COPY,
    shape::RESHAPE,
    shape::TRANSPOSE,
    shape::PERMUTE,
    shape::CONTIGUOUS,
    shape::UNSQUEEZE,
    shape::SQUEEZE,
    shape::FLATTEN,
    shape::REPEAT,
    shape::EXPAND,
    slice::NARROW,
    slice::SELECT,
    slice::SLICE,
    slice::UNSLICE,
    softmax::LOGSUMEXP,
    softmax::SOFTMAX,
    softmax::SOFTMAX_BACKWARD,
    softmax::LOG_SOFTMAX,
    softmax::LOG_SOFTMAX_BACKWARD,
    sum::SUM,
    sum::MEAN,
    sum::PROD,
    trigonometric::TAN,
    trigonometric::ASIN,
    trigonometric::ACOS,
    trigonometric::ATAN,
    trigonometric::ATAN2,
    trigonometric::SINH,
    trigonometric::COSH,
    trigonometric::ASINH,
    trigonometric::ACOSH,
    trigonometric::ATANH,
    turn::ROLL,
    turn::ROT90,
    turn::MESHGRID,
];
