//! One rise and one fall.

use std::f64::consts::PI;

use super::{Field, Plan, Rates, not_negative};

/// One cycle, of Smith and Topin (2018): the learning rate rises from a low to the highest, and falls to almost nothing,
/// while the momentum (or Adam's β₁) goes the other way. A step of this schedule follows each batch. PyTorch:
/// `OneCycleLR`.
///
/// The rate starts at max_lr/div_factor and ends at that over final_div_factor.
///
/// ```
/// use deltarule_nn::optim::Sgd;
/// use deltarule_nn::{Linear, Module};
/// use deltarule_nn::optim::schedule::{OneCycleLr, Schedule};
/// let mut optimizer = Sgd::new(Linear::new(2, 1).parameters(), 0.1).momentum(0.9);
/// let mut schedule = Schedule::new(&mut optimizer, OneCycleLr::new(1.0, 100));
/// assert!((optimizer.options(0).lr - 1.0 / 25.0).abs() < 1e-12);
/// (0..29).for_each(|_| schedule.step(&mut optimizer));
/// assert_eq!((optimizer.options(0).lr, optimizer.options(0).momentum), (1.0, 0.85));
/// ```
#[derive(Debug, Clone)]
pub struct OneCycleLr {
    /// One for all groups, or one for each.
    max_lrs: Vec<f64>,
    total_steps: u64,
    pct_start: f64,
    linear: bool,
    cycle_momentum: bool,
    base_momentum: f64,
    max_momentum: f64,
    div_factor: f64,
    final_div_factor: f64,
    three_phase: bool,
}

impl OneCycleLr {
    /// A cycle of `total_steps` steps with the highest rate `max_lr`.
    pub fn new(max_lr: f64, total_steps: u64) -> Self {
        OneCycleLr {
            max_lrs: vec![max_lr],
            total_steps,
            pct_start: 0.3,
            linear: false,
            cycle_momentum: true,
            base_momentum: 0.85,
            max_momentum: 0.95,
            div_factor: 25.0,
            final_div_factor: 1e4,
            three_phase: false,
        }
    }

    /// The highest rate of each group.
    #[must_use]
    pub fn max_lrs(mut self, max_lrs: impl IntoIterator<Item = f64>) -> Self {
        self.max_lrs = max_lrs.into_iter().collect();
        self
    }

    /// The share of the cycle in which the rate rises. 0.3 by default.
    #[must_use]
    pub fn pct_start(mut self, share: f64) -> Self {
        self.pct_start = share;
        self
    }

    /// Goes in straight lines (`true`) instead of along a cosine. PyTorch: `anneal_strategy`.
    #[must_use]
    pub fn linear(mut self, linear: bool) -> Self {
        self.linear = linear;
        self
    }

    /// Whether the momentum goes the other way. It does by default.
    #[must_use]
    pub fn cycle_momentum(mut self, cycle: bool) -> Self {
        self.cycle_momentum = cycle;
        self
    }

    /// The lowest momentum, at the highest rate. 0.85 by default.
    #[must_use]
    pub fn base_momentum(mut self, momentum: f64) -> Self {
        self.base_momentum = momentum;
        self
    }

    /// The highest momentum. 0.95 by default.
    #[must_use]
    pub fn max_momentum(mut self, momentum: f64) -> Self {
        self.max_momentum = momentum;
        self
    }

    /// What the highest rate is divided by at the start. 25 by default.
    #[must_use]
    pub fn div_factor(mut self, factor: f64) -> Self {
        self.div_factor = factor;
        self
    }

    /// What the first rate is divided by at the end. 10⁴ by default.
    #[must_use]
    pub fn final_div_factor(mut self, factor: f64) -> Self {
        self.final_div_factor = factor;
        self
    }

    /// Falls to the first rate as fast as it rose, and goes on to the last in a third phase.
    #[must_use]
    pub fn three_phase(mut self, three: bool) -> Self {
        self.three_phase = three;
        self
    }

    /// The end of each phase, and whether rate and momentum end it at their extremes.
    fn phases(&self) -> Vec<(f64, End)> {
        let (total, rise) = (self.total_steps as f64, self.pct_start * self.total_steps as f64);
        let mut phases = vec![(rise - 1.0, End::Top)];
        if self.three_phase {
            phases.push((2.0 * self.pct_start * total - 2.0, End::First));
        }
        phases.push((total - 1.0, End::Last));
        phases
    }

    /// From `start` to `end`, `share` of the way.
    fn between(&self, start: f64, end: f64, share: f64) -> f64 {
        if self.linear { (end - start) * share + start } else { end + (start - end) / 2.0 * ((PI * share).cos() + 1.0) }
    }
}

/// The points that the cycle goes through.
#[derive(Clone, Copy)]
enum End {
    First,
    Top,
    Last,
}

impl Plan for OneCycleLr {
    const NAME: &'static str = "OneCycleLr";

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("max_lrs", Field::Numbers(&mut self.max_lrs));
        each("total_steps", Field::Count(&mut self.total_steps));
        each("pct_start", Field::Number(&mut self.pct_start));
        each("linear", Field::Flag(&mut self.linear));
        each("cycle_momentum", Field::Flag(&mut self.cycle_momentum));
        each("base_momentum", Field::Number(&mut self.base_momentum));
        each("max_momentum", Field::Number(&mut self.max_momentum));
        each("div_factor", Field::Number(&mut self.div_factor));
        each("final_div_factor", Field::Number(&mut self.final_div_factor));
        each("three_phase", Field::Flag(&mut self.three_phase));
    }

    fn check(&self) -> Result<(), String> {
        if self.total_steps == 0 {
            return Err("total_steps must be 1 or more, and is 0".to_owned());
        }
        if !(0.0..=1.0).contains(&self.pct_start) {
            return Err(format!("pct_start must be in [0, 1], and is {}", self.pct_start));
        }
        for &max_lr in &self.max_lrs {
            not_negative("max_lr", max_lr)?;
        }
        for (name, factor) in [("div_factor", self.div_factor), ("final_div_factor", self.final_div_factor)] {
            if !(factor > 0.0 && factor.is_finite()) {
                return Err(format!("{name} must be above 0 and finite, and is {factor}"));
            }
        }
        not_negative("base_momentum", self.base_momentum)?;
        not_negative("max_momentum", self.max_momentum)
    }

    fn check_at(&self, epoch: u64, groups: usize, momentum: bool) -> Result<(), String> {
        if epoch > self.total_steps {
            return Err(format!("step {epoch} is past the end: the cycle has {} steps", self.total_steps));
        }
        if self.max_lrs.len() != 1 && self.max_lrs.len() < groups {
            return Err(format!(
                "{} max_lrs don't do for {groups} groups: one for all, or one for each",
                self.max_lrs.len()
            ));
        }
        if self.cycle_momentum && !momentum {
            return Err("the optimizer has no momentum to cycle; see cycle_momentum".to_owned());
        }
        Ok(())
    }

    fn turn(&self, epoch: u64, group: usize, _: f64, rates: Rates<'_>) {
        // One for all, or one for each.
        let max_lr = if let [one] = *self.max_lrs { one } else { self.max_lrs[group] };
        let first_lr = max_lr / self.div_factor;
        // What is at each point of the cycle: the rate, the momentum.
        let at = |end| match end {
            End::First => (first_lr, self.max_momentum),
            End::Top => (max_lr, self.base_momentum),
            End::Last => (first_lr / self.final_div_factor, self.max_momentum),
        };

        let step = epoch as f64;
        let (mut start_step, mut start) = (0.0, End::First);
        for (end_step, end) in self.phases() {
            if step > end_step && !matches!(end, End::Last) {
                (start_step, start) = (end_step, end);
                continue;
            }
            // A phase without steps is at its end. (PyTorch divides by 0.)
            let share = if end_step == start_step { 1.0 } else { (step - start_step) / (end_step - start_step) };
            let ((start_lr, start_momentum), (end_lr, end_momentum)) = (at(start), at(end));
            *rates.lr = self.between(start_lr, end_lr, share);
            *rates.initial_lr = Some(first_lr);
            if self.cycle_momentum
                && let Some(momentum) = rates.momentum
            {
                *momentum = self.between(start_momentum, end_momentum, share);
            }
            return;
        }
    }
}
