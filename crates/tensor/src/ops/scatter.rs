//! A tensor with some elements replaced, or added to, at places that an index names: what PyTorch writes as `x[i] = v` and
//! `x[i] += v`, and as functions.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::axis;
use crate::element::Number;
use crate::layout::Axes;
use crate::ops::index::{around, checked, for_each_element};
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::{LongTensor, TensorOf};

impl<E: Number> TensorOf<E> {
    /// This tensor with the elements of `src` written where `index` points: the opposite of [`gather`](TensorOf::gather).
    /// Where several have one place, the last stays. PyTorch: `torch.scatter`.
    ///
    /// y\[index\[i, j\], j\] = src\[i, j\] for `dim` 0, y\[i, index\[i, j\]\] = src\[i, j\] for `dim` 1, and so on
    ///
    /// dy/dx = 0 where something was written and 1 elsewhere, dy/dsrc = 1
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let (index, src) = (LongTensor::from([[2], [0]]), Tensor::from([[7.], [8.]]));
    /// assert_eq!(Tensor::zeros([2, 3]).scatter(1, &index, &src).to_vec(), [0., 0., 7., 8., 0., 0.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, if `index` is larger than `src`, or than this tensor along another axis, or if one of its
    /// places doesn't exist.
    #[track_caller]
    pub fn scatter(&self, dim: isize, index: &LongTensor, src: &Self) -> Self {
        let axis = axis("scatter", dim, self.shape());
        self.check_room::<E>("scatter");
        let places = check("scatter", axis, index, self.shape(), src.shape());
        let mut y = self.array().copied();
        let source = corner(src, index.shape());
        let (out, source) = (y.make_mut(), source.array().elements());
        for_each_element(index.shape(), axis, &places, self.shape(), |i, position| out[position] = source[i]);
        record_any("scatter", y, &[self.node(), src.node()], |_| {
            let (index, src_shape) = (index.clone(), Axes::from_slice(src.shape()));
            move |g: TensorOf<E>, to| {
                let dim = axis as isize;
                to.input(0, || g.scatter(dim, &index, &TensorOf::zeros(index.shape())));
                to.input(1, || in_corner(&g.gather(dim, &index), &src_shape));
            }
        })
    }

    /// This tensor with the elements of `src` added where `index` points, as [`scatter`](TensorOf::scatter) writes them; of
    /// several in one place all count. PyTorch: `torch.scatter_add`.
    ///
    /// dy/dx = 1, dy/dsrc = 1
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let (index, src) = (LongTensor::from([1, 1, 0]), Tensor::from([1., 2., 4.]));
    /// assert_eq!(Tensor::zeros([2]).scatter_add(0, &index, &src).to_vec(), [4., 3.]);
    /// ```
    ///
    /// # Panics
    /// As [`scatter`](TensorOf::scatter).
    #[track_caller]
    pub fn scatter_add(&self, dim: isize, index: &LongTensor, src: &Self) -> Self {
        let axis = axis("scatter_add", dim, self.shape());
        self.check_room::<E>("scatter_add");
        let places = check("scatter_add", axis, index, self.shape(), src.shape());
        let mut y = self.array().copied();
        let source = corner(src, index.shape());
        let (out, source) = (y.make_mut(), source.array().elements());
        for_each_element(index.shape(), axis, &places, self.shape(), |i, position| {
            out[position] = out[position].plus(source[i]);
        });
        record_any("scatter_add", y, &[self.node(), src.node()], |_| {
            let (index, src_shape) = (index.clone(), Axes::from_slice(src.shape()));
            move |g: TensorOf<E>, to| {
                to.input(0, || g.clone());
                to.input(1, || in_corner(&g.gather(axis as isize, &index), &src_shape));
            }
        })
    }

    /// This tensor with the parts of `source` added at the places of axis `dim` that the vector `index` names; a place may
    /// come again. PyTorch: `torch.index_add`.
    ///
    /// dy/dx = 1, dy/dsource = 1
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let rows = Tensor::from([[1., 2.], [3., 4.]]);
    /// let y = Tensor::zeros([3, 2]).index_add(0, &LongTensor::from([2, 2]), &rows);
    /// assert_eq!(y.to_vec(), [0., 0., 0., 0., 4., 6.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, if `index` is no vector, if one of its places doesn't exist, or if `source` hasn't this
    /// tensor's shape, with as many parts along `dim` as the index has places.
    #[track_caller]
    pub fn index_add(&self, dim: isize, index: &LongTensor, source: &Self) -> Self {
        let axis = axis("index_add", dim, self.shape());
        let y = with_parts("index_add", self, axis, index, source, |y, &x| *y = y.plus(x));
        record_any("index_add", y, &[self.node(), source.node()], |_| {
            let index = index.clone();
            move |g: TensorOf<E>, to| {
                to.input(0, || g.clone());
                to.input(1, || g.index_select(axis as isize, &index));
            }
        })
    }

    /// This tensor with the parts of `source` written at the places of axis `dim` that the vector `index` names: `x[index] =
    /// source`, as a function. Where several have one place, the last stays. PyTorch: `torch.index_copy`.
    ///
    /// dy/dx = 0 where something was written and 1 elsewhere, dy/dsource = 1
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let y = Tensor::zeros([3, 2]).index_copy(0, &LongTensor::from([2]), &Tensor::from([[1., 2.]]));
    /// assert_eq!(y.to_vec(), [0., 0., 0., 0., 1., 2.]);
    /// ```
    ///
    /// # Panics
    /// As [`index_add`](TensorOf::index_add).
    #[track_caller]
    pub fn index_copy(&self, dim: isize, index: &LongTensor, source: &Self) -> Self {
        let axis = axis("index_copy", dim, self.shape());
        let y = with_parts("index_copy", self, axis, index, source, |y, &x| *y = x);
        record_any("index_copy", y, &[self.node(), source.node()], |_| {
            let (index, source_shape) = (index.clone(), Axes::from_slice(source.shape()));
            move |g: TensorOf<E>, to| {
                let dim = axis as isize;
                to.input(0, || g.index_copy(dim, &index, &TensorOf::zeros(&source_shape[..])));
                to.input(1, || g.index_select(dim, &index));
            }
        })
    }
}

/// The places of an index that fits into a tensor of shape `own`, and into a source.
#[track_caller]
fn check(operation: &str, axis: usize, index: &LongTensor, own: &[usize], src: &[usize]) -> Vec<usize> {
    let small = index.shape();
    let fits = small.len() == own.len()
        && small.len() == src.len()
        && small.iter().zip(src).all(|(small, size)| small <= size)
        && small.iter().zip(own).enumerate().all(|(i, (small, size))| i == axis || small <= size);
    if !fits {
        fail(
            operation,
            format_args!(
                "an index of shape {small:?} doesn't fit into shapes {own:?} and {src:?}: it is no larger than the source, \
                 nor than the tensor along axes other than {axis}"
            ),
        );
    }
    checked(operation, index, axis, own)
}

/// The first elements of `x` along each axis, as many as `shape` has.
#[track_caller]
fn corner<E: Number>(x: &TensorOf<E>, shape: &[usize]) -> TensorOf<E> {
    let mut corner = x.detach();
    for (axis, &size) in shape.iter().enumerate() {
        if size != x.shape()[axis] {
            corner = corner.narrow(axis as isize, 0, size);
        }
    }
    corner
}

/// Zeros of `shape` with `x` in the corner: the opposite of [`corner`].
#[track_caller]
fn in_corner<E: Number>(x: &TensorOf<E>, shape: &[usize]) -> TensorOf<E> {
    if *x.shape() == *shape {
        return x.clone();
    }
    let padding: Vec<_> = shape.iter().zip(x.shape()).map(|(size, own)| (0, size - own)).collect();
    x.pad(padding, E::default())
}

/// The elements of `x`, changed by the parts of `source` along `axis` where `index` says.
#[track_caller]
fn with_parts<E: Number>(
    operation: &str,
    x: &TensorOf<E>,
    axis: usize,
    index: &LongTensor,
    source: &TensorOf<E>,
    change: impl Fn(&mut E, &E),
) -> Array<E> {
    if index.ndim() > 1 {
        fail(operation, format_args!("the index is a vector, and its shape is {:?}", index.shape()));
    }
    let mut parts = Axes::from_slice(x.shape());
    parts[axis] = index.numel();
    if parts[..] != *source.shape() {
        fail(
            operation,
            format_args!(
                "{} parts of shape {:?} have shape {:?}, not {:?}",
                parts[axis],
                x.shape(),
                &parts[..],
                source.shape()
            ),
        );
    }
    x.check_room::<E>(operation);
    source.check_copy(operation);
    let places = checked(operation, index, axis, x.shape());
    let [outer, size, inner] = around(x.shape(), axis);
    let mut y = x.array().copied();
    let (out, source) = (y.make_mut(), source.array().elements());
    let rows = (0..outer).flat_map(|block| places.iter().map(move |place| block * size + place));
    // An empty row would make chunks of nothing.
    for (part, row) in source.chunks_exact(inner.max(1)).zip(rows) {
        out[row * inner..][..inner].iter_mut().zip(part).for_each(|(y, x)| change(y, x));
    }
    y
}

operation! { SCATTER = "scatter":
    "torch.scatter(a, 1, torch.tensor([[2, 0], [1, 0]]), b)",
        |a, b| a.scatter(1, &LongTensor::from([[2, 0], [1, 0]]), b), [ANY, ANY],
        &[&[&[2, 3], &[2, 2]], &[&[3, 4], &[2, 2]]];
    "torch.scatter(a, 0, torch.tensor([1, 0]), b[:2])",
        |a, b| a.scatter(0, &LongTensor::from([1, 0]), b), [ANY, ANY], &[&[&[2], &[3]]];
}

operation! { SCATTER_ADD = "scatter_add":
    "torch.scatter_add(a, 1, torch.tensor([[2, 2], [1, 0]]), b)",
        |a, b| a.scatter_add(1, &LongTensor::from([[2, 2], [1, 0]]), b), [ANY, ANY],
        &[&[&[2, 3], &[2, 2]], &[&[3, 4], &[2, 2]]];
}

operation! { INDEX_ADD = "index_add":
    "torch.index_add(a, 0, torch.tensor([3, 1, 3]), b)",
        |a, b| a.index_add(0, &LongTensor::from([3, 1, 3]), b), [ANY, ANY],
        &[&[&[4], &[3]], &[&[4, 2], &[3, 2]], &[&[5, 0], &[3, 0]]];
    "torch.index_add(a, -1, torch.tensor([0, 0]), b)",
        |a, b| a.index_add(-1, &LongTensor::from([0, 0]), b), [ANY, ANY], &[&[&[2, 3], &[2, 2]]];
}

operation! { INDEX_COPY = "index_copy":
    "torch.index_copy(a, 0, torch.tensor([3, 1]), b)",
        |a, b| a.index_copy(0, &LongTensor::from([3, 1]), b), [ANY, ANY],
        &[&[&[4], &[2]], &[&[4, 2], &[2, 2]], &[&[5, 0], &[2, 0]]];
    "torch.index_copy(a, -1, torch.tensor([2]), b)",
        |a, b| a.index_copy(-1, &LongTensor::from([2]), b), [ANY, ANY], &[&[&[2, 3], &[2, 1]]];
}
