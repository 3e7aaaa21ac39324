//! Reading the elements of any layout in row-major order, in pieces: what brings strided and broadcast operands to
//! kernels that see plain slices only.

use crate::array::Array;
use crate::element::Element;
use crate::kernels::parallel;
use crate::kernels::transpose::transpose;
use crate::layout::{Axes, Collapsed, Layout, advance};

/// How many elements of a strided operand are brought together at a time: they stay in the nearest cache.
pub(crate) const LONGEST: usize = 1_024;
/// Rows from this length on are worth a step of their own.
const SHORTEST: usize = 64;

/// Up to how many elements, of how many axes, are read one by one: making a reader takes longer.
pub(crate) const FEW: usize = 32;
pub(crate) const FEW_AXES: usize = 4;

impl<E: Element> Array<E> {
    /// The elements, expanded to a `shape` of as few as `buffer` holds: in place if they lie so, else copied to `buffer`.
    pub(crate) fn few<'b>(&'b self, shape: &[usize], buffer: &'b mut [E]) -> &'b [E] {
        if self.len() == buffer.len()
            && let Some(elements) = self.as_slice()
        {
            return elements;
        }
        let (mut sizes, mut strides) = ([1; FEW_AXES], [0; FEW_AXES]);
        for (size, &new) in sizes.iter_mut().rev().zip(shape.iter().rev()) {
            *size = new;
        }
        let own = self.shape().iter().zip(self.layout().strides()).rev();
        for (stride, (&size, &step)) in strides.iter_mut().rev().zip(own) {
            *stride = if size == 1 { 0 } else { step };
        }
        let (memory, [a, b, c, d]) = (&self.memory()[self.layout().offset()..], strides);
        let mut places = buffer.iter_mut();
        for i in 0..sizes[0] {
            for j in 0..sizes[1] {
                for k in 0..sizes[2] {
                    for (l, place) in (0..sizes[3]).zip(&mut places) {
                        *place = memory[i * a + j * b + k * c + l * d];
                    }
                }
            }
        }
        buffer
    }
}

/// Reads an array in row-major order, as its own shape or expanded to another.
pub(crate) struct Reader<'a, E: Element> {
    memory: &'a [E],
    offset: usize,
    axes: Collapsed,
}

impl<'a, E: Element> Reader<'a, E> {
    pub(crate) fn new(array: &'a Array<E>) -> Self {
        Self::with_layout(array, array.layout())
    }

    /// Reads the elements that `layout` points at; it is a view of the array's memory.
    pub(crate) fn with_layout(array: &'a Array<E>, layout: &Layout) -> Self {
        Reader { memory: array.memory(), offset: layout.offset(), axes: Collapsed::of(layout) }
    }

    /// The elements from number `start` on, as many as `buffer` holds: in place if they lie side by side, else copied
    /// to `buffer`.
    #[inline]
    pub(crate) fn piece<'b>(&self, start: usize, buffer: &'b mut [E]) -> &'b [E]
    where
        'a: 'b,
    {
        let len = buffer.len();
        match (self.axes.shape(), self.axes.strides()) {
            (_, [1]) => return &self.memory[self.offset + start..][..len],
            (&[_, inner], [0, 1]) if start % inner + len <= inner => {
                return &self.memory[self.offset + start % inner..][..len];
            }
            _ => {}
        }
        match self.number(start, len) {
            Some(number) => buffer.fill(number),
            None => self.read(start, buffer),
        }
        buffer
    }

    /// The one number that all `len` elements from number `start` on are, if they stand in a row that it fills.
    #[inline]
    pub(crate) fn number(&self, start: usize, len: usize) -> Option<E> {
        match (self.axes.shape(), self.axes.strides()) {
            (&[_, inner], &[stride, 0]) if start % inner + len <= inner => {
                Some(self.memory[self.offset + start / inner * stride])
            }
            _ => None,
        }
    }

    /// All elements, if they lie side by side.
    #[inline]
    pub(crate) fn whole(&self) -> Option<&'a [E]> {
        matches!(self.axes.strides(), [1]).then(|| &self.memory[self.offset..])
    }

    /// The row that all elements repeat, if it is worth a step of its own.
    #[inline]
    pub(crate) fn repeated_row(&self) -> Option<&'a [E]> {
        match (self.axes.shape(), self.axes.strides()) {
            (&[_, inner], [0, 1]) if inner >= SHORTEST => Some(&self.memory[self.offset..][..inner]),
            _ => None,
        }
    }

    /// How long the rows are that one number each fills, if they are worth a step of their own, and the numbers.
    #[inline]
    pub(crate) fn row_numbers(&self) -> Option<(usize, impl Fn(usize) -> E)> {
        match (self.axes.shape(), self.axes.strides()) {
            (&[_, inner], &[stride, 0]) if inner >= SHORTEST => {
                Some((inner, move |row| self.memory[self.offset + row * stride]))
            }
            _ => None,
        }
    }

    /// How many elements, up to [`LONGEST`], to read from number `start` on at a time: not beyond the end of a row that is
    /// repeated or that one number fills, since such a row is quickly read.
    #[inline]
    pub(crate) fn in_place(&self, start: usize) -> usize {
        match (self.axes.shape(), self.axes.strides()) {
            (&[_, inner], [0, 1] | [_, 0]) if inner >= SHORTEST => (inner - start % inner).min(LONGEST),
            _ => LONGEST,
        }
    }

    /// Whether neighbours lie far apart, while what lies side by side is far apart in the array's order.
    pub(crate) fn is_turned(&self) -> bool {
        matches!((self.axes.shape(), self.axes.strides()), (&[rows, columns], &[1, stride])
            if stride >= SHORTEST && rows >= SHORTEST && columns >= SHORTEST)
    }

    /// Copies all elements to `out`, on several threads if that pays.
    pub(crate) fn read_all(&self, out: &mut [E]) {
        if out.is_empty() {
            return;
        }
        let shared = parallel::pays(out.len(), false);
        let (Some(axis), Some(&size)) = (self.near_axis(), self.axes.shape().first()) else {
            let piece = parallel::piece(out.len());
            return parallel::in_pieces(out, shared, piece, |start, out| self.read(start, out));
        };
        // Pieces of whole rows of the first axis.
        let row = out.len() / size;
        let rows = parallel::piece(out.len()).div_ceil(row);
        parallel::in_pieces(out, shared, rows * row, |start, out| self.turn(axis, start / row, out));
    }

    /// The axis whose neighbours lie side by side, unless it is the last one, or the last one's don't lie apart.
    fn near_axis(&self) -> Option<usize> {
        let (last, outer) = self.axes.strides().split_last()?;
        if *last > 1 { outer.iter().position(|&stride| stride == 1) } else { None }
    }

    /// Copies the elements from index `first` of the first axis on, as many as `out` holds, where `axis` is the
    /// [`near_axis`](Reader::near_axis): as transposed matrices of that axis and the last one.
    fn turn(&self, axis: usize, first: usize, out: &mut [E]) {
        /// How many columns of a matrix are copied at once: the lines that they are written to stay in the nearest cache.
        const TOGETHER: usize = 64;
        let (mut shape, strides) = (Axes::from_slice(self.axes.shape()), self.axes.strides());
        let steps = Layout::new(&shape);
        let (last, step) = (shape.len() - 1, steps.strides()[axis]);
        shape[0] = out.len() / steps.strides()[0];
        let (rows, columns) = (shape[last], std::mem::replace(&mut shape[axis], 1));
        shape[last] = 1;
        let (mut from, mut to) = (self.offset + first * strides[0], 0);
        let mut index = Axes::from_elem(0, shape.len());
        loop {
            for column in (0..columns).step_by(TOGETHER) {
                let (memory, width) = (&self.memory[from + column..], TOGETHER.min(columns - column));
                transpose(memory, strides[last], &mut out[to + column * step..], step, [rows, width]);
            }
            if !advance(&mut index, &shape, [(&mut from, strides), (&mut to, steps.strides())]) {
                return;
            }
        }
    }

    /// Copies the elements from number `start` on to `out`, which must not be longer than what is left.
    pub(crate) fn read(&self, start: usize, out: &mut [E]) {
        if out.is_empty() {
            return;
        }
        let (shape, strides) = (self.axes.shape(), self.axes.strides());
        let Some((&inner, outer)) = shape.split_last() else {
            out.fill(self.memory[self.offset]);
            return;
        };
        let stride = strides[outer.len()];

        // Where `start` is: the index along each axis, and the position of its row.
        let mut index = Axes::from_elem(0, outer.len());
        let mut rest = start / inner;
        let mut row = self.offset;
        for axis in (0..outer.len()).rev() {
            index[axis] = rest % outer[axis];
            rest /= outer[axis];
            row += index[axis] * strides[axis];
        }
        let mut column = start % inner;

        let mut out = out;
        loop {
            let len = (inner - column).min(out.len());
            let (piece, left) = out.split_at_mut(len);
            self.read_row(row + column * stride, stride, piece);
            out = left;
            if out.is_empty() {
                return;
            }
            column = 0;
            advance(&mut index, outer, [(&mut row, strides)]);
        }
    }

    #[inline]
    fn read_row(&self, first: usize, stride: usize, out: &mut [E]) {
        match stride {
            1 => out.copy_from_slice(&self.memory[first..][..out.len()]),
            0 => out.fill(self.memory[first]),
            // Which becomes vectors. The last element may lie at the end of memory.
            2 => {
                let (pairs, rest) = self.memory[first..].as_chunks::<2>();
                let len = out.len().min(pairs.len());
                for (out, [value, _]) in out.iter_mut().zip(pairs) {
                    *out = *value;
                }
                for (out, &value) in out[len..].iter_mut().zip(rest) {
                    *out = value;
                }
            }
            _ => {
                for (out, &value) in out.iter_mut().zip(self.memory[first..].iter().step_by(stride)) {
                    *out = value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::math::Sub;

    /// Rows, columns and transposed operands, each longer than a piece and than the steps of the transposing copy, and
    /// enough of them for tasks that begin within a row.
    #[test]
    fn broadcast_and_transposed_operands() {
        const ROWS: usize = 411;
        const COLUMNS: usize = 1001;
        let numbers = |shape: &[usize], step: usize| {
            Array::<f64>::build(shape, |out| {
                out.iter_mut().enumerate().for_each(|(i, out)| *out = (i * step % 997) as f64)
            })
        };
        let a = numbers(&[ROWS, COLUMNS], 7);
        let (row, column, other) = (numbers(&[COLUMNS], 5), numbers(&[ROWS, 1], 3), numbers(&[COLUMNS, ROWS], 11));
        let turned = other.view(other.layout().permute(&[1, 0]));
        let at = |x: &Array<f64>, i: usize| x.memory()[i];
        for (b, value) in [
            (&row, &(|_, j| at(&row, j)) as &dyn Fn(usize, usize) -> f64),
            (&column, &|i, _| at(&column, i)),
            (&turned, &|i, j| at(&other, j * ROWS + i)),
        ] {
            let (y, z) = (Array::zip(Sub, &a, b).to_vec(), Array::zip(Sub, b, &a).to_vec());
            for k in 0..ROWS * COLUMNS {
                let expected = at(&a, k) - value(k / COLUMNS, k % COLUMNS);
                assert_eq!((y[k], z[k]), (expected, -expected), "element {k}");
            }
            // The same in the memory of the larger operand.
            assert_eq!(Array::zip(Sub, a.copied(), b).to_vec(), y);
            assert_eq!(Array::zip(Sub, b, a.copied()).to_vec(), z);
        }
    }

    /// Copies of axes in any order, of which some have steps, in pieces and in one.
    fn copies<E: crate::element::Number>(sizes: [usize; 3]) {
        let x = Array::<E>::build(&sizes, |out| {
            out.iter_mut().enumerate().for_each(|(i, out)| *out = E::from_f64((i % 99_991) as f64))
        });
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for steps in [[1, 1, 1], [1, 1, 2], [1, 3, 1], [2, 1, 3]] {
                let all = x.layout().permute(&order);
                let shape: Axes = all.shape().iter().zip(steps).map(|(size, step)| size.div_ceil(step)).collect();
                let strides: Axes = all.strides().iter().zip(steps).map(|(stride, step)| stride * step).collect();
                let copy = x.view(Layout::strided(&shape, &strides, 0)).copied();
                let y = copy.as_slice().unwrap();
                let mut elements = y.iter();
                for i in 0..shape[0] {
                    for j in 0..shape[1] {
                        for k in 0..shape[2] {
                            let place = i * strides[0] + j * strides[1] + k * strides[2];
                            assert_eq!(elements.next(), Some(&x.memory()[place]), "{sizes:?} {order:?} {steps:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn copies_of_axes_in_any_order() {
        for sizes in [[2, 3, 5], [9, 1, 17], [60, 130, 67]] {
            copies::<f32>(sizes);
            copies::<f64>(sizes);
        }
    }
}
