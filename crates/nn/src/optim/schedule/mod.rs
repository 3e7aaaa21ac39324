//! Schedules: how learning rates change from epoch to epoch. PyTorch: `torch.optim.lr_scheduler`.
//!
//! A [`Plan`] says how; a [`Schedule`] follows it. As in PyTorch, most plans make the new rate of the one before, so that
//! several schedules may turn one optimizer.

mod cosine;
mod exponential;
mod linear;
mod one_cycle;
mod step;

use std::fmt;

use deltarule_autograd::call_site::fail;

use super::rule::not_negative;
use super::{Field, Optimizer, Rates};
use crate::load::Fitting;
use crate::{LoadError, SavedState, StateDict, Stateful};

pub use cosine::CosineAnnealingLr;
pub use exponential::ExponentialLr;
pub use linear::LinearLr;
pub use one_cycle::OneCycleLr;
pub use step::{MultiStepLr, StepLr};

/// Turns an optimizer's learning rates by a plan. PyTorch: an `LRScheduler`.
///
/// ```
/// use deltarule_nn::optim::schedule::{Schedule, StepLr};
/// use deltarule_nn::optim::{Optimizer, Sgd};
/// use deltarule_nn::{Linear, Module};
///
/// let mut optimizer = Sgd::new(Linear::new(2, 1).parameters(), 0.1);
/// let mut schedule = Schedule::new(&mut optimizer, StepLr::new(2).gamma(0.5));
/// let mut rates = Vec::new();
/// for epoch in 0..5 {
///     // … the steps of an epoch …
///     optimizer.step();
///     rates.push(schedule.last_lr()[0]);
///     schedule.step(&mut optimizer);
/// }
/// assert_eq!(rates, [0.1, 0.1, 0.05, 0.05, 0.025]);
/// ```
#[derive(Debug, Clone)]
pub struct Schedule<P> {
    plan: P,
    epoch: u64,
    /// The learning rate of each group that the schedule started from.
    base_lrs: Vec<f64>,
    last_lr: Vec<f64>,
    /// Whether all groups had a momentum at the start.
    momentum: bool,
}

/// How rates go on.
pub trait Plan: Clone + fmt::Debug {
    /// The schedule's name in messages and in saved states.
    const NAME: &'static str;

    /// Lists the options by name.
    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>));

    /// Whether the options can be.
    ///
    /// # Errors
    /// The first that can't, in words.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Whether the plan can be at `epoch`, for an optimizer with so many groups; `momentum` says whether all of them have
    /// one. It is asked before each [`turn`](Plan::turn), and of each state that is restored.
    ///
    /// # Errors
    /// Why it can't, in words.
    fn check_at(&self, epoch: u64, groups: usize, momentum: bool) -> Result<(), String> {
        let _ = (epoch, groups, momentum);
        Ok(())
    }

    /// Sets the rates of a group for `epoch`, from those of the epoch before. At epoch 0 the schedule starts.
    fn turn(&self, epoch: u64, group: usize, base_lr: f64, rates: Rates<'_>);
}

impl<P: Plan> Schedule<P> {
    /// Starts to turn the rates of `optimizer`, from those that it has. If another schedule turns them already, this one
    /// starts from where that one did.
    ///
    /// # Panics
    /// If an option of the plan is out of its range, or if the plan doesn't fit the optimizer.
    #[track_caller]
    pub fn new(optimizer: &mut impl Optimizer, plan: P) -> Self {
        if let Err(wrong) = plan.check() {
            fail(P::NAME, wrong);
        }
        let base = |rates: Rates<'_>| *rates.initial_lr.get_or_insert(*rates.lr);
        let base_lrs: Vec<f64> = optimizer.rates().into_iter().map(base).collect();
        let momentum = optimizer.rates().iter().all(|rates| rates.momentum.is_some());
        let mut schedule = Schedule { plan, epoch: 0, last_lr: base_lrs.clone(), base_lrs, momentum };
        schedule.turn(0, optimizer);
        schedule
    }

    /// Goes to the next epoch: call it after the optimizer's steps of this one. (Some plans count batches for epochs.)
    ///
    /// # Panics
    /// If the plan has come to its end, or if the optimizer has another number of groups than at the start.
    #[track_caller]
    pub fn step(&mut self, optimizer: &mut impl Optimizer) {
        self.turn(self.epoch + 1, optimizer);
    }

    /// The epoch that the rates are for, from 0 on.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The learning rate of each group, as last set. PyTorch: `get_last_lr()`.
    pub fn last_lr(&self) -> &[f64] {
        &self.last_lr
    }

    #[track_caller]
    fn turn(&mut self, epoch: u64, optimizer: &mut impl Optimizer) {
        let all = optimizer.rates();
        if all.len() != self.base_lrs.len() {
            fail(
                P::NAME,
                format_args!("the optimizer had {} groups at the start, and has {}", self.base_lrs.len(), all.len()),
            );
        }
        let momentum = all.iter().all(|rates| rates.momentum.is_some());
        if let Err(wrong) = self.plan.check_at(epoch, all.len(), momentum) {
            fail(P::NAME, wrong);
        }
        for (group, rates) in all.into_iter().enumerate() {
            self.plan.turn(epoch, group, self.base_lrs[group], rates);
        }
        self.epoch = epoch;
        self.last_lr = optimizer.rates().into_iter().map(|rates| *rates.lr).collect();
    }

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("last_epoch", Field::Count(&mut self.epoch));
        each("base_lrs", Field::Numbers(&mut self.base_lrs));
        each("last_lr", Field::Numbers(&mut self.last_lr));
        self.plan.fields(each);
    }

    /// This schedule with the state that was saved.
    fn read(&self, saved: &SavedState) -> Result<Self, LoadError> {
        let mut fitting = Fitting::of_kind(P::NAME, saved)?;
        let mut read = self.clone();
        read.fields(&mut |name, field| fitting.field(name, field));
        let rates =
            read.base_lrs.iter().map(|&lr| ("base_lrs", lr)).chain(read.last_lr.iter().map(|&lr| ("last_lr", lr)));
        let checked = read
            .plan
            .check()
            .and_then(|()| read.plan.check_at(read.epoch, read.base_lrs.len(), read.momentum))
            .and_then(|()| rates.into_iter().try_for_each(|(name, lr)| not_negative(name, lr)));
        if let Err(wrong) = checked {
            fitting.invalid(wrong);
        }
        fitting.finish()?;
        Ok(read)
    }
}

/// The rates themselves are saved with the optimizer.
impl<P: Plan> Stateful for Schedule<P> {
    fn state_dict(&self) -> SavedState {
        let mut dict = StateDict::new();
        self.clone().fields(&mut |name, field| dict.push(name, field.get()));
        SavedState { kind: P::NAME.to_owned(), values: dict }
    }

    fn check_state_dict(&self, saved: &SavedState) -> Result<(), LoadError> {
        self.read(saved).map(drop)
    }

    fn load_state_dict(&mut self, saved: &SavedState) -> Result<(), LoadError> {
        *self = self.read(saved)?;
        Ok(())
    }
}
