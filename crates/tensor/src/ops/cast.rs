//! Conversions between element types. Between `f32` and `f64` the gradient goes through.

use crate::array::Array;
use crate::element::{Element, Float};
use crate::kernels::math::{Cast, FromElement};
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::{BoolTensor, DoubleTensor, LongTensor, Tensor, TensorOf};

fn converted<E: Element, O: Element + FromElement<E>>(x: &TensorOf<E>) -> Array<O> {
    x.array().map_to(Cast)
}

/// y = x in another precision; dy/dx = 1.
#[track_caller]
fn cast<E, O>(x: &TensorOf<E>) -> TensorOf<O>
where
    E: Float + FromElement<O>,
    O: Float + FromElement<E>,
{
    record_any("cast", converted(x), &[x.node()], |_| |g: TensorOf<O>, to| to.input(0, || cast::<O, E>(&g)))
}

impl Tensor {
    /// The values as `f64`; the gradient goes through. PyTorch: `Tensor.double`.
    #[track_caller]
    pub fn double(&self) -> DoubleTensor {
        cast(self)
    }
}

impl DoubleTensor {
    /// The values rounded to `f32`; the gradient goes through. PyTorch: `Tensor.float`.
    #[track_caller]
    pub fn float(&self) -> Tensor {
        cast(self)
    }
}

impl<E: Float + Into<f64>> TensorOf<E>
where
    i64: FromElement<E>,
    bool: FromElement<E>,
{
    /// The values cut towards zero, outside of the graph: integers have no gradient. NaN becomes 0.
    /// PyTorch: `Tensor.long`.
    pub fn long(&self) -> LongTensor {
        TensorOf::new(converted(self))
    }

    /// Whether each value differs from zero. PyTorch: `Tensor.bool`.
    pub fn bool(&self) -> BoolTensor {
        TensorOf::new(converted(self))
    }
}

/// The conversions of a type without gradients.
macro_rules! casts {
    ($($tensor:ty: $($method:ident -> $to:ident $torch:literal),+;)*) => {$(
        impl $tensor {$(
            #[doc = concat!("The values in another type; `true` is 1. PyTorch: `Tensor.", $torch, "`.")]
            pub fn $method(&self) -> $to {
                TensorOf::new(converted(self))
            }
        )+}
    )*};
}

casts! {
    LongTensor: float -> Tensor "float", double -> DoubleTensor "double", bool -> BoolTensor "bool";
    BoolTensor: float -> Tensor "float", double -> DoubleTensor "double", long -> LongTensor "long";
}

operation! { CAST = "cast":
    "a.to(a.dtype)", |a| cast(a), [ANY], EACH;
}
