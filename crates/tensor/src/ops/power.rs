//! Powers and roots.

use crate::element::Float;
use crate::kernels::map::WithRight;
use crate::kernels::math;
use crate::ops::elementwise::{by_input, by_output, nothing};
use crate::ops::given::check_result;
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::{BoolTensor, TensorOf};

impl<E: Float> TensorOf<E> {
    /// √x, of each element; NaN below 0. PyTorch: `torch.sqrt`.
    ///
    /// dy/dx = 1/(2y), infinite at 0
    #[track_caller]
    pub fn sqrt(&self) -> Self {
        by_output("sqrt", math::Sqrt, self, |g, y| g / (y * E::from_f64(2.0)))
    }

    /// 1/√x, of each element. PyTorch: `torch.rsqrt`.
    ///
    /// dy/dx = −y³/2
    #[track_caller]
    pub fn rsqrt(&self) -> Self {
        by_output("rsqrt", math::Rsqrt, self, |g, y| g * E::from_f64(-0.5) * (y.square() * y))
    }

    /// x², of each element. PyTorch: `torch.square`.
    ///
    /// dy/dx = 2x
    #[track_caller]
    pub fn square(&self) -> Self {
        by_input("square", math::Square, self, |g, x| g * (x * E::from_f64(2.0)))
    }

    /// xᵖ, of each element. PyTorch: `torch.pow` with a number.
    ///
    /// dy/dx = p·xᵖ⁻¹, 0 for p = 0
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2., 3.]).powf(2.0).to_vec(), [1., 4., 9.]);
    /// ```
    #[track_caller]
    pub fn powf(&self, p: E) -> Self {
        let is = |value: f64| p == E::from_f64(value);
        let rule = move |g: Self, x: &Self| g * (x.powf(p - E::ONE) * p);
        // The powers that have a shorter way give the same value by it.
        if is(0.0) {
            by_input("pow", WithRight(math::Pow, p), self, |g, _| nothing(&g))
        } else if is(1.0) {
            by_input("pow", WithRight(math::Mul, E::ONE), self, |g, _| g)
        } else if is(2.0) {
            by_input("pow", math::Square, self, rule)
        } else if is(3.0) {
            by_input("pow", math::Cube, self, rule)
        } else if is(0.5) {
            by_input("pow", math::Sqrt, self, rule)
        } else if is(-0.5) {
            by_input("pow", math::Rsqrt, self, rule)
        } else if is(-1.0) {
            by_input("pow", math::Reciprocal, self, rule)
        } else if is(-2.0) {
            by_input("pow", math::InverseSquare, self, rule)
        } else {
            by_input("pow", WithRight(math::Pow, p), self, rule)
        }
    }

    /// xᵖ, of each element x of this tensor and p of `exponent`, broadcast; or with one number for all of them, as
    /// [`powf`](TensorOf::powf). PyTorch: `torch.pow`.
    ///
    /// dy/dx = p·xᵖ⁻¹ (0 for p = 0), dy/dp = y·ln x (0 where x = 0 and p ≥ 0)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([1., 2., 3.]);
    /// assert_eq!(x.pow(2).to_vec(), [1., 4., 9.]);
    /// assert_eq!(x.pow(&Tensor::from([0., 1., 2.])).to_vec(), [1., 2., 9.]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn pow(&self, exponent: impl Exponent<E>) -> Self {
        exponent.of_base(self)
    }

    #[track_caller]
    fn pow_each(&self, exponent: &Self) -> Self {
        check_result::<E>("pow", self.shape(), exponent.shape());
        let y = self.array().zip_to(math::Pow, exponent.array());
        record_any("pow", y.clone(), &[self.node(), exponent.node()], |keep| {
            let (x, p) = (keep.input(0, self.array().clone()), keep.input(1, exponent.array().clone()));
            let y = keep.output(y);
            move |g: Self, to| {
                let (x, p, y) = (to.open(x), to.open(p), to.open(y));
                let zero = Self::from_scalar(E::default());
                to.input(0, || {
                    let flat = p.detach().eq_scalar(E::default());
                    flat.where_(&zero, &(&g * (&p * x.pow(&(&p - E::ONE)))))
                });
                to.input(1, || {
                    let zero_base = x.detach().eq_scalar(E::default());
                    let flat: BoolTensor = &zero_base & &p.detach().ge_scalar(E::default());
                    &g * flat.where_(&zero, &(&y * x.ln()))
                });
            }
        })
    }

    /// sᵖ, of a number s and each element p. PyTorch: `torch.pow` with a number as the base.
    ///
    /// dy/dp = y·ln s
    #[track_caller]
    pub fn scalar_pow(s: E, exponent: &Self) -> Self {
        Self::from_scalar(s).pow(exponent)
    }
}

/// What [`pow`](TensorOf::pow) raises to: a number for all elements, or a tensor of one for each.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no exponent for a tensor of `{E}`",
    note = "an exponent is a number such as `2` or `0.5`, or `&y`, a tensor of the same type"
)]
pub trait Exponent<E: Float> {
    #[doc(hidden)]
    #[track_caller]
    fn of_base(self, base: &TensorOf<E>) -> TensorOf<E>;
}

impl<E: Float> Exponent<E> for &TensorOf<E> {
    #[track_caller]
    fn of_base(self, base: &TensorOf<E>) -> TensorOf<E> {
        base.pow_each(self)
    }
}

macro_rules! exponents {
    ($($number:ty, $($element:ty)+;)+) => {$($(
        impl Exponent<$element> for $number {
            #[track_caller]
            fn of_base(self, base: &TensorOf<$element>) -> TensorOf<$element> {
                base.powf(self as $element)
            }
        }
    )+)+};
}

exponents! { f32, f32; f64, f64; i32, f32 f64; }

operation! { SQRT = "sqrt":
    "torch.sqrt(a)", |a| a.sqrt(), [POSITIVE], EACH;
}

operation! { RSQRT = "rsqrt":
    "torch.rsqrt(a)", |a| a.rsqrt(), [POSITIVE], EACH;
}

operation! { SQUARE = "square":
    "torch.square(a)", |a| a.square(), [ANY], EACH;
}

operation! { POW = "pow":
    "torch.pow(a, 0)", |a| a.powf(0.0), [ANY], EACH;
    "torch.pow(a, 1)", |a| a.powf(1.0), [ANY], EACH;
    "torch.pow(a, 2)", |a| a.powf(2.0), [ANY], EACH;
    "torch.pow(a, 3)", |a| a.powf(3.0), [ANY], EACH;
    "torch.pow(a, 0.5)", |a| a.powf(0.5), [POSITIVE], EACH;
    "torch.pow(a, -0.5)", |a| a.powf(-0.5), [POSITIVE], EACH;
    "torch.pow(a, -2)", |a| a.powf(-2.0), [NONZERO], EACH;
    "torch.pow(a, -1)", |a| a.powf(-1.0), [NONZERO], EACH;
    "torch.pow(a, 2.5)", |a| a.powf(2.5), [POSITIVE], EACH;
    "torch.pow(a, b)", |a, b| a.pow(b), [POSITIVE, ANY], PAIRS;
    "torch.pow(2, a)", |a| TensorOf::scalar_pow(2.0, a), [ANY], EACH;
}
