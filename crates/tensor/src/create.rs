//! Making tensors.

use crate::array::Array;
use crate::dim::IntoShape;
use crate::element::{Element, Number};
use crate::error::ShapeError;
use crate::layout::checked_count;
use crate::tensor::{BoolTensor, TensorOf};

impl<E: Element> TensorOf<E> {
    /// The same value everywhere. PyTorch: `torch.full`.
    pub fn full(shape: impl IntoShape, value: E) -> Self {
        Self::new(Array::full(&shape.into_shape(), value))
    }

    /// The elements of `values`, in row-major order. PyTorch: `torch.tensor(values).reshape(shape)`.
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
    /// If the shape doesn't have as many elements.
    pub fn from_vec(values: Vec<E>, shape: impl IntoShape) -> Result<Self, ShapeError> {
        let shape = shape.into_shape();
        if checked_count(&shape) != Some(values.len()) {
            return Err(ShapeError { shape: shape.to_vec(), len: values.len() });
        }
        Ok(Self::new(Array::build(&shape, |data| data.copy_from_slice(&values))))
    }

    /// Zeros, or `false`. PyTorch: `torch.zeros`.
    pub fn zeros(shape: impl IntoShape) -> Self {
        Self::new(Array::zeros(&shape.into_shape()))
    }
}

impl BoolTensor {
    /// The n×n mask that is true on the diagonal.
    pub(crate) fn eye(n: usize) -> Self {
        Self::new(Array::build(&[n, n], |out| {
            out.fill(false);
            out.iter_mut().step_by(n + 1).for_each(|out| *out = true);
        }))
    }
}

impl<E: Number> TensorOf<E> {
    /// Ones. PyTorch: `torch.ones`.
    pub fn ones(shape: impl IntoShape) -> Self {
        Self::full(shape, E::ONE)
    }
}

/// Values in nested arrays: `Tensor::from([[1., 2.], [3., 4.]])`.
impl<E: Element, T: Nested<E>, const N: usize> From<[T; N]> for TensorOf<E> {
    fn from(values: [T; N]) -> Self {
        let shape = <[T; N]>::shape();
        Self::new(Array::build(&shape, |data| {
            let mut rest = data;
            values.write(&mut rest);
        }))
    }
}

/// A number, or an array of such.
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
