//! What has a state to be saved besides a model: optimizers, schedules, and whatever else a training run consists of.

use serde::{Deserialize, Serialize};

use crate::{LoadError, StateDict};

/// Something whose state is saved with a training run. PyTorch: `state_dict()` and `load_state_dict()` of optimizers and
/// schedules.
///
/// ```
/// use deltarule_nn::optim::{Adam, Optimizer};
/// use deltarule_nn::{Linear, Module, Stateful};
///
/// let model = Linear::new(2, 1);
/// let mut adam = Adam::new(model.parameters(), 1e-3);
/// adam.step();
/// let saved = adam.state_dict();
///
/// let mut other = Adam::new(model.parameters(), 0.5);
/// other.load_state_dict(&saved)?;
/// assert_eq!(other.options(0).lr, 1e-3);
/// # Ok::<(), deltarule_nn::LoadError>(())
/// ```
pub trait Stateful {
    /// The state as it is now.
    fn state_dict(&self) -> SavedState;

    /// Whether [`load_state_dict`](Stateful::load_state_dict) would succeed.
    ///
    /// # Errors
    /// What doesn't fit.
    fn check_state_dict(&self, saved: &SavedState) -> Result<(), LoadError>;

    /// Takes the saved state over.
    ///
    /// # Errors
    /// If it doesn't fit. The error names what is wrong, and nothing is changed.
    fn load_state_dict(&mut self, saved: &SavedState) -> Result<(), LoadError>;
}

/// The state of an optimizer or a schedule, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedState {
    /// Whose state it is: `Adam`, `StepLr`.
    pub kind: String,
    /// The values.
    pub values: StateDict,
}
