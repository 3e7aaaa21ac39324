//! Optimizers: how gradients change parameters. PyTorch: `torch.optim`.

mod sgd;

use std::collections::HashSet;

use crate::Parameter;

pub use sgd::Sgd;

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
    fn step(&mut self);

    /// The parameters, each once.
    fn parameters(&self) -> &[Parameter];

    /// The learning rate.
    fn lr(&self) -> f64;

    /// Sets the learning rate: schedules do.
    fn set_lr(&mut self, lr: f64);

    /// Sets the gradient of each parameter to none. PyTorch: `zero_grad()`.
    fn zero_grad(&self) {
        self.parameters().iter().for_each(Parameter::zero_grad);
    }
}

/// The parameters without repetitions: a shared one takes one step, not several.
fn distinct(parameters: impl IntoIterator<Item = Parameter>) -> Vec<Parameter> {
    let mut seen = HashSet::new();
    parameters.into_iter().filter(|parameter| seen.insert(parameter.address())).collect()
}
