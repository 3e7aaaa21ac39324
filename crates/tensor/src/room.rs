//! Whether a tensor can be: few enough axes, elements that can be counted, and memory for them.
//!
//! Operations ask before they compute, for here the operation and the user's line are known: where memory is taken,
//! neither is.

use std::mem::size_of;

use deltarule_autograd::call_site::fail;

use crate::array::pool;
use crate::element::Element;
use crate::layout::checked_count;
use crate::tensor::TensorOf;

/// How many axes a tensor may have: as many as PyTorch's reductions take.
pub const MAX_AXES: usize = 64;

/// From so many bytes on, the system is asked for them before anything is computed. Less than that is there, or the
/// program is at its end.
const LARGE: usize = 1 << 26;

/// Why no tensor has so many axes.
pub(crate) fn too_many_axes(axes: usize) -> Option<String> {
    (axes > MAX_AXES).then(|| format!("a tensor has up to {MAX_AXES} axes, and the shape has {axes}"))
}

/// Fails unless a tensor can have this shape, whether or not there is memory for it: for views. Gives the number of
/// elements.
#[inline]
#[track_caller]
pub(crate) fn check_shape(operation: &str, shape: &[usize]) -> usize {
    match checked_count(shape) {
        Some(count) if shape.len() <= MAX_AXES => count,
        _ => refuse(operation, shape),
    }
}

#[cold]
#[track_caller]
fn refuse(operation: &str, shape: &[usize]) -> ! {
    match too_many_axes(shape.len()) {
        Some(wrong) => fail(operation, wrong),
        None => fail(operation, format_args!("a tensor of shape {shape:?} has more elements than can be counted")),
    }
}

/// Fails unless there can be a new tensor of this shape, with elements of type `E`.
#[inline]
#[track_caller]
pub(crate) fn check_new<E>(operation: &str, shape: &[usize]) {
    let count = check_shape(operation, shape);
    if count >= LARGE / size_of::<E>() {
        check_memory(operation, shape, count, size_of::<E>());
    }
}

/// As [`check_new`], of a matrix of so many rows and columns.
#[inline]
#[track_caller]
pub(crate) fn check_matrix<E>(operation: &str, [rows, columns]: [usize; 2]) {
    if rows.checked_mul(columns).is_none_or(|count| count >= LARGE / size_of::<E>()) {
        check_new::<E>(operation, &[rows, columns]);
    }
}

#[cold]
#[track_caller]
fn check_memory(operation: &str, shape: &[usize], count: usize, size: usize) {
    let bytes = count as u128 * size as u128;
    if !usize::try_from(bytes).is_ok_and(pool::has) {
        fail(operation, format_args!("there is no memory for a tensor of shape {shape:?}: {bytes} bytes"));
    }
}

impl<E: Element> TensorOf<E> {
    /// Fails unless there is memory for a tensor of this shape, with elements of type `O`. Views may be larger than any
    /// memory.
    #[inline]
    #[track_caller]
    pub(crate) fn check_room<O: Element>(&self, operation: &str) {
        if self.numel() >= LARGE / size_of::<O>() {
            self.check_memory(operation, size_of::<O>());
        }
    }

    /// Fails unless the elements lie in row-major order, or there is memory for a copy where they do.
    #[inline]
    #[track_caller]
    pub(crate) fn check_copy(&self, operation: &str) {
        if self.numel() >= LARGE / size_of::<E>() && !self.is_contiguous() {
            self.check_memory(operation, size_of::<E>());
        }
    }

    #[cold]
    #[track_caller]
    fn check_memory(&self, operation: &str, size: usize) {
        check_memory(operation, self.shape(), self.numel(), size);
    }
}
