//! A tensor of any type that a state dict holds.

use std::any::Any;
use std::fmt;

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{DType, DoubleTensor, LongTensor, Number, ShapeError, Tensor, TensorOf};
use serde::{Deserialize, Serialize};

/// A tensor of one of the types that models save. It has no place in a graph.
///
/// Its serial form is the type, the shape and the elements in row-major order: `{"f32": {"shape": [2], "data": [1, 2]}}`.
/// A shape that doesn't fit the data is an error.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "Serial", try_from = "Serial")]
#[non_exhaustive]
pub enum AnyTensor {
    /// Weights and statistics.
    F32(Tensor),
    /// Counters.
    I64(LongTensor),
    /// Options and what else is kept in full precision.
    F64(DoubleTensor),
}

impl AnyTensor {
    /// The sizes of the axes.
    pub fn shape(&self) -> &[usize] {
        match self {
            AnyTensor::F32(tensor) => tensor.shape(),
            AnyTensor::I64(tensor) => tensor.shape(),
            AnyTensor::F64(tensor) => tensor.shape(),
        }
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        match self {
            AnyTensor::F32(tensor) => tensor.dtype(),
            AnyTensor::I64(tensor) => tensor.dtype(),
            AnyTensor::F64(tensor) => tensor.dtype(),
        }
    }

    /// The tensor inside.
    ///
    /// # Panics
    /// If it is of another type.
    #[track_caller]
    pub(crate) fn expect<T: TryFrom<AnyTensor, Error = AnyTensor>>(self) -> T {
        T::try_from(self).unwrap_or_else(|other| {
            fail("put", format_args!("the state has another element type than {}", other.dtype()))
        })
    }
}

/// The tensor itself is left to `Tensor`'s own form: what a state dict holds may be large.
impl fmt::Debug for AnyTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}", self.shape(), self.dtype())
    }
}

impl PartialEq for AnyTensor {
    /// Whether type, shape and all elements are equal.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (AnyTensor::F32(a), AnyTensor::F32(b)) => a.shape() == b.shape() && a.to_vec() == b.to_vec(),
            (AnyTensor::I64(a), AnyTensor::I64(b)) => a.shape() == b.shape() && a.to_vec() == b.to_vec(),
            (AnyTensor::F64(a), AnyTensor::F64(b)) => a.shape() == b.shape() && a.to_vec() == b.to_vec(),
            _ => false,
        }
    }
}

impl<E: Number> From<TensorOf<E>> for AnyTensor {
    fn from(tensor: TensorOf<E>) -> Self {
        let tensor = tensor.detach();
        let any: &dyn Any = &tensor;
        if let Some(tensor) = any.downcast_ref::<Tensor>() {
            AnyTensor::F32(tensor.clone())
        } else if let Some(tensor) = any.downcast_ref::<DoubleTensor>() {
            AnyTensor::F64(tensor.clone())
        } else if let Some(tensor) = any.downcast_ref::<LongTensor>() {
            AnyTensor::I64(tensor.clone())
        } else {
            unreachable!("a number is f32, f64 or i64")
        }
    }
}

impl<E: Number> TryFrom<AnyTensor> for TensorOf<E> {
    type Error = AnyTensor;

    /// The tensor, or itself back if it is of another type.
    fn try_from(any: AnyTensor) -> Result<Self, AnyTensor> {
        let inner: &dyn Any = match &any {
            AnyTensor::F32(tensor) => tensor,
            AnyTensor::I64(tensor) => tensor,
            AnyTensor::F64(tensor) => tensor,
        };
        inner.downcast_ref::<Self>().cloned().ok_or(any)
    }
}

/// What is written and read.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Serial {
    F32 { shape: Vec<usize>, data: Vec<f32> },
    I64 { shape: Vec<usize>, data: Vec<i64> },
    F64 { shape: Vec<usize>, data: Vec<f64> },
}

impl From<AnyTensor> for Serial {
    fn from(any: AnyTensor) -> Self {
        let shape = any.shape().to_vec();
        match any {
            AnyTensor::F32(tensor) => Serial::F32 { shape, data: tensor.to_vec() },
            AnyTensor::I64(tensor) => Serial::I64 { shape, data: tensor.to_vec() },
            AnyTensor::F64(tensor) => Serial::F64 { shape, data: tensor.to_vec() },
        }
    }
}

impl TryFrom<Serial> for AnyTensor {
    type Error = ShapeError;

    fn try_from(serial: Serial) -> Result<Self, ShapeError> {
        Ok(match serial {
            Serial::F32 { shape, data } => AnyTensor::F32(TensorOf::from_vec(data, shape)?),
            Serial::I64 { shape, data } => AnyTensor::I64(TensorOf::from_vec(data, shape)?),
            Serial::F64 { shape, data } => AnyTensor::F64(TensorOf::from_vec(data, shape)?),
        })
    }
}
