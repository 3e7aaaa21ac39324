//! A tensor of any type that a state dict holds.

use std::any::Any;
use std::fmt;

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{DType, DoubleTensor, LongTensor, Number, ShapeError, Tensor, TensorOf};
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};

/// Why a tensor isn't written in a format for people.
pub(crate) const NOT_FINITE: &str =
    "it holds an infinity or a NaN, which JSON can't hold: save_safetensors and checkpoints keep them";

/// A tensor of one of the types that models save. It has no place in a graph.
///
/// Its serial form is the type, the shape and the elements in row-major order: `{"f32": {"shape": [2], "data": [1, 2]}}`.
/// A shape that doesn't fit the data is an error. So is, in a format for people such as JSON, an infinity or a NaN: JSON has
/// none, and what is written there couldn't be read.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Serial")]
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

    /// Whether both are the same, NaNs too.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (AnyTensor::F32(a), AnyTensor::F32(b)) => {
                let (a, b, bits) = (a.to_vec(), b.to_vec(), |x: &f32| x.to_bits());
                a.iter().map(bits).eq(b.iter().map(bits)) && self.shape() == other.shape()
            }
            (AnyTensor::F64(a), AnyTensor::F64(b)) => {
                let (a, b, bits) = (a.to_vec(), b.to_vec(), |x: &f64| x.to_bits());
                a.iter().map(bits).eq(b.iter().map(bits)) && self.shape() == other.shape()
            }
            _ => self == other,
        }
    }

    /// Whether no element is infinite or NaN.
    pub(crate) fn is_finite(&self) -> bool {
        match self {
            AnyTensor::F32(tensor) => tensor.to_vec().into_iter().all(f32::is_finite),
            AnyTensor::F64(tensor) => tensor.to_vec().into_iter().all(f64::is_finite),
            AnyTensor::I64(_) => true,
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

impl Serialize for AnyTensor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() && !self.is_finite() {
            return Err(S::Error::custom(NOT_FINITE));
        }
        Serial::from(self.clone()).serialize(serializer)
    }
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
