//! `+ - * /` and unary `-` for every mix of owned tensors, borrowed tensors and scalars.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::arithmetic as op;
use crate::element::{Float, Number};
use crate::tensor::TensorOf;

/// Implements one operator. `$bound` is what the element type must be.
macro_rules! operator {
    ($trait:ident::$method:ident, $assign:ident::$assign_method:ident, $bound:ident, $tensors:path, $scalar:path) => {
        operator!(@pair $trait::$method, $bound, $tensors, TensorOf<E>, TensorOf<E>);
        operator!(@pair $trait::$method, $bound, $tensors, &TensorOf<E>, TensorOf<E>);
        operator!(@pair $trait::$method, $bound, $tensors, TensorOf<E>, &TensorOf<E>);
        operator!(@pair $trait::$method, $bound, $tensors, &TensorOf<E>, &TensorOf<E>);

        impl<E: $bound> $trait<E> for TensorOf<E> {
            type Output = TensorOf<E>;

            #[inline]
            #[track_caller]
            fn $method(self, other: E) -> TensorOf<E> {
                $scalar(self.into(), other)
            }
        }

        impl<E: $bound> $trait<E> for &TensorOf<E> {
            type Output = TensorOf<E>;

            #[inline]
            #[track_caller]
            fn $method(self, other: E) -> TensorOf<E> {
                $scalar(self.into(), other)
            }
        }

        /// Binds the name to a new value. Whoever else holds the old one keeps it.
        impl<E: $bound, Other> $assign<Other> for TensorOf<E>
        where
            for<'a> &'a TensorOf<E>: $trait<Other, Output = TensorOf<E>>,
        {
            #[track_caller]
            fn $assign_method(&mut self, other: Other) {
                *self = (&*self).$method(other);
            }
        }
    };
    (@pair $trait:ident::$method:ident, $bound:ident, $tensors:path, $left:ty, $right:ty) => {
        impl<E: $bound> $trait<$right> for $left {
            type Output = TensorOf<E>;

            #[inline]
            #[track_caller]
            fn $method(self, other: $right) -> TensorOf<E> {
                $tensors(self.into(), other.into())
            }
        }
    };
}

operator!(Add::add, AddAssign::add_assign, Number, op::add, op::add_scalar);
operator!(Sub::sub, SubAssign::sub_assign, Number, op::sub, op::sub_scalar);
operator!(Mul::mul, MulAssign::mul_assign, Number, op::mul, op::mul_scalar);
operator!(Div::div, DivAssign::div_assign, Float, op::div, op::div_scalar);

/// Implements the operators with a scalar on the left. The types are spelled out: Rust allows no `impl<E> … for E`.
macro_rules! scalar_on_the_left {
    ($($trait:ident::$method:ident, |$s:ident, $x:ident| $call:expr, [$($scalar:ty)+];)+) => {$($(
        impl $trait<TensorOf<$scalar>> for $scalar {
            type Output = TensorOf<$scalar>;

            #[inline]
            #[track_caller]
            fn $method(self, tensor: TensorOf<$scalar>) -> TensorOf<$scalar> {
                let ($s, $x) = (self, tensor.into());
                $call
            }
        }

        impl $trait<&TensorOf<$scalar>> for $scalar {
            type Output = TensorOf<$scalar>;

            #[inline]
            #[track_caller]
            fn $method(self, tensor: &TensorOf<$scalar>) -> TensorOf<$scalar> {
                let ($s, $x) = (self, tensor.into());
                $call
            }
        }
    )+)+};
}

scalar_on_the_left! {
    Add::add, |s, x| op::add_scalar(x, s), [f32 f64 i64];
    Sub::sub, |s, x| op::scalar_sub(s, x), [f32 f64 i64];
    Mul::mul, |s, x| op::mul_scalar(x, s), [f32 f64 i64];
    Div::div, |s, x| op::scalar_div(s, x), [f32 f64];
}

impl<E: Number> Neg for TensorOf<E> {
    type Output = TensorOf<E>;

    #[inline]
    #[track_caller]
    fn neg(self) -> TensorOf<E> {
        op::neg(self.into())
    }
}

impl<E: Number> Neg for &TensorOf<E> {
    type Output = TensorOf<E>;

    #[inline]
    #[track_caller]
    fn neg(self) -> TensorOf<E> {
        op::neg(self.into())
    }
}
