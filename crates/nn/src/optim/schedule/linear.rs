//! Rates that rise or fall in a line: a warm-up.

use super::{Field, Plan, Rates};

/// Takes the learning rate times a factor that goes in a line from a third to 1 within 5 epochs: a warm-up. PyTorch:
/// `LinearLR`.
///
/// ```
/// use deltarule_nn::optim::Sgd;
/// use deltarule_nn::{Linear, Module};
/// use deltarule_nn::optim::schedule::{LinearLr, Schedule};
/// let mut optimizer = Sgd::new(Linear::new(2, 1).parameters(), 1.0);
/// let mut schedule = Schedule::new(&mut optimizer, LinearLr::new().start_factor(0.5).total_iters(2));
/// assert_eq!(optimizer.options(0).lr, 0.5);
/// schedule.step(&mut optimizer);
/// assert_eq!(optimizer.options(0).lr, 0.75);
/// ```
#[derive(Debug, Clone)]
pub struct LinearLr {
    start_factor: f64,
    end_factor: f64,
    total_iters: u64,
}

impl Default for LinearLr {
    fn default() -> Self {
        LinearLr { start_factor: 1.0 / 3.0, end_factor: 1.0, total_iters: 5 }
    }
}

impl LinearLr {
    /// From a third of the rate to all of it within 5 epochs.
    pub fn new() -> Self {
        Self::default()
    }

    /// The factor at the start, in (0, 1]. 1/3 by default.
    #[must_use]
    pub fn start_factor(mut self, factor: f64) -> Self {
        self.start_factor = factor;
        self
    }

    /// The factor at the end, in [0, 1]. 1 by default.
    #[must_use]
    pub fn end_factor(mut self, factor: f64) -> Self {
        self.end_factor = factor;
        self
    }

    /// The number of epochs from the start to the end. 5 by default.
    #[must_use]
    pub fn total_iters(mut self, count: u64) -> Self {
        self.total_iters = count;
        self
    }
}

impl Plan for LinearLr {
    const NAME: &'static str = "LinearLr";

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("start_factor", Field::Number(&mut self.start_factor));
        each("end_factor", Field::Number(&mut self.end_factor));
        each("total_iters", Field::Count(&mut self.total_iters));
    }

    fn check(&self) -> Result<(), String> {
        let (start, end) = (self.start_factor, self.end_factor);
        if !(start > 0.0 && start <= 1.0) {
            return Err(format!("start_factor must be above 0 and at most 1, and is {start}"));
        }
        if !(0.0..=1.0).contains(&end) {
            return Err(format!("end_factor must be in [0, 1], and is {end}"));
        }
        Ok(())
    }

    fn turn(&self, epoch: u64, _: usize, _: f64, rates: Rates<'_>) {
        let slope = self.end_factor - self.start_factor;
        if epoch == 0 {
            *rates.lr *= self.start_factor;
        } else if epoch <= self.total_iters {
            let before = self.total_iters as f64 * self.start_factor + (epoch - 1) as f64 * slope;
            // Down to 0, a rounding may lead below it, where no optimizer goes.
            *rates.lr *= (1.0 + slope / before).max(0.0);
        }
    }
}
