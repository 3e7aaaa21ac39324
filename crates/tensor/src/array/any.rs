//! An array of any element type: the value that the tape handles.

use std::fmt;

use deltarule_autograd::{Value, Var};

use crate::array::Array;
use crate::element::{DType, Element, Float};
use crate::kernels::math;
use crate::layout::{Layout, Shape, broadcast};
use crate::tensor::TensorOf;

/// An array of any element type. It is what gradients of tensors are to the tape; people work with tensors.
#[derive(Clone)]
pub enum AnyArray {
    #[doc(hidden)]
    F32(Array<f32>),
    #[doc(hidden)]
    F64(Array<f64>),
    #[doc(hidden)]
    I64(Array<i64>),
    #[doc(hidden)]
    Bool(Array<bool>),
}

/// Shape and element type: what a node of the graph knows of its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    shape: Shape,
    dtype: DType,
}

impl Kind {
    pub(crate) fn new(shape: &[usize], dtype: DType) -> Self {
        Kind { shape: Shape::new(shape), dtype }
    }

    /// The sizes of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.shape.sizes()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}", self.shape(), self.dtype)
    }
}

impl AnyArray {
    #[inline]
    fn layout(&self) -> &Layout {
        match self {
            AnyArray::F32(array) => array.layout(),
            AnyArray::F64(array) => array.layout(),
            AnyArray::I64(array) => array.layout(),
            AnyArray::Bool(array) => array.layout(),
        }
    }

    #[inline]
    pub(crate) fn shape(&self) -> &[usize] {
        self.layout().shape()
    }

    /// The elements in row-major order, as `f64`.
    pub fn to_f64_vec(&self) -> Vec<f64> {
        match self {
            AnyArray::F32(array) => array.to_vec().into_iter().map(f64::from).collect(),
            AnyArray::F64(array) => array.to_vec(),
            AnyArray::I64(array) => array.to_vec().into_iter().map(|x| x as f64).collect(),
            AnyArray::Bool(array) => array.to_vec().into_iter().map(|x| f64::from(u8::from(x))).collect(),
        }
    }

    #[inline]
    pub(crate) fn dtype(&self) -> DType {
        match self {
            AnyArray::F32(_) => DType::F32,
            AnyArray::F64(_) => DType::F64,
            AnyArray::I64(_) => DType::I64,
            AnyArray::Bool(_) => DType::Bool,
        }
    }
}

impl fmt::Debug for AnyArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyArray({})", self.meta())
    }
}

impl Value for AnyArray {
    type Meta = Kind;

    #[inline]
    fn meta(&self) -> Kind {
        Kind { shape: self.layout().shape_value(), dtype: self.dtype() }
    }

    #[inline]
    fn fits(&self, kind: &Kind) -> bool {
        kind.dtype == self.dtype() && kind.shape.is_of(self.layout())
    }

    fn add(self, other: Self) -> Self {
        match (self, other) {
            (AnyArray::F32(a), AnyArray::F32(b)) => AnyArray::F32(Array::zip(math::Add, a, b)),
            (AnyArray::F64(a), AnyArray::F64(b)) => AnyArray::F64(Array::zip(math::Add, a, b)),
            (a, b) => unreachable!("gradients of {} and {} are never of one value", a.dtype(), b.dtype()),
        }
    }

    fn seed(&self) -> Result<Self, String> {
        let shape = self.shape();
        if shape.iter().any(|&size| size != 1) {
            return Err(format!(
                "only a scalar has a gradient of its own accord, and this tensor's shape is {shape:?}. Reduce it with \
                 sum() or mean(), or give its gradient"
            ));
        }
        match self {
            AnyArray::F32(_) => Ok(AnyArray::F32(Array::full(shape, 1.0))),
            AnyArray::F64(_) => Ok(AnyArray::F64(Array::full(shape, 1.0))),
            _ => Err(format!("a tensor of {} has no gradient", self.dtype())),
        }
    }

    fn is_finite(&self) -> bool {
        match self {
            AnyArray::F32(array) => array.is_finite(),
            AnyArray::F64(array) => array.is_finite(),
            AnyArray::I64(_) | AnyArray::Bool(_) => true,
        }
    }

    /// Undoes broadcasting: the gradient of a value that was repeated is the sum over its repeats.
    fn conform(gradient: Var<Self>, kind: &Kind) -> Result<Var<Self>, String> {
        fn sum<E: Float>(gradient: Var<AnyArray>, shape: &[usize]) -> Var<AnyArray> {
            TensorOf::<E>::from_var(gradient).sum_to(shape).into_var()
        }
        let (value, shape) = (gradient.value(), kind.shape());
        let came = broadcast(value.shape(), shape).is_some_and(|both| both[..] == *value.shape());
        match (kind.dtype, value.dtype()) {
            (DType::F32, DType::F32) if came => Ok(sum::<f32>(gradient, shape)),
            (DType::F64, DType::F64) if came => Ok(sum::<f64>(gradient, shape)),
            _ => Err(format!("a gradient of shape {} can't belong to a value of shape {kind}", value.meta())),
        }
    }
}

/// The element type of numbers, checked when a value comes back from the tape.
pub(crate) fn expect<E: Element>(array: AnyArray) -> Array<E> {
    let dtype = array.dtype();
    match E::unwrap(array) {
        Some(array) => array,
        None => unreachable!("the tape gave {dtype} where it was given {}", E::DTYPE),
    }
}
