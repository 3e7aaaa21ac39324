//! Other views of the same elements: nothing is copied unless it must be.

use deltarule_autograd::call_site::fail;

use crate::dim::{Dims, IntoShape, axis};
use crate::element::Element;
use crate::layout::{Dims as Axes, Layout, count};
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Element> TensorOf<E> {
    /// A view of the same array, recorded: its gradient is brought back by `back`.
    #[track_caller]
    fn view_as(
        &self,
        name: &'static str,
        layout: Layout,
        back: impl FnOnce(TensorOf<E>) -> TensorOf<E> + Clone + Send + Sync + 'static,
    ) -> Self {
        record_any(name, self.array().view(layout), &[self.node()], |_| {
            move |g, to| to.input(0, || back(g))
        })
    }

    /// The same elements in row-major order with another shape: a view where that is possible, else a copy.
    /// PyTorch: `Tensor.reshape`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([2, 6]).reshape([3, 4]).shape(), [3, 4]);
    /// ```
    ///
    /// # Panics
    /// If the number of elements is another.
    #[track_caller]
    pub fn reshape(&self, shape: impl IntoShape) -> Self {
        let shape = shape.into_shape();
        if count(&shape) != self.numel() {
            fail(
                "reshape",
                format_args!(
                    "shape {:?} has {} elements, and {:?} has {}",
                    self.shape(),
                    self.numel(),
                    &shape[..],
                    count(&shape)
                ),
            );
        }
        if shape[..] == *self.shape() {
            return self.clone();
        }
        let old = Axes::from_slice(self.shape());
        record_any("reshape", self.array().reshape(&shape), &[self.node()], |_| {
            move |g: TensorOf<E>, to| to.input(0, || g.reshape(&old[..]))
        })
    }

    /// The view with axes `dim0` and `dim1` exchanged. PyTorch: `torch.transpose`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn transpose(&self, dim0: isize, dim1: isize) -> Self {
        let (a, b) = (axis("transpose", dim0, self.shape()), axis("transpose", dim1, self.shape()));
        let layout = self.array().layout().transpose(a, b);
        self.view_as("transpose", layout, move |g| g.transpose(a as isize, b as isize))
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
    pub fn permute(&self, dims: impl Into<Dims>) -> Self {
        let axes = dims.into().in_order("permute", self.shape());
        let mut back = Axes::from_elem(usize::MAX, self.ndim());
        for (new, &old) in axes.iter().enumerate() {
            back[old] = new;
        }
        if axes.len() != self.ndim() || back.contains(&usize::MAX) {
            fail("permute", format_args!("{:?} doesn't name each axis of shape {:?} once", &axes[..], self.shape()));
        }
        let layout = self.array().layout().permute(&axes);
        self.view_as("permute", layout, move |g| g.permute(&back[..]))
    }

    /// This tensor if its elements lie in row-major order without gaps, else a copy where they do.
    /// PyTorch: `Tensor.contiguous`.
    #[track_caller]
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() {
            return self.clone();
        }
        record_any("contiguous", self.array().copied(), &[self.node()], |_| |g, to| to.input(0, || g))
    }

    /// The transposed matrix; a vector or a scalar is itself. PyTorch: `Tensor.t`.
    ///
    /// # Panics
    /// If there are more than two axes.
    #[track_caller]
    pub fn t(&self) -> Self {
        match self.ndim() {
            0 | 1 => self.clone(),
            2 => self.transpose(0, 1),
            _ => fail("t", format_args!("only a matrix has a transpose, and the shape is {:?}", self.shape())),
        }
    }

    /// The view that repeats axes of size 1, and new axes in front, to `shape`. No memory is used.
    /// PyTorch: `Tensor.expand`.
    ///
    /// # Panics
    /// If an axis of another size than 1 would change.
    #[track_caller]
    pub fn expand(&self, shape: impl IntoShape) -> Self {
        let shape = shape.into_shape();
        if shape[..] == *self.shape() {
            return self.clone();
        }
        match self.array().layout().expand(&shape) {
            // The tape itself sums the gradient over what was repeated.
            Some(layout) => self.view_as("expand", layout, |g| g),
            None => fail(
                "expand",
                format_args!("shape {:?} can't be repeated to {:?}: only axes of size 1 can grow", self.shape(), &shape[..]),
            ),
        }
    }
}

operation! { RESHAPE = "reshape":
    "a.reshape(4, 3)", |a| a.reshape([4, 3]), [ANY], &[&[&[3, 4]], &[&[2, 1, 6]]];
    "a.reshape(-1)", |a| a.reshape([a.numel()]), [ANY], EACH;
}

operation! { TRANSPOSE = "transpose":
    "a.transpose(0, -1)", |a| a.transpose(0, -1), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]], &[&[0, 2]], &[&[1]]];
}

operation! { PERMUTE = "permute":
    "a.permute(2, 0, 1)", |a| a.permute([2, 0, 1]), [ANY], &[&[&[2, 3, 4]], &[&[1, 0, 2]]];
    "a.permute(-1, 0)", |a| a.permute([-1, 0]), [ANY], &[&[&[3, 4]]];
}

operation! { CONTIGUOUS = "contiguous":
    "a.transpose(0, 1).contiguous()", |a| a.transpose(0, 1).contiguous(), [ANY], &[&[&[3, 4]]];
}

operation! { EXPAND = "expand":
    "a.expand(2, 3, 4)", |a| a.expand([2, 3, 4]), [ANY], &[&[&[3, 1]], &[&[1, 1, 4]], &[&[]]];
}
