//! Order statistics: medians, quantiles, and the elements that differ.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::axis_or_scalar;
use crate::element::{Float, Number};
use crate::kernels::sort::places;
use crate::ops::extrema::extremum;
use crate::ops::reduced::{Reduced, all_axes};
use crate::table::operation;
use crate::tensor::{LongTensor, TensorOf};

impl<E: Float> TensorOf<E> {
    /// The median of all elements, a scalar: of an even number of them the lower one of the middle two; NaN if one is NaN or if
    /// there are none. PyTorch: `torch.median`.
    ///
    /// The gradient is split evenly over ties.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[4., 1.], [3., 2.]]).median().item(), 2.0);
    /// ```
    #[track_caller]
    pub fn median(&self) -> Self {
        if self.numel() == 0 {
            return self.sum() * E::from_f64(f64::NAN);
        }
        extremum("median", self, &all_axes(self), false, |x, _, out: &mut [E]| out[0] = x[median(x.len(), |i| x[i])])
    }

    /// The medians along axis `dim`, and where each is; see [`median`](TensorOf::median). Of equal elements the place is that
    /// which a stable sort gives, where PyTorch names any; of NaN it is the first. PyTorch: `torch.median(dim, keepdim)`.
    ///
    /// The gradient goes to the place named alone.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (values, indices) = Tensor::from([[3., 1., 2.], [4., 6., 5.]]).median_dim(1, false);
    /// assert_eq!((values.to_vec(), indices.to_vec()), (vec![2., 5.], vec![2, 2]));
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn median_dim(&self, dim: isize, keepdim: bool) -> (Self, LongTensor) {
        let axis = axis_or_scalar("median_dim", dim, self.shape());
        if self.ndim() == 0 {
            return self.reshape([1]).median_dim(0, false);
        }
        Reduced::of_some("median_dim", self, &[axis]);
        self.check_copy("median_dim");
        let places = LongTensor::new(self.array().reduce(&[axis], true, |x, [_, n, inner], out: &mut [i64]| {
            for (i, out) in out.iter_mut().enumerate() {
                let first = i / inner * n * inner + i % inner;
                *out = median(n, |k| x[first + k * inner]) as i64;
            }
        }));
        let values = self.gather(axis as isize, &places);
        if keepdim { (values, places) } else { (values.squeeze_dim(axis as isize), places.squeeze_dim(axis as isize)) }
    }

    /// The `q`-quantile of all elements, a scalar: below it lies the share q of them. Between two elements it is interpolated
    /// linearly; NaN if one is NaN. PyTorch: `torch.quantile`.
    ///
    /// With r = q·(n − 1) and i = ⌊r⌋: y = xᵢ + (r − i)·(xᵢ₊₁ − xᵢ) of the sorted elements
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([4., 1., 3., 2.]).quantile(0.5).item(), 2.5);
    /// ```
    ///
    /// # Panics
    /// If `q` isn't in [0, 1], or if there are no elements.
    #[track_caller]
    pub fn quantile(&self, q: E) -> Self {
        quantile("quantile", &self.reshape([self.numel()]), q, 0).squeeze_dim(0)
    }

    /// The `q`-quantiles along axis `dim`, which stays as an axis of size 1 if `keepdim`; see
    /// [`quantile`](TensorOf::quantile). PyTorch: `torch.quantile(q, dim, keepdim)`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 2., 3.], [10., 30., 20.]]);
    /// assert_eq!(x.quantile_dim(0.25, 1, false).to_vec(), [1.5, 15.]);
    /// ```
    ///
    /// # Panics
    /// If `q` isn't in [0, 1], if there is no such axis, or if it is empty.
    #[track_caller]
    pub fn quantile_dim(&self, q: E, dim: isize, keepdim: bool) -> Self {
        let axis = axis_or_scalar("quantile_dim", dim, self.shape());
        if self.ndim() == 0 {
            return quantile("quantile_dim", &self.reshape([1]), q, 0).squeeze_dim(0);
        }
        let y = quantile("quantile_dim", self, q, axis);
        if keepdim { y } else { y.squeeze_dim(axis as isize) }
    }
}

impl<E: Number> TensorOf<E> {
    /// The elements that differ, in ascending order; for each element of this tensor its place among them, in this tensor's
    /// shape; and how often each comes. They have no gradient. NaN differs from NaN. PyTorch: `torch.unique` with
    /// `return_inverse` and `return_counts`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// let (values, inverse, counts) = LongTensor::from([3, 1, 3]).unique();
    /// assert_eq!((values.to_vec(), inverse.to_vec(), counts.to_vec()), (vec![1, 3], vec![1, 0, 1], vec![1, 2]));
    /// ```
    #[track_caller]
    pub fn unique(&self) -> (Self, LongTensor, LongTensor) {
        self.check_room::<i64>("unique");
        let x = self.array().elements();
        let mut order = vec![0; x.len()];
        places(&x, [1, x.len(), 1], false, usize::MAX, &mut order);
        let (mut values, mut counts, mut inverse): (Vec<E>, Vec<i64>, _) = (Vec::new(), Vec::new(), vec![0; x.len()]);
        for place in order.into_iter().map(|place| place as usize) {
            match counts.last_mut() {
                Some(count) if values.last() == Some(&x[place]) => *count += 1,
                _ => {
                    values.push(x[place]);
                    counts.push(1);
                }
            }
            inverse[place] = values.len() as i64 - 1;
        }
        let inverse = Array::build(self.shape(), |out| out.copy_from_slice(&inverse));
        (Self::from(values), LongTensor::new(inverse), LongTensor::from(counts))
    }
}

/// The place of the median of `n` elements, at least one.
#[allow(clippy::eq_op)] // NaN alone differs from itself.
fn median<E: Number>(n: usize, at: impl Fn(usize) -> E) -> usize {
    if let Some(nan) = (0..n).find(|&i| at(i) != at(i)) {
        return nan;
    }
    let mut places: Vec<usize> = (0..n).collect();
    // Of equal ones the first.
    *places.select_nth_unstable_by_key((n - 1) / 2, |&place| (at(place).order(), place)).1
}

/// The `q`-quantiles along `axis`, which stays.
#[track_caller]
fn quantile<E: Float>(operation: &str, x: &TensorOf<E>, q: E, axis: usize) -> TensorOf<E> {
    // Written so that NaN fails.
    if !(q >= E::default() && q <= E::ONE) {
        fail(operation, format_args!("a quantile is in [0, 1], and it is {q}"));
    }
    Reduced::of_some(operation, x, &[axis]);
    let (dim, n) = (axis as isize, x.shape()[axis]);
    let (sorted, _) = x.sort(dim, false);
    // In the type of the elements, as PyTorch: its roundings decide between which two it lies.
    let rank = q * E::from_f64((n - 1) as f64);
    let below = rank.to_f64() as usize;
    let weight = rank - E::from_f64(below as f64);
    let lower = sorted.narrow(dim, below, 1);
    let upper = sorted.narrow(dim, (rank.to_f64().ceil() as usize).min(n - 1), 1);
    let y = lower.lerp(&upper, weight);
    // NaN is the last.
    let last = sorted.narrow(dim, n - 1, 1);
    let is_nan = last.isnan();
    if is_nan.array().elements().contains(&true) { is_nan.where_(&last, &y) } else { y }
}

operation! { MEDIAN = "median":
    "torch.median(a)", |a| a.median(), [DISTINCT], &[&[&[]], &[&[1]], &[&[3, 4]], &[&[5]]];
    "torch.median(a, 1).values", |a| a.median_dim(1, false).0, [DISTINCT], &[&[&[3, 4]], &[&[2, 3, 2]], &[&[0, 2]]];
    "torch.median(a, 0, keepdim=True).values", |a| a.median_dim(0, true).0, [DISTINCT], &[&[&[3, 4]], &[&[]]];
}

operation! { QUANTILE = "quantile":
    "torch.quantile(a, 0.3)", |a| a.quantile(0.3), [DISTINCT], &[&[&[]], &[&[1]], &[&[3, 4]], &[&[5]]];
    "torch.quantile(a, 0.75, dim=1)", |a| a.quantile_dim(0.75, 1, false), [DISTINCT],
        &[&[&[3, 4]], &[&[2, 3, 2]], &[&[2, 5]]];
    "torch.quantile(a, 1.0, dim=0, keepdim=True)", |a| a.quantile_dim(1.0, 0, true), [DISTINCT], &[&[&[3, 4]], &[&[]]];
}

#[cfg(test)]
mod tests {
    use crate::tensor::Tensor;

    /// torch.tensor([[nan, 1.], [2., 1.]]) and so on.
    #[test]
    fn nan_wins() {
        let x = Tensor::from([[f32::NAN, 1., f32::NAN], [2., 1., 4.]]).requires_grad_();
        assert!(x.median().item().is_nan() && x.quantile(0.0).item().is_nan());
        let (values, places) = x.median_dim(1, false);
        assert!(values.at([0]).is_nan());
        assert_eq!((values.at([1]), places.to_vec()), (2.0, vec![0, 0]));
        let y = x.quantile_dim(0.25, 1, false);
        assert!(y.at([0]).is_nan());
        assert_eq!(y.at([1]), 1.5);
        // Of NaN the last after sorting has all of it.
        y.sum().backward();
        assert_eq!(x.grad().unwrap().to_vec(), [0., 0., 1., 0.5, 0.5, 0.]);
    }

    #[test]
    fn the_median_of_nothing() {
        assert!(Tensor::zeros([0]).median().item().is_nan());
    }
}
