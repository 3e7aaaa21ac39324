//! Exponentials, logarithms, sine and cosine, the error function. (The other functions of angles are in `trigonometric`.)

use std::f64::consts::{LN_2, LN_10};

use crate::element::Float;
use crate::kernels::math;
use crate::ops::elementwise::{backward_of, by_input, by_output};
use crate::ops::given::Given;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// eˣ, of each element. PyTorch: `torch.exp`.
    ///
    /// dy/dx = y
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1.]).exp().to_vec(), [1., std::f32::consts::E]);
    /// ```
    #[track_caller]
    pub fn exp(&self) -> Self {
        by_output("exp", math::Exp, self, |g, y| g * y)
    }

    /// eˣ − 1, of each element; exact near 0. PyTorch: `torch.expm1`.
    ///
    /// dy/dx = y + 1
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1e-10]).expm1().to_vec(), [0., 1e-10]);
    /// ```
    #[track_caller]
    pub fn expm1(&self) -> Self {
        by_output("expm1", math::Expm1, self, |g, y| g * (y + E::ONE))
    }

    /// The natural logarithm of each element: −∞ at 0, NaN below. PyTorch: `torch.log`.
    ///
    /// dy/dx = 1/x
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1., 0.]).ln().to_vec(), [0., f32::NEG_INFINITY]);
    /// ```
    #[doc(alias = "log")]
    #[track_caller]
    pub fn ln(&self) -> Self {
        by_input("ln", math::Ln, self, |g, x| g / x)
    }

    /// ln(1 + x), of each element; exact near 0. PyTorch: `torch.log1p`.
    ///
    /// dy/dx = 1/(1 + x)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 1e-10]).log1p().to_vec(), [0., 1e-10]);
    /// ```
    #[track_caller]
    pub fn log1p(&self) -> Self {
        by_input("log1p", math::Ln1p, self, |g, x| g / (x + E::ONE))
    }

    /// 2ˣ, of each element. PyTorch: `torch.exp2`.
    ///
    /// dy/dx = y·ln 2
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([3., -1.]).exp2().to_vec(), [8., 0.5]);
    /// ```
    #[track_caller]
    pub fn exp2(&self) -> Self {
        by_output("exp2", math::Exp2, self, |g, y| g * y * E::from_f64(LN_2))
    }

    /// The logarithm of each element to base 2: −∞ at 0, NaN below. PyTorch: `torch.log2`.
    ///
    /// dy/dx = 1/(x·ln 2)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([8., 0.5]).log2().to_vec(), [3., -1.]);
    /// ```
    #[track_caller]
    pub fn log2(&self) -> Self {
        by_input("log2", math::Log2, self, |g, x| g / (x * E::from_f64(LN_2)))
    }

    /// The logarithm of each element to base 10: −∞ at 0, NaN below. PyTorch: `torch.log10`.
    ///
    /// dy/dx = 1/(x·ln 10)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1000., 0.1]).log10().to_vec(), [3., -1.]);
    /// ```
    #[track_caller]
    pub fn log10(&self) -> Self {
        by_input("log10", math::Log10, self, |g, x| g / (x * E::from_f64(LN_10)))
    }

    /// The sine of each element, in radians. PyTorch: `torch.sin`.
    ///
    /// dy/dx = cos x
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0.]).sin().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn sin(&self) -> Self {
        by_input("sin", math::Sin, self, |g, x| g * x.cos())
    }

    /// The cosine of each element, in radians. PyTorch: `torch.cos`.
    ///
    /// dy/dx = −sin x
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0.]).cos().item(), 1.0);
    /// ```
    #[track_caller]
    pub fn cos(&self) -> Self {
        by_input("cos", math::Cos, self, |g, x| -(g * x.sin()))
    }

    /// The error function of each element: 2/√π·∫₀ˣ e^(−t²) dt. PyTorch: `torch.erf`.
    ///
    /// dy/dx = 2/√π·e^(−x²)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 10.]).erf().to_vec(), [0., 1.]);
    /// ```
    #[track_caller]
    pub fn erf(&self) -> Self {
        by_input("erf", math::Erf, self, |g, x| erf_backward(g.into(), x))
    }
}

/// z = g·2/√π·e^(−x²); dz/dx = −2·x·z.
#[track_caller]
fn erf_backward<E: Float>(g: Given<'_, E>, x: &TensorOf<E>) -> TensorOf<E> {
    backward_of("erf_backward", math::ErfBackward, g, x, |h, g, x| {
        erf_backward((h * g).into(), x) * x * E::from_f64(-2.0)
    })
}

operation! { EXP = "exp":
    "torch.exp(a)", |a| a.exp(), [ANY], EACH;
}

operation! { EXPM1 = "expm1":
    "torch.expm1(a)", |a| a.expm1(), [ANY], EACH;
}

operation! { LN = "ln":
    "torch.log(a)", |a| a.ln(), [POSITIVE], EACH;
}

operation! { LOG1P = "log1p":
    "torch.log1p(a)", |a| a.log1p(), [Within(-0.6, 2.0)], EACH;
}

operation! { EXP2 = "exp2":
    "torch.exp2(a)", |a| a.exp2(), [ANY], EACH;
}

operation! { LOG2 = "log2":
    "torch.log2(a)", |a| a.log2(), [POSITIVE], EACH;
}

operation! { LOG10 = "log10":
    "torch.log10(a)", |a| a.log10(), [POSITIVE], EACH;
}

operation! { SIN = "sin":
    "torch.sin(a)", |a| a.sin(), [ANY], EACH;
}

operation! { COS = "cos":
    "torch.cos(a)", |a| a.cos(), [ANY], EACH;
}

operation! { ERF = "erf":
    "torch.erf(a)", |a| a.erf(), [ANY], EACH;
}

operation! { ERF_BACKWARD = "erf_backward":
    "2 / math.sqrt(math.pi) * torch.exp(-b * b) * a", |a, b| erf_backward(a.into(), b), [ANY, ANY], EACH_PAIR;
}
