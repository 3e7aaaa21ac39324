//! Tensors with automatic differentiation: the values of deltarule.
//!
//! Two floors. Arrays and kernels compute, and know nothing of gradients; operations define each differentiable function
//! once: its formula, its gradient rule and its samples side by side.

mod aliases;
mod array;
mod create;
mod dim;
#[doc(hidden)]
pub mod display;
mod element;
mod error;
mod grad;
mod gradcheck;
mod hints;
mod in_place;
mod index;
mod kernels;
mod layout;
mod leaf;
mod ops;
pub mod random;
mod range;
mod record;
mod room;
mod show;
mod table;
mod tensor;

pub use array::pool::{MemoryStats, empty_cache, memory_stats};
pub use array::{AnyArray, Kind};
#[doc(hidden)]
pub use create::check_size;
pub use deltarule_autograd::{
    GradGuard, HookHandle, Options, detect_anomaly, enable_grad, is_grad_enabled, no_grad, no_grad_guard,
};
pub use dim::{Dims, IntoShape, NewShape, Size};
pub use element::{DType, Element, Float, Number};
pub use error::ShapeError;
pub use grad::{GradInput, grad, grad_with};
pub use gradcheck::{GradcheckError, gradcheck, gradgradcheck};
pub use index::{IntoSlices, Slice, step};
/// Steps of optimizers in one pass over memory: vectorised, and on several threads for large parameters.
pub mod fused {
    pub use crate::kernels::optim::{Arithmetic, Rule, apply};
}
#[cfg(feature = "samples")]
#[doc(hidden)]
pub use kernels::parallel::forks;
#[doc(hidden)]
pub use kernels::scratch::filled;
pub use leaf::Leaf;
#[cfg(feature = "samples")]
pub use ops::OPERATIONS;
#[doc(hidden)]
pub use ops::{Activation, check_target};
pub use ops::{Comparand, Exponent, Indexing, SplitSizes, cat, meshgrid, stack};
pub use random::{Generator, manual_seed, with_seed};
pub use record::{BackwardOf, record};
pub use room::MAX_AXES;
pub use table::{Domain, Operation, Sample};
pub use tensor::{BoolTensor, DoubleTensor, LongTensor, Node, Tensor, TensorOf};
