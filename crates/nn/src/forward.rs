//! Modules that take one tensor and give one.

use std::sync::Arc;

use deltarule_autograd::call_site::short_name;
use deltarule_tensor::{Activation, Tensor};

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
///
/// A message names the line in your `forward` whose layer it was. The layers of this crate are `#[track_caller]`, which
/// hands that line on; a call through `&dyn Forward` can't, one through `Box<dyn Forward>` or [`Sequential`] does.
///
/// [`Sequential`]: crate::Sequential
pub trait Forward: Module + Send + Sync {
    /// The output for this input.
    fn forward(&self, input: &Tensor) -> Tensor;

    /// `forward` for a call through `dyn Forward`. The attribute stands on the trait's own method, so it hands the line
    /// through such a call; on `forward` it would hide the lines of each implementation.
    #[doc(hidden)]
    #[track_caller]
    fn forward_dyn(&self, input: &Tensor) -> Tensor {
        self.forward(input)
    }

    /// As `forward_dyn`, of an input that nobody else needs: the output may take over its memory.
    #[doc(hidden)]
    #[track_caller]
    fn forward_owned(&self, input: Tensor) -> Tensor {
        self.forward(&input)
    }

    /// The activation that this module is, if the layer before it can apply that as well.
    #[doc(hidden)]
    fn activation(&self) -> Option<&'static Activation<f32>> {
        None
    }

    /// As `forward_owned`, with `activation` applied to the output.
    #[doc(hidden)]
    #[track_caller]
    fn forward_activated(&self, input: Tensor, activation: &'static Activation<f32>) -> Tensor {
        activation.of_tensor(self.forward_owned(input))
    }

    /// The name of the module's type in messages, without the path of its crate: `Linear`.
    fn name(&self) -> &'static str {
        short_name(self.full_name())
    }

    /// The name with its path: making it shorter is left to the messages, for it costs as much as a small layer.
    #[doc(hidden)]
    fn full_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
}

impl<F: Forward + ?Sized> Forward for Box<F> {
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor {
        (**self).forward_dyn(input)
    }

    #[track_caller]
    fn forward_owned(&self, input: Tensor) -> Tensor {
        (**self).forward_owned(input)
    }

    fn activation(&self) -> Option<&'static Activation<f32>> {
        (**self).activation()
    }

    #[track_caller]
    fn forward_activated(&self, input: Tensor, activation: &'static Activation<f32>) -> Tensor {
        (**self).forward_activated(input, activation)
    }

    fn full_name(&self) -> &'static str {
        (**self).full_name()
    }
}

impl<F: Forward + ?Sized> Forward for Arc<F> {
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor {
        (**self).forward_dyn(input)
    }

    #[track_caller]
    fn forward_owned(&self, input: Tensor) -> Tensor {
        (**self).forward_owned(input)
    }

    fn activation(&self) -> Option<&'static Activation<f32>> {
        (**self).activation()
    }

    #[track_caller]
    fn forward_activated(&self, input: Tensor, activation: &'static Activation<f32>) -> Tensor {
        (**self).forward_activated(input, activation)
    }

    fn full_name(&self) -> &'static str {
        (**self).full_name()
    }
}
