//! Naming axes: a negative number counts from the last, as in PyTorch.

use deltarule_autograd::call_site::fail;
use smallvec::SmallVec;

use crate::layout::Dims as Axes;

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
            // A scalar may be asked for its axis 0, as in PyTorch: there is nothing to do.
            if shape.is_empty() && (dim == 0 || dim == -1) {
                continue;
            }
            let axis = axis(operation, dim, shape);
            if axes.contains(&axis) {
                fail(operation, format_args!("axis {dim} of shape {shape:?} is named twice in {:?}", &self.0[..]));
            }
            axes.push(axis);
        }
        axes.sort_unstable();
        axes
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
                Dims(SmallVec::from_slice(&[dim as isize]))
            }
        }

        impl<const N: usize> From<[$integer; N]> for Dims {
            fn from(dims: [$integer; N]) -> Self {
                Dims(dims.iter().map(|&dim| dim as isize).collect())
            }
        }

        impl From<&[$integer]> for Dims {
            fn from(dims: &[$integer]) -> Self {
                Dims(dims.iter().map(|&dim| dim as isize).collect())
            }
        }
    )*};
}

from_integers!(i32 isize usize);

/// A shape: `[2, 3]`, `4`, `vec![2, 3]`, `&shape[..]`, `tensor.shape()`.
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
