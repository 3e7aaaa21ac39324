//! Arrays: values without gradients. An array is one pointer to a shared block; shape and strides lie beside the data.
//!
//! An array is never changed while somebody else holds it: what writes in place asks for the only handle first.

mod any;
mod block;
mod gather;
mod pointwise;
pub(crate) mod pool;
mod product;
mod reduce;
mod scatter;

use std::borrow::Cow;
use std::fmt;

pub use any::{AnyArray, Kind};
pub(crate) use block::Array;
pub(crate) use gather::Reader;
pub(crate) use pointwise::Operand;
pub(crate) use product::Factor;
pub(crate) use reduce::reduced_shape;

use crate::element::{Element, Number};
use crate::kernels::scratch::vec_for;
use crate::layout::Layout;

impl<E: Element> Array<E> {
    /// A new array, filled by `fill`, which gets memory whose contents have no meaning.
    #[inline]
    pub(crate) fn build(shape: &[usize], fill: impl FnOnce(&mut [E])) -> Self {
        Self::new(shape).filled(fill)
    }

    /// This new array, filled in the order of memory.
    #[inline]
    fn filled(mut self, fill: impl FnOnce(&mut [E])) -> Self {
        if let Some(own) = self.own_memory_mut() {
            fill(own);
        }
        self
    }

    /// Zeros, or `false`.
    pub(crate) fn zeros(shape: &[usize]) -> Self {
        Self::zeroed(Layout::new(shape))
    }

    /// The same value everywhere, in new memory.
    pub(crate) fn full(shape: &[usize], value: E) -> Self {
        Self::build(shape, |data| data.fill(value))
    }

    /// One value, without axes.
    #[inline]
    pub(crate) fn scalar(value: E) -> Self {
        Self::build(&[], |data| data[0] = value)
    }

    #[inline]
    pub(crate) fn shape(&self) -> &[usize] {
        self.layout().shape()
    }

    /// The number of elements.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.layout().len()
    }

    /// The elements in row-major order, if they lie so.
    #[inline]
    pub(crate) fn as_slice(&self) -> Option<&[E]> {
        let layout = self.layout();
        if layout.is_contiguous() { Some(self.dense_slice()) } else { None }
    }

    /// The elements of a dense layout, in the order of memory.
    #[inline]
    fn dense_slice(&self) -> &[E] {
        let layout = self.layout();
        match layout.len() {
            // The offset of an empty view may be anywhere.
            0 => &[],
            len => &self.memory()[layout.offset()..][..len],
        }
    }

    /// The elements in the order of memory, to be changed, if they are dense and nobody else sees them.
    #[inline]
    pub(crate) fn unique_dense(&mut self) -> Option<&mut [E]> {
        // A view is left alone, though it may be the last handle of its owner: nobody needs that.
        if self.is_view() || !self.layout().is_dense() {
            return None;
        }
        let len = self.len();
        self.own_memory_mut().filter(|own| own.len() == len)
    }

    /// The elements in row-major order, to be changed, if they lie so and nobody else sees them.
    #[inline]
    pub(crate) fn unique_slice(&mut self) -> Option<&mut [E]> {
        if !self.layout().is_contiguous() {
            return None;
        }
        self.unique_dense()
    }

    /// This array with another layout of the same elements; the handle itself is changed if nobody shares it.
    pub(crate) fn into_view(mut self, layout: Layout) -> Self {
        match self.layout_mut() {
            Some(own) => {
                *own = layout;
                self
            }
            None => self.view(layout),
        }
    }

    /// The array in row-major order: itself if it is so already, else a copy.
    #[inline]
    pub(crate) fn contiguous(&self) -> Self {
        if self.layout().is_contiguous() { self.clone() } else { self.copied() }
    }

    /// A copy in row-major order.
    pub(crate) fn copied(&self) -> Self {
        Self::build(self.shape(), |out| Reader::new(self).read_all(out))
    }

    /// The elements with another shape of as many: a view if it can be, else a copy.
    pub(crate) fn reshape(&self, shape: &[usize]) -> Self {
        match self.layout().reshape(shape) {
            Some(layout) => self.view(layout),
            None => self.copied().into_view(Layout::new(shape)),
        }
    }

    /// The elements in row-major order: in a copy if they don't lie so.
    #[inline]
    pub(crate) fn elements(&self) -> Cow<'_, [E]> {
        match self.as_slice() {
            Some(slice) => Cow::Borrowed(slice),
            None => Cow::Owned(self.to_vec()),
        }
    }

    /// The elements in row-major order.
    #[track_caller]
    pub(crate) fn to_vec(&self) -> Vec<E> {
        let mut elements = vec_for("memory", self.len());
        match self.as_slice() {
            Some(slice) => elements.extend_from_slice(slice),
            None => elements.extend_from_slice(self.copied().dense_slice()),
        }
        elements
    }

    /// The only element.
    #[inline]
    pub(crate) fn first(&self) -> Option<E> {
        (self.len() > 0).then(|| self.memory()[self.layout().offset()])
    }

    /// The elements in row-major order, in memory of their own, to be changed.
    #[inline]
    pub(crate) fn make_mut(&mut self) -> &mut [E] {
        if self.unique_slice().is_none() {
            *self = self.copied();
        }
        match self.own_memory_mut() {
            Some(own) => own,
            None => unreachable!("a copy has one owner"),
        }
    }
}

impl<E: Number> Array<E> {
    /// dy/dy of this array y of one element: where a backward pass begins.
    #[inline]
    pub(crate) fn seed(&self) -> Result<Self, String> {
        if self.len() == 1 { Ok(Self::build(self.shape(), |data| data[0] = E::ONE)) } else { Err(self.no_seed()) }
    }

    #[cold]
    fn no_seed(&self) -> String {
        format!(
            "only a scalar has a gradient of its own accord, and this tensor's shape is {:?}. Reduce it with sum() or \
             mean(), or give its gradient",
            self.shape()
        )
    }

    /// Whether all elements are neither NaN nor infinite.
    pub(crate) fn is_finite(&self) -> bool {
        self.elements().iter().all(|value| value.to_f64().is_finite())
    }
}

impl<E: Element> fmt::Debug for Array<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("shape", &self.shape()).finish_non_exhaustive()
    }
}
