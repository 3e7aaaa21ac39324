//! Magnitude, sign and bounds.

use crate::array::Array;
use crate::element::Float;
use crate::kernels::math;
use crate::ops::elementwise::{backward_of, by_input, nothing};
use crate::ops::given::check_result;
use crate::record::{record_any, record_linear};
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// |x|, of each element. PyTorch: `torch.abs`.
    ///
    /// dy/dx = sign x, 0 at 0
    #[track_caller]
    pub fn abs(&self) -> Self {
        by_input("abs", math::Abs, self, |g, x| g * x.detach().sign())
    }

    /// −1, 0 or 1, of each element; 0 for NaN. PyTorch: `torch.sign`.
    ///
    /// dy/dx = 0
    #[track_caller]
    pub fn sign(&self) -> Self {
        self.check_room::<E>("sign");
        record_linear("sign", self.array().map_to(math::Sign), self.node(), |g| nothing(&g))
    }

    /// Each element kept between `min` and `max`; `max` wins if they are crossed. NaN if a bound is. PyTorch: `torch.clamp`.
    ///
    /// dy/dx = 1 between the bounds, else 0, at the bounds too (as PyTorch 2.15; older ones gave 1 there)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([-2., 0.5, 3.]).clamp(-1.0, 1.0).to_vec(), [-1., 0.5, 1.]);
    /// ```
    #[doc(alias = "clip")]
    #[track_caller]
    pub fn clamp(&self, min: E, max: E /* one bound: clamp_min(0.0), clamp_max(1.0) */) -> Self {
        if let Some(nan) = [min, max].into_iter().find(|bound| bound.to_f64().is_nan()) {
            return record_linear("clamp", Array::full(self.shape(), nan), self.node(), |g| nothing(&g));
        }
        by_input("clamp", math::Clamp { low: min, high: max }, self, move |g, x| {
            backward_of("clamp_backward", math::ClampBackward::new(min, max), g.into(), x, |h, _, _| nothing(h))
        })
    }

    /// Each element raised to `min` at least. PyTorch: `torch.clamp(min=…)`.
    #[track_caller]
    pub fn clamp_min(&self, min: E) -> Self {
        self.clamp(min, -E::NEG_INFINITY)
    }

    /// Each element lowered to `max` at most. PyTorch: `torch.clamp(max=…)`.
    #[track_caller]
    pub fn clamp_max(&self, max: E) -> Self {
        self.clamp(E::NEG_INFINITY, max)
    }

    /// The larger of each pair of elements, broadcast; NaN if one is. PyTorch: `torch.maximum`.
    ///
    /// The gradient goes to the larger, half to each at a tie.
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn maximum(&self, other: &Self /* a number: clamp_min(0.0) */) -> Self {
        check_result::<E>("maximum", self.shape(), other.shape());
        let y = self.array().zip_to(math::Maximum, other.array());
        record_chosen("maximum", y, self, other)
    }

    /// The smaller of each pair of elements, broadcast; NaN if one is. PyTorch: `torch.minimum`.
    ///
    /// The gradient goes to the smaller, half to each at a tie.
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn minimum(&self, other: &Self /* a number: clamp_max(0.0) */) -> Self {
        check_result::<E>("minimum", self.shape(), other.shape());
        let y = self.array().zip_to(math::Minimum, other.array());
        record_chosen("minimum", y, self, other)
    }
}

/// Records the choice of one of two: each gets the gradient unless the other was strictly preferred, half at a tie.
#[track_caller]
fn record_chosen<E: Float>(name: &'static str, y: Array<E>, a: &TensorOf<E>, b: &TensorOf<E>) -> TensorOf<E> {
    record_any(name, y, &[a.node(), b.node()], |keep| {
        let (a, b) = (keep.input(0, a.array().clone()), keep.input(1, b.array().clone()));
        move |g: TensorOf<E>, to| {
            let (a, b) = (to.open(a).detach(), to.open(b).detach());
            let (zero, half) = (TensorOf::from_scalar(E::default()), &g * E::from_f64(0.5));
            // As PyTorch: a pair with NaN is a tie of neither, and both get all of it.
            let (tie, a_less, b_less) = (a.eq(&b), a.lt(&b), b.lt(&a));
            let (a_loses, b_loses) = if name == "maximum" { (a_less, b_less) } else { (b_less, a_less) };
            to.input(0, || tie.where_(&half, &a_loses.where_(&zero, &g)));
            to.input(1, || tie.where_(&half, &b_loses.where_(&zero, &g)));
        }
    })
}

operation! { ABS = "abs":
    "torch.abs(a)", |a| a.abs(), [NONZERO], EACH;
}

operation! { SIGN = "sign":
    "torch.sign(a)", |a| a.sign(), [NONZERO], EACH;
}

operation! { CLAMP = "clamp":
    "torch.clamp(a, -1, 1)", |a| a.clamp(-1.0, 1.0), [Magnitude(1.2, 2.0)], EACH;
    "torch.clamp(a, -1, 1)", |a| a.clamp(-1.0, 1.0), [Within(-0.9, 0.9)], EACH;
    "torch.clamp(a, 0.5, -0.5)", |a| a.clamp(0.5, -0.5), [ANY], EACH;
    "torch.clamp(a, min=0)", |a| a.clamp_min(0.0), [NONZERO], EACH;
    "torch.clamp(a, max=0)", |a| a.clamp_max(0.0), [NONZERO], EACH;
}

operation! { CLAMP_BACKWARD = "clamp_backward":
    "torch.where((b > -1) & (b < 1), a, 0)",
        |a, b| backward_of("clamp_backward", math::ClampBackward::new(-1.0, 1.0), a.into(), b, |h, _, _| nothing(h)),
        [ANY, Magnitude(0.1, 0.9)], EACH_PAIR;
}

operation! { MAXIMUM = "maximum":
    "torch.maximum(a, b)", |a, b| a.maximum(b), [Within(-2.0, -0.1), Within(0.1, 1.0)], PAIRS;
    "torch.maximum(a, b)", |a, b| a.maximum(b), [Within(1.1, 2.0), Within(-2.0, 1.0)], &[&[&[2, 3], &[1]]];
    "torch.maximum(a, -a)", |a| a.maximum(&-a), [NONZERO], EACH;
}

operation! { MINIMUM = "minimum":
    "torch.minimum(a, b)", |a, b| a.minimum(b), [Within(-2.0, -0.1), Within(0.1, 1.0)], PAIRS;
    "torch.minimum(a, -a)", |a| a.minimum(&-a), [NONZERO], EACH;
}
