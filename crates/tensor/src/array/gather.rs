//! Reading the elements of any layout in row-major order, in pieces: what brings strided and broadcast operands to
//! kernels that see plain slices only.

use crate::array::Array;
use crate::element::Element;
use crate::layout::{Collapsed, Layout};

/// How many elements of a strided operand are brought together at a time: they stay in the nearest cache.
pub(crate) const LONGEST: usize = 512;
/// Rows from this length on are worth a step of their own.
const SHORTEST: usize = 64;

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
        self.read(start, buffer);
        buffer
    }

    /// How many elements, up to [`LONGEST`], to read from number `start` on at a time: not beyond the end of a row that is
    /// repeated, since up to there nothing is copied.
    #[inline]
    pub(crate) fn in_place(&self, start: usize) -> usize {
        match (self.axes.shape(), self.axes.strides()) {
            (&[_, inner], [0, 1]) if inner >= SHORTEST => (inner - start % inner).min(LONGEST),
            _ => LONGEST,
        }
    }

    /// Copies all elements to `out`.
    pub(crate) fn read_all(&self, out: &mut [E]) {
        self.read(0, out);
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
        let mut index = crate::layout::Dims::from_elem(0, outer.len());
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
            for axis in (0..outer.len()).rev() {
                index[axis] += 1;
                row += strides[axis];
                if index[axis] < outer[axis] {
                    break;
                }
                row -= outer[axis] * strides[axis];
                index[axis] = 0;
            }
        }
    }

    #[inline]
    fn read_row(&self, first: usize, stride: usize, out: &mut [E]) {
        match stride {
            1 => out.copy_from_slice(&self.memory[first..][..out.len()]),
            0 => out.fill(self.memory[first]),
            _ => {
                for (out, &value) in out.iter_mut().zip(self.memory[first..].iter().step_by(stride)) {
                    *out = value;
                }
            }
        }
    }
}
