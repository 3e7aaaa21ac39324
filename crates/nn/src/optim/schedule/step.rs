//! Rates that fall in steps.

use super::{Field, Plan, Rates, not_negative};

/// Multiplies the learning rate by γ (0.1 by default) after each `step_size` epochs. PyTorch: `StepLR`.
///
/// ```
/// use deltarule_nn::optim::Sgd;
/// use deltarule_nn::{Linear, Module};
/// use deltarule_nn::optim::schedule::{Schedule, StepLr};
/// let mut optimizer = Sgd::new(Linear::new(2, 1).parameters(), 1.0);
/// let mut schedule = Schedule::new(&mut optimizer, StepLr::new(1).gamma(0.5));
/// schedule.step(&mut optimizer);
/// assert_eq!(optimizer.options(0).lr, 0.5);
/// ```
#[derive(Debug, Clone)]
pub struct StepLr {
    step_size: u64,
    gamma: f64,
}

impl StepLr {
    /// A step each `step_size` epochs, which must be 1 or more.
    pub fn new(step_size: u64) -> Self {
        StepLr { step_size, gamma: 0.1 }
    }

    /// The factor γ. 0.1 by default.
    #[must_use]
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }
}

impl Plan for StepLr {
    const NAME: &'static str = "StepLr";

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("step_size", Field::Count(&mut self.step_size));
        each("gamma", Field::Number(&mut self.gamma));
    }

    fn check(&self) -> Result<(), String> {
        if self.step_size == 0 {
            return Err("step_size must be 1 or more, and is 0".to_owned());
        }
        not_negative("gamma", self.gamma)
    }

    fn turn(&self, epoch: u64, _: usize, _: f64, rates: Rates<'_>) {
        if epoch > 0 && epoch.is_multiple_of(self.step_size) {
            *rates.lr *= self.gamma;
        }
    }
}

/// Multiplies the learning rate by γ (0.1 by default) at each milestone; one that is listed twice counts twice. PyTorch:
/// `MultiStepLR`.
///
/// ```
/// use deltarule_nn::optim::Sgd;
/// use deltarule_nn::{Linear, Module};
/// use deltarule_nn::optim::schedule::{MultiStepLr, Schedule};
/// let mut optimizer = Sgd::new(Linear::new(2, 1).parameters(), 1.0);
/// let mut schedule = Schedule::new(&mut optimizer, MultiStepLr::new([2, 3]).gamma(0.5));
/// (0..3).for_each(|_| schedule.step(&mut optimizer));
/// assert_eq!(optimizer.options(0).lr, 0.25);
/// ```
#[derive(Debug, Clone)]
pub struct MultiStepLr {
    milestones: Vec<u64>,
    gamma: f64,
}

impl MultiStepLr {
    /// A step at each of these epochs.
    pub fn new(milestones: impl IntoIterator<Item = u64>) -> Self {
        MultiStepLr { milestones: milestones.into_iter().collect(), gamma: 0.1 }
    }

    /// The factor γ. 0.1 by default.
    #[must_use]
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }
}

impl Plan for MultiStepLr {
    const NAME: &'static str = "MultiStepLr";

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("milestones", Field::Counts(&mut self.milestones));
        each("gamma", Field::Number(&mut self.gamma));
    }

    fn check(&self) -> Result<(), String> {
        not_negative("gamma", self.gamma)
    }

    fn turn(&self, epoch: u64, _: usize, _: f64, rates: Rates<'_>) {
        let count = self.milestones.iter().filter(|&&milestone| milestone == epoch).count();
        if count > 0 {
            *rates.lr *= self.gamma.powf(count as f64);
        }
    }
}
