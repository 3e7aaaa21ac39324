//! Reductions of arrays of any layout, by kernels that see contiguous elements as `[outer, n, inner]`.

use crate::array::Array;
use crate::element::Element;
use crate::layout::{Axes, Layout};

/// `shape` with `axes` as 1, or without them.
#[inline]
pub(crate) fn reduced_shape(shape: &[usize], axes: &[usize], keepdim: bool) -> Axes {
    if axes.len() == shape.len() && !keepdim {
        return Axes::new();
    }
    let mut reduced = Axes::new();
    for (axis, &size) in shape.iter().enumerate() {
        match (axes.contains(&axis), keepdim) {
            (false, _) => reduced.push(size),
            (true, true) => reduced.push(1),
            (true, false) => {}
        }
    }
    reduced
}

/// `shape` as `[outer, n, inner]`, if the sorted `axes` are neighbours.
#[inline]
fn sizes_of_run(shape: &[usize], axes: &[usize]) -> Option<[usize; 3]> {
    let (&first, &last) = (axes.first()?, axes.last()?);
    if last - first + 1 != axes.len() {
        return None;
    }
    let product = |sizes: &[usize]| sizes.iter().product();
    Some([product(&shape[..first]), product(&shape[first..=last]), product(&shape[last + 1..])])
}

/// An array brought into the form that reduction kernels take: `values` are `[outer, n, inner]`, and `n` is reduced.
struct Grouped<E: Element> {
    values: Array<E>,
    sizes: [usize; 3],
    /// Axis `i` of `values`, before it was grouped, is this axis of the original array.
    order: Axes,
}

impl<E: Element> Array<E> {
    /// Reduces the sorted `axes` to size 1, or takes them away unless `keepdim`. `kernel` gets the elements as
    /// `[outer, n, inner]`, and what to fill: `[outer, inner]`.
    pub(crate) fn reduce<O: Element>(
        &self,
        axes: &[usize],
        keepdim: bool,
        kernel: impl FnOnce(&[E], [usize; 3], &mut [O]),
    ) -> Array<O> {
        if let Some(x) = self.as_slice()
            && let Some(sizes) = sizes_of_run(self.shape(), axes)
        {
            return Array::build(&reduced_shape(self.shape(), axes, keepdim), |out| kernel(x, sizes, out));
        }
        let grouped = self.grouped(axes);
        let shape: Axes =
            grouped.order.iter().map(|axis| if axes.contains(axis) { 1 } else { self.shape()[*axis] }).collect();
        let y = Array::build(&shape, |out| kernel(grouped.slice(), grouped.sizes, out)).in_order(&grouped.order);
        if keepdim { y } else { y.reshape(&reduced_shape(self.shape(), axes, false)) }
    }

    /// As [`reduce`](Array::reduce), for kernels that fill two arrays.
    pub(crate) fn reduce_to_two<A: Element, B: Element>(
        &self,
        axes: &[usize],
        keepdim: bool,
        kernel: impl FnOnce(&[E], [usize; 3], &mut [A], &mut [B]),
    ) -> (Array<A>, Array<B>) {
        let mut second = None;
        let first = self.reduce(axes, keepdim, |x, sizes, first| {
            second = Some(Array::build(&[first.len()], |second| kernel(x, sizes, first, second)));
        });
        let second = second.unwrap_or_else(|| Array::zeros(&[0]));
        // Both are filled in the same order, so the second takes the first's layout.
        let layout = first.layout().at_start();
        (first, second.into_view(layout))
    }

    /// A function along one axis that keeps the shape: `kernel` gets and fills `[outer, n, inner]`.
    pub(crate) fn along<O: Element>(&self, axis: usize, kernel: impl FnOnce(&[E], [usize; 3], &mut [O])) -> Array<O> {
        let grouped = self.grouped(&[axis]);
        let shape: Axes = grouped.order.iter().map(|axis| self.shape()[*axis]).collect();
        let y = Array::build(&shape, |out| kernel(grouped.slice(), grouped.sizes, out));
        y.in_order(&grouped.order)
    }

    /// Brings the elements into the form `[outer, n, inner]`. Axes stay in the order of memory if that does it, so that
    /// a transposed array isn't copied.
    fn grouped(&self, axes: &[usize]) -> Grouped<E> {
        let mut order: Axes = (0..self.layout().rank()).collect();
        if !self.layout().is_contiguous() && self.layout().is_dense() {
            let strides = self.layout().strides();
            order.sort_by_key(|&axis| std::cmp::Reverse(strides[axis]));
        }
        let is_run = {
            // Axes of size 1 may stand anywhere.
            let counted = order.iter().filter(|&&axis| self.shape()[axis] != 1);
            let reduced: Axes = counted.map(|axis| axes.contains(axis) as usize).collect();
            let first = reduced.iter().position(|&is| is == 1).unwrap_or(0);
            let last = reduced.iter().rposition(|&is| is == 1).unwrap_or(0);
            reduced.get(first..=last).is_none_or(|run| run.iter().all(|&is| is == 1) || !run.contains(&1))
        };
        if !is_run {
            // The reduced axes go last.
            order = (0..self.layout().rank()).filter(|axis| !axes.contains(axis)).collect();
            order.extend_from_slice(axes);
        }

        let values = self.view(self.layout().permute(&order)).contiguous();
        let (mut sizes, mut reducing) = ([1; 3], 0);
        for &axis in &order {
            let size = self.shape()[axis];
            if axes.contains(&axis) {
                sizes[1] *= size;
                reducing = if size == 1 { reducing } else { 2 };
            } else {
                sizes[reducing] *= size;
            }
        }
        Grouped { values, sizes, order }
    }

    /// This array, whose axis `i` is axis `order[i]` of the result.
    fn in_order(self, order: &[usize]) -> Self {
        if order.is_sorted() {
            return self;
        }
        let mut back = Axes::from_elem(0, order.len());
        for (new, &old) in order.iter().enumerate() {
            back[old] = new;
        }
        let layout: Layout = self.layout().permute(&back);
        self.into_view(layout)
    }
}

impl<E: Element> Grouped<E> {
    fn slice(&self) -> &[E] {
        self.values.as_slice().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums over `axes`, by the plainest kernel.
    fn sum(x: &Array<f64>, axes: &[usize]) -> Vec<f64> {
        let y = x.reduce(axes, true, |x, [outer, n, inner], out: &mut [f64]| {
            assert_eq!((x.len(), out.len()), (outer * n * inner, outer * inner));
            for (i, out) in out.iter_mut().enumerate() {
                *out = (0..n).map(|k| x[(i / inner * n + k) * inner + i % inner]).sum();
            }
        });
        y.to_vec()
    }

    #[test]
    fn any_axes_of_any_layout() {
        let x = Array::build(&[2, 3, 4], |out| out.iter_mut().enumerate().for_each(|(i, out)| *out = i as f64));
        assert_eq!(sum(&x, &[2]), [6., 22., 38., 54., 70., 86.]);
        assert_eq!(sum(&x, &[1]), [12., 15., 18., 21., 48., 51., 54., 57.]);
        assert_eq!(sum(&x, &[0, 2]), [60., 92., 124.]);
        assert_eq!(sum(&x, &[0, 1, 2]), [276.]);
        assert_eq!(sum(&x, &[]), x.to_vec());
        let turned = x.view(x.layout().permute(&[2, 0, 1]));
        assert_eq!(sum(&turned, &[0]), [6., 22., 38., 54., 70., 86.]);
        assert_eq!(sum(&turned, &[0, 1]), [60., 92., 124.]);
        assert_eq!(sum(&turned, &[1, 2]), [60., 66., 72., 78.]);
        assert_eq!(sum(&turned, &[2]), [12., 48., 15., 51., 18., 54., 21., 57.]);
    }

    #[test]
    fn empty_axes() {
        let x = Array::<f64>::zeros(&[2, 0, 3]);
        assert_eq!(sum(&x, &[1]), [0.0; 6]);
        assert_eq!(sum(&x, &[2]), [0.0; 0]);
    }
}
