//! Modules that take one tensor and give one.

use std::sync::Arc;

use deltarule_tensor::{Activation, Float, TensorOf};

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
/// `E` is the type of the elements, `f32` if nothing is said; activations, containers and the layers of this crate do it for
/// `f64` too, and so does `impl<E: Float> Forward<E> for …`.
///
/// A message names the line in your `forward` whose layer it was. The layers of this crate are `#[track_caller]`, which
/// hands that line on; a call through `&dyn Forward` can't, one through `Box<dyn Forward>` or [`Sequential`] does.
///
/// [`Sequential`]: crate::Sequential
pub trait Forward<E: Float = f32>: Module + Send + Sync {
    /// The output for this input.
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E>;

    /// `forward` for a call through `dyn Forward`. The attribute stands on the trait's own method, so it hands the line
    /// through such a call; on `forward` it would hide the lines of each implementation.
    #[doc(hidden)]
    #[track_caller]
    fn forward_dyn(&self, input: &TensorOf<E>) -> TensorOf<E> {
        self.forward(input)
    }

    /// As `forward_dyn`, of an input that nobody else needs: the output may take over its memory.
    #[doc(hidden)]
    #[track_caller]
    fn forward_owned(&self, input: TensorOf<E>) -> TensorOf<E> {
        self.forward(&input)
    }

    /// The activation that this module is, if the layer before it can apply that as well.
    #[doc(hidden)]
    fn activation(&self) -> Option<&'static Activation<E>> {
        None
    }

    /// As `forward_owned`, with `activation` applied to the output.
    #[doc(hidden)]
    #[track_caller]
    fn forward_activated(&self, input: TensorOf<E>, activation: &'static Activation<E>) -> TensorOf<E> {
        activation.of_tensor(self.forward_owned(input))
    }
}

impl<E: Float, F: Forward<E> + ?Sized> Forward<E> for Box<F> {
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        (**self).forward_dyn(input)
    }

    #[track_caller]
    fn forward_owned(&self, input: TensorOf<E>) -> TensorOf<E> {
        (**self).forward_owned(input)
    }

    fn activation(&self) -> Option<&'static Activation<E>> {
        (**self).activation()
    }

    #[track_caller]
    fn forward_activated(&self, input: TensorOf<E>, activation: &'static Activation<E>) -> TensorOf<E> {
        (**self).forward_activated(input, activation)
    }
}

impl<E: Float, F: Forward<E> + ?Sized> Forward<E> for Arc<F> {
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        (**self).forward_dyn(input)
    }

    #[track_caller]
    fn forward_owned(&self, input: TensorOf<E>) -> TensorOf<E> {
        (**self).forward_owned(input)
    }

    fn activation(&self) -> Option<&'static Activation<E>> {
        (**self).activation()
    }

    #[track_caller]
    fn forward_activated(&self, input: TensorOf<E>, activation: &'static Activation<E>) -> TensorOf<E> {
        (**self).forward_activated(input, activation)
    }
}
