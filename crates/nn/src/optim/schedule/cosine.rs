//! Rates that follow a cosine.

use std::f64::consts::PI;

use super::{Field, Plan, Rates, not_negative};

/// Half a cosine from the learning rate down to η, in `t_max` epochs, and up again. PyTorch: `CosineAnnealingLR`, of
/// Loshchilov and Hutter (2017) without restarts.
///
/// At epoch t: η + (lr − η)·(1 + cos(π·t/t_max))/2, computed from the rate of the epoch before.
///
/// ```
/// use deltarule_nn::optim::Sgd;
/// use deltarule_nn::{Linear, Module};
/// use deltarule_nn::optim::schedule::{CosineAnnealingLr, Schedule};
/// let mut optimizer = Sgd::new(Linear::new(2, 1).parameters(), 1.0);
/// let mut schedule = Schedule::new(&mut optimizer, CosineAnnealingLr::new(10).eta_min(0.5));
/// (0..5).for_each(|_| schedule.step(&mut optimizer));
/// assert!((optimizer.options(0).lr - 0.75).abs() < 1e-12);
/// ```
#[derive(Debug, Clone)]
pub struct CosineAnnealingLr {
    t_max: u64,
    eta_min: f64,
}

impl CosineAnnealingLr {
    /// The lowest rate after `t_max` epochs, which must be 1 or more.
    pub fn new(t_max: u64) -> Self {
        CosineAnnealingLr { t_max, eta_min: 0.0 }
    }

    /// The lowest rate η. 0 by default.
    #[must_use]
    pub fn eta_min(mut self, eta_min: f64) -> Self {
        self.eta_min = eta_min;
        self
    }
}

impl Plan for CosineAnnealingLr {
    const NAME: &'static str = "CosineAnnealingLr";

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("t_max", Field::Count(&mut self.t_max));
        each("eta_min", Field::Number(&mut self.eta_min));
    }

    fn check(&self) -> Result<(), String> {
        if self.t_max == 0 {
            return Err("t_max must be 1 or more, and is 0".to_owned());
        }
        not_negative("eta_min", self.eta_min)
    }

    fn turn(&self, epoch: u64, _: usize, base_lr: f64, rates: Rates<'_>) {
        let Some(before) = epoch.checked_sub(1) else {
            return;
        };
        let (t_max, eta) = (self.t_max as f64, self.eta_min);
        if before % self.t_max.saturating_mul(2) == self.t_max {
            // The rate before was η: the quotient below would be 0/0.
            *rates.lr += (base_lr - eta) * (1.0 - (PI / t_max).cos()) / 2.0;
        } else {
            let height = |epoch: u64| 1.0 + (PI * epoch as f64 / t_max).cos();
            *rates.lr = height(epoch) / height(before) * (*rates.lr - eta) + eta;
        }
    }
}
