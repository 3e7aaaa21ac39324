//! Sums, means and products over axes.

use deltarule_autograd::is_grad_enabled;

use crate::array::Array;
use crate::dim::Dims;
use crate::element::{Float, Number};
use crate::kernels::reduce;
use crate::layout::Axes;
use crate::ops::reduced::{Reduced, all_axes};
use crate::record::{record_any, record_linear, records};
use crate::table::operation;
use crate::tensor::{BoolTensor, TensorOf};

impl<E: Number> TensorOf<E> {
    /// The sum of all elements, a scalar. PyTorch: `torch.sum`.
    ///
    /// dy/dx = 1
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1., 2.], [3., 4.]]).sum().item(), 10.0);
    /// ```
    #[track_caller]
    pub fn sum(&self /* along an axis: sum_dim(0, false) */) -> Self {
        sum(self, &all_axes(self), false)
    }

    /// The sums over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.sum(dim, keepdim)`.
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
        sum(self, &dims.into().axes("sum_dim", self.shape()), keepdim)
    }

    /// The sum over what was repeated from `shape`: undoes an expand.
    #[track_caller]
    pub(crate) fn sum_to(&self, shape: &[usize]) -> Self {
        if let &[_, n] = self.shape()
            && *shape == [n]
        {
            return sum_of_rows(self);
        }
        let new = self.ndim() - shape.len();
        let repeated = |&axis: &usize| axis < new || (shape[axis - new] == 1 && self.shape()[axis] != 1);
        let axes: Axes = (0..self.ndim()).filter(repeated).collect();
        sum(self, &axes, true).reshape_to(shape)
    }
}

/// The sum over the sorted `axes`.
#[track_caller]
pub(super) fn sum<E: Number>(x: &TensorOf<E>, axes: &[usize], keepdim: bool) -> TensorOf<E> {
    x.check_copy("sum");
    let y = x.array().reduce(axes, keepdim, reduce::sum);
    if !records(&[x.node()]) {
        return TensorOf::new(y);
    }
    let reduced = Reduced::new(x, axes);
    record_linear("sum", y, x.node(), move |g| reduced.spread(g))
}

/// The sum of a matrix's rows, which a bias gets. As [`sum`] over axis 0, without its way to any axes: that takes longer than
/// the sum of a small layer.
#[track_caller]
pub(super) fn sum_of_rows<E: Number>(x: &TensorOf<E>) -> TensorOf<E> {
    match (x.array().as_slice(), x.shape()) {
        (Some(rows), &[m, n]) if !records(&[x.node()]) => {
            TensorOf::new(Array::build(&[n], |out| reduce::sum(rows, [1, m, n], out)))
        }
        _ => sum(x, &[0], false),
    }
}

impl<E: Float> TensorOf<E> {
    /// The mean of all elements, a scalar; NaN if there are none. PyTorch: `torch.mean`.
    ///
    /// dy/dx = 1/n
    #[track_caller]
    pub fn mean(&self /* along an axis: mean_dim(0, false) */) -> Self {
        mean(self, &all_axes(self), false)
    }

    /// The means over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.mean(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn mean_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        mean(self, &dims.into().axes("mean_dim", self.shape()), keepdim)
    }

    /// The product of all elements, a scalar. PyTorch: `torch.prod`.
    ///
    /// dy/dx = the product of all others: y/x where no element is 0
    #[track_caller]
    pub fn prod(&self /* along an axis: prod_dim(0, false) */) -> Self {
        prod(self, &all_axes(self), false)
    }

    /// The products over the axes `dims`, which stay as axes of size 1 if `keepdim`.
    /// PyTorch: `torch.prod(dim, keepdim)`, which takes one axis.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn prod_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        prod(self, &dims.into().axes("prod_dim", self.shape()), keepdim)
    }
}

#[track_caller]
fn mean<E: Float>(x: &TensorOf<E>, axes: &[usize], keepdim: bool) -> TensorOf<E> {
    let reduced = Reduced::new(x, axes);
    let n = E::from_f64(reduced.count() as f64);
    x.check_copy("mean");
    let means = x.array().reduce(axes, keepdim, reduce::mean);
    // The mean of nothing has no way back: 0/0 would be the second gradient of what it is made of.
    record_linear("mean", means, x.node(), move |g| reduced.spread(if reduced.count() == 0 { g } else { g / n }))
}

#[track_caller]
fn prod<E: Float>(x: &TensorOf<E>, axes: &[usize], keepdim: bool) -> TensorOf<E> {
    let reduced = Reduced::new(x, axes);
    x.check_copy("prod");
    let y = x.array().reduce(axes, keepdim, reduce::prod);
    record_any("prod", y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (x, y) = (to.open(x), to.open(y));
            to.input(0, || {
                let zeros = x.array().to_vec().into_iter().filter(|&x| x == E::default()).count();
                if zeros > 1 && reduced.count() == x.numel() && !is_grad_enabled() {
                    // Each product of all others has a factor 0; an infinity among them would make NaN of it.
                    return TensorOf::zeros(x.shape());
                }
                if reduced.shape().is_empty() {
                    return g;
                }
                let g = reduced.spread(g);
                // Not (g·y)/x: g·y may overflow where the gradient doesn't.
                if zeros > 0 { g * product_of_others(&x, &reduced) } else { g * (reduced.spread(y) / &x) }
            });
        }
    })
}

/// The product of all elements but one, for each element: y/x, which a zero in x would make 0/0.
#[track_caller]
fn product_of_others<E: Float>(x: &TensorOf<E>, reduced: &Reduced) -> TensorOf<E> {
    // The reduced axes as the last one.
    let (rows, n) = (reduced.rows(x), reduced.count());
    let others = if is_grad_enabled() {
        // One row for each element that is left out, as 1: again a product, so any order of gradient is right.
        let size = rows.numel() / n.max(1);
        let diagonal = BoolTensor::diagonal_of(n);
        let left_out = rows.reshape([size, 1, n]).expand([size, n, n]).masked_fill(&diagonal, E::ONE);
        prod(&left_out, &[2], false)
    } else {
        TensorOf::new(exclusive_products(rows.array(), n))
    };
    reduced.of_rows(&others)
}

/// For each element, the product of those before it times the product of those after it, in rows of `n`.
fn exclusive_products<E: Float>(x: &Array<E>, n: usize) -> Array<E> {
    let x = x.contiguous();
    let x = x.as_slice().unwrap_or_default();
    Array::build(&[x.len() / n.max(1), n], |out| {
        for (x, out) in x.chunks_exact(n.max(1)).zip(out.chunks_exact_mut(n.max(1))) {
            let mut before = E::ONE;
            for (out, &x) in out.iter_mut().zip(x) {
                *out = before;
                before = before * x;
            }
            let mut after = E::ONE;
            for (out, &x) in out.iter_mut().zip(x).rev() {
                *out = *out * after;
                after = after * x;
            }
        }
    })
}

operation! { SUM = "sum":
    "torch.sum(a)", |a| a.sum(), [ANY], EACH;
    "torch.sum(a, dim=(0, -1))", |a| a.sum_dim([0, -1], false), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]], &[&[0, 2]]];
    "torch.sum(a, dim=1, keepdim=True)", |a| a.sum_dim(1, true), [ANY], &[&[&[3, 4]], &[&[2, 0, 3]]];
    "torch.sum(a, dim=(-3, -1), keepdim=True)", |a| a.sum_dim([-3, -1], true), [ANY], &[&[&[2, 3, 2]]];
}

operation! { MEAN = "mean":
    "torch.mean(a, dim=0)", |a| a.mean_dim(0, false), [ANY], &[&[&[]], &[&[3]]];
    "torch.mean(a)", |a| a.mean(), [ANY], &[&[&[]], &[&[1]], &[&[3, 4]], &[&[2, 1, 3]]];
    "torch.mean(a, dim=(0, -1))", |a| a.mean_dim([0, -1], false), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
    "torch.mean(a, dim=1, keepdim=True)", |a| a.mean_dim(1, true), [ANY], &[&[&[3, 4]], &[&[0, 2]]];
    "torch.std_mean(a)[1]", |a| a.std_mean().1, [ANY], &[&[&[3, 4]]];
    "torch.std_mean(a, dim=0, correction=0, keepdim=True)[1]", |a| a.std_mean_dim(0, 0.0, true).1, [ANY], &[&[&[3, 4]]];
    "torch.var_mean(a)[1]", |a| a.var_mean().1, [ANY], &[&[&[3, 4]]];
    "torch.var_mean(a, dim=1)[1]", |a| a.var_mean_dim(1, 1.0, false).1, [ANY], &[&[&[3, 4]]];
}

operation! { PROD = "prod":
    "torch.prod(a)", |a| a.prod(), [NONZERO], EACH;
    "torch.prod(a, dim=1)", |a| a.prod_dim(1, false), [NONZERO], &[&[&[3, 4]], &[&[2, 1, 3]], &[&[2, 0]]];
    "torch.prod(a * torch.tensor([1, 0, 1]), dim=-1, keepdim=True)",
        |a| (a * TensorOf::from([1.0, 0.0, 1.0])).prod_dim(-1, true), [NONZERO], &[&[&[3]], &[&[2, 3]]];
    "torch.prod(a * torch.tensor([0, 0, 1]))", |a| (a * TensorOf::from([0.0, 0.0, 1.0])).prod(), [NONZERO], &[&[&[3]]];
}
