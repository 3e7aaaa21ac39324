//! Other views of the same elements: nothing is copied unless it must be.

use deltarule_autograd::call_site::fail;
use deltarule_autograd::is_grad_enabled;

use crate::dim::{Dims, IntoShape, NewShape, axis_or_scalar, place};
use crate::element::Element;
use crate::layout::Axes;
use crate::ops::given::Given;
use crate::record::record_linear;
use crate::room::{check_new, check_shape, too_many_axes};
use crate::table::operation;
use crate::tensor::TensorOf;

/// The view with axes `a` and `b` exchanged.
#[track_caller]
pub(super) fn transpose<E: Element>(x: Given<'_, E>, a: usize, b: usize) -> TensorOf<E> {
    let layout = x.array().layout().transpose(a, b);
    let (x, node) = x.split();
    record_linear("transpose", x.view(layout), node, move |g| transpose(g.into(), a, b))
}

impl<E: Element> TensorOf<E> {
    /// What a view that changes nothing gives: this tensor, recorded if this thread records, as any other view is.
    #[inline]
    pub(super) fn unchanged(&self) -> Self {
        if is_grad_enabled() { self.clone() } else { self.detach() }
    }

    /// The same elements in row-major order with another shape: a view where that is possible, else a copy.
    /// PyTorch: `Tensor.reshape`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::zeros([2, 6]);
    /// assert_eq!(x.reshape([3, 4]).shape(), [3, 4]);
    /// assert_eq!(x.reshape([3, -1]).shape(), [3, 4]); // −1 is as large as it must be
    /// assert_eq!(x.reshape(-1).shape(), [12]);
    /// let batch = x.shape()[0];
    /// assert_eq!(x.reshape((batch, 2, -1)).shape(), [2, 2, 3]); // a tuple takes a `usize` and −1
    /// ```
    ///
    /// # Panics
    /// If the number of elements is another, if it isn't a multiple of what stands beside −1, or if there are more than 64
    /// axes.
    #[track_caller]
    #[doc(alias = "view")]
    pub fn reshape(&self, shape: impl NewShape /* several sizes: [2, 3], or (n, -1) */) -> Self {
        let shape = match shape.for_elements(self.numel()) {
            Ok(shape) => shape,
            Err(wrong) => {
                fail("reshape", format_args!("shape {:?} has {} elements, and {wrong}", self.shape(), self.numel()))
            }
        };
        if shape[..] == *self.shape() {
            return self.unchanged();
        }
        if self.array().layout().reshape(&shape).is_none() {
            self.check_room::<E>("reshape");
        }
        self.reshape_to(&shape)
    }

    /// As [`reshape`](TensorOf::reshape), to a shape of as many elements that may have more axes than a tensor of a user's.
    #[track_caller]
    pub(crate) fn reshape_to(&self, shape: &[usize]) -> Self {
        if shape == self.shape() {
            return self.unchanged();
        }
        let old = Axes::from_slice(self.shape());
        record_linear("reshape", self.array().reshape(shape), self.node(), move |g| g.reshape_to(&old))
    }

    /// The view with axes `dim0` and `dim1` exchanged. PyTorch: `torch.transpose`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn transpose(&self, dim0: isize, dim1: isize) -> Self {
        let a = axis_or_scalar("transpose", dim0, self.shape());
        let b = axis_or_scalar("transpose", dim1, self.shape());
        if self.ndim() == 0 {
            return self.unchanged();
        }
        transpose(self.into(), a, b)
    }

    /// The view whose axis `i` is this tensor's axis `dims[i]`. PyTorch: `torch.permute`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([2, 3, 4]).permute([2, 0, 1]).shape(), [4, 2, 3]);
    /// ```
    ///
    /// # Panics
    /// If `dims` doesn't name each axis once.
    #[track_caller]
    pub fn permute(&self, dims: impl Into<Dims> /* several axes: [1, 0] */) -> Self {
        let axes = dims.into().in_order("permute", self.shape());
        let mut back = Axes::from_elem(usize::MAX, self.ndim());
        for (new, &old) in axes.iter().enumerate() {
            back[old] = new;
        }
        if axes.len() != self.ndim() || back.contains(&usize::MAX) {
            fail("permute", format_args!("{:?} doesn't name each axis of shape {:?} once", &axes[..], self.shape()));
        }
        let layout = self.array().layout().permute(&axes);
        record_linear("permute", self.array().view(layout), self.node(), move |g| g.permute(&back[..]))
    }

    /// This tensor if its elements lie in row-major order without gaps, else a copy where they do.
    /// PyTorch: `Tensor.contiguous`.
    #[track_caller]
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() {
            return self.clone();
        }
        self.check_room::<E>("contiguous");
        record_linear("contiguous", self.array().copied(), self.node(), |g| g)
    }

    /// The view with a new axis of size 1 before axis `dim`; −1 puts it last. PyTorch: `torch.unsqueeze`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::zeros([2, 3]);
    /// assert_eq!((x.unsqueeze(0).shape(), x.unsqueeze(-1).shape()), (&[1, 2, 3][..], &[2, 3, 1][..]));
    /// ```
    ///
    /// # Panics
    /// If there is no such place, or if there are 64 axes already.
    #[track_caller]
    pub fn unsqueeze(&self, dim: isize) -> Self {
        let axis = place("unsqueeze", dim, self.shape());
        if let Some(wrong) = too_many_axes(self.ndim() + 1) {
            fail("unsqueeze", wrong);
        }
        let layout = self.array().layout().unsqueeze(axis);
        record_linear("unsqueeze", self.array().view(layout), self.node(), move |g| g.squeeze_dim(axis as isize))
    }

    /// The view without axes of size 1. PyTorch: `torch.squeeze`.
    #[track_caller]
    pub fn squeeze(&self /* one axis: squeeze_dim(0) */) -> Self {
        let shape: Axes = self.shape().iter().copied().filter(|&size| size != 1).collect();
        self.reshape(&shape[..])
    }

    /// The view without axis `dim` if its size is 1, else the tensor itself. PyTorch: `torch.squeeze(dim)`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn squeeze_dim(&self, dim: isize) -> Self {
        let axis = axis_or_scalar("squeeze_dim", dim, self.shape());
        if self.shape().get(axis) != Some(&1) {
            return self.unchanged();
        }
        let layout = self.array().layout().squeeze(axis);
        record_linear("squeeze", self.array().view(layout), self.node(), move |g| g.unsqueeze(axis as isize))
    }

    /// All axes from `start` to `end`, both included, as one. PyTorch: `torch.flatten(start_dim, end_dim)`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([5, 2, 3]).flatten(1, -1).shape(), [5, 6]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if `end` comes before `start`.
    #[track_caller]
    pub fn flatten(&self, start: isize, end: isize /* all axes: 0, -1 */) -> Self {
        let first = axis_or_scalar("flatten", start, self.shape());
        let last = axis_or_scalar("flatten", end, self.shape());
        if self.ndim() == 0 {
            return self.reshape([1]);
        }
        if last < first {
            fail("flatten", format_args!("axis {end} comes before axis {start} in shape {:?}", self.shape()));
        }
        if first == last {
            // The tensor itself, also where nothing is recorded: PyTorch's is no view then.
            return self.clone();
        }
        let mut shape = Axes::from_slice(&self.shape()[..first]);
        shape.push(self.shape()[first..=last].iter().product());
        shape.extend_from_slice(&self.shape()[last + 1..]);
        self.reshape(&shape[..])
    }

    /// The tensor repeated `times[i]` times along axis `i`; new axes come in front. PyTorch: `Tensor.repeat`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2.]).repeat([2, 2]).to_vec(), [1., 2., 1., 2., 1., 2., 1., 2.]);
    /// ```
    ///
    /// # Panics
    /// If there are fewer numbers than axes, or more than 64, or if there is no memory for the result.
    #[track_caller]
    pub fn repeat(&self, times: impl IntoShape /* several axes: [2, 1] */) -> Self {
        let times = times.into_shape();
        let Some(new) = times.len().checked_sub(self.ndim()) else {
            fail(
                "repeat",
                format_args!("shape {:?} needs a number for each axis, and {:?} has fewer", self.shape(), &times[..]),
            )
        };
        // An axis becomes a pair (times, size): the first is repeated without memory, then both are made one.
        let (mut single, mut repeated, mut joined) = (Axes::new(), Axes::new(), Axes::new());
        for (axis, &times) in times.iter().enumerate() {
            let size = if axis < new { 1 } else { self.shape()[axis - new] };
            if size != 1 {
                single.push(1);
                repeated.push(times);
            }
            single.push(size);
            repeated.push(if size == 1 { times } else { size });
            // A number that is none is refused with the whole shape.
            joined.push(times.saturating_mul(size));
        }
        check_new::<E>("repeat", &joined);
        self.reshape_to(&single).expand_to(&repeated).reshape_to(&joined)
    }

    /// The transposed matrix; a vector or a scalar is itself. PyTorch: `Tensor.t`.
    ///
    /// # Panics
    /// If there are more than two axes.
    #[track_caller]
    pub fn t(&self) -> Self {
        match self.ndim() {
            0 | 1 => self.unchanged(),
            2 => self.transpose(0, 1),
            _ => fail("t", format_args!("only a matrix has a transpose, and the shape is {:?}", self.shape())),
        }
    }

    /// The view that repeats axes of size 1, and new axes in front, to `shape`. No memory is used.
    /// PyTorch: `Tensor.expand`.
    ///
    /// # Panics
    /// If an axis of another size than 1 would change, or if there are more elements than can be counted or more than 64
    /// axes.
    #[track_caller]
    pub fn expand(&self, shape: impl IntoShape /* several sizes: [2, 3] */) -> Self {
        let shape = shape.into_shape();
        check_shape("expand", &shape);
        self.expand_to(&shape)
    }

    /// As [`expand`](TensorOf::expand), to a shape that was checked.
    #[track_caller]
    fn expand_to(&self, shape: &[usize]) -> Self {
        if *shape == *self.shape() {
            return self.unchanged();
        }
        match self.array().layout().expand(shape) {
            // The tape itself sums the gradient over what was repeated.
            Some(layout) => record_linear("expand", self.array().view(layout), self.node(), |g| g),
            None => fail(
                "expand",
                format_args!("shape {:?} can't be repeated to {:?}: only axes of size 1 can grow", self.shape(), shape),
            ),
        }
    }
}

operation! { RESHAPE = "reshape":
    "a.reshape(4, 3)", |a| a.reshape([4, 3]), [ANY], &[&[&[3, 4]], &[&[2, 1, 6]]];
    "a.reshape(-1)", |a| a.reshape([a.numel()]), [ANY], EACH;
}

operation! { TRANSPOSE = "transpose":
    "a.transpose(0, -1)", |a| a.transpose(0, -1), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]], &[&[0, 2]], &[&[1]], &[&[]]];
}

operation! { PERMUTE = "permute":
    "a.permute(2, 0, 1)", |a| a.permute([2, 0, 1]), [ANY], &[&[&[2, 3, 4]], &[&[1, 0, 2]]];
    "a.permute(-1, 0)", |a| a.permute([-1, 0]), [ANY], &[&[&[3, 4]]];
}

operation! { CONTIGUOUS = "contiguous":
    "a.transpose(0, 1).contiguous()", |a| a.transpose(0, 1).contiguous(), [ANY], &[&[&[3, 4]]];
}

operation! { UNSQUEEZE = "unsqueeze":
    "a.unsqueeze(1)", |a| a.unsqueeze(1), [ANY], &[&[&[3, 4]], &[&[0]]];
    "a.unsqueeze(-1)", |a| a.unsqueeze(-1), [ANY], EACH;
}

operation! { SQUEEZE = "squeeze":
    "a.squeeze(1)", |a| a.squeeze_dim(1), [ANY], &[&[&[3, 1, 2]], &[&[3, 2]], &[&[0, 1]]];
    "a.squeeze(0)", |a| a.squeeze_dim(0), [ANY], &[&[&[]], &[&[1]], &[&[1, 2]]];
    "a.squeeze()", |a| a.squeeze(), [ANY], EACH;
}

operation! { FLATTEN = "flatten":
    "a.flatten(1, -1)", |a| a.flatten(1, -1), [ANY], &[&[&[2, 3, 2]], &[&[0, 2]]];
    "a.flatten(0, -1)", |a| a.flatten(0, -1), [ANY], &[&[&[]], &[&[2]], &[&[2, 3]]];
}

operation! { REPEAT = "repeat":
    "a.repeat(2, 1, 3)", |a| a.repeat([2, 1, 3]), [ANY], &[&[&[2]], &[&[2, 3]], &[&[2, 0]], &[&[]]];
}

operation! { EXPAND = "expand":
    "a.expand(2, 3, 4)", |a| a.expand([2, 3, 4]), [ANY], &[&[&[3, 1]], &[&[1, 1, 4]], &[&[]]];
}
