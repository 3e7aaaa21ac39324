//! The operations: what each computes, its gradient rule and its samples, side by side.

mod arithmetic;
pub(crate) mod given;
mod hyperbolic;
mod operators;
mod shape;
mod sum;

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
    shape::CONTIGUOUS,
    shape::EXPAND,
    shape::PERMUTE,
    shape::RESHAPE,
    shape::TRANSPOSE,
    sum::SUM,
];
