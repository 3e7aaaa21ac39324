//! Sums and means that leave out NaN, and its replacement.

use crate::dim::Dims;
use crate::element::Float;
use crate::ops::reduced::all_axes;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// The sum of all elements that aren't NaN, a scalar. PyTorch: `torch.nansum`.
    ///
    /// dy/dx = 1, 0 at NaN
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., f32::NAN, 3.]).nansum().item(), 4.0);
    /// ```
    #[track_caller]
    pub fn nansum(&self) -> Self {
        self.without_nan().sum()
    }

    /// The sums over the axes `dims` of what isn't NaN; see [`sum_dim`](TensorOf::sum_dim).
    /// PyTorch: `torch.nansum(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn nansum_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        let axes = dims.into().axes("nansum_dim", self.shape());
        self.without_nan().sum_dim(&axes[..], keepdim)
    }

    /// The mean of all elements that aren't NaN, a scalar; NaN if there is none. PyTorch: `torch.nanmean`.
    ///
    /// dy/dx = 1/n, where n isn't NaN; 0 at NaN
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., f32::NAN, 3.]).nanmean().item(), 2.0);
    /// ```
    #[track_caller]
    pub fn nanmean(&self) -> Self {
        nanmean(self, Dims::from(&all_axes(self)[..]), false)
    }

    /// The means over the axes `dims` of what isn't NaN; see [`mean_dim`](TensorOf::mean_dim).
    /// PyTorch: `torch.nanmean(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn nanmean_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        let axes = dims.into().axes("nanmean_dim", self.shape());
        nanmean(self, Dims::from(&axes[..]), keepdim)
    }

    /// This tensor with 0 in place of NaN.
    #[track_caller]
    fn without_nan(&self) -> Self {
        self.check_room::<E>("nansum");
        self.masked_fill(&self.isnan(), E::default())
    }
}

#[track_caller]
fn nanmean<E: Float>(x: &TensorOf<E>, dims: Dims, keepdim: bool) -> TensorOf<E> {
    let counts = E::from_mask(&!&x.isnan()).sum_dim(dims.clone(), keepdim);
    x.without_nan().sum_dim(dims, keepdim) / counts
}

operation! { NANSUM = "nansum":
    "torch.nansum(a)", |a| a.nansum(), [ANY], EACH;
    "torch.nansum(a, dim=1, keepdim=True)", |a| a.nansum_dim(1, true), [ANY], &[&[&[3, 4]], &[&[2, 0, 3]]];
}

operation! { NANMEAN = "nanmean":
    "torch.nanmean(a)", |a| a.nanmean(), [ANY], &[&[&[]], &[&[1]], &[&[3, 4]]];
    "torch.nanmean(a, dim=(0, -1))", |a| a.nanmean_dim([0, -1], false), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
}
