//! The operations: what each computes, its gradient rule and its samples, side by side.

mod arithmetic;
pub(crate) mod given;
mod hyperbolic;
mod index;
mod join;
mod mask;
mod operators;
mod shape;
mod slice;
mod sum;

pub use join::{cat, stack};

/// Every operation that has a gradient. See [`Operation`](crate::Operation).
#[cfg(feature = "samples")]
pub const OPERATIONS: &[crate::table::Operation] = &[
    arithmetic::ADD,
    arithmetic::SUB,
    arithmetic::MUL,
    arithmetic::DIV,
    arithmetic::NEG,
    hyperbolic::TANH,
    hyperbolic::TANH_BACKWARD,
    index::GATHER,
    index::INDEX_SELECT,
    index::INDEX_SUM,
    index::SCATTER_SUM,
    join::CAT,
    join::CHUNK,
    join::PAD,
    join::SPLIT,
    join::STACK,
    mask::MASKED_FILL,
    mask::MASKED_PUT,
    mask::MASKED_SELECT,
    mask::TRIL,
    mask::TRIU,
    mask::WHERE,
    shape::CONTIGUOUS,
    shape::EXPAND,
    shape::FLATTEN,
    shape::PERMUTE,
    shape::REPEAT,
    shape::SQUEEZE,
    shape::UNSQUEEZE,
    slice::NARROW,
    slice::SELECT,
    slice::SLICE,
    slice::UNSLICE,
    shape::RESHAPE,
    shape::TRANSPOSE,
    sum::SUM,
];
