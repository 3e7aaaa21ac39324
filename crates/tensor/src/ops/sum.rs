//! Sums over axes.

use crate::dim::Dims;
use crate::element::Number;
use crate::layout::Dims as Axes;
use crate::record::record_linear;
use crate::table::operation;
use crate::tensor::TensorOf;

/// The shape with each of `axes` set to 1, or without them.
pub(crate) fn reduced_shape(shape: &[usize], axes: &[usize], keepdim: bool) -> Axes {
    let mut reduced = Axes::new();
    for (axis, &size) in shape.iter().enumerate() {
        match (axes.contains(&axis), keepdim) {
            (false, _) => reduced.push(size),
            (true, true) => reduced.push(1),
            (true, false) => {}
        }
    }
    reduced
}

impl<E: Number> TensorOf<E> {
    /// The sum of all elements, a scalar. PyTorch: `torch.sum`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1., 2.], [3., 4.]]).sum().item(), 10.0);
    /// ```
    #[track_caller]
    pub fn sum(&self) -> Self {
        sum(self, &(0..self.ndim()).collect::<Axes>(), false)
    }

    /// The sums over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.sum(dim, keepdim)`.
    ///
    /// dy/dx = 1
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.sum_dim(0, false).to_vec(), [4.0, 6.0]);
    /// assert_eq!(x.sum_dim(-1, true).shape(), [2, 1]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn sum_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        sum(self, &dims.into().axes("sum", self.shape()), keepdim)
    }

    /// The sum over the axes that were broadcast from `shape`: what undoes an expand.
    #[track_caller]
    pub(crate) fn sum_to(&self, shape: &[usize]) -> Self {
        let new = self.ndim() - shape.len();
        let axes: Axes = (0..self.ndim())
            .filter(|&axis| axis < new || (shape[axis - new] == 1 && self.shape()[axis] != 1))
            .collect();
        let summed = sum(self, &axes, true);
        summed.reshape(shape)
    }
}

#[track_caller]
fn sum<E: Number>(x: &TensorOf<E>, axes: &[usize], keepdim: bool) -> TensorOf<E> {
    let y = x.array().sum(axes).reshape(&reduced_shape(x.shape(), axes, keepdim));
    let (shape, kept) = (Axes::from_slice(x.shape()), reduced_shape(x.shape(), axes, true));
    record_linear("sum", y, x.node(), move |g| g.reshape(&kept[..]).expand(&shape[..]))
}

operation! { SUM = "sum":
    "torch.sum(a)", |a| a.sum(), [ANY], EACH;
    "torch.sum(a, dim=(0, -1))", |a| a.sum_dim([0, -1], false), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]], &[&[0, 2]]];
    "torch.sum(a, dim=1, keepdim=True)", |a| a.sum_dim(1, true), [ANY], &[&[&[3, 4]], &[&[2, 0, 3]]];
}
