//! The tangent, the inverses of the trigonometric functions, the hyperbolic functions and their inverses.

use crate::element::Float;
use crate::kernels::math;
use crate::ops::arithmetic::{scalar_div, scalar_sub};
use crate::ops::elementwise::by_input;
use crate::ops::given::check_result;
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// The tangent of each element, in radians. PyTorch: `torch.tan`.
    ///
    /// dy/dx = 1 + y²
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 0.5]).tan().to_vec(), [0., 0.5463025]);
    /// ```
    #[track_caller]
    pub fn tan(&self) -> Self {
        by_input("tan", math::Tan, self, |g, x| g * (x.tan().square() + E::ONE))
    }

    /// The angle whose sine each element is, from −π/2 to π/2; NaN beyond −1 and 1. PyTorch: `torch.asin`.
    ///
    /// dy/dx = 1/√(1 − x²)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1.]).asin().to_vec(), [0., std::f32::consts::FRAC_PI_2]);
    /// ```
    #[doc(alias = "arcsin")]
    #[track_caller]
    pub fn asin(&self) -> Self {
        by_input("asin", math::Asin, self, |g, x| g * one_minus_square(x).rsqrt())
    }

    /// The angle whose cosine each element is, from 0 to π; NaN beyond −1 and 1. PyTorch: `torch.acos`.
    ///
    /// dy/dx = −1/√(1 − x²)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., -1.]).acos().to_vec(), [0., std::f32::consts::PI]);
    /// ```
    #[doc(alias = "arccos")]
    #[track_caller]
    pub fn acos(&self) -> Self {
        by_input("acos", math::Acos, self, |g, x| g * -one_minus_square(x).rsqrt())
    }

    /// The angle whose tangent each element is, from −π/2 to π/2. PyTorch: `torch.atan`.
    ///
    /// dy/dx = 1/(1 + x²)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1.]).atan().to_vec(), [0., std::f32::consts::FRAC_PI_4]);
    /// ```
    #[doc(alias = "arctan")]
    #[track_caller]
    pub fn atan(&self) -> Self {
        by_input("atan", math::Atan, self, |g, x| g / (x * x + E::ONE))
    }

    /// The angles of the points whose y is this tensor and whose x is `x`, from −π to π; broadcast. PyTorch: `torch.atan2`.
    ///
    /// With r² = x² + y²: da/dy = x/r², da/dx = −y/r², both 0 at the origin
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (y, x) = (Tensor::from([1., 0.]), Tensor::from([-1., -1.]));
    /// assert_eq!(y.atan2(&x).to_vec(), [0.75 * std::f32::consts::PI, std::f32::consts::PI]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[doc(alias = "arctan2")]
    #[track_caller]
    pub fn atan2(&self, x: &Self) -> Self {
        check_result::<E>("atan2", self.shape(), x.shape());
        record_any("atan2", self.array().zip_to(math::Atan2, x.array()), &[self.node(), x.node()], |keep| {
            let (y, x) = (keep.input(0, self.array().clone()), keep.input(1, x.array().clone()));
            move |g: Self, to| {
                let (y, x) = (to.open(y), to.open(x));
                let square = &y * &y + &x * &x;
                // At the origin there is no angle, and as in PyTorch no gradient.
                let origin = square.detach().eq_scalar(E::default());
                let over = scalar_div(E::ONE, square.masked_fill(&origin, E::ONE).into());
                let over = over.masked_fill(&origin, E::default());
                to.input(0, || &g * &x * &over);
                to.input(1, || &g * -&y * &over);
            }
        })
    }

    /// The hyperbolic sine of each element: (eˣ − e⁻ˣ)/2. PyTorch: `torch.sinh`.
    ///
    /// dy/dx = cosh x
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1.]).sinh().to_vec(), [0., 1.1752012]);
    /// ```
    #[track_caller]
    pub fn sinh(&self) -> Self {
        by_input("sinh", math::Sinh, self, |g, x| g * x.cosh())
    }

    /// The hyperbolic cosine of each element: (eˣ + e⁻ˣ)/2. PyTorch: `torch.cosh`.
    ///
    /// dy/dx = sinh x
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1.]).cosh().to_vec(), [1., 1.5430806]);
    /// ```
    #[track_caller]
    pub fn cosh(&self) -> Self {
        by_input("cosh", math::Cosh, self, |g, x| g * x.sinh())
    }

    /// The inverse of the hyperbolic sine, of each element: ln(x + √(x² + 1)). PyTorch: `torch.asinh`.
    ///
    /// dy/dx = 1/√(x² + 1)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1.]).asinh().to_vec(), [0., 0.8813736]);
    /// ```
    #[doc(alias = "arcsinh")]
    #[track_caller]
    pub fn asinh(&self) -> Self {
        by_input("asinh", math::Asinh, self, |g, x| g * (x.square() + E::ONE).rsqrt())
    }

    /// The inverse of the hyperbolic cosine, of each element: ln(x + √(x² − 1)); NaN below 1. PyTorch: `torch.acosh`.
    ///
    /// dy/dx = 1/√(x² − 1)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 2.]).acosh().to_vec(), [0., 1.316958]);
    /// ```
    #[doc(alias = "arccosh")]
    #[track_caller]
    pub fn acosh(&self) -> Self {
        by_input("acosh", math::Acosh, self, |g, x| g * (x.square() - E::ONE).rsqrt())
    }

    /// The inverse of the hyperbolic tangent, of each element: ½·ln((1 + x)/(1 − x)); infinite at −1 and 1, NaN beyond.
    /// PyTorch: `torch.atanh`.
    ///
    /// dy/dx = 1/(1 − x²)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 0.5, 1.]).atanh().to_vec(), [0., 0.54930615, f32::INFINITY]);
    /// ```
    #[doc(alias = "arctanh")]
    #[track_caller]
    pub fn atanh(&self) -> Self {
        by_input("atanh", math::Atanh, self, |g, x| g / scalar_sub(E::ONE, x.square().into()))
    }
}

/// 1 − x².
#[track_caller]
fn one_minus_square<E: Float>(x: &TensorOf<E>) -> TensorOf<E> {
    -x * x + E::ONE
}

operation! { TAN = "tan":
    "torch.tan(a)", |a| a.tan(), [Within(-1.2, 1.2)], EACH;
}

operation! { ASIN = "asin":
    "torch.asin(a)", |a| a.asin(), [Within(-0.7, 0.7)], EACH;
}

operation! { ACOS = "acos":
    "torch.acos(a)", |a| a.acos(), [Within(-0.7, 0.7)], EACH;
}

operation! { ATAN = "atan":
    "torch.atan(a)", |a| a.atan(), [ANY], EACH;
}

operation! { ATAN2 = "atan2":
    "torch.atan2(a, b)", |a, b| a.atan2(b), [NONZERO, NONZERO], PAIRS;
}

operation! { SINH = "sinh":
    "torch.sinh(a)", |a| a.sinh(), [ANY], EACH;
}

operation! { COSH = "cosh":
    "torch.cosh(a)", |a| a.cosh(), [ANY], EACH;
}

operation! { ASINH = "asinh":
    "torch.asinh(a)", |a| a.asinh(), [ANY], EACH;
}

operation! { ACOSH = "acosh":
    "torch.acosh(a)", |a| a.acosh(), [Within(1.2, 3.0)], EACH;
}

operation! { ATANH = "atanh":
    "torch.atanh(a)", |a| a.atanh(), [Within(-0.7, 0.7)], EACH;
}
