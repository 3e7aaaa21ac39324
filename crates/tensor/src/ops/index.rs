//! Elements chosen by index: `index_select`, `gather`, and the sums that are their opposites.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::axis_or_scalar;
use crate::element::Number;
use crate::kernels::parallel;
use crate::kernels::scratch::vec_for;
use crate::layout::{Axes, Layout, advance};
use crate::record::record_linear;
use crate::room::check_new;
use crate::table::operation;
use crate::tensor::{LongTensor, TensorOf};

/// The indices as numbers, each below `size`.
#[track_caller]
fn checked(operation: &str, index: &LongTensor, axis: usize, shape: &[usize]) -> Vec<usize> {
    index.check_copy(operation);
    let mut checked = vec_for(operation, index.numel());
    let index = index.array().contiguous();
    for &value in index.as_slice().unwrap_or_default() {
        match usize::try_from(value) {
            Ok(place) if place < shape[axis] => checked.push(place),
            _ => fail(
                operation,
                match shape[axis].checked_sub(1) {
                    Some(last) => {
                        format!("index {value} isn't in axis {axis} of shape {shape:?}: indices go from 0 to {last}")
                    }
                    None => format!("index {value} isn't in axis {axis} of shape {shape:?}, which is empty"),
                },
            ),
        }
    }
    checked
}

/// `shape` seen as [outer, size of `axis`, inner].
fn around(shape: &[usize], axis: usize) -> [usize; 3] {
    [shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product()]
}

impl<E: Number> TensorOf<E> {
    /// The parts of axis `dim` at the places that the vector `index` names, in its order; a place may come again.
    /// PyTorch: `torch.index_select`.
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let x = Tensor::from([[1., 2.], [3., 4.], [5., 6.]]);
    /// assert_eq!(x.index_select(0, &LongTensor::from([2, 0])).to_vec(), [5., 6., 1., 2.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, if `index` is no vector, or if one of its places doesn't exist.
    #[track_caller]
    pub fn index_select(&self, dim: isize, index: &LongTensor) -> Self {
        self.index_select_as("index_select", dim, index)
    }

    /// As [`index_select`](TensorOf::index_select), with messages under the name of the layer that calls it.
    #[doc(hidden)]
    #[track_caller]
    pub fn index_select_as(&self, name: &str, dim: isize, index: &LongTensor) -> Self {
        let axis = axis_or_scalar(name, dim, self.shape());
        if index.ndim() > 1 {
            fail(name, format_args!("the index is a vector, and its shape is {:?}", index.shape()));
        }
        if self.ndim() == 0 {
            if index.numel() != 1 {
                fail(name, format_args!("of a scalar one element is chosen, and the index has {}", index.numel()));
            }
            return self.reshape([1]).index_select_as(name, 0, index).squeeze_dim(0);
        }
        let places = checked(name, index, axis, self.shape());
        let [outer, size, inner] = around(self.shape(), axis);
        let mut shape = Axes::from_slice(self.shape());
        shape[axis] = places.len();
        self.check_copy(name);
        check_new::<E>(name, &shape);
        let x = self.array().contiguous();
        let y = Array::build(&shape, |y| {
            select(x.as_slice().unwrap_or_default(), [outer, size, inner], &places, y);
        });
        let index = index.clone();
        record_linear("index_select", y, self.node(), move |g| index_sum(&g, axis, &index, size))
    }

    /// Element by element of `index`: the element of this tensor with the same index along every other axis, and the
    /// index's value along axis `dim`. PyTorch: `torch.gather`.
    ///
    /// y[i, j] = x[index[i, j], j] for `dim` 0, y[i, j] = x[i, index[i, j]] for `dim` 1, and so on
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.gather(1, &LongTensor::from([[1], [0]])).to_vec(), [2., 3.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, if `index` is larger along another axis, or if one of its places doesn't exist.
    #[track_caller]
    pub fn gather(&self, dim: isize, index: &LongTensor) -> Self {
        let axis = axis_or_scalar("gather", dim, self.shape());
        if self.ndim().max(index.ndim()) < 2 && self.ndim().min(index.ndim()) == 0 {
            // As PyTorch has it, a scalar is a vector of one element here.
            let (x, places) = (self.reshape([self.numel()]), index.reshape([index.numel()]));
            return x.gather(0, &places).reshape(index.shape());
        }
        let fits = index.ndim() == self.ndim()
            && index.shape().iter().zip(self.shape()).enumerate().all(|(i, (small, size))| i == axis || small <= size);
        if !fits {
            fail(
                "gather",
                format_args!(
                    "an index of shape {:?} doesn't fit into shape {:?}: along axes other than {dim} it may be no larger",
                    index.shape(),
                    self.shape()
                ),
            );
        }
        let places = checked("gather", index, axis, self.shape());
        self.check_copy("gather");
        index.check_room::<E>("gather");
        let x = self.array().contiguous();
        let y = Array::build(index.shape(), |y| {
            let x = x.as_slice().unwrap_or_default();
            for_each_element(index.shape(), axis, &places, self.shape(), |i, position| y[i] = x[position]);
        });
        let (index, shape) = (index.clone(), Axes::from_slice(self.shape()));
        record_linear("gather", y, self.node(), move |g| scatter_sum(&g, axis, &index, &shape))
    }
}

/// The rows of `x`, `[outer, size, inner]`, at these places of the middle axis.
fn select<E: Number>(x: &[E], [outer, size, inner]: [usize; 3], places: &[usize], y: &mut [E]) {
    let block = places.len() * inner;
    if block == 0 || outer == 0 {
        return;
    }
    // Whole blocks, or rows of one: either way a piece has one start in x.
    let blocks = if outer > 1 { parallel::piece(y.len()).div_ceil(block) } else { 1 };
    let rows = if outer > 1 { places.len() } else { parallel::piece(y.len()).div_ceil(inner).min(places.len()) };
    let shared = parallel::pays(y.len(), false);
    parallel::in_pieces(y, shared, blocks * rows * inner, |start, y| {
        let first = start / inner % places.len();
        for (number, y) in y.chunks_mut(block).enumerate() {
            let x = &x[(start / block + number) * size * inner..][..size * inner];
            let places = &places[first..];
            match inner {
                // Few elements are copied faster than a copy is called.
                1 => y.iter_mut().zip(places).for_each(|(y, &place)| *y = x[place]),
                2..8 => {
                    for (y, &place) in y.chunks_exact_mut(inner).zip(places) {
                        y.iter_mut().zip(&x[place * inner..][..inner]).for_each(|(y, &x)| *y = x);
                    }
                }
                _ => {
                    for (y, &place) in y.chunks_exact_mut(inner).zip(places) {
                        y.copy_from_slice(&x[place * inner..][..inner]);
                    }
                }
            }
        }
    });
}

/// Calls `run(i, position)` for element `i` of an index of `shape`: where in `target` that element points, whose value
/// along `axis` is `places[i]`.
fn for_each_element(
    shape: &[usize],
    axis: usize,
    places: &[usize],
    target: &[usize],
    mut run: impl FnMut(usize, usize),
) {
    if shape.iter().zip(target).enumerate().all(|(i, (size, of))| i == axis || size == of) {
        let ([outer, n, inner], size) = (around(shape, axis), target[axis]);
        for block in 0..outer {
            for row in block * n..(block + 1) * n {
                for (i, &place) in places[row * inner..][..inner].iter().enumerate() {
                    run(row * inner + i, (block * size + place) * inner + i);
                }
            }
        }
        return;
    }
    let strides = Layout::new(target);
    let mut index = Axes::from_elem(0, shape.len());
    for (i, &place) in places.iter().enumerate() {
        let own = index[axis];
        index[axis] = place;
        run(i, strides.position(&index));
        index[axis] = own;
        advance(&mut index, shape, []);
    }
}

/// Zeros, `size` long along `axis`, with the parts of `g` added at the places of `index`: the opposite of
/// `index_select`.
#[track_caller]
fn index_sum<E: Number>(g: &TensorOf<E>, axis: usize, index: &LongTensor, size: usize) -> TensorOf<E> {
    let mut shape = Axes::from_slice(g.shape());
    shape[axis] = size;
    let places = checked("index_sum", index, axis, &shape);
    g.check_copy("index_sum");
    check_new::<E>("index_sum", &shape);
    let [outer, _, inner] = around(&shape, axis);
    let source = g.array().contiguous();
    let mut y = Array::zeros(&shape);
    let rows = (0..outer).flat_map(|block| places.iter().map(move |place| block * size + place));
    let source = source.as_slice().unwrap_or_default();
    let out: &mut [E] = y.make_mut();
    for (g, row) in source.chunks_exact(inner.max(1)).zip(rows) {
        for (y, &g) in out[row * inner..][..inner].iter_mut().zip(g) {
            *y = y.plus(g);
        }
    }
    let index = index.clone();
    record_linear("index_sum", y, g.node(), move |h| h.index_select(axis as isize, &index))
}

/// Zeros of `shape`, with the elements of `g` added where `index` points: the opposite of `gather`.
#[track_caller]
pub(super) fn scatter_sum<E: Number>(g: &TensorOf<E>, axis: usize, index: &LongTensor, shape: &[usize]) -> TensorOf<E> {
    let places = checked("scatter_sum", index, axis, shape);
    g.check_copy("scatter_sum");
    check_new::<E>("scatter_sum", shape);
    let source = g.array().contiguous();
    let mut y = Array::zeros(shape);
    let source = source.as_slice().unwrap_or_default();
    let out: &mut [E] = y.make_mut();
    for_each_element(index.shape(), axis, &places, shape, |i, position| out[position] = out[position].plus(source[i]));
    let index = index.clone();
    record_linear("scatter_sum", y, g.node(), move |h| h.gather(axis as isize, &index))
}

operation! { INDEX_SELECT = "index_select":
    "torch.index_select(a, 0, torch.tensor([2, 0, 2]))", |a| a.index_select(0, &LongTensor::from([2, 0, 2])), [ANY],
        &[&[&[3]], &[&[3, 2]], &[&[4, 0]]];
    "torch.index_select(a, 1, torch.tensor([1, 1]))", |a| a.index_select(1, &LongTensor::from([1, 1])), [ANY],
        &[&[&[2, 3]], &[&[2, 2, 2]], &[&[0, 2]]];
    "torch.index_select(a, 0, torch.tensor([0]))", |a| a.index_select(0, &LongTensor::from([0])), [ANY], &[&[&[]], &[&[2]]];
}

operation! { INDEX_SUM = "index_sum":
    "torch.zeros(4, a.shape[1]).to(a).index_add(0, torch.tensor([3, 1, 3]), a)",
        |a| index_sum(a, 0, &LongTensor::from([3, 1, 3]), 4), [ANY], &[&[&[3, 2]], &[&[3, 0]]];
}

operation! { GATHER = "gather":
    "torch.gather(a, 1, torch.tensor([[2, 0], [1, 1]]))", |a| a.gather(1, &LongTensor::from([[2, 0], [1, 1]])), [ANY],
        &[&[&[2, 3]], &[&[3, 3]]];
    "torch.gather(a, 0, torch.tensor([1, 1, 0]))", |a| a.gather(0, &LongTensor::from([1, 1, 0])), [ANY], &[&[&[2]]];
    "torch.gather(a, 0, torch.tensor(0))", |a| a.gather(0, &LongTensor::from(0)), [ANY], &[&[&[]], &[&[2]]];
    "torch.gather(a, -1, torch.tensor([0, 0]))", |a| a.gather(-1, &LongTensor::from([0, 0])), [ANY], &[&[&[]]];
}

operation! { SCATTER_SUM = "scatter_sum":
    "torch.zeros(2, 3).to(a).scatter_add(1, torch.tensor([[2, 2], [1, 0]]), a)",
        |a| scatter_sum(a, 1, &LongTensor::from([[2, 2], [1, 0]]), &[2, 3]), [ANY], &[&[&[2, 2]]];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::DoubleTensor;

    /// Large enough for several tasks, along each axis.
    #[test]
    fn many_places() {
        let shape = [60, 90, 7, 20];
        let x = DoubleTensor::from_vec((0..60 * 90 * 7 * 20).map(f64::from).collect(), shape).unwrap();
        for (axis, size) in (0..).zip(shape) {
            let places: Vec<i64> = (0..101).map(|i| i * 37 % size as i64).collect();
            let y = x.index_select(axis, &LongTensor::from_vec(places.clone(), [101]).unwrap());
            for (number, &place) in places.iter().enumerate() {
                let (got, wanted) = (y.select(axis, number as isize), x.select(axis, place as isize));
                assert_eq!(got.to_vec(), wanted.to_vec(), "axis {axis}, place {number}");
            }
        }
        let x = x.reshape([-1]);
        let places: Vec<i64> = (0..500_000).map(|i| i * 7919 % 756_000).collect();
        let y = x.index_select(0, &LongTensor::from_vec(places.clone(), [500_000]).unwrap());
        assert!(y.to_vec().iter().zip(places).all(|(&y, place)| y == place as f64));
    }
}
