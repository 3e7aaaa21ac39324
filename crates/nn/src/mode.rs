//! The switch between training and evaluation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::copy::cloned;
use crate::repr::Shown;
use crate::{Module, Part, Visitor};

/// Whether a module is being trained: a field of each module that acts differently then, such as dropout.
/// [`Module::train`] and [`Module::eval`] set it. PyTorch: `module.training`.
///
/// It starts in training, as in PyTorch. Cloning shares it.
#[derive(Debug)]
pub struct Mode(Arc<AtomicBool>);

impl Mode {
    /// Whether the module is being trained.
    #[inline]
    pub fn is_training(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Switches to training (`true`) or to evaluation.
    pub fn set_training(&self, training: bool) {
        self.0.store(training, Ordering::Relaxed);
    }
}

impl Clone for Mode {
    fn clone(&self) -> Self {
        let share = |mode: &Self| Mode(Arc::clone(&mode.0));
        cloned(Arc::as_ptr(&self.0).addr(), self, share, || Mode(Arc::new(AtomicBool::new(self.is_training()))))
    }
}

impl Default for Mode {
    fn default() -> Self {
        Mode(Arc::new(AtomicBool::new(true)))
    }
}

impl Module for Mode {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.part(Part::Mode(self));
    }

    fn shown(&self) -> Shown {
        Shown::Nothing
    }
}
