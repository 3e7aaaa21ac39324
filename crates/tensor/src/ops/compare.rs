//! Comparisons and logic. They have no gradient.

use std::ops::{BitAnd, BitOr, BitXor, Not};

use deltarule_autograd::call_site::fail;

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

/// What a tensor is compared with: another, or one number.
///
/// ```
/// # use deltarule_tensor::Tensor;
/// let x = Tensor::from([-1., 0., 2.]);
/// assert_eq!(x.gt(0.0).to_vec(), [false, false, true]);
/// assert_eq!(x.eq(&x.abs()).to_vec(), [false, true, true]);
/// ```
#[diagnostic::on_unimplemented(
    message = "a tensor of `{E}` isn't compared with `{Self}`",
    note = "compare it with `&y`, a tensor of the same type, or with a number of its own, such as `0.0` for a `Tensor`"
)]
pub trait Comparand<E: Element> {
    #[doc(hidden)]
    fn tensor_or_number(&self) -> TensorOrNumber<'_, E>;
}

#[doc(hidden)]
#[derive(Debug)]
pub enum TensorOrNumber<'a, E: Element> {
    Tensor(&'a TensorOf<E>),
    Number(E),
}

impl<E: Element> Comparand<E> for &TensorOf<E> {
    fn tensor_or_number(&self) -> TensorOrNumber<'_, E> {
        TensorOrNumber::Tensor(self)
    }
}

impl<E: Element> Comparand<E> for E {
    fn tensor_or_number(&self) -> TensorOrNumber<'_, E> {
        TensorOrNumber::Number(*self)
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $method:ident $scalar_method:ident $kernel:ident $torch:literal $symbol:literal;)*) => {
        impl<E: Element> TensorOf<E> {$(
            #[doc = concat!("Whether each element ", $symbol, " the one of `other`, broadcast; or a number, for all of them.")]
            #[doc = concat!("PyTorch: `torch.", $torch, "`.")]
            ///
            /// # Panics
            /// If the shapes don't broadcast.
            #[track_caller]
            pub fn $method(&self, other: impl Comparand<E>) -> BoolTensor {
                match other.tensor_or_number() {
                    TensorOrNumber::Tensor(other) => compare($torch, math::$kernel, self, other),
                    TensorOrNumber::Number(value) => self.$scalar_method(value),
                }
            }

            #[doc = concat!("Whether each element ", $symbol, " `value`. PyTorch: `torch.", $torch, "`.")]
            #[track_caller]
            pub fn $scalar_method(&self, value: E) -> BoolTensor {
                self.check_room::<bool>($torch);
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
    #[track_caller]
    pub fn isnan(&self) -> BoolTensor {
        self.check_room::<bool>("isnan");
        TensorOf::new(self.array().map_to(math::IsNan))
    }

    /// Whether each element is ∞ or −∞. PyTorch: `torch.isinf`.
    #[track_caller]
    pub fn isinf(&self) -> BoolTensor {
        self.check_room::<bool>("isinf");
        TensorOf::new(self.array().map_to(math::IsInfinite))
    }

    /// Whether each element is neither NaN nor infinite. PyTorch: `torch.isfinite`.
    #[track_caller]
    pub fn isfinite(&self) -> BoolTensor {
        self.check_room::<bool>("isfinite");
        TensorOf::new(self.array().map_to(math::IsFinite))
    }

    /// Whether each element a is close to the one of `other`, b, broadcast: a = b, or |a − b| is finite and
    /// ≤ `atol` + `rtol`·|b|. So an infinity is close to itself alone, and NaN to nothing, or to NaN if `equal_nan`.
    /// PyTorch: `torch.isclose`, whose defaults are `rtol` 1e-5, `atol` 1e-8 and not `equal_nan`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (a, b) = (Tensor::from([1., 1., f32::INFINITY, f32::NAN]), Tensor::from([1.0001, 2., f32::INFINITY, f32::NAN]));
    /// assert_eq!(a.isclose(&b, 1e-3, 0.0, false).to_vec(), [true, false, true, false]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast, or if a tolerance is negative or NaN.
    #[track_caller]
    pub fn isclose(&self, other: &Self, rtol: f64, atol: f64, equal_nan: bool) -> BoolTensor {
        isclose("isclose", self, other, [rtol, atol], equal_nan)
    }

    /// Whether all elements of two tensors [are close](TensorOf::isclose); NaN is close to nothing. PyTorch: `torch.allclose`,
    /// whose defaults are `rtol` 1e-5 and `atol` 1e-8.
    ///
    /// # Panics
    /// If the shapes don't broadcast, or if a tolerance is negative or NaN.
    #[track_caller]
    pub fn allclose(&self, other: &Self, rtol: f64, atol: f64) -> bool {
        isclose("allclose", self, other, [rtol, atol], false).all().item()
    }
}

/// a = b, or |a − b| ≤ `atol` + `rtol`·|b|, in the precision of the elements, as PyTorch has it.
#[derive(Clone, Copy)]
struct IsClose<E> {
    rtol: E,
    atol: E,
    equal_nan: bool,
}

impl<E: Float> Binary<E, E, bool> for IsClose<E> {
    #[inline(always)]
    fn call<const FMA: bool>(self, a: E, b: E) -> bool {
        let distance = (a - b).abs();
        let both_nan = a.to_f64().is_nan() && b.to_f64().is_nan();
        a == b
            || (distance.is_finite() && distance <= self.atol + (self.rtol * b).abs())
            || (self.equal_nan && both_nan)
    }
}

#[track_caller]
fn isclose<E: Float>(
    name: &str,
    a: &TensorOf<E>,
    b: &TensorOf<E>,
    [rtol, atol]: [f64; 2],
    equal_nan: bool,
) -> BoolTensor {
    for (tolerance, what) in [(rtol, "rtol"), (atol, "atol")] {
        if tolerance.is_nan() || tolerance < 0.0 {
            fail(name, format_args!("{what} isn't negative, and it is {tolerance}"));
        }
    }
    compare(name, IsClose { rtol: E::from_f64(rtol), atol: E::from_f64(atol), equal_nan }, a, b)
}

macro_rules! logic {
    ($($trait:ident::$method:ident $kernel:ident $named:ident $symbol:literal $meaning:literal;)*) => {
        $(
            logic!(@pair $trait::$method $kernel $named, BoolTensor, BoolTensor);
            logic!(@pair $trait::$method $kernel $named, &BoolTensor, BoolTensor);
            logic!(@pair $trait::$method $kernel $named, BoolTensor, &BoolTensor);
            logic!(@pair $trait::$method $kernel $named, &BoolTensor, &BoolTensor);
        )*

        impl<E: Element> TensorOf<E> {$(
            #[doc = concat!("Whether ", $meaning, " each pair of elements differ from zero, or are true, broadcast.")]
            #[doc = concat!("PyTorch: `torch.", stringify!($named), "`. Of masks it is also `", $symbol, "`.")]
            ///
            /// # Panics
            /// If the shapes don't broadcast.
            #[track_caller]
            pub fn $named(&self, other: &Self) -> BoolTensor {
                check_broadcast(stringify!($named), self.shape(), other.shape());
                let (a, b) = (self.ne_scalar(E::default()), other.ne_scalar(E::default()));
                TensorOf::new(a.array().zip_to(math::$kernel, b.array()))
            }
        )*}
    };
    (@pair $trait:ident::$method:ident $kernel:ident $named:ident, $left:ty, $right:ty) => {
        impl $trait<$right> for $left {
            type Output = BoolTensor;

            #[track_caller]
            fn $method(self, other: $right) -> BoolTensor {
                check_broadcast(stringify!($named), self.shape(), other.shape());
                TensorOf::new(self.array().zip_to(math::$kernel, other.array()))
            }
        }
    };
}

logic! {
    BitAnd::bitand And logical_and "&" "both of";
    BitOr::bitor Or logical_or "|" "one or both of";
    BitXor::bitxor Xor logical_xor "^" "just one of";
}

impl<E: Element> TensorOf<E> {
    /// Whether each element is zero, or false. PyTorch: `torch.logical_not`. Of masks it is also `!`.
    pub fn logical_not(&self) -> BoolTensor {
        self.eq_scalar(E::default())
    }
}

impl Not for &BoolTensor {
    type Output = BoolTensor;

    #[track_caller]
    fn not(self) -> BoolTensor {
        self.check_room::<bool>("logical_not");
        TensorOf::new(self.array().map_to(math::Not))
    }
}

impl Not for BoolTensor {
    type Output = BoolTensor;

    fn not(self) -> BoolTensor {
        !&self
    }
}
