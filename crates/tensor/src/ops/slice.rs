//! Parts of a tensor as views, and the opposite: a part put into zeros.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::axis;
use crate::element::Element;
use crate::index::{IntoSlices, Slice};
use crate::layout::Axes;
use crate::record::record_linear;
use crate::room::check_new;
use crate::table::operation;
use crate::tensor::TensorOf;

/// A range of one axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) axis: usize,
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) step: usize,
}

impl<E: Element> TensorOf<E> {
    /// The view of `len` elements of axis `dim` from `start` on. PyTorch: `torch.narrow`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2., 3., 4.]).narrow(0, 1, 2).to_vec(), [2., 3.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis or if the range goes over its end.
    #[track_caller]
    pub fn narrow(&self, dim: isize, start: usize, len: usize) -> Self {
        let axis = axis("narrow", dim, self.shape());
        let size = self.shape()[axis];
        if start.checked_add(len).is_none_or(|end| end > size) {
            fail(
                "narrow",
                format_args!(
                    "{len} elements from {start} on go over the end of axis {dim} of shape {:?}",
                    self.shape()
                ),
            );
        }
        slice("narrow", self, Part { axis, start, len, step: 1 })
    }

    /// The view at place `index` of axis `dim`, without that axis; a negative index counts from the end.
    /// PyTorch: `torch.select`.
    ///
    /// # Panics
    /// If there is no such axis or place.
    #[track_caller]
    pub fn select(&self, dim: isize, index: isize) -> Self {
        let axis = axis("select", dim, self.shape());
        let start = check_place("select", index, dim, self.shape()[axis], self.shape());
        let part = Part { axis, start, len: 1, step: 1 };
        let old = Axes::from_slice(self.shape());
        let view = self.array().view(self.array().layout().select(axis, part.start));
        record_linear("select", view, self.node(), move |g| unslice(&g.unsqueeze(axis as isize), &old, part))
    }

    /// The view of places and ranges of the first axes, as Python's `x[…]`: a range over the end is cut there, and a
    /// negative bound counts from the end.
    ///
    /// ```
    /// # use deltarule_tensor::{Tensor, step};
    /// let x = Tensor::from([[1., 2., 3., 4.], [5., 6., 7., 8.]]);
    /// assert_eq!(x.slice(1).to_vec(), [5., 6., 7., 8.]); // x[1]
    /// assert_eq!(x.slice((.., 1..3)).to_vec(), [2., 3., 6., 7.]); // x[:, 1:3]
    /// assert_eq!(x.slice((-1, step(.., 2))).to_vec(), [5., 7.]); // x[-1, ::2]
    /// ```
    ///
    /// # Panics
    /// If there are more slices than axes, or if a place doesn't exist.
    #[track_caller]
    pub fn slice(&self, slices: impl IntoSlices /* x[:, 0:4] is slice((.., 0..4)) */) -> Self {
        self.sliced("slice", &slices.into_slices())
    }

    /// As [`slice`](TensorOf::slice), with messages under the name of the operation that calls it.
    #[track_caller]
    pub(super) fn sliced(&self, operation: &str, slices: &[Slice]) -> Self {
        if slices.len() > self.ndim() {
            fail(
                operation,
                format_args!("{} slices for the {} axes of shape {:?}", slices.len(), self.ndim(), self.shape()),
            );
        }
        let mut view = self.unchanged();
        let mut axis = 0;
        for (own_axis, &slice_of_axis) in slices.iter().enumerate() {
            match slice_of_axis {
                Slice::Index(index) => {
                    // Checked here, where the axis still has its number.
                    check_place(operation, index, own_axis as isize, self.shape()[own_axis], self.shape());
                    view = view.select(axis as isize, index);
                }
                Slice::Range { start, end, step } => {
                    let size = view.shape()[axis];
                    let (start, len) = Slice::clip(start, end, step, size);
                    if len != size {
                        view = slice("slice", &view, Part { axis, start, len, step });
                    }
                    axis += 1;
                }
            }
        }
        view
    }
}

/// The place that `index` names along axis `dim`, which has `size` places in `shape`.
#[track_caller]
pub(super) fn check_place(operation: &str, index: isize, dim: isize, size: usize, shape: &[usize]) -> usize {
    let place = if index < 0 { index + size as isize } else { index };
    if !(0..size as isize).contains(&place) {
        fail(operation, format_args!("there is no index {index} along axis {dim} of shape {shape:?}"));
    }
    place as usize
}

/// The view of a part; its gradient is the same part of zeros.
#[track_caller]
pub(super) fn slice<E: Element>(name: &'static str, x: &TensorOf<E>, part: Part) -> TensorOf<E> {
    let Part { axis, start, len, step } = part;
    let view = x.array().view(x.array().layout().slice(axis, start, len, step));
    let old = Axes::from_slice(x.shape());
    record_linear(name, view, x.node(), move |g| unslice(&g, &old, part))
}

/// Zeros of `shape`, but for `x` in the place of `part`: the opposite of [`slice`].
#[track_caller]
pub(super) fn unslice<E: Element>(x: &TensorOf<E>, shape: &[usize], part: Part) -> TensorOf<E> {
    check_new::<E>("unslice", shape);
    let mut y = Array::zeros(shape);
    let place = y.layout().slice(part.axis, part.start, part.len, part.step);
    y.write(&place, x.array());
    record_linear("unslice", y, x.node(), move |g| slice("slice", &g, part))
}

operation! { NARROW = "narrow":
    "torch.narrow(a, 1, 1, 2)", |a| a.narrow(1, 1, 2), [ANY], &[&[&[2, 4]], &[&[0, 3]], &[&[2, 3, 2]]];
    "torch.narrow(a, 0, 0, 0)", |a| a.narrow(0, 0, 0), [ANY], &[&[&[3]]];
}

operation! { SELECT = "select":
    "a.select(-1, 1)", |a| a.select(-1, 1), [ANY], &[&[&[2, 4]], &[&[2]], &[&[0, 2]]];
    "a[-1]", |a| a.slice(-1), [ANY], &[&[&[2, 3]]];
}

operation! { SLICE = "slice":
    "a[1:, ::2]", |a| a.slice((1.., crate::step(.., 2))), [ANY], &[&[&[3, 5]], &[&[1, 3]], &[&[2, 0, 2]]];
    "a[:, -2:-1]", |a| a.slice((.., -2..-1)), [ANY], &[&[&[3, 5]]];
}

operation! { UNSLICE = "unslice":
    "torch.nn.functional.pad(a, (1, 2))",
        |a| unslice(a, &[2, a.shape()[1] + 3], Part { axis: 1, start: 1, len: a.shape()[1], step: 1 }), [ANY],
        &[&[&[2, 3]], &[&[2, 0]]];
}
