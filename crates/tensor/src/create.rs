//! Making tensors: from values, of one value, at random.

// long: a list of constructors.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::IntoShape;
use crate::element::{Element, Float, Number};
use crate::error::ShapeError;
use crate::layout::{Axes, checked_count};
use crate::random::{self, Generator, with_default};
use crate::room::{MAX_AXES, check_new};
use crate::tensor::{BoolTensor, LongTensor, TensorOf};

impl<E: Element> TensorOf<E> {
    /// The elements of `values`, in row-major order. PyTorch: `torch.tensor(values).reshape(shape)`.
    ///
    /// Of a vector of rows: `Tensor::from_vec(rows.concat(), [rows.len(), columns])`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from_vec(vec![1., 2., 3., 4., 5., 6.], [2, 3])?;
    /// assert_eq!(x.at([1, 0]), 4.0);
    /// assert!(Tensor::from_vec(vec![1., 2.], [3]).is_err());
    /// # Ok::<(), deltarule_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If the shape doesn't have as many elements, or has more than 64 axes.
    pub fn from_vec(values: Vec<E>, shape: impl IntoShape) -> Result<Self, ShapeError> {
        Self::from_slice(&values, shape)
    }

    /// A copy of the elements of `values`, in row-major order.
    ///
    /// # Errors
    /// If the shape doesn't have as many elements, or has more than 64 axes.
    pub fn from_slice(values: &[E], shape: impl IntoShape) -> Result<Self, ShapeError> {
        let shape = shape.into_shape();
        if shape.len() > MAX_AXES || checked_count(&shape) != Some(values.len()) {
            return Err(ShapeError { shape: shape.to_vec(), len: values.len() });
        }
        Ok(Self::new(Array::build(&shape, |data| data.copy_from_slice(values))))
    }

    /// The same value everywhere. PyTorch: `torch.full`.
    ///
    /// # Panics
    /// If there is no memory for so many elements, or if there are more than 64 axes, as in all that makes tensors.
    #[track_caller]
    pub fn full(shape: impl IntoShape /* several sizes: [2, 3] */, value: E) -> Self {
        Self::new(Array::full(&sized::<E>("full", shape), value))
    }

    /// Zeros, or `false`. PyTorch: `torch.zeros`, and `torch.empty`, whose contents have no meaning.
    #[doc(alias = "empty")]
    #[track_caller]
    pub fn zeros(shape: impl IntoShape /* several sizes: [2, 3] */) -> Self {
        Self::new(Array::zeros(&sized::<E>("zeros", shape)))
    }

    /// The same value everywhere, in the shape of this tensor. PyTorch: `torch.full_like`.
    #[track_caller]
    #[must_use]
    pub fn full_like(&self, value: E) -> Self {
        Self::full(self.shape(), value)
    }

    /// Zeros, or `false`, in the shape of this tensor. PyTorch: `torch.zeros_like`, and `torch.empty_like`.
    #[doc(alias = "empty_like")]
    #[track_caller]
    #[must_use]
    pub fn zeros_like(&self) -> Self {
        Self::zeros(self.shape())
    }

    /// A new tensor whose memory `fill` fills, in row-major order. `operation` is what makes it.
    #[track_caller]
    pub(crate) fn filled(operation: &str, shape: impl IntoShape, fill: impl FnOnce(&mut [E])) -> Self {
        Self::new(Array::build(&sized::<E>(operation, shape), fill))
    }

    /// As [`filled`](TensorOf::filled), with numbers of the default generator.
    #[track_caller]
    fn drawn(operation: &str, shape: impl IntoShape, draw: impl FnOnce(&mut Generator, &mut [E])) -> Self {
        random::ask_for(operation);
        Self::filled(operation, shape, |out| with_default(|generator| draw(generator, out)))
    }
}

/// The shape of a new tensor.
///
/// # Panics
/// If there can be none, or if there is no memory for it.
#[inline]
#[track_caller]
fn sized<E>(operation: &str, shape: impl IntoShape) -> Axes {
    let shape = shape.into_shape();
    check_new::<E>(operation, &shape);
    shape
}

/// Fails as `operation`, such as the name of a layer, unless there can be a tensor of `E` of this shape.
#[doc(hidden)]
#[track_caller]
pub fn check_size<E: Element>(operation: &str, shape: &[usize]) {
    check_new::<E>(operation, shape);
}

impl<E: Number> TensorOf<E> {
    /// Ones. PyTorch: `torch.ones`.
    #[track_caller]
    pub fn ones(shape: impl IntoShape /* several sizes: [2, 3] */) -> Self {
        Self::new(Array::full(&sized::<E>("ones", shape), E::ONE))
    }

    /// Ones in the shape of this tensor. PyTorch: `torch.ones_like`.
    #[track_caller]
    #[must_use]
    pub fn ones_like(&self) -> Self {
        Self::ones(self.shape())
    }

    /// The n×n matrix with ones on the diagonal. PyTorch: `torch.eye`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::eye(2).to_vec(), [1., 0., 0., 1.]);
    /// ```
    #[track_caller]
    pub fn eye(n: usize) -> Self {
        Self::filled("eye", [n, n], |out| {
            out.fill(E::default());
            out.iter_mut().step_by(n + 1).for_each(|out| *out = E::ONE);
        })
    }
}

impl<E: Float> TensorOf<E> {
    /// Random numbers from 0 to 1, without 1. PyTorch: `torch.rand`, with the same numbers after the same
    /// [`manual_seed`](crate::manual_seed).
    ///
    /// ```
    /// # use deltarule_tensor::{Tensor, manual_seed};
    /// manual_seed(0);
    /// assert_eq!(Tensor::rand([2]).to_vec(), [0.49625659, 0.7682218]);
    /// ```
    #[track_caller]
    pub fn rand(shape: impl IntoShape /* several sizes: [2, 3] */) -> Self {
        Self::drawn("rand", shape, |generator, out| random::uniform(generator, out, 0.0, 1.0))
    }

    /// Normal random numbers of mean 0 and variance 1. PyTorch: `torch.randn`, with the same numbers.
    #[track_caller]
    pub fn randn(shape: impl IntoShape /* several sizes: [2, 3] */) -> Self {
        Self::drawn("randn", shape, |generator, out| random::normal(generator, out, 0.0, 1.0))
    }

    /// Random numbers from 0 to 1 in the shape of this tensor. PyTorch: `torch.rand_like`, with the same numbers.
    ///
    /// They are drawn in row-major order, PyTorch's of a transposed tensor in that of its memory.
    #[track_caller]
    #[must_use]
    pub fn rand_like(&self) -> Self {
        Self::rand(self.shape())
    }

    /// Normal random numbers of mean 0 and variance 1 in the shape of this tensor. PyTorch: `torch.randn_like`, with the same
    /// numbers; see [`rand_like`](TensorOf::rand_like) for their order.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (mu, sigma) = (Tensor::zeros([2, 3]), Tensor::ones([2, 3]));
    /// assert_eq!((&mu + mu.randn_like() * sigma).shape(), [2, 3]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn randn_like(&self) -> Self {
        Self::randn(self.shape())
    }

    /// Random numbers from `low` to `high`, without `high`. PyTorch: `torch.empty(shape).uniform_(low, high)`.
    ///
    /// # Panics
    /// If `low > high`, or if their distance isn't finite.
    #[track_caller]
    pub fn uniform(shape: impl IntoShape, low: f64, high: f64) -> Self {
        let width = E::from_f64(high) - E::from_f64(low);
        if !(low <= high && width.is_finite()) {
            fail("uniform", format_args!("there are no numbers from {low} to {high}"));
        }
        Self::drawn("uniform", shape, |generator, out| random::uniform(generator, out, low, high))
    }

    /// Normal random numbers. PyTorch: `torch.empty(shape).normal_(mean, std)`.
    ///
    /// # Panics
    /// If `std` is negative or NaN.
    #[track_caller]
    pub fn normal(shape: impl IntoShape, mean: f64, std: f64) -> Self {
        if std.is_nan() || std < 0.0 {
            fail("normal", format_args!("a standard deviation isn't negative, and it is {std}"));
        }
        Self::drawn("normal", shape, |generator, out| random::normal(generator, out, mean, std))
    }

    /// Ones with probability `p`, else zeros. PyTorch: `torch.empty(shape).bernoulli_(p)`, with the same numbers where
    /// PyTorch draws them itself: on Intel's processors it leaves that to MKL.
    ///
    /// ```
    /// # use deltarule_tensor::{Tensor, manual_seed};
    /// manual_seed(0);
    /// assert_eq!(Tensor::bernoulli([6], 0.5).to_vec(), [0., 0., 1., 0., 0., 0.]);
    /// ```
    ///
    /// # Panics
    /// If `p` isn't in [0, 1].
    #[track_caller]
    pub fn bernoulli(shape: impl IntoShape, p: f64) -> Self {
        if !(0.0..=1.0).contains(&p) {
            fail("bernoulli", format_args!("a probability is in [0, 1], and it is {p}"));
        }
        Self::drawn("bernoulli", shape, |generator, out| random::bernoulli(generator, out, p))
    }

    /// Ones with probability `p`, else zeros, in the shape of this tensor, drawn in its order in memory. PyTorch:
    /// `torch.empty_like(x).bernoulli_(p)`.
    ///
    /// # Panics
    /// If `p` isn't in [0, 1].
    #[track_caller]
    #[must_use]
    pub fn bernoulli_like(&self, p: f64) -> Self {
        self.in_own_order(|shape| Self::bernoulli(shape, p))
    }

    /// What `make` gives for the sizes of this tensor's axes in their order in memory, with the axes in their own order again:
    /// so PyTorch fills a tensor that is like another.
    #[track_caller]
    pub(crate) fn in_own_order(&self, make: impl FnOnce(&[usize]) -> Self) -> Self {
        if self.is_contiguous() {
            return make(self.shape());
        }
        let order = self.array().layout().order();
        let sizes: Axes = order.iter().map(|&axis| self.shape()[axis]).collect();
        let mut back = Axes::from_elem(0, order.len());
        order.iter().enumerate().for_each(|(place, &axis)| back[axis] = place);
        make(&sizes).permute(&back[..])
    }
}

impl LongTensor {
    /// Random integers from `low` to `high`, without `high`. PyTorch: `torch.randint`, with the same numbers.
    ///
    /// # Panics
    /// If there is no integer between them.
    #[track_caller]
    pub fn randint(low: i64, high: i64, shape: impl IntoShape /* from 0 on: 0, 10, [2, 3] */) -> Self {
        if low >= high {
            fail("randint", format_args!("there is no integer from {low} to {high}, without {high}"));
        }
        Self::drawn("randint", shape, |generator, out| random::randint(generator, out, low, high))
    }

    /// The integers below `n` in random order. PyTorch: `torch.randperm`, with the same order.
    #[track_caller]
    pub fn randperm(n: usize) -> Self {
        Self::drawn("randperm", [n], random::randperm)
    }
}

impl BoolTensor {
    /// The n×n mask that is true on the diagonal.
    #[track_caller]
    pub(crate) fn diagonal_of(n: usize) -> Self {
        Self::filled("diagonal", [n, n], |out| {
            out.fill(false);
            out.iter_mut().step_by(n + 1).for_each(|out| *out = true);
        })
    }
}

/// Values in nested arrays: `Tensor::from([[1., 2.], [3., 4.]])`. PyTorch: `torch.tensor`.
impl<E: Element, T: Nested<E>, const N: usize> From<[T; N]> for TensorOf<E> {
    #[track_caller]
    fn from(values: [T; N]) -> Self {
        let shape = <[T; N]>::shape();
        Self::filled("from", shape, |mut out| values.write(&mut out))
    }
}

/// A copy of a slice, along one axis.
impl<E: Element> From<&[E]> for TensorOf<E> {
    #[track_caller]
    fn from(values: &[E]) -> Self {
        Self::filled("from", [values.len()], |out| out.copy_from_slice(values))
    }
}

/// Values in a vector, along one axis; [`reshape`](TensorOf::reshape) gives them more. PyTorch: `torch.tensor`.
///
/// ```
/// # use deltarule_tensor::Tensor;
/// let squares: Vec<f32> = (0..4).map(|i| (i * i) as f32).collect();
/// assert_eq!(Tensor::from(squares).shape(), [4]);
/// ```
impl<E: Element> From<Vec<E>> for TensorOf<E> {
    #[track_caller]
    fn from(values: Vec<E>) -> Self {
        Self::from(values.as_slice())
    }
}

/// A number, or an array of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no element of a tensor of `{E}`",
    note = "a `Tensor` is of `f32`: write `1.0` or `1.`, and cast what has another type with `as f32`",
    note = "for integers there is `LongTensor::from`, for `f64` `DoubleTensor::from`",
    note = "for vectors of vectors: put all values into one, and give `Tensor::from_vec` the shape"
)]
pub trait Nested<E> {
    #[doc(hidden)]
    fn shape() -> Vec<usize>;
    #[doc(hidden)]
    fn write(&self, out: &mut &mut [E]);
}

impl<E: Element> Nested<E> for E {
    fn shape() -> Vec<usize> {
        Vec::new()
    }

    fn write(&self, out: &mut &mut [E]) {
        if let Some((first, rest)) = std::mem::take(out).split_first_mut() {
            *first = *self;
            *out = rest;
        }
    }
}

impl<E, T: Nested<E>, const N: usize> Nested<E> for [T; N] {
    fn shape() -> Vec<usize> {
        let mut shape = vec![N];
        shape.extend(T::shape());
        shape
    }

    fn write(&self, out: &mut &mut [E]) {
        self.iter().for_each(|values| values.write(out));
    }
}

macro_rules! from_scalar {
    ($($scalar:ty)*) => {$(
        /// A scalar: a tensor without axes.
        impl From<$scalar> for TensorOf<$scalar> {
            fn from(value: $scalar) -> Self {
                Self::full([], value)
            }
        }
    )*};
}

from_scalar!(f32 f64 i64 bool);

#[cfg(test)]
mod tests {
    use crate::Tensor;

    #[test]
    fn a_tuple_is_a_shape_too() {
        let n = 2;
        assert_eq!(Tensor::zeros((n, 3)).shape(), [2, 3]);
        assert_eq!(Tensor::ones((1, 2, 3, 4, 5, 6)).reshape((6, 120)).expand((6, 120)).shape(), [6, 120]);
        assert_eq!(Tensor::randn((4,)).reshape((n, -1)).shape(), [2, 2]);
    }

    #[test]
    fn nested_arrays_of_any_depth() {
        let x = Tensor::from([[[1., 2.], [3., 4.]], [[5., 6.], [7., 8.]]]);
        assert_eq!((x.shape(), x.at([1, 0, 1])), (&[2, 2, 2][..], 6.0));
        let empty: [[f32; 3]; 0] = [];
        assert_eq!(Tensor::from(empty).shape(), [0, 3]);
    }
}
