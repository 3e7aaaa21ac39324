//! A parameter of any element type: what a walk over a module's parts comes by.

use std::any::Any;

use deltarule_tensor::{DType, Float};

use crate::{ParameterOf, State};

/// A [`ParameterOf`] whose element type isn't known: what a [`Part`](crate::Part) holds. A module may have parameters of
/// several types.
///
/// ```
/// use deltarule_nn::{LinearOf, Module, Part, Visitor};
///
/// let mut found = Vec::new();
/// LinearOf::<f64>::new(3, 2).visit(&mut Visitor::new(&mut |name, part| {
///     if let Part::Parameter(parameter) = part {
///         assert!(parameter.downcast_ref::<f32>().is_none());
///         found.push(format!("{name} {:?} of {}", parameter.shape(), parameter.dtype()));
///     }
/// }));
/// assert_eq!(found, ["weight [2, 3] of f64", "bias [2] of f64"]);
/// ```
pub trait AnyParameter: State + sealed::Sealed {
    /// The sizes of the axes, which never change.
    fn shape(&self) -> &[usize];

    /// The element type.
    fn dtype(&self) -> DType;

    /// Whether gradients flow to it.
    fn requires_grad(&self) -> bool;

    /// Freezes it (`false`) or thaws it.
    fn set_requires_grad(&self, requires_grad: bool);

    /// Sets its gradient to none.
    fn zero_grad(&self);

    /// The number of elements.
    fn numel(&self) -> usize {
        self.shape().iter().product()
    }

    /// A number that no other living parameter has.
    #[doc(hidden)]
    fn address(&self) -> usize;

    #[doc(hidden)]
    fn as_any(&self) -> &dyn Any;
}

impl dyn AnyParameter + '_ {
    /// The parameter itself, if its elements are of type `E`.
    pub fn downcast_ref<E: Float>(&self) -> Option<&ParameterOf<E>> {
        self.as_any().downcast_ref()
    }
}

impl<E: Float> AnyParameter for ParameterOf<E> {
    fn shape(&self) -> &[usize] {
        ParameterOf::shape(self)
    }

    fn dtype(&self) -> DType {
        E::DTYPE
    }

    fn requires_grad(&self) -> bool {
        ParameterOf::requires_grad(self)
    }

    fn set_requires_grad(&self, requires_grad: bool) {
        ParameterOf::set_requires_grad(self, requires_grad);
    }

    fn zero_grad(&self) {
        ParameterOf::zero_grad(self);
    }

    fn address(&self) -> usize {
        ParameterOf::address(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

mod sealed {
    /// Keeps the trait to [`ParameterOf`](crate::ParameterOf).
    pub trait Sealed {}

    impl<E: deltarule_tensor::Float> Sealed for crate::ParameterOf<E> {}
}
