//! Roundings to integers, and remainders of divisions.

use crate::element::Float;
use crate::kernels::map::{Binary, Unary, WithRight};
use crate::kernels::math;
use crate::ops::elementwise::nothing;
use crate::ops::given::check_result;
use crate::record::{record_any, record_linear};
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// The largest integer that isn't above each element. PyTorch: `torch.floor`.
    ///
    /// dy/dx = 0
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1.7, -1.2]).floor().to_vec(), [1., -2.]);
    /// ```
    #[track_caller]
    pub fn floor(&self) -> Self {
        rounded("floor", math::Floor, self)
    }

    /// The smallest integer that isn't below each element. PyTorch: `torch.ceil`.
    ///
    /// dy/dx = 0
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1.2, -1.7]).ceil().to_vec(), [2., -1.]);
    /// ```
    #[track_caller]
    pub fn ceil(&self) -> Self {
        rounded("ceil", math::Ceil, self)
    }

    /// The integer nearest to each element; of two that are as near the even one, unlike [`f32::round`].
    /// PyTorch: `torch.round`.
    ///
    /// dy/dx = 0
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0.5, 1.5, 2.5, -1.2]).round().to_vec(), [0., 2., 2., -1.]);
    /// ```
    #[track_caller]
    pub fn round(&self) -> Self {
        rounded("round", math::Round, self)
    }

    /// Each element without what is behind the point. PyTorch: `torch.trunc`.
    ///
    /// dy/dx = 0
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1.7, -1.7]).trunc().to_vec(), [1., -1.]);
    /// ```
    #[doc(alias = "fix")]
    #[track_caller]
    pub fn trunc(&self) -> Self {
        rounded("trunc", math::Trunc, self)
    }

    /// What is behind the point of each element, with its sign: x − trunc x. PyTorch: `torch.frac`.
    ///
    /// dy/dx = 1
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([1.75, -1.75]).frac().to_vec(), [0.75, -0.75]);
    /// ```
    #[track_caller]
    pub fn frac(&self) -> Self {
        self.check_room::<E>("frac");
        record_linear("frac", self.array().map_to(math::Frac), self.node(), |g| g)
    }

    /// The remainders of the divisions of these elements by those of `divisor`, broadcast, each with the sign of the divisor:
    /// a − b·floor(a/b), Python's `%`. PyTorch: `torch.remainder`.
    ///
    /// dy/da = 1, dy/db = −floor(a/b)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let y = Tensor::from([5., -5.]).remainder(&Tensor::from(3.));
    /// assert_eq!(y.to_vec(), [2., 1.]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn remainder(&self, divisor: &Self) -> Self {
        rest("remainder", math::Remainder, math::DivFloor, self, divisor)
    }

    /// As [`remainder`](TensorOf::remainder), of divisions by one number. PyTorch: `torch.remainder`.
    #[track_caller]
    pub fn remainder_scalar(&self, divisor: E) -> Self {
        self.check_room::<E>("remainder");
        record_linear("remainder", self.array().map_to(WithRight(math::Remainder, divisor)), self.node(), |g| g)
    }

    /// The remainders of the divisions of these elements by those of `divisor`, broadcast, each with the sign of what is
    /// divided: a − b·trunc(a/b), Rust's `%`. PyTorch: `torch.fmod`.
    ///
    /// dy/da = 1, dy/db = −trunc(a/b)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let y = Tensor::from([5., -5.]).fmod(&Tensor::from(3.));
    /// assert_eq!(y.to_vec(), [2., -2.]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn fmod(&self, divisor: &Self) -> Self {
        rest("fmod", math::Fmod, math::DivTrunc, self, divisor)
    }

    /// As [`fmod`](TensorOf::fmod), of divisions by one number. PyTorch: `torch.fmod`.
    #[track_caller]
    pub fn fmod_scalar(&self, divisor: E) -> Self {
        self.check_room::<E>("fmod");
        record_linear("fmod", self.array().map_to(WithRight(math::Fmod, divisor)), self.node(), |g| g)
    }
}

/// y = f(x), flat but for its steps.
#[track_caller]
fn rounded<E: Float>(name: &'static str, f: impl Unary<E>, x: &TensorOf<E>) -> TensorOf<E> {
    x.check_room::<E>(name);
    record_linear(name, x.array().map_to(f), x.node(), |g| nothing(&g))
}

/// y = a − b·n, where n is the whole part of a/b.
#[track_caller]
fn rest<E: Float>(
    name: &'static str,
    f: impl Binary<E>,
    whole: impl Binary<E> + 'static,
    a: &TensorOf<E>,
    b: &TensorOf<E>,
) -> TensorOf<E> {
    check_result::<E>(name, a.shape(), b.shape());
    record_any(name, a.array().zip_to(f, b.array()), &[a.node(), b.node()], |_| {
        let (x, y) = (a.array().clone(), b.array().clone());
        move |g: TensorOf<E>, to| {
            to.input(0, || g.clone());
            // The whole part is flat.
            to.input(1, || -&g * TensorOf::new(x.zip_to(whole, &y)));
        }
    })
}

operation! { FLOOR = "floor":
    "torch.floor(a)", |a| a.floor(), [Within(0.1, 0.9)], EACH;
}

operation! { CEIL = "ceil":
    "torch.ceil(a)", |a| a.ceil(), [Within(0.1, 0.9)], EACH;
}

operation! { ROUND = "round":
    "torch.round(a)", |a| a.round(), [Within(0.6, 1.4)], EACH;
}

operation! { TRUNC = "trunc":
    "torch.trunc(a)", |a| a.trunc(), [Within(-0.9, 0.9)], EACH;
}

operation! { FRAC = "frac":
    "torch.frac(a)", |a| a.frac(), [Within(1.1, 1.9)], EACH;
}

operation! { REMAINDER = "remainder":
    "torch.remainder(a, b)", |a, b| a.remainder(b), [Within(-2.7, -2.3), Within(0.95, 1.05)], PAIRS;
    "torch.remainder(a, -1.5)", |a| a.remainder_scalar(-1.5), [Within(0.1, 1.4)], EACH;
}

operation! { FMOD = "fmod":
    "torch.fmod(a, b)", |a, b| a.fmod(b), [Within(-2.7, -2.3), Within(0.95, 1.05)], PAIRS;
    "torch.fmod(a, 1.5)", |a| a.fmod_scalar(1.5), [Within(-1.4, 1.4)], EACH;
}
