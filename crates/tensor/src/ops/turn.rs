//! Axes moved around their ends, and turned; grids of coordinates.

use std::borrow::Borrow;

use deltarule_autograd::call_site::fail;

use crate::dim::{Dims, axis};
use crate::element::Element;
use crate::layout::Axes;
use crate::ops::join::cat;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Element> TensorOf<E> {
    /// The tensor with its elements moved on by `shifts[i]` places along axis `dims[i]`; what goes over the end comes in at the
    /// start. A negative shift moves back. PyTorch: `torch.roll(shifts, dims)`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2., 3., 4.]).roll(1, 0).to_vec(), [4., 1., 2., 3.]);
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.roll([1, -1], [0, 1]).to_vec(), [4., 3., 2., 1.]);
    /// ```
    ///
    /// # Panics
    /// If there aren't as many shifts as axes, or if there is no such axis.
    #[track_caller]
    pub fn roll(&self, shifts: impl Into<Dims>, dims: impl Into<Dims>) -> Self {
        let (shifts, axes) = (shifts.into(), dims.into().in_order("roll", self.shape()));
        if shifts.numbers().len() != axes.len() || axes.is_empty() {
            fail(
                "roll",
                format_args!(
                    "each axis has a shift, and there are {} axes and {} shifts",
                    axes.len(),
                    shifts.numbers().len()
                ),
            );
        }
        let mut y = self.unchanged();
        for (&shift, &axis) in shifts.numbers().iter().zip(&axes) {
            let (size, dim) = (self.shape()[axis], axis as isize);
            let shift = shift.checked_rem_euclid(size as isize).unwrap_or(0) as usize;
            if shift > 0 {
                y = cat(&[y.narrow(dim, size - shift, shift), y.narrow(dim, 0, size - shift)], dim);
            }
        }
        y
    }

    /// The tensor turned by `k` quarter turns in the plane of two axes, from the first to the second. PyTorch:
    /// `torch.rot90(k, dims)`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.rot90(1, [0, 1]).to_vec(), [2., 4., 1., 3.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if both are one.
    #[track_caller]
    pub fn rot90(&self, k: isize, dims: [isize; 2]) -> Self {
        let [a, b] = dims.map(|dim| axis("rot90", dim, self.shape()) as isize);
        if a == b {
            fail("rot90", format_args!("a plane has two axes, and {dims:?} are one of shape {:?}", self.shape()));
        }
        match k.rem_euclid(4) {
            1 => self.flip(b).transpose(a, b),
            2 => self.flip([a, b]),
            3 => self.flip(a).transpose(a, b),
            _ => self.unchanged(),
        }
    }
}

/// Which axes the coordinates of a [`meshgrid`] run along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indexing {
    /// As a matrix is indexed: the first coordinates along axis 0, the second along axis 1.
    #[default]
    Ij,
    /// As a plane is drawn: the first coordinates, x, along axis 1, and the second, y, along axis 0.
    Xy,
}

/// The coordinates of the points of a grid, whose coordinates along each axis are given: a view of the grid's shape for each.
/// PyTorch: `torch.meshgrid(tensors, indexing)`.
///
/// ```
/// # use deltarule_tensor::{Indexing, Tensor, meshgrid};
/// let (x, y) = (Tensor::from([1., 2., 3.]), Tensor::from([10., 20.]));
/// let grid = meshgrid(&[&x, &y], Indexing::Xy);
/// assert_eq!(grid[0].to_vec(), [1., 2., 3., 1., 2., 3.]);
/// assert_eq!(grid[1].to_vec(), [10., 10., 10., 20., 20., 20.]);
/// ```
///
/// # Panics
/// If there is no tensor, or if one has more than one axis.
#[track_caller]
pub fn meshgrid<E: Element>(tensors: &[impl Borrow<TensorOf<E>>], indexing: Indexing) -> Vec<TensorOf<E>> {
    let mut shape = Axes::new();
    for tensor in tensors {
        let tensor = tensor.borrow();
        if tensor.ndim() > 1 {
            fail("meshgrid", format_args!("coordinates are a vector, and their shape is {:?}", tensor.shape()));
        }
        shape.push(tensor.numel());
    }
    if shape.is_empty() {
        fail("meshgrid", "there are no coordinates to make a grid of");
    }
    let along = |number: usize| match (indexing, number) {
        (Indexing::Xy, 0 | 1) if shape.len() > 1 => 1 - number,
        _ => number,
    };
    let sizes: Axes = (0..shape.len()).map(|axis| shape[along(axis)]).collect();
    let view = |(number, tensor): (usize, &_)| {
        let mut own = Axes::from_elem(1, sizes.len());
        own[along(number)] = shape[number];
        Borrow::<TensorOf<E>>::borrow(tensor).reshape(&own[..]).expand(&sizes[..])
    };
    // A loop, so that the line of the graph is the caller's.
    let mut grid = Vec::with_capacity(tensors.len());
    for each in tensors.iter().enumerate() {
        grid.push(view(each));
    }
    grid
}

operation! { ROLL = "roll":
    "torch.roll(a, 2, 0)", |a| a.roll(2, 0), [ANY], &[&[&[3]], &[&[5, 2]], &[&[0, 2]]];
    "torch.roll(a, (-1, 3), (0, 1))", |a| a.roll([-1, 3], [0, 1]), [ANY], &[&[&[3, 2]], &[&[2, 5]]];
}

operation! { ROT90 = "rot90":
    "torch.rot90(a, 1, (0, 1))", |a| a.rot90(1, [0, 1]), [ANY], &[&[&[3, 2]], &[&[0, 2]]];
    "torch.rot90(a, -1, (0, -1))", |a| a.rot90(-1, [0, -1]), [ANY], &[&[&[2, 3]], &[&[2, 1, 3]]];
    "torch.rot90(a, 2, (0, 1))", |a| a.rot90(2, [0, 1]), [ANY], &[&[&[2, 3]]];
}

operation! { MESHGRID = "meshgrid":
    "torch.meshgrid(a, b, indexing='ij')[0]", |a, b| meshgrid(&[a, b], Indexing::Ij).remove(0), [ANY, ANY],
        &[&[&[3], &[2]], &[&[0], &[2]], &[&[], &[2]]];
    "torch.meshgrid(a, b, indexing='xy')[1]", |a, b| meshgrid(&[a, b], Indexing::Xy).remove(1), [ANY, ANY],
        &[&[&[3], &[2]]];
}
