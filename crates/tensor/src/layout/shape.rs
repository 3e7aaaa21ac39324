//! Shapes of a few axes as plain numbers: what a node remembers of its tensor, and what a new array is made from.

use super::{INLINE, Layout};

/// The sizes of the axes as a value of their own: what a node of the graph remembers of its tensor.
///
/// As in a layout, the first axes stand in a plain array, 1 where there is none, so that two can be compared by a few
/// instructions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    sizes: [usize; INLINE],
    rank: usize,
    /// The sizes, if there are more axes.
    #[expect(clippy::box_collection, reason = "one word where a vector or a boxed slice has two or three")]
    more: Option<Box<Vec<usize>>>,
}

impl Shape {
    pub(crate) fn new(sizes: &[usize]) -> Self {
        let few = if sizes.len() <= INLINE { sizes } else { &[] };
        let more = (sizes.len() > INLINE).then(|| Box::new(sizes.to_vec()));
        Shape { sizes: padded(few), rank: few.len(), more }
    }

    /// The shape of `layout`.
    #[inline]
    pub(crate) fn of(layout: &Layout) -> Self {
        match &layout.more {
            None => Shape { sizes: layout.shape, rank: layout.rank as usize, more: None },
            Some(more) => Self::new(&more[0]),
        }
    }

    #[inline]
    pub(crate) fn sizes(&self) -> &[usize] {
        match &self.more {
            None => &self.sizes[..self.rank],
            Some(more) => more,
        }
    }

    /// Whether it is the shape of `layout`.
    #[inline]
    pub(crate) fn is_of(&self, layout: &Layout) -> bool {
        match (&self.more, &layout.more) {
            (None, None) => self.rank == layout.rank as usize && same_few(&self.sizes, &layout.shape),
            (Some(more), Some(other)) => more[..] == other[0],
            _ => false,
        }
    }
}

/// A row-major layout of a few axes of sizes from 1 to 32,767, whose products never overflow.
///
/// It is plain numbers, which nobody has to drop, so that they stay in registers until they are written to their place.
#[derive(Clone, Copy)]
pub(crate) struct Small {
    shape: [usize; INLINE],
    rank: u8,
    pub(crate) len: usize,
}

impl Small {
    #[inline]
    pub(crate) fn of(shape: &[usize]) -> Option<Self> {
        let few = padded(shape);
        let [a, b, c, d] = few;
        let len = a.wrapping_mul(b).wrapping_mul(c).wrapping_mul(d);
        let is_small = shape.len() <= INLINE && (a | b | c | d) >> 15 == 0 && len != 0;
        is_small.then_some(Small { shape: few, rank: shape.len() as u8, len })
    }

    #[inline]
    pub(crate) fn layout(self) -> Layout {
        let Small { shape, rank, len } = self;
        let [_, b, c, d] = shape;
        // Without axes behind them the sizes are 1, which makes these the strides for any rank.
        Layout { shape, strides: [b * c * d, c * d, d, 1], more: None, offset: 0, len, rank, contiguous: true }
    }
}

/// A few sizes, 1 where there is no axis.
#[inline]
pub(super) fn padded(sizes: &[usize]) -> [usize; INLINE] {
    // Written out: a loop over an unknown number of sizes becomes a call that copies them.
    match *sizes {
        [] => [1, 1, 1, 1],
        [a] => [a, 1, 1, 1],
        [a, b] => [a, b, 1, 1],
        [a, b, c] => [a, b, c, 1],
        [a, b, c, d, ..] => [a, b, c, d],
    }
}

/// Whether all sizes are the same. Without branches: a comparison of arrays is a call.
#[inline]
pub(super) fn same_few(a: &[usize; INLINE], b: &[usize; INLINE]) -> bool {
    a.iter().zip(b).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}
