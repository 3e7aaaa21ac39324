//! Optimizers: how gradients change parameters. PyTorch: `torch.optim`.
//!
//! Each optimizer is a [`Rule`]: its options, and what one step does with one parameter. [`Grouped`] does all else: it
//! walks groups, parameters and gradients, and saves and restores what a rule keeps.

mod adagrad;
mod adam;
mod clip;
mod field;
mod group;
mod rmsprop;
mod rule;
pub mod schedule;
mod sgd;
mod state;

use std::collections::HashSet;

use deltarule_tensor::Float;

use crate::ParameterOf;

/// PyTorch's name of [`schedule`].
#[doc(hidden)]
pub use schedule as lr_scheduler;

pub use adagrad::{Adagrad, AdagradOf, AdagradOptions};
pub use adam::{Adam, AdamOf, AdamOptions, AdamW, AdamWOf};
pub use clip::{clip_grad_norm, clip_grad_value};
pub use field::Field;
pub use group::Grouped;
pub use rmsprop::{RmsProp, RmsPropOf, RmsPropOptions};
pub use rule::{Kept, Rule};
pub use sgd::{Sgd, SgdOf, SgdOptions};

/// Changes parameters by their gradients.
///
/// ```
/// use deltarule_nn::optim::{Optimizer, Sgd};
/// use deltarule_nn::{Forward, Linear, Module, MseLoss};
/// use deltarule_tensor::Tensor;
///
/// let (x, y) = (Tensor::from([[0.], [1.], [2.]]), Tensor::from([[1.], [3.], [5.]])); // y = 2x + 1
/// let (model, criterion) = (Linear::new(1, 1), MseLoss::default());
/// let mut optimizer = Sgd::new(model.parameters(), 0.1);
/// for _ in 0..500 {
///     let loss = criterion.forward(&model.forward(&x), &y);
///     optimizer.zero_grad();
///     loss.backward();
///     optimizer.step();
/// }
/// assert!((model.weight.value().item() - 2.0).abs() < 1e-3);
/// ```
pub trait Optimizer {
    /// Changes each parameter that has a gradient, once. One without a gradient is left alone, and so is its state.
    #[track_caller]
    fn step(&mut self);

    /// What schedules turn, for each group.
    fn rates(&mut self) -> Vec<Rates<'_>>;

    /// Sets the gradient of each parameter to none. PyTorch: `zero_grad()`.
    fn zero_grad(&self);
}

/// What a [schedule] turns in one group of parameters.
#[derive(Debug)]
pub struct Rates<'a> {
    /// The learning rate.
    pub lr: &'a mut f64,
    /// The learning rate that the first schedule found, once there is one: the later ones start from it too.
    pub initial_lr: &'a mut Option<f64>,
    /// The momentum, or Adam's β₁, if the optimizer has one.
    pub momentum: Option<&'a mut f64>,
}

/// The parameters without repetitions: a shared one takes one step, not several.
fn distinct<E: Float>(parameters: impl IntoIterator<Item = ParameterOf<E>>) -> impl Iterator<Item = ParameterOf<E>> {
    let mut seen = HashSet::new();
    parameters.into_iter().filter(move |parameter| seen.insert(parameter.address()))
}
