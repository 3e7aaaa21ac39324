//! Variance, standard deviation and norms over axes.

use crate::dim::Dims;
use crate::element::Float;
use crate::kernels::{math, reduce};
use crate::layout::Axes;
use crate::ops::extrema::extremum;
use crate::ops::reduced::{Reduced, all_axes};
use crate::record::{record_any, record_linear};
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// The variance of all elements, a scalar: Σ(x − mean)²/(n − 1). PyTorch: `torch.var`.
    ///
    /// dy/dx = 2·(x − mean)/(n − 1)
    #[track_caller]
    pub fn var(&self /* along an axis: var_dim(0, 1.0, false) */) -> Self {
        var(self, &all_axes(self), 1.0, false)
    }

    /// The variances over the axes `dims`: Σ(x − mean)²/(n − `correction`), where correction 1 is the unbiased estimate
    /// of a sample's. The axes stay as axes of size 1 if `keepdim`. PyTorch: `torch.var(dim, correction, keepdim)`.
    ///
    /// NaN or ∞ where n ≤ `correction`, as in PyTorch.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn var_dim(&self, dims: impl Into<Dims>, correction: f64, keepdim: bool) -> Self {
        var(self, &dims.into().axes("var_dim", self.shape()), correction, keepdim)
    }

    /// The standard deviation of all elements, a scalar: the root of the [variance](TensorOf::var). PyTorch: `torch.std`.
    ///
    /// Exactly 0 of equal numbers, where PyTorch may have what is left of roundings.
    ///
    /// dy/dx = (x − mean)/((n − 1)·y), 0 where y = 0
    #[track_caller]
    pub fn std(&self /* along an axis: std_dim(0, 1.0, false) */) -> Self {
        std(self, &all_axes(self), 1.0, false)
    }

    /// The standard deviations over the axes `dims`; see [`var_dim`](TensorOf::var_dim).
    /// PyTorch: `torch.std(dim, correction, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn std_dim(&self, dims: impl Into<Dims>, correction: f64, keepdim: bool) -> Self {
        std(self, &dims.into().axes("std_dim", self.shape()), correction, keepdim)
    }

    /// The [variance](TensorOf::var) and the [mean](TensorOf::mean) of all elements. PyTorch: `torch.var_mean`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (var, mean) = Tensor::from([1., 3.]).var_mean();
    /// assert_eq!((var.item(), mean.item()), (2.0, 2.0));
    /// ```
    #[track_caller]
    pub fn var_mean(&self) -> (Self, Self) {
        (self.var(), self.mean())
    }

    /// The variances and the means over the axes `dims`; see [`var_dim`](TensorOf::var_dim).
    /// PyTorch: `torch.var_mean(dim, correction, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn var_mean_dim(&self, dims: impl Into<Dims>, correction: f64, keepdim: bool) -> (Self, Self) {
        let dims = dims.into();
        (self.var_dim(dims.clone(), correction, keepdim), self.mean_dim(dims, keepdim))
    }

    /// The [standard deviation](TensorOf::std) and the [mean](TensorOf::mean) of all elements. PyTorch: `torch.std_mean`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([1., 2., 3.]);
    /// let (std, mean) = x.std_mean();
    /// assert_eq!(((x - mean) / std).to_vec(), [-1., 0., 1.]);
    /// ```
    #[track_caller]
    pub fn std_mean(&self) -> (Self, Self) {
        (self.std(), self.mean())
    }

    /// The standard deviations and the means over the axes `dims`; see [`var_dim`](TensorOf::var_dim).
    /// PyTorch: `torch.std_mean(dim, correction, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn std_mean_dim(&self, dims: impl Into<Dims>, correction: f64, keepdim: bool) -> (Self, Self) {
        let dims = dims.into();
        (self.std_dim(dims.clone(), correction, keepdim), self.mean_dim(dims, keepdim))
    }

    /// The Euclidean norm of all elements, a scalar: √Σx². PyTorch: `torch.linalg.vector_norm`.
    ///
    /// dy/dx = x/y, 0 where y = 0
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([3., 4.]).norm().item(), 5.0);
    /// ```
    #[track_caller]
    pub fn norm(&self /* another norm, or along an axis: norm_dim(1.0, 0, false) */) -> Self {
        norm(self, E::from_f64(2.0), &all_axes(self), false)
    }

    /// The p-norms over the axes `dims`: (Σ|x|ᵖ)^(1/p); for p = ∞ the largest |x|, for −∞ the smallest, for 0 the
    /// number of elements that differ from 0. The axes stay as axes of size 1 if `keepdim`.
    /// PyTorch: `torch.linalg.vector_norm(ord, dim, keepdim)`.
    ///
    /// dy/dx = sign x·(|x|/y)ᵖ⁻¹, 0 where y = 0
    ///
    /// # Panics
    /// If there is no such axis, if one is named twice, or if they are empty for a p of ±∞.
    #[track_caller]
    pub fn norm_dim(&self, p: E, dims: impl Into<Dims>, keepdim: bool) -> Self {
        norm(self, p, &dims.into().axes("norm_dim", self.shape()), keepdim)
    }
}

#[track_caller]
fn var<E: Float>(x: &TensorOf<E>, axes: &[usize], correction: f64, keepdim: bool) -> TensorOf<E> {
    let reduced = Reduced::new(x, axes);
    x.check_copy("var");
    let y = x.array().reduce(axes, keepdim, |x, sizes, out: &mut [E]| reduce::var(x, sizes, correction, out));
    record_any("var", y, &[x.node()], |keep| {
        let x = keep.input(0, x.array().clone());
        move |g: TensorOf<E>, to| {
            let x = to.open(x);
            to.input(0, || var_rule(g, &x, &reduced, correction))
        }
    })
}

/// The gradient of the variance: g·2·(x − mean)/(n − correction).
fn var_rule<E: Float>(g: TensorOf<E>, x: &TensorOf<E>, reduced: &Reduced, correction: f64) -> TensorOf<E> {
    // Negative where n < `correction`, as PyTorch has it.
    let factor = 2.0 / (reduced.count() as f64 - correction);
    let centred = x - x.mean_dim(&reduced.axes()[..], true);
    reduced.spread(g * E::from_f64(factor)) * centred
}

#[track_caller]
fn std<E: Float>(x: &TensorOf<E>, axes: &[usize], correction: f64, keepdim: bool) -> TensorOf<E> {
    let reduced = Reduced::new(x, axes);
    x.check_copy("std");
    let y = x.array().reduce(axes, keepdim, |x, sizes, out: &mut [E]| {
        reduce::var(x, sizes, correction, out);
        out.iter_mut().for_each(|y| *y = y.sqrt());
    });
    record_any("std", y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (x, y) = (to.open(x), to.open(y));
            to.input(0, || var_rule(over(g, &y, |y| y * E::from_f64(2.0)), &x, &reduced, correction))
        }
    })
}

/// g/f(y), and 0 where y is. There f gets 1 in its place, so that no infinity stays in the graph for a second gradient
/// to trip over.
fn over<E: Float>(g: TensorOf<E>, y: &TensorOf<E>, f: impl FnOnce(TensorOf<E>) -> TensorOf<E>) -> TensorOf<E> {
    let zero = y.detach().eq_scalar(E::default());
    (g / f(y.masked_fill(&zero, E::ONE))).masked_fill(&zero, E::default())
}

#[track_caller]
fn norm<E: Float>(x: &TensorOf<E>, p: E, axes: &[usize], keepdim: bool) -> TensorOf<E> {
    let (infinity, two) = (-E::NEG_INFINITY, p == E::from_f64(2.0));
    if two {
        x.check_copy("norm")
    } else {
        x.check_room::<E>("norm")
    }
    // Sorted axes that were checked: they name themselves.
    let dims = || Dims::from(axes);
    if axes.is_empty() && p != E::default() {
        return x.abs();
    }
    if p == infinity {
        return extremum("max", &x.abs(), axes, keepdim, reduce::max);
    }
    if p == E::NEG_INFINITY {
        return extremum("min", &x.abs(), axes, keepdim, reduce::min);
    }
    if p == E::default() {
        let count = E::from_mask(&x.detach().ne_scalar(p)).sum_dim(dims(), keepdim).into_parts().0;
        let shape = Axes::from_slice(x.shape());
        return record_linear("norm", count, x.node(), move |_| TensorOf::zeros(&shape[..]));
    }
    if p == E::ONE {
        return x.abs().sum_dim(dims(), keepdim);
    }
    let reduced = Reduced::new(x, axes);
    let y = if two {
        x.array().reduce(axes, keepdim, reduce::sum_of_squares).map_to(math::Sqrt)
    } else {
        x.detach().abs().powf(p).sum_dim(dims(), keepdim).powf(E::ONE / p).into_parts().0
    };
    record_any("norm", y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (x, y) = (to.open(x), to.open(y));
            to.input(0, || {
                if two {
                    // Not x·(g/y): g/y may overflow where the gradient doesn't.
                    let zero = y.detach().eq_scalar(E::default());
                    let slope = &x / reduced.spread(y.masked_fill(&zero, E::ONE));
                    return reduced.spread(g.masked_fill(&zero, E::default())) * slope;
                }
                let zero = x.detach().eq_scalar(E::default());
                let slope = x.detach().sign() * x.masked_fill(&zero, E::ONE).abs().powf(p - E::ONE);
                slope * reduced.spread(over(g, &y, |y| y.powf(p - E::ONE)))
            });
        }
    })
}

operation! { VAR = "var":
    "torch.var(a)", |a| a.var(), [ANY], &[&[&[4]], &[&[3, 4]]];
    "torch.var(a, dim=(0, -1), correction=0)", |a| a.var_dim([0, -1], 0.0, false), [ANY],
        &[&[&[3, 4]], &[&[2, 3, 2]]];
    "torch.var(a, dim=1, keepdim=True)", |a| a.var_dim(1, 1.0, true), [ANY], &[&[&[3, 4]], &[&[0, 2]]];
    "torch.var_mean(a)[0]", |a| a.var_mean().0, [ANY], &[&[&[3, 4]]];
    "torch.var_mean(a, dim=0, correction=0)[0]", |a| a.var_mean_dim(0, 0.0, false).0, [ANY], &[&[&[3, 4]]];
}

operation! { STD = "std":
    "torch.std(a)", |a| a.std(), [DISTINCT], &[&[&[4]], &[&[3, 4]]];
    "torch.std(a, dim=(0, -1), correction=0)", |a| a.std_dim([0, -1], 0.0, false), [DISTINCT],
        &[&[&[3, 4]], &[&[2, 3, 2]]];
    "torch.std(a, dim=1, keepdim=True)", |a| a.std_dim(1, 1.0, true), [DISTINCT], &[&[&[3, 4]], &[&[0, 2]]];
    "torch.std_mean(a)[0]", |a| a.std_mean().0, [DISTINCT], &[&[&[3, 4]]];
    "torch.std_mean(a, dim=1, correction=0)[0]", |a| a.std_mean_dim(1, 0.0, false).0, [DISTINCT], &[&[&[3, 4]]];
}

operation! { NORM = "norm":
    "torch.linalg.vector_norm(a)", |a| a.norm(), [NONZERO], EACH;
    "torch.linalg.vector_norm(a, 2, dim=1, keepdim=True)", |a| a.norm_dim(2.0, 1, true), [NONZERO],
        &[&[&[3, 4]], &[&[0, 2]]];
    "torch.linalg.vector_norm(a, 1, dim=(0, 1))", |a| a.norm_dim(1.0, [0, 1], false), [NONZERO], &[&[&[3, 4]]];
    "torch.linalg.vector_norm(a, 3, dim=-1)", |a| a.norm_dim(3.0, -1, false), [NONZERO], &[&[&[3, 4]], &[&[4]]];
    "torch.linalg.vector_norm(a, 2.5, dim=0)", |a| a.norm_dim(2.5, 0, false), [NONZERO], &[&[&[3, 4]]];
    "torch.linalg.vector_norm(a, float('inf'), dim=1)", |a| a.norm_dim(1.0 / 0.0, 1, false), [Distinct(0.1, 2.0)],
        &[&[&[3, 4]]];
    "torch.linalg.vector_norm(a, -float('inf'), dim=1)", |a| a.norm_dim(-1.0 / 0.0, 1, false), [Distinct(0.1, 2.0)],
        &[&[&[3, 4]]];
    "torch.linalg.vector_norm(a, 0, dim=1)", |a| a.norm_dim(0.0, 1, false), [NONZERO], &[&[&[3, 4]]];
    "torch.linalg.vector_norm(a, 0, dim=0)", |a| a.norm_dim(0.0, 0, false), [NONZERO], &[&[&[]], &[&[3]]];
    "torch.linalg.vector_norm(a, 3, dim=0)", |a| a.norm_dim(3.0, 0, false), [NONZERO], &[&[&[]]];
    "torch.linalg.vector_norm(a, 1.5, dim=1)", |a| a.norm_dim(1.5, 1, false), [NONZERO], &[&[&[3, 4]]];
    "torch.linalg.vector_norm(a, 0.5, dim=0)", |a| a.norm_dim(0.5, 0, false), [NONZERO], &[&[&[3, 4]]];
}
