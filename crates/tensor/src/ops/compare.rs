//! Comparisons and logic. They have no gradient.

use std::ops::{BitAnd, BitOr, BitXor, Not};

use crate::element::{Element, Float};
use crate::kernels::map::{Binary, WithRight};
use crate::kernels::math;
use crate::ops::given::check_broadcast;
use crate::tensor::{BoolTensor, TensorOf};

#[track_caller]
fn compare<E: Element>(name: &str, f: impl Binary<E, E, bool>, a: &TensorOf<E>, b: &TensorOf<E>) -> BoolTensor {
    check_broadcast(name, a.shape(), b.shape());
    TensorOf::new(a.array().zip_to(f, b.array()))
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $method:ident $scalar_method:ident $kernel:ident $torch:literal $symbol:literal;)*) => {
        impl<E: Element> TensorOf<E> {$(
            #[doc = concat!("Whether each element ", $symbol, " the one of `other`, broadcast. PyTorch: `torch.", $torch, "`.")]
            ///
            /// # Panics
            /// If the shapes don't broadcast.
            #[track_caller]
            pub fn $method(&self, other: &Self) -> BoolTensor {
                compare($torch, math::$kernel, self, other)
            }

            #[doc = concat!("Whether each element ", $symbol, " `value`. PyTorch: `torch.", $torch, "`.")]
            pub fn $scalar_method(&self, value: E) -> BoolTensor {
                TensorOf::new(self.array().map_to(WithRight(math::$kernel, value)))
            }
        )*}
    };
}

comparisons! {
    eq eq_scalar Equal "eq" "=";
    ne ne_scalar NotEqual "ne" "≠";
    lt lt_scalar Less "lt" "<";
    le le_scalar LessEqual "le" "≤";
    gt gt_scalar Greater "gt" ">";
    ge ge_scalar GreaterEqual "ge" "≥";
}

impl<E: Float> TensorOf<E> {
    /// Whether each element is NaN. PyTorch: `torch.isnan`.
    pub fn isnan(&self) -> BoolTensor {
        TensorOf::new(self.array().map_to(math::IsNan))
    }

    /// Whether each element is neither NaN nor infinite. PyTorch: `torch.isfinite`.
    pub fn isfinite(&self) -> BoolTensor {
        TensorOf::new(self.array().map_to(math::IsFinite))
    }

    /// Whether all elements of two tensors of one shape are close: |a − b| ≤ `atol` + `rtol`·|b|. NaN is close to
    /// nothing. PyTorch: `torch.allclose`, whose defaults are `rtol` 1e-5 and `atol` 1e-8.
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn allclose(&self, other: &Self, rtol: f64, atol: f64) -> bool {
        check_broadcast("allclose", self.shape(), other.shape());
        let differences = self.array().zip_to(math::Sub, other.array());
        let (differences, bounds) = (TensorOf::new(differences), other.detach().expand(self.shape()));
        differences
            .to_vec()
            .into_iter()
            .zip(bounds.to_vec())
            .zip(self.to_vec())
            .all(|((difference, b), a)| a == b || difference.to_f64().abs() <= atol + rtol * b.to_f64().abs())
    }
}

macro_rules! logic {
    ($($trait:ident::$method:ident $kernel:ident $name:literal;)*) => {$(
        impl $trait<&BoolTensor> for &BoolTensor {
            type Output = BoolTensor;

            #[track_caller]
            fn $method(self, other: &BoolTensor) -> BoolTensor {
                check_broadcast($name, self.shape(), other.shape());
                TensorOf::new(self.array().zip_to(math::$kernel, other.array()))
            }
        }
    )*};
}

logic! {
    BitAnd::bitand And "logical_and";
    BitOr::bitor Or "logical_or";
    BitXor::bitxor Xor "logical_xor";
}

impl Not for &BoolTensor {
    type Output = BoolTensor;

    fn not(self) -> BoolTensor {
        TensorOf::new(self.array().map_to(math::Not))
    }
}
