//! Modules that take one tensor and give one.

use std::sync::Arc;

use deltarule_tensor::Tensor;

use crate::Module;

/// A module that turns one tensor into one: what can stand in a [`Sequential`](crate::Sequential).
///
/// ```
/// use deltarule_nn::{Forward, Linear, Module, sequential};
/// use deltarule_tensor::Tensor;
///
/// #[derive(Module)]
/// struct Residual(Linear);
///
/// impl Forward for Residual {
///     fn forward(&self, input: &Tensor) -> Tensor {
///         input + self.0.forward(input)
///     }
/// }
///
/// let model = sequential![Residual(Linear::new(3, 3)), Linear::new(3, 1)];
/// assert_eq!(model.forward(&Tensor::ones([2, 3])).shape(), [2, 1]);
/// ```
pub trait Forward: Module + Send + Sync {
    /// The output for this input.
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor;

    /// The name of the module's type in messages, without the path of its crate: `Linear`.
    fn name(&self) -> &'static str {
        short_name(std::any::type_name::<Self>())
    }
}

/// `Linear` of `deltarule_nn::linear::Linear`, `Pair` of `model::Pair<model::A>`.
fn short_name(name: &'static str) -> &'static str {
    let without_arguments = name.split('<').next().unwrap_or(name);
    without_arguments.rsplit("::").next().unwrap_or(name)
}

impl<F: Forward + ?Sized> Forward for Box<F> {
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor {
        (**self).forward(input)
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }
}

impl<F: Forward + ?Sized> Forward for Arc<F> {
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor {
        (**self).forward(input)
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn a_short_name_has_neither_path_nor_arguments() {
        assert_eq!(short_name("deltarule_nn::linear::Linear"), "Linear");
        assert_eq!(short_name("model::Pair<model::A, alloc::vec::Vec<u8>>"), "Pair");
        assert_eq!(short_name("Plain"), "Plain");
    }
}
