//! What integers share with floats besides sums and comparisons: magnitude, sign, bounds, extrema, products, remainders. None
//! of it has a gradient.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::{Dims, axis_or_scalar};
use crate::kernels::map::{Binary, Unary};
use crate::kernels::{math, reduce};
use crate::layout::Axes;
use crate::ops::given::check_broadcast;
use crate::ops::reduced::{Reduced, all_axes};
use crate::tensor::{LongTensor, TensorOf};

/// The kernel of a reduction, and of one that says where.
type Kernel = fn(&[i64], [usize; 3], &mut [i64]);
type WithPlaces = fn(&[i64], [usize; 3], &mut [i64], &mut [i64]);

impl LongTensor {
    /// |x|, of each element. PyTorch: `torch.abs`. The least integer, which has no magnitude, stays.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([-3, 2]).abs().to_vec(), [3, 2]);
    /// ```
    pub fn abs(&self) -> Self {
        TensorOf::new(self.array().map_to(Of(i64::wrapping_abs)))
    }

    /// −1, 0 or 1, of each element. PyTorch: `torch.sign`.
    pub fn sign(&self) -> Self {
        TensorOf::new(self.array().map_to(Of(i64::signum)))
    }

    /// Each element kept between `min` and `max`; `max` wins if they are crossed. PyTorch: `torch.clamp`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([-3, 2, 9]).clamp(0, 5).to_vec(), [0, 2, 5]);
    /// ```
    #[doc(alias = "clip")]
    pub fn clamp(&self, min: i64, max: i64) -> Self {
        TensorOf::new(self.array().map_to(math::Clamp { low: min, high: max }))
    }

    /// Each element raised to `min` at least. PyTorch: `torch.clamp(min=…)`.
    pub fn clamp_min(&self, min: i64) -> Self {
        self.clamp(min, i64::MAX)
    }

    /// Each element lowered to `max` at most. PyTorch: `torch.clamp(max=…)`.
    pub fn clamp_max(&self, max: i64) -> Self {
        self.clamp(i64::MIN, max)
    }

    /// The larger of each pair of elements, broadcast. PyTorch: `torch.maximum`.
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn maximum(&self, other: &Self) -> Self {
        pairs("maximum", Of(i64::max), self, other)
    }

    /// The smaller of each pair of elements, broadcast. PyTorch: `torch.minimum`.
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn minimum(&self, other: &Self) -> Self {
        pairs("minimum", Of(i64::min), self, other)
    }

    /// The largest element, a scalar. PyTorch: `torch.max`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([3, 7, 5]).max().item(), 7);
    /// ```
    ///
    /// # Panics
    /// If there are no elements.
    #[track_caller]
    pub fn max(&self) -> Self {
        extremum("max", self, &all_axes(self), false, reduce::max)
    }

    /// The smallest element, a scalar. PyTorch: `torch.min`.
    ///
    /// # Panics
    /// If there are no elements.
    #[track_caller]
    pub fn min(&self) -> Self {
        extremum("min", self, &all_axes(self), false, reduce::min)
    }

    /// The largest elements over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.amax`.
    ///
    /// # Panics
    /// If there is no such axis, if one is named twice, or if they are empty.
    #[track_caller]
    pub fn amax(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        extremum("amax", self, &dims.into().axes("amax", self.shape()), keepdim, reduce::max)
    }

    /// The smallest elements over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.amin`.
    ///
    /// # Panics
    /// If there is no such axis, if one is named twice, or if they are empty.
    #[track_caller]
    pub fn amin(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        extremum("amin", self, &dims.into().axes("amin", self.shape()), keepdim, reduce::min)
    }

    /// The largest elements along axis `dim`, and the first place of each. PyTorch: `torch.max(dim, keepdim)`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// let (values, indices) = LongTensor::from([[1, 5, 5], [9, 0, 2]]).max_dim(1, false);
    /// assert_eq!((values.to_vec(), indices.to_vec()), (vec![5, 9], vec![1, 0]));
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn max_dim(&self, dim: isize, keepdim: bool) -> (Self, Self) {
        with_places("max", self, dim, keepdim, reduce::max_with_index)
    }

    /// The smallest elements along axis `dim`, and the first place of each. PyTorch: `torch.min(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if it is empty.
    #[track_caller]
    pub fn min_dim(&self, dim: isize, keepdim: bool) -> (Self, Self) {
        with_places("min", self, dim, keepdim, reduce::min_with_index)
    }

    /// The product of all elements, a scalar. PyTorch: `torch.prod`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([2, 3, 4]).prod().item(), 24);
    /// ```
    pub fn prod(&self) -> Self {
        TensorOf::new(self.array().reduce(&all_axes(self), false, reduce::prod))
    }

    /// The products over the axes `dims`, which stay as axes of size 1 if `keepdim`. PyTorch: `torch.prod(dim, keepdim)`.
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn prod_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Self {
        TensorOf::new(self.array().reduce(&dims.into().axes("prod_dim", self.shape()), keepdim, reduce::prod))
    }

    /// The quotients of these elements by those of `divisor`, broadcast, rounded down: Python's `//`.
    /// PyTorch: `torch.floor_divide`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([7, -7]).floor_divide(&LongTensor::from(2)).to_vec(), [3, -4]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast, or if a divisor is 0.
    #[track_caller]
    pub fn floor_divide(&self, divisor: &Self) -> Self {
        quotients("floor_divide", floor_divide, self, divisor)
    }

    /// The remainders of the divisions of these elements by those of `divisor`, broadcast, each with the sign of the divisor:
    /// Python's `%`. PyTorch: `torch.remainder`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([7, -7]).remainder(&LongTensor::from(3)).to_vec(), [1, 2]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast, or if a divisor is 0.
    #[track_caller]
    pub fn remainder(&self, divisor: &Self) -> Self {
        quotients("remainder", remainder, self, divisor)
    }

    /// The remainders of the divisions of these elements by those of `divisor`, broadcast, each with the sign of what is
    /// divided: Rust's `%`. PyTorch: `torch.fmod`.
    ///
    /// # Panics
    /// If the shapes don't broadcast, or if a divisor is 0.
    #[track_caller]
    pub fn fmod(&self, divisor: &Self) -> Self {
        quotients("fmod", i64::wrapping_rem, self, divisor)
    }
}

/// A function of integers as a kernel.
#[derive(Clone, Copy)]
struct Of<F>(F);

impl<F: Fn(i64) -> i64 + Copy + Send + Sync> Unary<i64> for Of<F> {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: i64) -> i64 {
        (self.0)(x)
    }
}

impl<F: Fn(i64, i64) -> i64 + Copy + Send + Sync> Binary<i64> for Of<F> {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: i64, b: i64) -> i64 {
        (self.0)(a, b)
    }
}

#[track_caller]
fn pairs(operation: &str, f: impl Binary<i64>, a: &LongTensor, b: &LongTensor) -> LongTensor {
    check_broadcast(operation, a.shape(), b.shape());
    TensorOf::new(a.array().zip_to(f, b.array()))
}

#[track_caller]
fn quotients(operation: &str, f: fn(i64, i64) -> i64, a: &LongTensor, b: &LongTensor) -> LongTensor {
    if b.array().elements().contains(&0) {
        fail(operation, "a divisor is 0");
    }
    pairs(operation, Of(f), a, b)
}

fn floor_divide(a: i64, b: i64) -> i64 {
    let quotient = a.wrapping_div(b);
    if a.wrapping_rem(b) != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

fn remainder(a: i64, b: i64) -> i64 {
    let rest = a.wrapping_rem(b);
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

#[track_caller]
fn extremum(operation: &str, x: &LongTensor, axes: &Axes, keepdim: bool, kernel: Kernel) -> LongTensor {
    Reduced::of_some(operation, x, axes);
    TensorOf::new(x.array().reduce(axes, keepdim, kernel))
}

#[track_caller]
fn with_places(
    operation: &str,
    x: &LongTensor,
    dim: isize,
    keepdim: bool,
    kernel: WithPlaces,
) -> (LongTensor, LongTensor) {
    let axis = axis_or_scalar(operation, dim, x.shape());
    if x.ndim() == 0 {
        return with_places(operation, &x.reshape([1]), 0, false, kernel);
    }
    Reduced::of_some(operation, x, &[axis]);
    let (values, places): (Array<i64>, Array<i64>) = x.array().reduce_to_two(&[axis], keepdim, kernel);
    (TensorOf::new(values), TensorOf::new(places))
}
