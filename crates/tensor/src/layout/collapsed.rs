//! A layout without the axes that make no difference: for loops over memory.

use super::{Axes, Layout};

/// The same elements in the same order with as few axes as possible: those of size 1 are gone, and neighbours that lie
/// in memory like one axis are one.
#[derive(Debug, Clone)]
pub(crate) struct Collapsed {
    shape: Axes,
    strides: Axes,
}

impl Collapsed {
    pub(crate) fn of(layout: &Layout) -> Self {
        let mut collapsed = Collapsed { shape: Axes::new(), strides: Axes::new() };
        for (&size, &stride) in layout.shape().iter().zip(layout.strides()) {
            if size == 1 {
                continue;
            }
            match (collapsed.shape.last_mut(), collapsed.strides.last_mut()) {
                (Some(last_size), Some(last_stride)) if *last_stride == stride * size => {
                    *last_size *= size;
                    *last_stride = stride;
                }
                _ => {
                    collapsed.shape.push(size);
                    collapsed.strides.push(stride);
                }
            }
        }
        collapsed
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub(crate) fn strides(&self) -> &[usize] {
        &self.strides
    }

    /// Size and stride of each axis.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        self.shape.iter().copied().zip(self.strides.iter().copied())
    }
}
