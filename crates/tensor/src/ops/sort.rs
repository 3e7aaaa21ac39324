//! Order: sort and topk. The places have no gradient; the values' goes to the places they came from.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::axis_or_scalar;
use crate::element::Number;
use crate::kernels::sort::places;
use crate::tensor::{LongTensor, TensorOf};

impl<E: Number> TensorOf<E> {
    /// The elements in ascending (or `descending`) order along axis `dim`, and where each stood. Equal elements keep
    /// their order; NaN counts as the largest. PyTorch: `torch.sort` with `stable=True`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (values, indices) = Tensor::from([3., 1., 2.]).sort(0, false);
    /// assert_eq!((values.to_vec(), indices.to_vec()), (vec![1., 2., 3.], vec![1, 2, 0]));
    /// ```
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn sort(&self, dim: isize, descending: bool) -> (Self, LongTensor) {
        let axis = axis_or_scalar("sort", dim, self.shape());
        self.check_room::<i64>("sort");
        let indices = LongTensor::new(order(self.array(), axis, descending, usize::MAX));
        (self.gather(axis as isize, &indices), indices)
    }

    /// The `k` largest (or smallest, unless `largest`) elements along axis `dim`, in order, and where each stood.
    /// PyTorch: `torch.topk`.
    ///
    /// # Panics
    /// If there is no such axis, or if it has fewer than `k` elements.
    #[track_caller]
    pub fn topk(&self, k: usize, dim: isize, largest: bool) -> (Self, LongTensor) {
        let axis = axis_or_scalar("topk", dim, self.shape());
        if k > self.shape().get(axis).copied().unwrap_or(1) {
            fail("topk", format_args!("axis {dim} of shape {:?} has fewer than {k} elements", self.shape()));
        }
        if self.ndim() == 0 {
            // As PyTorch has it: a scalar has no axis that could be shorter.
            return self.sort(0, largest);
        }
        self.check_room::<i64>("topk");
        let indices = LongTensor::new(order(self.array(), axis, largest, k)).narrow(axis as isize, 0, k);
        (self.gather(axis as isize, &indices), indices)
    }
}

/// The places along `axis`, in the order of their elements: the first `wanted` of them.
fn order<E: Number>(x: &Array<E>, axis: usize, descending: bool, wanted: usize) -> Array<i64> {
    x.along(axis, |x, sizes, out| places(x, sizes, descending, wanted, out))
}
