//! The operations: what each computes, its gradient rule and its samples, side by side.

mod activation;
mod arithmetic;
mod bounds;
mod compare;
mod elementwise;
mod exponential;
mod flip;
pub(crate) mod given;
mod index;
mod join;
mod mask;
mod operators;
mod power;
mod shape;
mod slice;
mod sum;

pub use join::{cat, stack};

/// Every operation that has a gradient. See [`Operation`](crate::Operation).
#[cfg(feature = "samples")]
pub const OPERATIONS: &[crate::table::Operation] = &[
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
    exponential::EXP,
    exponential::EXPM1,
    exponential::LN,
    exponential::LOG1P,
    exponential::SIN,
    exponential::COS,
    exponential::ERF,
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
    mask::WHERE,
    mask::MASKED_FILL,
    mask::MASKED_SELECT,
    mask::MASKED_PUT,
    mask::TRIL,
    mask::TRIU,
    power::SQRT,
    power::RSQRT,
    power::SQUARE,
    power::POW,
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
    sum::SUM,
];
