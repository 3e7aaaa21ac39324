//! `+ - * /` and unary `-` for every mix of owned tensors, borrowed tensors and scalars.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use deltarule_autograd::call_site::fail;
use deltarule_autograd::is_grad_enabled;

use super::arithmetic as op;
use crate::element::{Float, Number};
use crate::tensor::{Node, TensorOf};

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
        ///
        /// Under [`no_grad`](crate::no_grad) a leaf stays the leaf that it was, with other values: so a training loop is
        /// written by hand.
        ///
        /// # Panics
        /// If this is a leaf that requires a gradient and operations are recorded: it would no longer be one.
        impl<E: $bound, Other> $assign<Other> for TensorOf<E>
        where
            for<'a> &'a TensorOf<E>: $trait<Other, Output = TensorOf<E>>,
        {
            #[track_caller]
            fn $assign_method(&mut self, other: Other) {
                let leaf = leaf_to_change(stringify!($assign_method), self);
                let value = (&*self).$method(other);
                *self = match leaf {
                    Some(leaf) => with_leaf(stringify!($assign_method), leaf, value),
                    None => value,
                };
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

/// The leaf that `x` is, if it is one, for an operation that gives it other values.
#[track_caller]
fn leaf_to_change<E: Number>(operation: &str, x: &TensorOf<E>) -> Option<Node> {
    let leaf = x.node().filter(|node| node.is_leaf())?;
    if is_grad_enabled() {
        fail(
            operation,
            "this tensor is a leaf that requires a gradient. It would no longer be one, and collect no gradient. Write \
             no_grad(|| w -= …), which leaves it its place in the graph",
        );
    }
    Some(leaf.clone())
}

/// The elements of `value` as those of `leaf`.
#[track_caller]
fn with_leaf<E: Number>(operation: &str, leaf: Node, value: TensorOf<E>) -> TensorOf<E> {
    if value.shape() != leaf.meta().shape() {
        fail(
            operation,
            format_args!("a leaf of shape {:?} can't become one of shape {:?}", leaf.meta().shape(), value.shape()),
        );
    }
    TensorOf::with_node(value.into_parts().0, Some(leaf))
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

#[cfg(test)]
mod tests {
    use crate::{Tensor, no_grad};

    #[test]
    fn a_training_loop_by_hand() {
        let x = Tensor::from([1., 2., 3.]);
        let mut w = Tensor::from(0.0).requires_grad_();
        for _ in 0..30 {
            let loss = (&x * &w - &x * 2.0).square().mean();
            loss.backward();
            no_grad(|| w -= w.grad().unwrap() * 0.1);
            assert!(w.is_leaf() && w.requires_grad());
            w.zero_grad();
        }
        assert!((w.item() - 2.0).abs() < 1e-3, "{w:?}");
    }

    #[test]
    fn a_graph_keeps_the_values_of_a_leaf_that_is_changed() {
        let mut w = Tensor::from([3.0]).requires_grad_();
        let before = w.clone();
        let y = (&w * &w).sum();
        no_grad(|| w *= 10.0);
        y.backward();
        // The gradient is that at 3, and both handles are of one leaf.
        assert_eq!((w.item(), before.item()), (30.0, 3.0));
        assert_eq!((w.grad().unwrap().item(), before.grad().unwrap().item()), (6.0, 6.0));
    }

    #[test]
    fn what_is_no_leaf_is_bound_to_a_new_value() {
        let w = Tensor::from([3.0]).requires_grad_();
        let mut total = Tensor::from([0.0]);
        total += &w;
        total += &w;
        total.sum().backward();
        assert_eq!(w.grad().unwrap().item(), 2.0);
        let mut plain = Tensor::from([1.0]);
        plain += Tensor::from([[1.0], [2.0]]);
        assert_eq!(plain.shape(), [2, 1]);
    }
}
