//! Where the elements of an array lie: shape, strides and offset. All views are made here, without touching data.

mod advance;
mod broadcast;
mod collapsed;
mod shape;

use smallvec::SmallVec;

pub(crate) use advance::advance;
pub(crate) use broadcast::broadcast;
pub(crate) use collapsed::Collapsed;
pub(crate) use shape::{Shape, Small};
use shape::{padded, same_few};

/// A few axes, or a number for each of a few: sizes, strides, an index.
pub(crate) type Axes = SmallVec<[usize; 4]>;

/// How many axes fit into a layout without a further allocation.
const INLINE: usize = 4;

/// Element `[i, j, …]` lies at `offset + i·strides[0] + j·strides[1] + …`.
///
/// Copying one is most of the cost of making a small array, so the first axes stand in plain arrays: a clone is a copy
/// of 96 bytes.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    shape: [usize; INLINE],
    strides: [usize; INLINE],
    /// Shape and strides, if there are more axes.
    more: Option<Box<[Vec<usize>; 2]>>,
    offset: usize,
    len: usize,
    rank: u8,
    contiguous: bool,
}

/// The number of elements of `shape`, if it can be counted.
///
/// A size of 0 counts as 1 for that, as in PyTorch. So the sizes of some axes can be multiplied too, whatever the others
/// are, and each size, place and distance of a tensor is a number of `isize`.
pub(crate) fn checked_count(shape: &[usize]) -> Option<usize> {
    let product = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size.max(1)))?;
    isize::try_from(product).ok().map(|_| if shape.contains(&0) { 0 } else { product })
}

/// The number of elements of `shape`.
///
/// # Panics
/// If there are more than an address can count.
pub(crate) fn count(shape: &[usize]) -> usize {
    match checked_count(shape) {
        Some(count) => count,
        None => panic!("a tensor of shape {shape:?} has more elements than the address space"),
    }
}

/// Writes row-major strides: the last axis is the nearest in memory.
#[inline]
fn write_row_major(shape: &[usize], strides: &mut [usize]) {
    let mut stride = 1_usize;
    for (out, &size) in strides.iter_mut().zip(shape).rev() {
        *out = stride;
        stride = stride.saturating_mul(size.max(1));
    }
}

/// Whether the elements of `shape` with `strides` lie in row-major order without gaps. The stride of an axis of size 1
/// says nothing.
fn is_row_major(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    for (&size, &stride) in shape.iter().zip(strides).rev() {
        if size != 1 {
            if stride != expected {
                return false;
            }
            expected *= size;
        }
    }
    true
}

impl Layout {
    /// The row-major layout of a new array.
    #[inline]
    pub(crate) fn new(shape: &[usize]) -> Self {
        match Small::of(shape) {
            Some(small) => small.layout(),
            None => Self::large(shape),
        }
    }

    /// The row-major layout of any shape. The strides of an empty one are those of the shape with 1 for 0.
    #[cold]
    pub(crate) fn large(shape: &[usize]) -> Self {
        let len = count(shape);
        let mut layout = Self::empty(shape, 0, len, true);
        write_row_major(shape, layout.strides_mut());
        layout
    }

    /// Whether both have one shape.
    #[inline]
    pub(crate) fn has_shape_of(&self, other: &Layout) -> bool {
        match (&self.more, &other.more) {
            (None, None) => self.rank == other.rank && same_few(&self.shape, &other.shape),
            _ => self.shape() == other.shape(),
        }
    }

    /// A view with the given strides.
    pub(crate) fn strided(shape: &[usize], strides: &[usize], offset: usize) -> Self {
        let len = Small::of(shape).map_or_else(|| count(shape), |small| small.len);
        let mut layout = Self::empty(shape, offset, len, len == 0 || is_row_major(shape, strides));
        layout.strides_mut().copy_from_slice(strides);
        layout
    }

    /// A layout whose strides are still to be written.
    #[inline]
    fn empty(shape: &[usize], offset: usize, len: usize, contiguous: bool) -> Self {
        let rank = shape.len();
        let few = if rank <= INLINE { shape } else { &[] };
        Layout {
            shape: padded(few),
            strides: [1; INLINE],
            more: (rank > INLINE).then(|| Box::new([shape.to_vec(), vec![1; rank]])),
            offset,
            len,
            rank: rank.min(u8::MAX as usize) as u8,
            contiguous,
        }
    }

    #[inline]
    pub(crate) fn shape(&self) -> &[usize] {
        match &self.more {
            None => &self.shape[..self.rank as usize],
            Some(more) => &more[0],
        }
    }

    #[inline]
    pub(crate) fn strides(&self) -> &[usize] {
        match &self.more {
            None => &self.strides[..self.rank as usize],
            Some(more) => &more[1],
        }
    }

    #[inline]
    fn strides_mut(&mut self) -> &mut [usize] {
        match &mut self.more {
            None => &mut self.strides[..self.rank as usize],
            Some(more) => &mut more[1],
        }
    }

    /// Shape and strides, to be changed.
    fn axes(&self) -> (Axes, Axes) {
        (Axes::from_slice(self.shape()), Axes::from_slice(self.strides()))
    }

    #[inline]
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// The number of elements.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn rank(&self) -> usize {
        self.shape().len()
    }

    /// Whether it has a few axes, so that dropping it does nothing.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.more.is_none()
    }

    /// Whether the elements lie in row-major order without gaps.
    #[inline]
    pub(crate) fn is_contiguous(&self) -> bool {
        self.contiguous
    }

    /// Whether the elements fill one piece of memory without gaps or repeats, in whatever order of axes.
    #[inline]
    pub(crate) fn is_dense(&self) -> bool {
        self.contiguous || self.is_dense_in_some_order()
    }

    fn is_dense_in_some_order(&self) -> bool {
        let mut axes: SmallVec<[(usize, usize); 4]> =
            self.strides().iter().copied().zip(self.shape().iter().copied()).filter(|&(_, size)| size != 1).collect();
        axes.sort_unstable();
        let mut expected = 1;
        axes.into_iter().all(|(stride, size)| {
            let fits = stride == expected;
            expected *= size;
            fits
        })
    }

    /// Whether there is one element, seen in every place.
    #[inline]
    pub(crate) fn is_uniform(&self) -> bool {
        self.len == 1 || (!self.contiguous && self.strides().iter().all(|&stride| stride == 0))
    }

    /// The axes, the outermost in memory first, as PyTorch orders those of a new tensor that is like another.
    pub(crate) fn order(&self) -> Axes {
        let (shape, strides) = (self.shape(), self.strides());
        // An axis that repeats its elements lies nowhere: it goes where it stands.
        let is_inside = |a: usize, b: usize| match (strides[a], strides[b]) {
            (0, _) | (_, 0) => None,
            (x, y) if x == y => (shape[a] > shape[b]).then_some(false),
            (x, y) => Some(x < y),
        };
        // From the innermost on. An insertion sort: what can't be compared may stand between what can.
        let mut order: Axes = (0..shape.len()).rev().collect();
        for next in 1..order.len() {
            let mut place = next;
            for other in (0..next).rev() {
                match is_inside(order[other], order[place]) {
                    Some(true) => break,
                    Some(false) => {
                        order.swap(other, place);
                        place = other;
                    }
                    None => {}
                }
            }
        }
        order.reverse();
        order
    }

    /// The same order of axes in new memory: the layout of what a function of each element gives.
    #[inline]
    pub(crate) fn at_start(&self) -> Self {
        Layout { offset: 0, ..self.clone() }
    }

    /// Sizes and strides of the last two axes: those of a matrix.
    ///
    /// # Panics
    /// If there are fewer axes.
    #[inline]
    pub(crate) fn matrix(&self) -> ([usize; 2], [usize; 2]) {
        let (shape, strides) = (self.shape(), self.strides());
        let (rows, columns) = (shape.len() - 2, shape.len() - 1);
        ([shape[rows], shape[columns]], [strides[rows], strides[columns]])
    }

    /// Where an element lies.
    #[inline]
    pub(crate) fn position(&self, index: &[usize]) -> usize {
        self.offset + self.strides().iter().zip(index).map(|(stride, index)| stride * index).sum::<usize>()
    }

    /// The view with axes `a` and `b` exchanged.
    pub(crate) fn transpose(&self, a: usize, b: usize) -> Self {
        if self.more.is_none() {
            let mut turned = self.clone();
            turned.shape.swap(a, b);
            turned.strides.swap(a, b);
            turned.contiguous = turned.len == 0 || is_row_major(turned.shape(), turned.strides());
            return turned;
        }
        let (mut shape, mut strides) = self.axes();
        shape.swap(a, b);
        strides.swap(a, b);
        Self::strided(&shape, &strides, self.offset)
    }

    /// The view whose axis `i` is this one's axis `axes[i]`.
    pub(crate) fn permute(&self, axes: &[usize]) -> Self {
        let shape: Axes = axes.iter().map(|&axis| self.shape()[axis]).collect();
        let strides: Axes = axes.iter().map(|&axis| self.strides()[axis]).collect();
        Self::strided(&shape, &strides, self.offset)
    }

    /// The view of `len` elements of an axis from `start` on, each `step` apart.
    pub(crate) fn slice(&self, axis: usize, start: usize, len: usize, step: usize) -> Self {
        let (mut shape, mut strides) = self.axes();
        // An empty view points at nothing, so it stays where it is.
        let offset = if len == 0 || self.len == 0 { self.offset } else { self.offset + start * strides[axis] };
        shape[axis] = len;
        // A step over the end has no place to go to, and may be as large as it likes.
        if len > 1 {
            strides[axis] *= step;
        }
        Self::strided(&shape, &strides, offset)
    }

    /// The view at one place of an axis, without that axis.
    pub(crate) fn select(&self, axis: usize, index: usize) -> Self {
        self.slice(axis, index, 1, 1).squeeze(axis)
    }

    /// The view with a new axis of size 1 before `axis`.
    pub(crate) fn unsqueeze(&self, axis: usize) -> Self {
        let (mut shape, mut strides) = self.axes();
        shape.insert(axis, 1);
        strides.insert(axis, 1);
        Self::strided(&shape, &strides, self.offset)
    }

    /// The view without `axis`, which has size 1.
    pub(crate) fn squeeze(&self, axis: usize) -> Self {
        let (mut shape, mut strides) = self.axes();
        shape.remove(axis);
        strides.remove(axis);
        Self::strided(&shape, &strides, self.offset)
    }

    /// The view that repeats axes of size 1, and new axes in front, to the sizes of `shape`; `None` if the shapes don't
    /// allow it.
    pub(crate) fn expand(&self, shape: &[usize]) -> Option<Self> {
        let new = shape.len().checked_sub(self.rank())?;
        if self.len == 1
            && let Some(small) = Small::of(shape)
        {
            // One element seen everywhere.
            let contiguous = small.len == 1;
            return Some(Layout { strides: [0; INLINE], offset: self.offset, contiguous, ..small.layout() });
        }
        let mut strides = Axes::from_elem(0, shape.len());
        for (axis, (&size, &stride)) in self.shape().iter().zip(self.strides()).enumerate() {
            if size == shape[new + axis] {
                strides[new + axis] = stride;
            } else if size != 1 {
                return None;
            }
        }
        Some(Self::strided(shape, &strides, self.offset))
    }

    /// The view with another shape of as many elements; `None` if only a copy can have it.
    pub(crate) fn reshape(&self, shape: &[usize]) -> Option<Self> {
        if self.contiguous {
            return Some(Layout { offset: self.offset, ..Self::new(shape) });
        }
        // Axes that lie in memory like one are merged; each new axis must then cut one of those.
        let merged = Collapsed::of(self);
        let mut strides = Axes::from_elem(1, shape.len());
        let mut axes = merged.iter().rev();
        let (mut size, mut stride) = (1, 1);
        for axis in (0..shape.len()).rev() {
            if shape[axis] == 1 {
                continue;
            }
            if size == 1 {
                (size, stride) = axes.next()?;
            }
            if size % shape[axis] != 0 {
                return None;
            }
            strides[axis] = stride;
            stride *= shape[axis];
            size /= shape[axis];
        }
        Some(Self::strided(shape, &strides, self.offset))
    }
}

#[cfg(test)]
mod tests;
