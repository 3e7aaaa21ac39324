//! Losses: how far an output is from what it should be.

mod bce;
mod class;
mod cross_entropy;
mod huber;
mod l1;
mod mse;
mod nll;

use deltarule_tensor::{Float, TensorOf};

pub use bce::{BceLoss, BceLossOf, BceWithLogitsLoss, BceWithLogitsLossOf};
pub use class::ClassTarget;
pub use cross_entropy::{CrossEntropyLoss, CrossEntropyLossOf};
pub use huber::{HuberLoss, SmoothL1Loss};
pub use l1::L1Loss;
pub use mse::MseLoss;
pub use nll::{NllLoss, NllLossOf};

/// What becomes of the losses of single elements. PyTorch: the argument `reduction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduction {
    /// They stay as they are.
    None,
    /// Their mean: gradients don't grow with the batch.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

impl Reduction {
    #[track_caller]
    fn apply<E: Float>(self, losses: TensorOf<E>) -> TensorOf<E> {
        match self {
            Reduction::None => losses,
            Reduction::Mean => losses.mean(),
            Reduction::Sum => losses.sum(),
        }
    }
}
