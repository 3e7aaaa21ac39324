//! Parameters where tensors are asked for: what [`ParameterOf::tensor`] would give. `+ - * /` and unary `-` with tensors, scalars
//! and each other, and the inputs of `grad`.

use std::ops::{Add, Div, Mul, Neg, Sub};

use deltarule_tensor::{Float, GradInput, Node, TensorOf};

use crate::ParameterOf;

/// The snapshot of a parameter, as from [`tensor`](ParameterOf::tensor).
impl<E: Float> From<&ParameterOf<E>> for TensorOf<E> {
    #[track_caller]
    fn from(parameter: &ParameterOf<E>) -> Self {
        parameter.tensor()
    }
}

/// So [`grad`](deltarule_tensor::grad) takes a model's parameters.
///
/// ```
/// use deltarule_nn::{Forward, Linear, Module};
/// use deltarule_tensor::{Options, Tensor, grad};
///
/// let model = Linear::new(3, 1);
/// let loss = model.forward(&Tensor::ones([4, 3])).sum();
/// let gradients = grad(&loss, model.parameters(), Options::new());
/// assert_eq!(gradients[1].as_ref().unwrap().to_vec(), [4.0]); // of the bias
/// assert!(model.bias.unwrap().grad().is_none()); // nothing was collected
/// ```
impl<E: Float> GradInput<E> for ParameterOf<E> {
    fn grad_node(&self) -> Option<Node> {
        self.tensor().node().cloned()
    }
}

macro_rules! operators {
    ($($trait:ident::$method:ident)*) => {$(
        operators!(@of $trait::$method, &ParameterOf<E>, &ParameterOf<E>, |a, b| (a.tensor(), b.tensor()));
        operators!(@of $trait::$method, &ParameterOf<E>, &TensorOf<E>, |a, b| (a.tensor(), b));
        operators!(@of $trait::$method, &ParameterOf<E>, TensorOf<E>, |a, b| (a.tensor(), b));
        operators!(@of $trait::$method, &TensorOf<E>, &ParameterOf<E>, |a, b| (a, b.tensor()));
        operators!(@of $trait::$method, TensorOf<E>, &ParameterOf<E>, |a, b| (a, b.tensor()));
        operators!(@of $trait::$method, &ParameterOf<E>, E, |a, b| (a.tensor(), b));
        operators!(@scalar $trait::$method, f32);
        operators!(@scalar $trait::$method, f64);
    )*};
    (@of $trait:ident::$method:ident, $left:ty, $right:ty, |$a:ident, $b:ident| $tensors:expr) => {
        impl<E: Float> $trait<$right> for $left {
            type Output = TensorOf<E>;

            #[track_caller]
            fn $method(self, other: $right) -> TensorOf<E> {
                let ($a, $b) = (self, other);
                let (left, right) = $tensors;
                left.$method(right)
            }
        }
    };
    (@scalar $trait:ident::$method:ident, $scalar:ty) => {
        impl $trait<&ParameterOf<$scalar>> for $scalar {
            type Output = TensorOf<$scalar>;

            #[track_caller]
            fn $method(self, parameter: &ParameterOf<$scalar>) -> TensorOf<$scalar> {
                self.$method(parameter.tensor())
            }
        }
    };
}

operators!(Add::add Sub::sub Mul::mul Div::div);

impl<E: Float> Neg for &ParameterOf<E> {
    type Output = TensorOf<E>;

    #[track_caller]
    fn neg(self) -> TensorOf<E> {
        -self.tensor()
    }
}
