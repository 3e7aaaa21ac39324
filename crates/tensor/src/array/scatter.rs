//! Writing into a part of an array.

use crate::array::Array;
use crate::element::Element;
use crate::layout::{Axes, Collapsed, Layout, advance};

impl<E: Element> Array<E> {
    /// Writes `values`, in row-major order, to the elements that `place` points at: a view of this array, which is
    /// copied first if somebody else holds it. `values` has as many elements as `place`.
    pub(crate) fn write(&mut self, place: &Layout, values: &Array<E>) {
        let values = values.contiguous();
        let Some(values) = values.as_slice().filter(|values| !values.is_empty()) else {
            return;
        };
        let out = self.make_mut();
        let axes = Collapsed::of(place);
        let Some((&inner, outer)) = axes.shape().split_last() else {
            out[place.offset()] = values[0];
            return;
        };
        let (strides, stride) = (&axes.strides()[..outer.len()], axes.strides()[outer.len()]);
        let mut index = Axes::from_elem(0, outer.len());
        let mut row = place.offset();
        for values in values.chunks_exact(inner) {
            if stride == 1 {
                out[row..][..inner].copy_from_slice(values);
            } else {
                for (out, &value) in out[row..].iter_mut().step_by(stride).zip(values) {
                    *out = value;
                }
            }
            advance(&mut index, outer, [(&mut row, strides)]);
        }
    }
}
