//! An array of any element type: the value that the tape handles.

use std::fmt::{self, Write};
use std::thread::LocalKey;

use deltarule_autograd::{Spare, Value, Var};

use crate::array::Array;
use crate::array::block::Handle;
use crate::element::{DType, Element, Float};
use crate::kernels::math;
use crate::layout::{Layout, Shape, broadcast};
use crate::tensor::TensorOf;

/// An array of any element type. It is what gradients of tensors are to the tape; people work with tensors.
#[derive(Clone)]
pub struct AnyArray(Handle);

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

    /// Whether it is the kind of `array`.
    #[inline]
    pub(crate) fn is_of<E: Element>(&self, array: &Array<E>) -> bool {
        self.dtype == E::DTYPE && self.shape.is_of(array.layout())
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
        self.0.layout()
    }

    #[inline]
    pub(crate) fn shape(&self) -> &[usize] {
        self.layout().shape()
    }

    #[inline]
    pub(crate) fn dtype(&self) -> DType {
        self.0.dtype()
    }

    /// The array with its element type, if that is `E`.
    #[inline]
    pub(crate) fn get<E: Element>(&self) -> Option<&Array<E>> {
        Array::from_handle_ref(&self.0)
    }

    /// The array with its element type, which whoever made the graph knows.
    #[inline]
    pub(crate) fn expect<E: Element>(self) -> Array<E> {
        let dtype = self.dtype();
        match Array::from_handle(self.0) {
            Some(array) => array,
            None => unreachable!("the tape gave {dtype} where it was given {}", E::DTYPE),
        }
    }

    /// The elements in row-major order, as `f64`.
    pub fn to_f64_vec(&self) -> Vec<f64> {
        fn elements<E: Element>(array: &AnyArray, to_f64: impl Fn(E) -> f64) -> Vec<f64> {
            array.get().map(|array: &Array<E>| array.to_vec().into_iter().map(to_f64).collect()).unwrap_or_default()
        }
        match self.dtype() {
            DType::F32 => elements::<f32>(self, f64::from),
            DType::F64 => elements::<f64>(self, |x| x),
            DType::I64 => elements::<i64>(self, |x| x as f64),
            DType::Bool => elements::<bool>(self, |x| f64::from(u8::from(x))),
        }
    }
}

impl<E: Element> From<Array<E>> for AnyArray {
    #[inline]
    fn from(array: Array<E>) -> Self {
        AnyArray(array.erase())
    }
}

impl fmt::Debug for AnyArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyArray({})", self.meta())
    }
}

/// Whether `gradient` is `shape` with axes in front, or in the place of those of size 1, that `output` has too.
fn is_repeat(gradient: &[usize], shape: &[usize], output: &[usize]) -> bool {
    let mut own = shape.iter().rev();
    let mut outer = output.iter().rev();
    let each = |&size: &usize| {
        let (own, outer) = (own.next(), outer.next());
        own == Some(&size) || (matches!(own, None | Some(1)) && outer == Some(&size))
    };
    gradient.len() >= shape.len() && gradient.iter().rev().all(each)
}

impl Value for AnyArray {
    type Meta = Kind;

    #[inline]
    fn meta(&self) -> Kind {
        Kind { shape: Shape::of(self.layout()), dtype: self.dtype() }
    }

    #[inline]
    fn fits(&self, kind: &Kind) -> bool {
        kind.dtype == self.dtype() && kind.shape.is_of(self.layout())
    }

    fn add(self, other: Self) -> Self {
        match self.dtype() {
            DType::F32 => Array::zip(math::Add, self.expect::<f32>(), other.expect()).into(),
            DType::F64 => Array::zip(math::Add, self.expect::<f64>(), other.expect()).into(),
            dtype => unreachable!("a tensor of {dtype} has no gradient"),
        }
    }

    fn seed(&self) -> Result<Self, String> {
        match (self.get::<f32>(), self.get::<f64>()) {
            (Some(array), _) => array.seed().map(Self::from),
            (_, Some(array)) => array.seed().map(Self::from),
            _ => Err(format!("a tensor of {} has no gradient", self.dtype())),
        }
    }

    fn is_finite(&self) -> bool {
        match self.dtype() {
            DType::F32 => self.get::<f32>().is_none_or(Array::is_finite),
            DType::F64 => self.get::<f64>().is_none_or(Array::is_finite),
            DType::I64 | DType::Bool => true,
        }
    }

    #[inline]
    fn spare() -> Option<&'static LocalKey<Spare<Self>>> {
        thread_local! {
            static SPARE: Spare<AnyArray> = const { Spare::new() };
        }
        Some(&SPARE)
    }

    /// Undoes broadcasting: the gradient of a value that was repeated is the sum over its repeats. What was repeated is to be
    /// seen in the operation's output: any other sum would hide a mistake in a rule.
    fn conform(gradient: Var<Self>, kind: &Kind, output: Option<&Kind>) -> Result<Var<Self>, String> {
        fn sum<E: Float>(gradient: Var<AnyArray>, shape: &[usize]) -> Var<AnyArray> {
            TensorOf::<E>::from_var(gradient).sum_to(shape).into_var()
        }
        let (value, shape) = (gradient.value(), kind.shape());
        let repeated = output.is_some_and(|output| is_repeat(value.shape(), shape, output.shape()));
        match (kind.dtype, value.dtype()) {
            (DType::F32, DType::F32) if repeated => Ok(sum::<f32>(gradient, shape)),
            (DType::F64, DType::F64) if repeated => Ok(sum::<f64>(gradient, shape)),
            _ => {
                let mut wrong = format!("a gradient of shape {} can't belong to a value of shape {kind}", value.meta());
                if let (Some(output), Some(both)) = (output, broadcast(value.shape(), shape))
                    && both[..] == *value.shape()
                {
                    let _ = write!(wrong, ": it isn't repeated so in the output, whose shape is {:?}", output.shape());
                }
                Err(wrong)
            }
        }
    }
}
