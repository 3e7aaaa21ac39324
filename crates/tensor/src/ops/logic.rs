//! Reductions of truth values. They have no gradient.

use crate::dim::Dims;
use crate::kernels::reduce;
use crate::ops::reduced::all_axes;
use crate::tensor::{BoolTensor, LongTensor, TensorOf};

type Kernel = fn(&[bool], [usize; 3], &mut [bool]);

#[track_caller]
fn reduced(name: &str, x: &BoolTensor, axes: &[usize], keepdim: bool, kernel: Kernel) -> BoolTensor {
    x.check_copy(name);
    TensorOf::new(x.array().reduce(axes, keepdim, kernel))
}

impl BoolTensor {
    /// Whether one element is true, a scalar. PyTorch: `torch.any`.
    #[track_caller]
    pub fn any(&self /* along an axis: any_dim(0, false) */) -> BoolTensor {
        reduced("any", self, &all_axes(self), false, reduce::any)
    }

    /// Whether all elements are true, a scalar. PyTorch: `torch.all`.
    #[track_caller]
    pub fn all(&self /* along an axis: all_dim(0, false) */) -> BoolTensor {
        reduced("all", self, &all_axes(self), false, reduce::all)
    }

    /// Whether one element is true, over the axes `dims`. PyTorch: `torch.any(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn any_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> BoolTensor {
        reduced("any", self, &dims.into().axes("any_dim", self.shape()), keepdim, reduce::any)
    }

    /// Whether all elements are true, over the axes `dims`. PyTorch: `torch.all(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn all_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> BoolTensor {
        reduced("all", self, &dims.into().axes("all_dim", self.shape()), keepdim, reduce::all)
    }

    /// How many elements are true, a scalar. PyTorch: `torch.sum` of a mask.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., -2., 3.]).gt_scalar(0.0).sum().item(), 2);
    /// ```
    #[track_caller]
    pub fn sum(&self /* along an axis: sum_dim(0, false) */) -> LongTensor {
        self.long().sum()
    }

    /// How many elements are true, over the axes `dims`. PyTorch: `torch.sum(dim, keepdim)` of a mask.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn sum_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> LongTensor {
        self.long().sum_dim(dims, keepdim)
    }
}
