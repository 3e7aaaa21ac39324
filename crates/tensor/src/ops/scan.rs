//! Running sums.

use crate::dim::axis_or_scalar;
use crate::element::Number;
use crate::kernels::reduce;
use crate::record::record_linear;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Number> TensorOf<E> {
    /// The sums of all elements up to each one along axis `dim`. PyTorch: `torch.cumsum`.
    ///
    /// The gradient of each element is the sum of the gradients from it on.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2., 3.]).cumsum(0).to_vec(), [1., 3., 6.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn cumsum(&self, dim: isize) -> Self {
        cumsum(self, axis_or_scalar("cumsum", dim, self.shape()), false)
    }
}

#[track_caller]
fn cumsum<E: Number>(x: &TensorOf<E>, axis: usize, reverse: bool) -> TensorOf<E> {
    x.check_room::<E>("cumsum");
    let y = x.array().along(axis, |x, sizes, out| reduce::cumsum(x, sizes, reverse, out));
    record_linear("cumsum", y, x.node(), move |g| cumsum(&g, axis, !reverse))
}

operation! { CUMSUM = "cumsum":
    "torch.cumsum(a, 0)", |a| a.cumsum(0), [ANY], &[&[&[4]], &[&[3, 4]], &[&[0, 2]]];
    "torch.cumsum(a, -1)", |a| a.cumsum(-1), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
    "torch.cumsum(a, 0)", |a| a.cumsum(0), [ANY], &[&[&[]]];
}
