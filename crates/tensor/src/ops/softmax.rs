//! Log-sum-exp, softmax and its logarithm along an axis, without overflow.

use crate::array::Array;
use crate::dim::{Dims, axis_or_scalar};
use crate::element::Float;
use crate::kernels::reduce;
use crate::ops::reduced::{Reduced, all_axes};
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// ln Σeˣ of all elements, a scalar; −∞ if there are none. PyTorch: `torch.logsumexp` over all axes.
    ///
    /// dy/dx = eˣ⁻ʸ
    #[track_caller]
    pub fn logsumexp(&self /* along an axis: logsumexp_dim(0, false) */) -> Self {
        logsumexp(self, &all_axes(self), false)
    }

    /// ln Σeˣ over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.logsumexp(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn logsumexp_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        logsumexp(self, &dims.into().axes("logsumexp", self.shape()), keepdim)
    }

    /// eˣ/Σeˣ along axis `dim`: each line sums to 1. PyTorch: `torch.softmax`.
    ///
    /// The gradient is y·(g − Σ g·y).
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1000., 1000.]).softmax(0).to_vec(), [0.5, 0.5]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn softmax(&self, dim: isize) -> Self {
        let axis = axis_or_scalar("softmax", dim, self.shape());
        self.check_room::<E>("softmax");
        let y = self.array().along(axis, reduce::softmax);
        record_any("softmax", y.clone(), &[self.node()], |keep| {
            let y = keep.output(y);
            move |g: Self, to| {
                let y = to.open(y);
                to.input(0, || softmax_backward(&g, &y, axis));
            }
        })
    }

    /// x − ln Σeˣ along axis `dim`: the logarithm of the [softmax](TensorOf::softmax), exact where that is tiny.
    /// PyTorch: `torch.log_softmax`.
    ///
    /// The gradient is g − eʸ·Σg.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn log_softmax(&self, dim: isize) -> Self {
        let axis = axis_or_scalar("log_softmax", dim, self.shape());
        self.check_room::<E>("log_softmax");
        let y = self.array().along(axis, reduce::log_softmax);
        record_any("log_softmax", y.clone(), &[self.node()], |keep| {
            let y = keep.output(y);
            move |g: Self, to| {
                let y = to.open(y);
                to.input(0, || log_softmax_backward(&g, &y, axis));
            }
        })
    }
}

#[track_caller]
fn logsumexp<E: Float>(x: &TensorOf<E>, axes: &[usize], keepdim: bool) -> TensorOf<E> {
    let reduced = Reduced::new(x, axes);
    x.check_copy("logsumexp");
    let y = x.array().reduce(axes, keepdim, reduce::logsumexp);
    record_any("logsumexp", y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (x, y) = (to.open(x), to.open(y));
            to.input(0, || reduced.spread(g) * (&x - reduced.spread(y)).exp());
        }
    })
}

/// Fills the last slice from the first two, all of them `[outer, n, inner]`.
type Kernel<E> = fn(&[E], &[E], [usize; 3], &mut [E]);

/// Runs a kernel of two arrays of one shape along an axis.
fn along<E: Float>(kernel: Kernel<E>, g: &TensorOf<E>, y: &TensorOf<E>, axis: usize) -> Array<E> {
    // The gradient is brought into the same order as `y`, which is row-major but for transposed inputs.
    let y = y.array().contiguous();
    let g = g.array().contiguous();
    y.along(axis, |y, sizes, out| kernel(g.as_slice().unwrap_or_default(), y, sizes, out))
}

/// z = y·(g − Σ g·y); for h: dz/dg is the same function of h, dz/dy = h·(g − Σ g·y) − g·Σ h·y.
#[track_caller]
fn softmax_backward<E: Float>(g: &TensorOf<E>, y: &TensorOf<E>, axis: usize) -> TensorOf<E> {
    y.check_copy("softmax_backward");
    let z = along(reduce::softmax_backward, g, y, axis);
    record_any("softmax_backward", z, &[g.node(), y.node()], |keep| {
        let (g, y) = (keep.input(0, g.array().clone()), keep.input(1, y.array().clone()));
        move |h: TensorOf<E>, to| {
            let (g, y) = (to.open(g), to.open(y));
            to.input(0, || softmax_backward(&h, &y, axis));
            to.input(1, || {
                let sum = |x: TensorOf<E>| x.sum_dim(axis, true);
                &h * (&g - sum(&g * &y)) - &g * sum(&h * &y)
            });
        }
    })
}

/// z = g − eʸ·Σg; for h: dz/dg = h − Σ h·eʸ, dz/dy = −h·eʸ·Σg.
#[track_caller]
fn log_softmax_backward<E: Float>(g: &TensorOf<E>, y: &TensorOf<E>, axis: usize) -> TensorOf<E> {
    y.check_copy("log_softmax_backward");
    let z = along(reduce::log_softmax_backward, g, y, axis);
    record_any("log_softmax_backward", z, &[g.node(), y.node()], |keep| {
        let (g, y) = (keep.input(0, g.array().clone()), keep.input(1, y.array().clone()));
        move |h: TensorOf<E>, to| {
            let (g, y) = (to.open(g), to.open(y));
            let weighted = &h * y.exp();
            to.input(0, || &h - weighted.sum_dim(axis, true));
            to.input(1, || -(&weighted * g.sum_dim(axis, true)));
        }
    })
}

operation! { LOGSUMEXP = "logsumexp":
    "torch.logsumexp(a, dim=(0, -1))", |a| a.logsumexp_dim([0, -1], false), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
    "torch.logsumexp(a, dim=1, keepdim=True)", |a| a.logsumexp_dim(1, true), [ANY], &[&[&[3, 4]], &[&[0, 2]]];
    "torch.logsumexp(a.flatten(), dim=0)", |a| a.logsumexp(), [ANY], &[&[&[3, 4]], &[&[1]]];
}

operation! { SOFTMAX = "softmax":
    "torch.softmax(a, dim=-1)", |a| a.softmax(-1), [ANY], &[&[&[3, 4]], &[&[4]], &[&[2, 1, 3]], &[&[2, 0]]];
    "torch.softmax(a, dim=0)", |a| a.softmax(0), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
    "torch.softmax(a, dim=1)", |a| a.softmax(1), [ANY], &[&[&[2, 3, 2]]];
    "torch.softmax(a, dim=0)", |a| a.softmax(0), [ANY], &[&[&[]]];
}

operation! { SOFTMAX_BACKWARD = "softmax_backward":
    "torch.ops.aten._softmax_backward_data(a, b, 1, a.dtype)", |a, b| softmax_backward(a, b, 1), [ANY, ANY],
        &[&[&[3, 4], &[3, 4]], &[&[2, 3, 2], &[2, 3, 2]], &[&[2, 0], &[2, 0]]];
}

operation! { LOG_SOFTMAX = "log_softmax":
    "torch.log_softmax(a, dim=-1)", |a| a.log_softmax(-1), [ANY], &[&[&[3, 4]], &[&[4]], &[&[2, 1, 3]], &[&[2, 0]]];
    "torch.log_softmax(a, dim=0)", |a| a.log_softmax(0), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
    "torch.log_softmax(a, dim=-2)", |a| a.log_softmax(-2), [ANY], &[&[&[2, 3, 2]]];
    "torch.log_softmax(a, dim=-1)", |a| a.log_softmax(-1), [ANY], &[&[&[]]];
}

operation! { LOG_SOFTMAX_BACKWARD = "log_softmax_backward":
    "torch.ops.aten._log_softmax_backward_data(a, b, 1, a.dtype)", |a, b| log_softmax_backward(a, b, 1), [ANY, ANY],
        &[&[&[3, 4], &[3, 4]], &[&[2, 3, 2], &[2, 3, 2]], &[&[2, 0], &[2, 0]]];
}
