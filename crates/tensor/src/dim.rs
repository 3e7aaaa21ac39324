//! Naming axes: a negative number counts from the last, as in PyTorch.

use deltarule_autograd::call_site::fail;
use smallvec::SmallVec;

use crate::layout::{Axes, checked_count};
use crate::room::too_many_axes;

/// One or several axes: `1`, `-1`, `[0, 2]`, `&[0, 2]`, `vec![0, 2]`.
///
/// No axes at all (`[]`) stands for all of them, as in PyTorch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dims(SmallVec<[isize; 4]>);

impl Dims {
    /// The axes of a tensor of `shape`, sorted; all of them if none is named.
    #[track_caller]
    pub(crate) fn axes(&self, operation: &str, shape: &[usize]) -> Axes {
        if self.0.is_empty() {
            return (0..shape.len()).collect();
        }
        let mut axes: Axes = SmallVec::new();
        for &dim in &self.0 {
            let axis = axis_or_scalar(operation, dim, shape);
            if shape.is_empty() {
                // There is nothing to do.
                continue;
            }
            if axes.contains(&axis) {
                fail(operation, format_args!("axis {dim} of shape {shape:?} is named twice in {:?}", &self.0[..]));
            }
            axes.push(axis);
        }
        axes.sort_unstable();
        axes
    }

    /// The numbers themselves.
    pub(crate) fn numbers(&self) -> &[isize] {
        &self.0
    }

    /// The axes in the order given.
    #[track_caller]
    pub(crate) fn in_order(&self, operation: &str, shape: &[usize]) -> Axes {
        let mut axes = Axes::new();
        for &dim in &self.0 {
            axes.push(axis(operation, dim, shape));
        }
        axes
    }
}

/// The axis that `dim` names in a tensor of `shape`.
///
/// # Panics
/// If there is no such axis.
#[track_caller]
pub(crate) fn axis(operation: &str, dim: isize, shape: &[usize]) -> usize {
    let rank = shape.len() as isize;
    let axis = if dim < 0 { dim + rank } else { dim };
    if (0..rank).contains(&axis) {
        return axis as usize;
    }
    if rank == 0 {
        fail(operation, format_args!("there is no axis {dim}: the tensor is a scalar, of shape []"));
    }
    fail(
        operation,
        format_args!("there is no axis {dim} in a tensor of shape {shape:?}: axes go from {} to {}", -rank, rank - 1),
    )
}

/// As [`axis`], for what takes a scalar for a vector of one element, as PyTorch has it: its axis is 0, or −1.
///
/// # Panics
/// If there is no such axis.
#[inline]
#[track_caller]
pub(crate) fn axis_or_scalar(operation: &str, dim: isize, shape: &[usize]) -> usize {
    if shape.is_empty() && (dim == 0 || dim == -1) { 0 } else { axis(operation, dim, shape) }
}

/// The place that `dim` names for a new axis in a tensor of `shape`: there is one more than there are axes.
///
/// # Panics
/// If there is no such place.
#[track_caller]
pub(crate) fn place(operation: &str, dim: isize, shape: &[usize]) -> usize {
    let places = shape.len() as isize + 1;
    let place = if dim < 0 { dim + places } else { dim };
    if !(0..places).contains(&place) {
        fail(
            operation,
            format_args!(
                "there is no place {dim} for a new axis in a tensor of shape {shape:?}: places go from {} to {}",
                -places,
                places - 1
            ),
        );
    }
    place as usize
}

macro_rules! from_integers {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Dims {
            fn from(dim: $integer) -> Self {
                Dims(SmallVec::from_slice(&[dim.signed()]))
            }
        }

        impl<const N: usize> From<[$integer; N]> for Dims {
            fn from(dims: [$integer; N]) -> Self {
                Dims(dims.iter().map(|&dim| dim.signed()).collect())
            }
        }

        impl From<&[$integer]> for Dims {
            fn from(dims: &[$integer]) -> Self {
                Dims(dims.iter().map(|&dim| dim.signed()).collect())
            }
        }
    )*};
}

from_integers!(i32 isize usize);

/// A shape: `[2, 3]`, `(2, 3)`, `4`, `vec![2, 3]`, `&shape[..]`, `tensor.shape()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no shape",
    note = "a shape is an array, a tuple, a slice or a vector of `usize`, such as `[2, 3]`; only `reshape` takes a -1"
)]
pub trait IntoShape {
    /// The sizes of the axes.
    #[doc(hidden)]
    fn into_shape(self) -> Axes;
}

impl IntoShape for usize {
    fn into_shape(self) -> Axes {
        Axes::from_slice(&[self])
    }
}

impl<const N: usize> IntoShape for [usize; N] {
    fn into_shape(self) -> Axes {
        Axes::from_slice(&self)
    }
}

impl IntoShape for &[usize] {
    fn into_shape(self) -> Axes {
        Axes::from_slice(self)
    }
}

impl<const N: usize> IntoShape for &[usize; N] {
    fn into_shape(self) -> Axes {
        Axes::from_slice(self)
    }
}

impl IntoShape for Vec<usize> {
    fn into_shape(self) -> Axes {
        Axes::from_vec(self)
    }
}

impl IntoShape for &Vec<usize> {
    fn into_shape(self) -> Axes {
        Axes::from_slice(self)
    }
}

/// Tuples of sizes, as PyTorch's shapes.
macro_rules! tuples {
    ($(($($name:ident)+))+) => {$(
        impl IntoShape for ($(tuples!(@size $name),)+) {
            #[allow(non_snake_case)]
            fn into_shape(self) -> Axes {
                let ($($name,)+) = self;
                Axes::from_slice(&[$($name),+])
            }
        }
    )+};
    (@size $name:ident) => { usize };
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

/// The shape that [`reshape`](crate::TensorOf::reshape) gives: any [`IntoShape`], or one with a −1, which stands for the
/// size that is left: `[3, -1]`, `-1`. A tuple mixes types: `(x.shape()[0], -1)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no shape",
    note = "a shape is an array, a slice or a vector of `usize`, such as `[2, 3]`",
    note = "where one size is -1 and another a `usize`, write a tuple: `(n, -1)`"
)]
pub trait NewShape {
    /// The sizes, for so many elements, or what is wrong with them.
    #[doc(hidden)]
    fn for_elements(self, count: usize) -> Result<Axes, String>;
}

/// The sizes, if they are those of `count` elements.
fn of_elements(shape: Axes, count: usize) -> Result<Axes, String> {
    if let Some(wrong) = too_many_axes(shape.len()) {
        return Err(wrong);
    }
    match checked_count(&shape) {
        Some(own) if own == count => Ok(shape),
        Some(own) => Err(format!("{:?} has {own}", &shape[..])),
        None => Err(format!("{:?} has more than can be counted", &shape[..])),
    }
}

/// What is an [`IntoShape`] and no tuple, of which `(n, -1)` is no shape by itself.
macro_rules! whole_shapes {
    ($([$($parameter:tt)*] $shape:ty;)*) => {$(
        impl<$($parameter)*> NewShape for $shape {
            #[inline]
            fn for_elements(self, count: usize) -> Result<Axes, String> {
                of_elements(self.into_shape(), count)
            }
        }
    )*};
}

whole_shapes! {
    [] usize;
    [const N: usize] [usize; N];
    [] &[usize];
    [const N: usize] &[usize; N];
    [] Vec<usize>;
    [] &Vec<usize>;
}

/// The sizes of the axes for `count` elements, where one may be −1.
fn inferred(sizes: &[isize], count: usize) -> Result<Axes, String> {
    let unknown = sizes.iter().filter(|&&size| size < 0).count();
    if unknown > 1 || sizes.iter().any(|&size| size < -1) {
        return Err(format!("{sizes:?} is no shape: one size may be -1, and the others are 0 or more"));
    }
    let known: Axes = sizes.iter().map(|&size| size.unsigned_abs()).collect();
    if unknown == 0 {
        return of_elements(known, count);
    }
    // |−1| is 1, so this is the product of the others.
    match checked_count(&known) {
        Some(others) if others > 0 && count.is_multiple_of(others) => {
            Ok(sizes.iter().map(|&size| usize::try_from(size).unwrap_or(count / others)).collect())
        }
        _ => Err(format!("there is no size for the -1 in {sizes:?}")),
    }
}

/// A number of an axis, a place or a size, where a negative one has a meaning of its own.
pub trait Size {
    /// The number as an `isize`. A `usize` that is none becomes the largest, which no axis, place or size is either: it
    /// must not become negative, which would count from the end.
    #[doc(hidden)]
    fn signed(self) -> isize;
}

macro_rules! sizes {
    ($($integer:ty)*) => {$(
        impl Size for $integer {
            fn signed(self) -> isize {
                isize::try_from(self).unwrap_or(isize::MAX)
            }
        }
    )*};
}

sizes!(i32 isize usize);

macro_rules! with_an_unknown_size {
    ($($integer:ty)*) => {$(
        impl NewShape for $integer {
            fn for_elements(self, count: usize) -> Result<Axes, String> {
                inferred(&[self.signed()], count)
            }
        }

        impl<const N: usize> NewShape for [$integer; N] {
            fn for_elements(self, count: usize) -> Result<Axes, String> {
                inferred(&self.map(Size::signed), count)
            }
        }
    )*};
}

with_an_unknown_size!(i32 isize);

macro_rules! tuples_of_sizes {
    ($(($($name:ident)+))+) => {$(
        impl<$($name: Size),+> NewShape for ($($name,)+) {
            #[allow(non_snake_case)]
            fn for_elements(self, count: usize) -> Result<Axes, String> {
                let ($($name,)+) = self;
                inferred(&[$($name.signed()),+], count)
            }
        }
    )+};
}

tuples_of_sizes! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
