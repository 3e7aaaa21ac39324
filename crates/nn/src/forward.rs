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

    /// The name of the module's type, for messages, which leave the path of its crate out.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
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
