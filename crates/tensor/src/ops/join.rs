//! Putting tensors together and taking them apart: cat, stack, split, chunk, pad.

use std::borrow::Borrow;

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::{axis, place};
use crate::element::Element;
use crate::kernels::scratch::vec_for;
use crate::layout::Axes;
use crate::ops::slice::{Part, slice};
use crate::record::{record_any, record_linear};
use crate::room::{check_new, too_many_axes};
use crate::table::operation;
use crate::tensor::{Node, TensorOf};

/// The tensors one after the other along axis `dim`. PyTorch: `torch.cat`.
///
/// ```
/// # use deltarule_tensor::{Tensor, cat};
/// let (a, b) = (Tensor::zeros([2, 3]), Tensor::ones([1, 3]));
/// assert_eq!(cat(&[&a, &b], 0).shape(), [3, 3]);
/// assert_eq!(cat(&vec![a, b], 0).shape(), [3, 3]);
/// ```
///
/// # Panics
/// If there is no tensor, no such axis, or if sizes of other axes differ.
#[track_caller]
pub fn cat<E: Element>(tensors: &[impl Borrow<TensorOf<E>>], dim: isize) -> TensorOf<E> {
    cat_as("cat", tensors, dim)
}

#[track_caller]
fn cat_as<E: Element>(name: &str, tensors: &[impl Borrow<TensorOf<E>>], dim: isize) -> TensorOf<E> {
    let tensors: Vec<&TensorOf<E>> = tensors.iter().map(Borrow::borrow).collect();
    let Some(first) = tensors.first() else { fail("cat", "there is no tensor to put together") };
    let axis = axis("cat", dim, first.shape());
    let mut shape = Axes::from_slice(first.shape());
    shape[axis] = 0;
    for tensor in &tensors {
        let others = |shape: &[usize]| (shape[..axis].to_vec(), shape[axis + 1..].to_vec());
        if tensor.ndim() != first.ndim() {
            fail(
                "cat",
                format_args!(
                    "shapes {:?} and {:?} differ in the number of axes. unsqueeze adds one, and stack joins along a new one",
                    first.shape(),
                    tensor.shape()
                ),
            );
        }
        if others(tensor.shape()) != others(first.shape()) {
            fail(
                "cat",
                format_args!(
                    "shapes {:?} and {:?} differ in another axis than {dim}, along which they are joined",
                    first.shape(),
                    tensor.shape()
                ),
            );
        }
        // A number that is none is refused with the whole shape.
        shape[axis] = shape[axis].saturating_add(tensor.shape()[axis]);
    }
    check_new::<E>(name, &shape);

    let mut y = Array::zeros(&shape);
    let mut start = 0;
    for tensor in &tensors {
        let len = tensor.shape()[axis];
        let place = y.layout().slice(axis, start, len, 1);
        y.write(&place, tensor.array());
        start += len;
    }
    let inputs: Vec<Option<&Node>> = tensors.iter().map(|tensor| tensor.node()).collect();
    record_any("cat", y, &inputs, |_| {
        let sizes: Axes = tensors.iter().map(|tensor| tensor.shape()[axis]).collect();
        move |g: TensorOf<E>, to| {
            let mut start = 0;
            for (input, &len) in sizes.iter().enumerate() {
                to.input(input, || slice("narrow", &g, Part { axis, start, len, step: 1 }));
                start += len;
            }
        }
    })
}

/// The tensors, all of one shape, along a new axis before axis `dim`. PyTorch: `torch.stack`.
///
/// ```
/// # use deltarule_tensor::{Tensor, stack};
/// let rows = [Tensor::from([1., 2.]), Tensor::from([3., 4.])];
/// assert_eq!(stack(&rows, 0).to_vec(), [1., 2., 3., 4.]);
/// assert_eq!(stack(&[&rows[0], &rows[1]], -1).to_vec(), [1., 3., 2., 4.]);
/// ```
///
/// # Panics
/// If there is no tensor, no such place for an axis, if the shapes differ, or if they have 64 axes already.
#[track_caller]
pub fn stack<E: Element>(tensors: &[impl Borrow<TensorOf<E>>], dim: isize) -> TensorOf<E> {
    let Some(first) = tensors.first().map(Borrow::borrow) else { fail("stack", "there is no tensor to put together") };
    let axis = place("stack", dim, first.shape()) as isize;
    if let Some(wrong) = too_many_axes(first.ndim() + 1) {
        fail("stack", wrong);
    }
    let mut rows = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let tensor = tensor.borrow();
        if tensor.shape() != first.shape() {
            fail("stack", format_args!("shapes {:?} and {:?} differ", first.shape(), tensor.shape()));
        }
        rows.push(tensor.unsqueeze(axis));
    }
    cat_as("stack", &rows, axis)
}

/// How [`split`](TensorOf::split) cuts an axis: into parts of one size, or of each size of a list.
pub trait SplitSizes {
    #[doc(hidden)]
    fn sizes(&self) -> Sizes<'_>;
}

#[doc(hidden)]
#[derive(Debug)]
pub enum Sizes<'a> {
    Each(usize),
    These(&'a [usize]),
}

impl SplitSizes for usize {
    fn sizes(&self) -> Sizes<'_> {
        Sizes::Each(*self)
    }
}

macro_rules! lists_of_sizes {
    ($([$($parameter:tt)*] $list:ty;)*) => {$(
        impl<$($parameter)*> SplitSizes for $list {
            fn sizes(&self) -> Sizes<'_> {
                Sizes::These(self)
            }
        }
    )*};
}

lists_of_sizes! {
    [] &[usize];
    [const N: usize] [usize; N];
    [const N: usize] &[usize; N];
    [] Vec<usize>;
    [] &Vec<usize>;
}

impl<E: Element> TensorOf<E> {
    /// Views of `sizes` elements along axis `dim`: of one size each, where the last may be smaller, or of a list of sizes.
    /// PyTorch: `torch.split`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([1., 2., 3., 4., 5.]);
    /// assert_eq!(x.split(2, 0)[2].to_vec(), [5.]);
    /// assert_eq!(x.split([1, 4], 0)[1].to_vec(), [2., 3., 4., 5.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, if the one size is 0 and the axis isn't empty, or if the sizes don't add up to the axis's.
    #[track_caller]
    pub fn split(&self, sizes: impl SplitSizes, dim: isize) -> Vec<Self> {
        let axis = axis("split", dim, self.shape());
        let total = self.shape()[axis];
        match sizes.sizes() {
            Sizes::Each(0) if total > 0 => fail("split", "the size of a part is at least 1"),
            Sizes::Each(size) => {
                let mut parts = vec_for("split", total.div_ceil(size.max(1)));
                // An empty axis gives one empty part, as in PyTorch.
                for start in (0..total.max(1)).step_by(size.max(1)) {
                    let len = size.min(total - start);
                    parts.push(slice("narrow", self, Part { axis, start, len, step: 1 }));
                }
                parts
            }
            Sizes::These(sizes) => {
                if sizes.iter().try_fold(0_usize, |sum, &size| sum.checked_add(size)) != Some(total) {
                    fail("split", format_args!("the sizes {sizes:?} don't add up to the axis's, {total}"));
                }
                let (mut parts, mut start) = (vec_for("split", sizes.len()), 0);
                for &len in sizes {
                    parts.push(slice("narrow", self, Part { axis, start, len, step: 1 }));
                    start += len;
                }
                parts
            }
        }
    }

    /// At most `count` views of equal size along axis `dim`; the last may be smaller. Of an empty axis there are `count` empty
    /// ones. PyTorch: `torch.chunk`.
    ///
    /// # Panics
    /// If there is no such axis or if `count` is 0.
    #[track_caller]
    pub fn chunk(&self, count: usize, dim: isize) -> Vec<Self> {
        let axis = axis("chunk", dim, self.shape());
        if count == 0 {
            fail("chunk", "there is at least one chunk");
        }
        match self.shape()[axis] {
            0 => (0..count).map(|_| slice("narrow", self, Part { axis, start: 0, len: 0, step: 1 })).collect(),
            total => self.split(total.div_ceil(count), dim),
        }
    }

    /// The tensor with `value` put around it: `padding[i]` elements before and after along axis `i`.
    /// PyTorch: `torch.nn.functional.pad` with mode `constant`, which lists the last axis first.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1., 2.]]).pad([(0, 0), (1, 2)], 9.0).to_vec(), [9., 1., 2., 9., 9.]);
    /// ```
    ///
    /// # Panics
    /// If there isn't one pair for each axis.
    #[track_caller]
    pub fn pad(&self, padding: impl AsRef<[(usize, usize)]>, value: E) -> Self {
        let padding = padding.as_ref();
        if padding.len() != self.ndim() {
            fail("pad", format_args!("{} pairs for the axes of shape {:?}", padding.len(), self.shape()));
        }
        // A number that is none is refused with the whole shape.
        let padded =
            |(&size, &(before, after)): (&usize, &(usize, usize))| size.saturating_add(before).saturating_add(after);
        let shape: Axes = self.shape().iter().zip(padding).map(padded).collect();
        check_new::<E>("pad", &shape);
        let mut y = Array::full(&shape, value);
        let mut place = y.layout().clone();
        for (axis, (before, _)) in padding.iter().enumerate() {
            place = place.slice(axis, *before, self.shape()[axis], 1);
        }
        y.write(&place, self.array());
        let parts: Vec<(usize, usize)> =
            padding.iter().zip(self.shape()).map(|((before, _), &size)| (*before, size)).collect();
        record_linear("pad", y, self.node(), move |g| {
            let parts = parts.into_iter().enumerate();
            parts.fold(g, |g, (axis, (start, len))| slice("narrow", &g, Part { axis, start, len, step: 1 }))
        })
    }
}

operation! { CAT = "cat":
    "torch.cat([a, b], 0)", |a, b| cat(&[a, b], 0), [ANY, ANY],
        &[&[&[2, 3], &[1, 3]], &[&[2], &[0]], &[&[0, 2], &[0, 2]]];
    "torch.cat([a, b, a], -1)", |a, b| cat(&[a, b, a], -1), [ANY, ANY], &[&[&[2, 3], &[2, 1]], &[&[2, 1, 2], &[2, 1, 3]]];
}

operation! { STACK = "stack":
    "torch.stack([a, b], 1)", |a, b| stack(&[a, b], 1), [ANY, ANY], &[&[&[2, 3], &[2, 3]], &[&[2], &[2]], &[&[0], &[0]]];
    "torch.stack([a, a], -1)", |a| stack(&[a, a], -1), [ANY], EACH;
}

operation! { SPLIT = "split":
    "torch.split(a, 2, 1)[1]", |a| a.split(2, 1).remove(1), [ANY], &[&[&[2, 3]], &[&[0, 4]]];
    "torch.split(a, [1, 0, 2], 0)[2]", |a| a.split([1, 0, 2], 0).remove(2), [ANY], &[&[&[3]], &[&[3, 2]]];
}

operation! { CHUNK = "chunk":
    "torch.chunk(a, 3, 0)[0]", |a| a.chunk(3, 0).remove(0), [ANY], &[&[&[7]], &[&[2, 3]], &[&[0, 3]]];
}

operation! { PAD = "pad":
    "torch.nn.functional.pad(a, (1, 2, 0, 1), value=0.5)", |a| a.pad([(0, 1), (1, 2)], 0.5), [ANY],
        &[&[&[2, 3]], &[&[0, 2]], &[&[1, 1]]];
}
