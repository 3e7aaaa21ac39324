//! Rates that fall by a factor.

use super::{Field, Plan, Rates, not_negative};

/// Multiplies the learning rate by γ after each epoch. PyTorch: `ExponentialLR`.
///
/// ```
/// use deltarule_nn::optim::Sgd;
/// use deltarule_nn::{Linear, Module};
/// use deltarule_nn::optim::schedule::{ExponentialLr, Schedule};
/// let mut optimizer = Sgd::new(Linear::new(2, 1).parameters(), 1.0);
/// let mut schedule = Schedule::new(&mut optimizer, ExponentialLr::new(0.5));
/// (0..3).for_each(|_| schedule.step(&mut optimizer));
/// assert_eq!(optimizer.options(0).lr, 0.125);
/// ```
#[derive(Debug, Clone)]
pub struct ExponentialLr {
    gamma: f64,
}

impl ExponentialLr {
    /// A fall by the factor γ each epoch.
    pub fn new(gamma: f64) -> Self {
        ExponentialLr { gamma }
    }
}

impl Plan for ExponentialLr {
    const NAME: &'static str = "ExponentialLr";

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("gamma", Field::Number(&mut self.gamma));
    }

    fn check(&self) -> Result<(), String> {
        not_negative("gamma", self.gamma)
    }

    fn turn(&self, epoch: u64, _: usize, _: f64, rates: Rates<'_>) {
        if epoch > 0 {
            *rates.lr *= self.gamma;
        }
    }
}
