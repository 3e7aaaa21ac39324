//! Running sums, products and extrema.

use crate::array::Array;
use crate::dim::axis_or_scalar;
use crate::element::{Float, Number};
use crate::kernels::reduce;
use crate::layout::Axes;
use crate::record::{record_any, record_linear};
use crate::table::operation;
use crate::tensor::{BoolTensor, LongTensor, TensorOf};

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

    /// The largest of all elements up to each one along axis `dim`, and where it is: of equal ones the last. NaN from the
    /// first NaN on. PyTorch: `torch.cummax`.
    ///
    /// The gradient goes to the place named.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (values, indices) = Tensor::from([1., 3., 2.]).cummax(0);
    /// assert_eq!((values.to_vec(), indices.to_vec()), (vec![1., 3., 3.], vec![0, 1, 1]));
    /// ```
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn cummax(&self, dim: isize) -> (Self, LongTensor) {
        cumulative_extremum("cummax", self, dim, true)
    }

    /// The smallest of all elements up to each one along axis `dim`, and where it is: of equal ones the last. NaN from the
    /// first NaN on. PyTorch: `torch.cummin`.
    ///
    /// The gradient goes to the place named.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn cummin(&self, dim: isize) -> (Self, LongTensor) {
        cumulative_extremum("cummin", self, dim, false)
    }
}

impl<E: Float> TensorOf<E> {
    /// The products of all elements up to each one along axis `dim`. PyTorch: `torch.cumprod`.
    ///
    /// dyᵢ/dxₖ = the product of all others up to i, for k ≤ i: yᵢ/xₖ where no element is 0
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2., 3.]).cumprod(0).to_vec(), [1., 2., 6.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn cumprod(&self, dim: isize) -> Self {
        cumprod(self, axis_or_scalar("cumprod", dim, self.shape()))
    }

    /// The logarithms of the sums of eˣ over all elements up to each one along axis `dim`: ln Σ eˣ, without overflow.
    /// PyTorch: `torch.logcumsumexp`.
    ///
    /// dyᵢ/dxₖ = e^(xₖ − yᵢ), for k ≤ i
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let y = Tensor::from([0., 0., 1000.]).logcumsumexp(0);
    /// assert_eq!(y.to_vec(), [0., std::f32::consts::LN_2, 1000.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn logcumsumexp(&self, dim: isize) -> Self {
        logcumsumexp(self, axis_or_scalar("logcumsumexp", dim, self.shape()), false)
    }
}

#[track_caller]
fn cumsum<E: Number>(x: &TensorOf<E>, axis: usize, reverse: bool) -> TensorOf<E> {
    x.check_room::<E>("cumsum");
    let y = x.array().along(axis, |x, sizes, out| reduce::cumsum(x, sizes, reverse, out));
    record_linear("cumsum", y, x.node(), move |g| cumsum(&g, axis, !reverse))
}

#[track_caller]
fn cumulative_extremum<E: Number>(
    operation: &str,
    x: &TensorOf<E>,
    dim: isize,
    largest: bool,
) -> (TensorOf<E>, LongTensor) {
    let axis = axis_or_scalar(operation, dim, x.shape());
    x.check_room::<i64>(operation);
    let places = x.array().along(axis, |x, sizes, out| reduce::cumulative_extremum(x, sizes, largest, out));
    let places = LongTensor::new(places);
    (x.gather(axis as isize, &places), places)
}

#[track_caller]
fn cumprod<E: Float>(x: &TensorOf<E>, axis: usize) -> TensorOf<E> {
    if x.ndim() == 0 {
        return cumprod(&x.reshape([1]), 0).squeeze_dim(0);
    }
    x.check_room::<E>("cumprod");
    let y: Array<E> = x.array().along(axis, reduce::cumprod);
    record_any("cumprod", y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (x, y) = (to.open(x), to.open(y));
            to.input(0, || {
                let has_zero = x.array().elements().contains(&E::default());
                if has_zero { cumprod_rule(&g, &x, axis) } else { cumsum(&(g * y), axis, true) / x }
            });
        }
    })
}

/// The gradient of running products where some element is 0, and y/x no product: each element is left out in turn.
#[track_caller]
fn cumprod_rule<E: Float>(g: &TensorOf<E>, x: &TensorOf<E>, axis: usize) -> TensorOf<E> {
    let n = x.shape()[axis];
    let last = x.ndim() as isize - 1;
    // [..., k, i]: the product up to i without element k, which is 1 instead; what stands before k doesn't depend on it.
    let lines = x.transpose(axis as isize, last).unsqueeze(last);
    let mut shape = Axes::from_slice(lines.shape());
    shape[last as usize] = n;
    let left_out = lines.expand(&shape[..]).masked_fill(&BoolTensor::diagonal_of(n), E::ONE);
    let products = cumprod(&left_out, last as usize + 1).triu(0);
    (products * g.transpose(axis as isize, last).unsqueeze(last)).sum_dim(-1, false).transpose(axis as isize, last)
}

#[track_caller]
fn logcumsumexp<E: Float>(x: &TensorOf<E>, axis: usize, reverse: bool) -> TensorOf<E> {
    x.check_room::<E>("logcumsumexp");
    let y = x.array().along(axis, |x, sizes, out: &mut [E]| reduce::logcumsumexp(x, sizes, reverse, out));
    record_any("logcumsumexp", y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (x, y) = (to.open(x), to.open(y));
            to.input(0, || {
                if x.ndim() == 0 {
                    return g;
                }
                // Σ g·e^(x − y), over the positive and over the negative gradients, each by its logarithm: nothing overflows.
                let part = |is: BoolTensor, size: &TensorOf<E>| {
                    let least = TensorOf::from_scalar(E::from_f64(if size_of::<E>() == 4 {
                        f32::MIN.into()
                    } else {
                        f64::MIN
                    }));
                    let logarithm = is.where_(&size.masked_fill(&!&is, E::ONE).ln(), &least);
                    (logcumsumexp(&(logarithm - &y), axis, !reverse) + &x).exp()
                };
                let (zero, flat) = (E::default(), g.detach());
                let (positive, negative) = (part(flat.gt_scalar(zero), &g), part(flat.lt_scalar(zero), &-&g));
                positive - negative
            });
        }
    })
}

operation! { CUMSUM = "cumsum":
    "torch.cumsum(a, 0)", |a| a.cumsum(0), [ANY], &[&[&[4]], &[&[3, 4]], &[&[0, 2]]];
    "torch.cumsum(a, -1)", |a| a.cumsum(-1), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
    "torch.cumsum(a, 0)", |a| a.cumsum(0), [ANY], &[&[&[]]];
}

operation! { CUMPROD = "cumprod":
    "torch.cumprod(a, 0)", |a| a.cumprod(0), [NONZERO], &[&[&[4]], &[&[3, 4]], &[&[0, 2]]];
    "torch.cumprod(a, 0)", |a| a.cumprod(0), [NONZERO], &[&[&[]]];
    "torch.cumprod(a, -1)", |a| a.cumprod(-1), [NONZERO], &[&[&[3, 4]], &[&[2, 1, 3]]];
    "torch.cumprod(a * torch.tensor([1, 0, 1, 1, 0]), -1)",
        |a| (a * TensorOf::from([1.0, 0.0, 1.0, 1.0, 0.0])).cumprod(-1), [NONZERO], &[&[&[5]], &[&[2, 5]]];
}

operation! { LOGCUMSUMEXP = "logcumsumexp":
    "torch.logcumsumexp(a, 0)", |a| a.logcumsumexp(0), [ANY], &[&[&[4]], &[&[3, 4]], &[&[0, 2]]];
    "torch.logcumsumexp(a, 0)", |a| a.logcumsumexp(0), [ANY], &[&[&[]]];
    "torch.logcumsumexp(a, -1)", |a| a.logcumsumexp(-1), [ANY], &[&[&[3, 4]], &[&[2, 1, 3]]];
}

operation! { CUMMAX = "cummax":
    "torch.cummax(a, 1).values", |a| a.cummax(1).0, [DISTINCT], &[&[&[3, 4]], &[&[2, 3, 2]], &[&[0, 2]]];
}

operation! { CUMMIN = "cummin":
    "torch.cummin(a, 0).values", |a| a.cummin(0).0, [DISTINCT], &[&[&[4]], &[&[3, 4]]];
    "torch.cummin(a, -1).values", |a| a.cummin(-1).0, [DISTINCT], &[&[&[]]];
}
