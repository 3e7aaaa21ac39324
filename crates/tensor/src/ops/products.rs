//! Products of each with each, and the way between two tensors.

use deltarule_autograd::call_site::fail;

use crate::element::{Float, Number};
use crate::layout::Axes;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Number> TensorOf<E> {
    /// The products of each element of this vector with each of `other`: a matrix of as many rows as this one has elements.
    /// PyTorch: `torch.outer`.
    ///
    /// yᵢⱼ = aᵢ·bⱼ; dy/da = b, dy/db = a
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2.]).outer(&Tensor::from([10., 1.])).to_vec(), [10., 1., 20., 2.]);
    /// ```
    ///
    /// # Panics
    /// If one is no vector.
    #[doc(alias = "ger")]
    #[track_caller]
    pub fn outer(&self, other: &Self) -> Self {
        if self.ndim() != 1 || other.ndim() != 1 {
            fail(
                "outer",
                format_args!("two vectors have an outer product: {:?} and {:?}", self.shape(), other.shape()),
            );
        }
        self.unsqueeze(1) * other
    }

    /// The Kronecker product: each element of this tensor times the whole of `other`, in its place. Of the one with fewer axes
    /// new ones come in front. PyTorch: `torch.kron`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::eye(2).kron(&Tensor::from([[1., 2.]]));
    /// assert_eq!((x.shape(), x.to_vec()), (&[2, 4][..], vec![1., 2., 0., 0., 0., 0., 1., 2.]));
    /// ```
    #[track_caller]
    pub fn kron(&self, other: &Self) -> Self {
        // Each axis becomes a pair: that of this tensor, and that of the other.
        let rank = self.ndim().max(other.ndim());
        let size = |x: &Self, axis: usize| (axis + x.ndim()).checked_sub(rank).map_or(1, |own| x.shape()[own]);
        let (mut own, mut others, mut joined) = (Axes::new(), Axes::new(), Axes::new());
        for axis in 0..rank {
            let (a, b) = (size(self, axis), size(other, axis));
            own.extend_from_slice(&[a, 1]);
            others.extend_from_slice(&[1, b]);
            joined.push(a.saturating_mul(b));
        }
        (self.reshape(&own[..]) * other.reshape(&others[..])).reshape(&joined[..])
    }
}

impl<E: Float> TensorOf<E> {
    /// Linear interpolation, broadcast: the point at `weight` on the way from this tensor, 0, to `end`, 1. PyTorch:
    /// `torch.lerp`.
    ///
    /// y = a + w·(b − a), from the nearer end; dy/da = 1 − w, dy/db = w
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 10.]).lerp(&Tensor::from([4., 20.]), 0.25).to_vec(), [1., 12.5]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn lerp(&self, end: &Self, weight: E) -> Self {
        let way = end - self;
        if weight.abs() < E::from_f64(0.5) { self + way * weight } else { end - way * (E::ONE - weight) }
    }
}

operation! { OUTER = "outer":
    "torch.outer(a, b)", |a, b| a.outer(b), [ANY, ANY], &[&[&[3], &[2]], &[&[0], &[2]], &[&[1], &[4]]];
}

operation! { KRON = "kron":
    "torch.kron(a, b)", |a, b| a.kron(b), [ANY, ANY],
        &[&[&[2, 3], &[2, 1]], &[&[3], &[2]], &[&[2], &[2, 2]], &[&[], &[3]], &[&[1, 2, 2], &[2, 1]]];
}

operation! { LERP = "lerp":
    "torch.lerp(a, b, 0.25)", |a, b| a.lerp(b, 0.25), [ANY, ANY], PAIRS;
    "torch.lerp(a, b, 0.75)", |a, b| a.lerp(b, 0.75), [ANY, ANY], PAIRS;
}
