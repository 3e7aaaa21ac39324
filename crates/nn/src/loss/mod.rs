//! Losses: how far an output is from what it should be.

mod bce;
mod class;
mod cross_entropy;
mod huber;
mod l1;
mod mse;
mod nll;

use deltarule_tensor::Tensor;

pub use bce::{BceLoss, BceWithLogitsLoss};
pub use class::ClassTarget;
pub use cross_entropy::CrossEntropyLoss;
pub use huber::{HuberLoss, SmoothL1Loss};
pub use l1::L1Loss;
pub use mse::MseLoss;
pub use nll::NllLoss;

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
    fn apply(self, losses: Tensor) -> Tensor {
        match self {
            Reduction::None => losses,
            Reduction::Mean => losses.mean(),
            Reduction::Sum => losses.sum(),
        }
    }
}
