//! A tensor with a part replaced by another: what PyTorch writes as `x[…] = y`, as functions. And diagonals, as parts.

use deltarule_autograd::call_site::fail;
use smallvec::SmallVec;

use crate::array::Array;
use crate::dim::axis;
use crate::element::{Element, Number};
use crate::index::{IntoSlices, Slice};
use crate::layout::{Axes, Layout};
use crate::ops::slice::check_place;
use crate::record::{record_any, record_linear};
use crate::room::check_new;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Element> TensorOf<E> {
    /// This tensor with `src` in the place of `slices`: `x[…] = src`, as a function; see [`slice`](TensorOf::slice).
    /// PyTorch: `torch.slice_scatter`, which takes a range of one axis.
    ///
    /// dy/dx = 0 where `src` stands and 1 elsewhere, dy/dsrc = 1
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let y = Tensor::zeros([2, 3]).slice_scatter(&Tensor::from([[1., 2.]]), (1.., 0..2));
    /// assert_eq!(y.to_vec(), [0., 0., 0., 1., 2., 0.]);
    /// ```
    ///
    /// # Panics
    /// If there are more slices than axes, if a place doesn't exist, or if `src` hasn't the shape of the part.
    #[track_caller]
    pub fn slice_scatter(&self, src: &Self, slices: impl IntoSlices) -> Self {
        slice_scatter("slice_scatter", self, src, slices.into_slices())
    }

    /// This tensor with `src` at place `index` of axis `dim`; a negative index counts from the end: `x[index] = src`, as a
    /// function. PyTorch: `torch.select_scatter`.
    ///
    /// dy/dx = 0 where `src` stands and 1 elsewhere, dy/dsrc = 1
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let y = Tensor::zeros([2, 2]).select_scatter(&Tensor::from([1., 2.]), 1, -1);
    /// assert_eq!(y.to_vec(), [0., 1., 0., 2.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis or place, or if `src` hasn't the shape of the part.
    #[track_caller]
    pub fn select_scatter(&self, src: &Self, dim: isize, index: isize) -> Self {
        let axis = axis("select_scatter", dim, self.shape());
        let place = check_place("select_scatter", index, dim, self.shape()[axis], self.shape());
        let mut slices = SmallVec::from_elem(Slice::from(..), axis);
        slices.push(Slice::Index(place as isize));
        slice_scatter("select_scatter", self, src, slices)
    }

    /// The view of the diagonal of the matrices in axes `dim1` and `dim2`, as the last axis in place of these two. `offset` 0
    /// is the main diagonal, 1 the one above it, −1 the one below. PyTorch: `torch.diagonal`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.diagonal(0, 0, 1).to_vec(), [1., 4.]);
    /// assert_eq!(x.diagonal(1, 0, 1).to_vec(), [2.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if both are one.
    #[track_caller]
    pub fn diagonal(&self, offset: isize, dim1: isize, dim2: isize) -> Self {
        let (rows, columns) = (axis("diagonal", dim1, self.shape()), axis("diagonal", dim2, self.shape()));
        if rows == columns {
            fail("diagonal", format_args!("a diagonal goes through two axes, and axes {dim1} and {dim2} are one"));
        }
        diagonal("diagonal", self, Diagonal { offset, rows, columns })
    }

    /// Of a vector the matrix with it on the diagonal, of a matrix its diagonal. `offset` 0 is the main diagonal, 1 the one
    /// above it, −1 the one below. PyTorch: `torch.diag`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2.]).diag(0).to_vec(), [1., 0., 0., 2.]);
    /// assert_eq!(Tensor::from([[1., 2.], [3., 4.]]).diag(0).to_vec(), [1., 4.]);
    /// ```
    ///
    /// # Panics
    /// If it is neither a vector nor a matrix.
    #[track_caller]
    pub fn diag(&self, offset: isize) -> Self {
        match self.shape() {
            &[n] => {
                let size = n.saturating_add(offset.unsigned_abs());
                off_diagonal(self, &[size, size], Diagonal { offset, rows: 0, columns: 1 })
            }
            [_, _] => diagonal("diagonal", self, Diagonal { offset, rows: 0, columns: 1 }),
            shape => fail("diag", format_args!("a vector or a matrix has a diagonal, and the shape is {shape:?}")),
        }
    }
}

impl<E: Number> TensorOf<E> {
    /// The sum of a matrix's diagonal, a scalar. PyTorch: `torch.trace`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1., 2.], [3., 4.]]).trace().item(), 5.0);
    /// ```
    ///
    /// # Panics
    /// If it is no matrix.
    #[track_caller]
    pub fn trace(&self) -> Self {
        if self.ndim() != 2 {
            fail("trace", format_args!("a matrix has a trace, and the shape is {:?}", self.shape()));
        }
        self.diagonal(0, 0, 1).sum()
    }
}

/// `x` with `src` in the place of `slices`.
#[track_caller]
fn slice_scatter<E: Element>(
    name: &'static str,
    x: &TensorOf<E>,
    src: &TensorOf<E>,
    slices: SmallVec<[Slice; 4]>,
) -> TensorOf<E> {
    x.check_room::<E>(name);
    src.check_copy(name);
    let mut y = x.array().copied();
    // A view of the copy, which has the shape of the part and says where it lies.
    let place = TensorOf::new(y.clone()).sliced(name, &slices);
    if place.shape() != src.shape() {
        fail(
            name,
            format_args!("the part of shape {:?} has shape {:?}, not {:?}", x.shape(), place.shape(), src.shape()),
        );
    }
    let layout = place.array().layout().clone();
    drop(place);
    y.write(&layout, src.array());
    record_any(name, y, &[x.node(), src.node()], |_| {
        let shape = Axes::from_slice(src.shape());
        move |g: TensorOf<E>, to| {
            to.input(0, || slice_scatter(name, &g, &TensorOf::zeros(&shape[..]), slices.clone()));
            to.input(1, || g.sliced("slice", &slices));
        }
    })
}

/// A diagonal of the matrices in two axes.
#[derive(Debug, Clone, Copy)]
struct Diagonal {
    offset: isize,
    rows: usize,
    columns: usize,
}

impl Diagonal {
    /// The view of a layout.
    fn of(self, layout: &Layout) -> Layout {
        let Diagonal { offset, rows, columns } = self;
        let (down, right) = (offset.min(0).unsigned_abs(), offset.max(0).unsigned_abs());
        let (mut shape, mut strides) = (Axes::from_slice(layout.shape()), Axes::from_slice(layout.strides()));
        let len = usize::min(shape[rows].saturating_sub(down), shape[columns].saturating_sub(right));
        let stride = strides[rows] + strides[columns];
        // An empty view points at nothing, so it stays where it is.
        let start = if len == 0 { 0 } else { down * strides[rows] + right * strides[columns] };
        for axis in [rows.max(columns), rows.min(columns)] {
            shape.remove(axis);
            strides.remove(axis);
        }
        shape.push(len);
        strides.push(stride);
        Layout::strided(&shape, &strides, layout.offset() + start)
    }
}

/// The view of a diagonal; its gradient is the same diagonal in zeros.
#[track_caller]
fn diagonal<E: Element>(name: &'static str, x: &TensorOf<E>, diagonal_of: Diagonal) -> TensorOf<E> {
    let view = x.array().view(diagonal_of.of(x.array().layout()));
    let old = Axes::from_slice(x.shape());
    record_linear(name, view, x.node(), move |g| off_diagonal(&g, &old, diagonal_of))
}

/// Zeros of `shape`, but for `x` on a diagonal: the opposite of [`diagonal`].
#[track_caller]
fn off_diagonal<E: Element>(x: &TensorOf<E>, shape: &[usize], on: Diagonal) -> TensorOf<E> {
    check_new::<E>("diag", shape);
    let mut y = Array::zeros(shape);
    let place = on.of(y.layout());
    y.write(&place, x.array());
    record_linear("diag", y, x.node(), move |g| diagonal("diagonal", &g, on))
}

operation! { SLICE_SCATTER = "slice_scatter":
    "torch.slice_scatter(a, b, 1, 1, 5, 2)", |a, b| a.slice_scatter(b, (.., crate::step(1..5, 2))), [ANY, ANY],
        &[&[&[2, 5], &[2, 2]], &[&[0, 4], &[0, 2]]];
    "torch.slice_scatter(a, b, 0, -2)", |a, b| a.slice_scatter(b, -2..), [ANY, ANY], &[&[&[3], &[2]], &[&[3, 2], &[2, 2]]];
    "a.index_put((torch.tensor(1), torch.tensor(0)), b)", |a, b| a.slice_scatter(b, (1, 0)), [ANY, ANY],
        &[&[&[2, 3], &[]]];
}

operation! { SELECT_SCATTER = "select_scatter":
    "torch.select_scatter(a, b, 1, -1)", |a, b| a.select_scatter(b, 1, -1), [ANY, ANY],
        &[&[&[2, 3], &[2]], &[&[2, 3, 2], &[2, 2]], &[&[0, 3], &[0]]];
}

operation! { DIAGONAL = "diagonal":
    "torch.diagonal(a)", |a| a.diagonal(0, 0, 1), [ANY], &[&[&[3, 3]], &[&[2, 4]], &[&[3, 2, 2]], &[&[0, 3]]];
    "torch.diagonal(a, 1, -1, 0)", |a| a.diagonal(1, -1, 0), [ANY], &[&[&[3, 4]], &[&[3, 2, 4]]];
    "torch.diagonal(a, -1)", |a| a.diagonal(-1, 0, 1), [ANY], &[&[&[3, 4]], &[&[1, 2]]];
}

operation! { DIAG = "diag":
    "torch.diag(a)", |a| a.diag(0), [ANY], &[&[&[3]], &[&[0]]];
    "torch.diag(a, 1)", |a| a.diag(1), [ANY], &[&[&[2]], &[&[2, 3]]];
    "torch.diag(a, -2)", |a| a.diag(-2), [ANY], &[&[&[2]]];
}

operation! { TRACE = "trace":
    "torch.trace(a)", |a| a.trace(), [ANY], &[&[&[3, 3]], &[&[2, 4]], &[&[0, 2]]];
}
