//! Reductions of contiguous elements seen as `[outer, n, inner]`: the middle axis is reduced, `out` is `[outer, inner]`.

mod apply;
mod columns;
mod cross_entropy;
mod extremum;
mod fold;
mod lanes;
mod logical;
mod moments;
mod numbers;
mod scan;
mod softmax;
mod softmax_backward;
mod source;
mod standardized;
mod sum;
mod turned;
mod vector;
mod with_index;

pub(crate) use cross_entropy::{cross_entropy, cross_entropy_backward};
pub(crate) use extremum::{max, min};
pub(crate) use logical::{all, any};
pub(crate) use moments::{mean, var};
pub(crate) use scan::{cumprod, cumsum, cumulative_extremum, logcumsumexp};
pub(crate) use softmax::{log_softmax, logsumexp, softmax};
pub(crate) use softmax_backward::{log_softmax_backward, softmax_backward};
pub(crate) use standardized::{Moments, standardized, standardized_backward};
pub(crate) use sum::{dot, prod, squared_distance, sum, sum_of_squares};
pub(crate) use with_index::{max_with_index, min_with_index};

#[cfg(test)]
mod tests;
