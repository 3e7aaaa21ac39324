//! What all reductions share: the shapes before and after, and the way back.

use deltarule_autograd::call_site::fail;
use smallvec::SmallVec;

use crate::array::reduced_shape;
use crate::element::Element;
use crate::layout::Axes;
use crate::tensor::TensorOf;

/// A reduction of some axes of a shape.
#[derive(Debug, Clone)]
pub(super) struct Reduced {
    shape: Axes,
    /// In bytes, so that a rule that holds this and two tensors lies in its node. A layout counts its axes in a byte too.
    axes: SmallVec<[u8; 16]>,
}

/// The axes of a tensor, for a reduction of all of them.
pub(super) fn all_axes<E: Element>(x: &TensorOf<E>) -> Axes {
    (0..x.ndim()).collect()
}

impl Reduced {
    /// The reduction of the sorted `axes` of `x`.
    pub(super) fn new<E: Element>(x: &TensorOf<E>, axes: &[usize]) -> Self {
        Reduced { shape: Axes::from_slice(x.shape()), axes: axes.iter().map(|&axis| axis as u8).collect() }
    }

    /// As `new`, for a reduction that has no value for nothing, such as a maximum.
    #[track_caller]
    pub(super) fn of_some<E: Element>(operation: &str, x: &TensorOf<E>, axes: &[usize]) -> Self {
        let reduced = Self::new(x, axes);
        if reduced.count() == 0 {
            fail(
                operation,
                format_args!("there is nothing to take it of: the axes {axes:?} of shape {:?} are empty", x.shape()),
            );
        }
        reduced
    }

    /// The shape before.
    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The shape after, with the reduced axes as 1.
    pub(super) fn kept(&self) -> Axes {
        reduced_shape(&self.shape, &self.axes(), true)
    }

    /// The axes that are reduced.
    pub(super) fn axes(&self) -> Axes {
        self.axes.iter().copied().map(usize::from).collect()
    }

    /// How many elements become one.
    pub(super) fn count(&self) -> usize {
        self.axes.iter().map(|&axis| self.shape[axis as usize]).product()
    }

    /// A value of the reduced shape, with or without its axes of size 1, seen in each place that was reduced to it.
    #[track_caller]
    pub(super) fn spread<E: Element>(&self, y: TensorOf<E>) -> TensorOf<E> {
        if !y.requires_grad()
            && let Some(layout) = y.array().layout().reshape(&self.kept())
            && let Some(layout) = layout.expand(&self.shape)
        {
            // Not to be recorded: one view instead of two.
            return TensorOf::new(y.into_parts().0.into_view(layout));
        }
        y.reshape(&self.kept()[..]).expand(&self.shape[..])
    }

    /// A tensor of the original shape as a matrix: each row is what becomes one element.
    #[track_caller]
    pub(super) fn rows<E: Element>(&self, x: &TensorOf<E>) -> TensorOf<E> {
        let n = self.count();
        x.permute(&self.order()[..]).reshape([x.numel() / n.max(1), n])
    }

    /// The opposite of `rows`.
    #[track_caller]
    pub(super) fn of_rows<E: Element>(&self, rows: &TensorOf<E>) -> TensorOf<E> {
        let order = self.order();
        let shape: Axes = order.iter().map(|&axis| self.shape[axis]).collect();
        let mut back = Axes::from_elem(0, order.len());
        for (new, &old) in order.iter().enumerate() {
            back[old] = new;
        }
        rows.reshape(&shape[..]).permute(&back[..])
    }

    /// The axes, the reduced ones last.
    fn order(&self) -> Axes {
        let axes = self.axes();
        let mut order: Axes = (0..self.shape.len()).filter(|axis| !axes.contains(axis)).collect();
        order.extend_from_slice(&axes);
        order
    }
}
