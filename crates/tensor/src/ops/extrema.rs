//! Maxima and minima over axes, and where they are.

use crate::array::Array;
use crate::dim::{Dims, axis_or_scalar};
use crate::element::{Float, Number};
use crate::kernels::reduce;
use crate::ops::index::scatter_sum;
use crate::ops::reduced::{Reduced, all_axes};
use crate::record::{record_any, record_linear};
use crate::table::operation;
use crate::tensor::{LongTensor, TensorOf};

impl<E: Float> TensorOf<E> {
    /// The largest element, a scalar; NaN if one is NaN. PyTorch: `torch.max`.
    ///
    /// The gradient is split evenly over ties.
    ///
    /// # Panics
    /// If there are no elements.
    #[track_caller]
    pub fn max(&self /* along an axis: max_dim(0, false); of two: maximum(&y) */) -> Self {
        extremum("max", self, &all_axes(self), false, reduce::max)
    }

    /// The smallest element, a scalar; NaN if one is NaN. PyTorch: `torch.min`.
    ///
    /// The gradient is split evenly over ties.
    ///
    /// # Panics
    /// If there are no elements.
    #[track_caller]
    pub fn min(&self /* along an axis: min_dim(0, false); of two: minimum(&y) */) -> Self {
        extremum("min", self, &all_axes(self), false, reduce::min)
    }

    /// The largest elements over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.amax`.
    ///
    /// The gradient is split evenly over ties.
    ///
    /// # Panics
    /// If there is no such axis, if one is named twice, or if they are empty.
    #[track_caller]
    pub fn amax(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        extremum("amax", self, &dims.into().axes("amax", self.shape()), keepdim, reduce::max)
    }

    /// The smallest elements over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.amin`.
    ///
    /// The gradient is split evenly over ties.
    ///
    /// # Panics
    /// If there is no such axis, if one is named twice, or if they are empty.
    #[track_caller]
    pub fn amin(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        extremum("amin", self, &dims.into().axes("amin", self.shape()), keepdim, reduce::min)
    }

    /// The largest elements along axis `dim`, and where each is: its first place, that of the first NaN if there is
    /// one. PyTorch: `torch.max(dim, keepdim)`.
    ///
    /// The gradient goes to the place named alone.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (values, indices) = Tensor::from([[1., 5., 2.], [7., 0., 7.]]).max_dim(1, false);
    /// assert_eq!((values.to_vec(), indices.to_vec()), (vec![5., 7.], vec![1, 0]));
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn max_dim(&self, dim: isize, keepdim: bool) -> (Self, LongTensor) {
        with_indices("max", self, dim, keepdim, reduce::max_with_index)
    }

    /// The smallest elements along axis `dim`, and where each is. PyTorch: `torch.min(dim, keepdim)`.
    ///
    /// The gradient goes to the place named alone.
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn min_dim(&self, dim: isize, keepdim: bool) -> (Self, LongTensor) {
        with_indices("min", self, dim, keepdim, reduce::min_with_index)
    }
}

impl<E: Number> TensorOf<E> {
    /// The place of the largest element along axis `dim`, without that axis, or of all in row-major order for `None`: the
    /// first of equal ones, the first NaN if there is one. It has no gradient. PyTorch: `torch.argmax(dim)`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 5.], [7., 0.]]);
    /// assert_eq!(x.argmax(1).to_vec(), [1, 0]);
    /// assert_eq!(x.argmax(None).item(), 2);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn argmax(&self, dim: impl Into<Option<isize>>) -> LongTensor {
        argument("argmax", self, dim.into(), reduce::max_with_index)
    }

    /// The place of the smallest element along axis `dim`, or of all for `None`; see [`argmax`](TensorOf::argmax).
    /// PyTorch: `torch.argmin(dim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn argmin(&self, dim: impl Into<Option<isize>>) -> LongTensor {
        argument("argmin", self, dim.into(), reduce::min_with_index)
    }

    /// As [`argmax`](TensorOf::argmax), where the axis stays with size 1 if `keepdim`. PyTorch: `torch.argmax(dim, keepdim)`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1., 5.], [7., 0.]]).argmax_dim(1, true).shape(), [2, 1]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn argmax_dim(&self, dim: isize, keepdim: bool) -> LongTensor {
        places("argmax", self, dim, keepdim, reduce::max_with_index)
    }

    /// As [`argmin`](TensorOf::argmin), where the axis stays with size 1 if `keepdim`. PyTorch: `torch.argmin(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn argmin_dim(&self, dim: isize, keepdim: bool) -> LongTensor {
        places("argmin", self, dim, keepdim, reduce::min_with_index)
    }
}

#[track_caller]
fn argument<E: Number>(name: &str, x: &TensorOf<E>, dim: Option<isize>, kernel: WithIndex<E>) -> LongTensor {
    match dim {
        Some(dim) => places(name, x, dim, false, kernel),
        None => places(name, &TensorOf::new(x.array().reshape(&[x.numel()])), 0, false, kernel),
    }
}

#[track_caller]
pub(super) fn extremum<E: Float>(
    name: &'static str,
    x: &TensorOf<E>,
    axes: &[usize],
    keepdim: bool,
    kernel: impl FnOnce(&[E], [usize; 3], &mut [E]),
) -> TensorOf<E> {
    let reduced = Reduced::of_some(name, x, axes);
    // As PyTorch has it: of a NaN among all elements the gradient goes to the NaNs, and along axes it is NaN.
    let of_nan = matches!(name, "max" | "min" | "median");
    x.check_copy(name);
    let y = x.array().reduce(axes, keepdim, kernel);
    record_any(name, y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), y.clone());
        move |g: TensorOf<E>, to| {
            let x = to.open(x).detach();
            to.input(0, || {
                // 1 where the extremum is, divided by how many there are.
                let y = reduced.spread(TensorOf::new(y));
                let mut is = x.eq(&y);
                if of_nan {
                    is = &is | &x.isnan();
                }
                let is = E::from_mask(&is);
                let share = &is / reduced.spread(is.sum_dim(&reduced.axes()[..], true));
                reduced.spread(g) * share
            });
        }
    })
}

type WithIndex<E> = fn(&[E], [usize; 3], &mut [E], &mut [i64]);

#[track_caller]
fn with_indices<E: Float>(
    name: &'static str,
    x: &TensorOf<E>,
    dim: isize,
    keepdim: bool,
    kernel: WithIndex<E>,
) -> (TensorOf<E>, LongTensor) {
    let axis = axis_or_scalar(name, dim, x.shape());
    if x.ndim() == 0 {
        let (values, indices) = with_indices(name, &x.reshape([1]), 0, false, kernel);
        return (values, indices);
    }
    let reduced = Reduced::of_some(name, x, &[axis]);
    x.check_copy(name);
    let (values, indices) = x.array().reduce_to_two(&[axis], keepdim, kernel);
    let indices = LongTensor::new(indices);
    let places = indices.clone();
    let values = record_linear(name, values, x.node(), move |g| {
        let kept = reduced.kept();
        scatter_sum(&g.reshape(&kept[..]), axis, &places.reshape(&kept[..]), reduced.shape())
    });
    (values, indices)
}

#[track_caller]
fn places<E: Number>(name: &str, x: &TensorOf<E>, dim: isize, keepdim: bool, kernel: WithIndex<E>) -> LongTensor {
    let axis = axis_or_scalar(name, dim, x.shape());
    if x.ndim() == 0 {
        return places(name, &x.reshape([1]), 0, false, kernel);
    }
    Reduced::of_some(name, x, &[axis]);
    x.check_copy(name);
    let (_, indices): (Array<E>, _) = x.array().reduce_to_two(&[axis], keepdim, kernel);
    LongTensor::new(indices)
}

operation! { MAX = "max":
    "torch.max(a)", |a| a.max(), [DISTINCT], &[&[&[]], &[&[1]], &[&[3, 4]]];
    "torch.max(a, 1).values", |a| a.max_dim(1, false).0, [DISTINCT], &[&[&[3, 4]], &[&[2, 1, 3]], &[&[0, 2]]];
    "torch.max(a, 0, keepdim=True).values", |a| a.max_dim(0, true).0, [DISTINCT], &[&[&[3, 4]], &[&[]]];
}

operation! { MIN = "min":
    "torch.min(a)", |a| a.min(), [DISTINCT], &[&[&[]], &[&[1]], &[&[3, 4]]];
    "torch.min(a, 1).values", |a| a.min_dim(1, false).0, [DISTINCT], &[&[&[3, 4]], &[&[2, 1, 3]], &[&[0, 2]]];
}

operation! { AMAX = "amax":
    "torch.amax(a, (0, -1))", |a| a.amax([0, -1], false), [DISTINCT], &[&[&[3, 4]], &[&[2, 3, 2]]];
    "torch.amax(a, 1, keepdim=True)", |a| a.amax(1, true), [DISTINCT], &[&[&[3, 4]], &[&[0, 2]]];
}

operation! { AMIN = "amin":
    "torch.amin(a, (0, -1))", |a| a.amin([0, -1], false), [DISTINCT], &[&[&[3, 4]], &[&[2, 3, 2]]];
    "torch.amin(a, 1, keepdim=True)", |a| a.amin(1, true), [DISTINCT], &[&[&[3, 4]], &[&[0, 2]]];
}
