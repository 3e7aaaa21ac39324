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
    x.check_room::<O>("cast");
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

/// The conversions from or to a type without gradients.
macro_rules! casts {
    ($($tensor:ty: $($method:ident -> $to:ident $torch:literal),+;)*) => {$(
        impl $tensor {$(
            #[doc = concat!("The values in another type, outside of the graph. PyTorch: `Tensor.", $torch, "`.")]
            ///
            /// A float is cut towards zero to become an integer, and NaN becomes 0; `true` is 1, and what differs from
            /// zero is `true`.
            #[track_caller]
            pub fn $method(&self) -> $to {
                self.check_room::<f64>($torch);
                TensorOf::new(converted(self))
            }
        )+}
    )*};
}

casts! {
    Tensor: long -> LongTensor "long", bool -> BoolTensor "bool";
    DoubleTensor: long -> LongTensor "long", bool -> BoolTensor "bool";
    LongTensor: float -> Tensor "float", double -> DoubleTensor "double", bool -> BoolTensor "bool";
    BoolTensor: float -> Tensor "float", double -> DoubleTensor "double", long -> LongTensor "long";
}

/// The casts to the type that a tensor has already: itself, so that a cast may stand in any program.
macro_rules! same {
    ($($tensor:ident $method:ident;)*) => {$(
        impl $tensor {
            /// The tensor itself, which has this type.
            #[doc(hidden)]
            pub fn $method(&self) -> $tensor {
                self.clone()
            }
        }
    )*};
}

same! { Tensor float; DoubleTensor double; LongTensor long; BoolTensor bool; }

operation! { CAST = "cast":
    "a.to(a.dtype)", |a| cast(a), [ANY], EACH;
}
