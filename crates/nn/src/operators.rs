//! `+ - * /` and unary `-` of parameters with tensors, scalars and each other: what [`ParameterOf::tensor`] would give.

use std::ops::{Add, Div, Mul, Neg, Sub};

use deltarule_tensor::{Float, TensorOf};

use crate::ParameterOf;

/// The snapshot of a parameter, as from [`tensor`](ParameterOf::tensor).
impl<E: Float> From<&ParameterOf<E>> for TensorOf<E> {
    #[track_caller]
    fn from(parameter: &ParameterOf<E>) -> Self {
        parameter.tensor()
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
