//! Activation functions. Each has a fused backward, which is an operation too.

use crate::array::Array;
use crate::element::Float;
use crate::kernels::math;
use crate::ops::arithmetic::scalar_sub;
use crate::ops::elementwise::{backward_of, by_input, by_output, by_output_in_place, nothing};
use crate::ops::given::Given;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// tanh x, of each element. PyTorch: `torch.tanh`.
    ///
    /// dy/dx = 1 − y²
    #[track_caller]
    pub fn tanh(&self) -> Self {
        by_output("tanh", math::Tanh, self, |g, y| tanh_backward(g.into(), y))
    }

    /// tanh x, of each element, in this tensor's memory if nobody else holds it, else in new memory: whoever shares the
    /// elements keeps the old ones. PyTorch: `Tensor.tanh_`.
    ///
    /// dy/dx = 1 − y²
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 20.]).tanh_().to_vec(), [0., 1.]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn tanh_(self) -> Self {
        by_output_in_place("tanh", math::Tanh, self, |g, y| tanh_backward(g.into(), y))
    }

    /// 1/(1 + e⁻ˣ), of each element. PyTorch: `torch.sigmoid`.
    ///
    /// dy/dx = y·(1 − y)
    #[track_caller]
    pub fn sigmoid(&self) -> Self {
        by_output("sigmoid", math::Sigmoid, self, |g, y| sigmoid_backward(g.into(), y))
    }

    /// 1/(1 + e⁻ˣ), of each element, in memory as [`tanh_`](TensorOf::tanh_) has it. PyTorch: `Tensor.sigmoid_`.
    ///
    /// dy/dx = y·(1 − y)
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([0.]);
    /// let y = x.clone().sigmoid_();
    /// assert_eq!((x.item(), y.item()), (0., 0.5)); // `x` is held, and stays
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sigmoid_(self) -> Self {
        by_output_in_place("sigmoid", math::Sigmoid, self, |g, y| sigmoid_backward(g.into(), y))
    }

    /// max(x, 0), of each element. PyTorch: `torch.relu`.
    ///
    /// dy/dx = 1 where x > 0, else 0, at 0 too
    #[track_caller]
    pub fn relu(&self) -> Self {
        by_output("relu", math::Relu::new(), self, |g, y| relu_backward(g.into(), y))
    }

    /// max(x, 0), of each element, in memory as [`tanh_`](TensorOf::tanh_) has it. PyTorch: `Tensor.relu_`.
    ///
    /// dy/dx = 1 where x > 0, else 0, at 0 too
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([-1., 2.]).relu_().to_vec(), [0., 2.]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn relu_(self) -> Self {
        by_output_in_place("relu", math::Relu::new(), self, |g, y| relu_backward(g.into(), y))
    }

    /// x, or `slope`·x below 0. PyTorch: `torch.nn.functional.leaky_relu`, with slope 0.01 by default.
    ///
    /// dy/dx = 1 where x > 0, else `slope`, at 0 too
    #[track_caller]
    pub fn leaky_relu(&self, slope: E) -> Self {
        by_input("leaky_relu", math::LeakyRelu { slope }, self, move |g, x| leaky_relu_backward(g.into(), x, slope))
    }

    /// x, or α·(eˣ − 1) where x ≤ 0. PyTorch: `torch.nn.functional.elu`, with α 1 by default.
    ///
    /// dy/dx = α·eˣ where x ≤ 0, else 1, of NaN too
    #[track_caller]
    pub fn elu(&self, alpha: E) -> Self {
        by_input("elu", math::Elu { alpha }, self, move |g, x| elu_backward(g.into(), x, alpha))
    }

    /// ln(1 + e^(βx))/β, and x itself where βx > `threshold`. PyTorch: `torch.nn.functional.softplus`, with β 1 and
    /// threshold 20 by default.
    ///
    /// dy/dx = sigmoid(βx), and 1 where βx > `threshold`
    #[track_caller]
    pub fn softplus(&self, beta: E, threshold: E) -> Self {
        by_input("softplus", math::Softplus { beta, threshold }, self, move |g, x| {
            softplus_backward(g.into(), x, beta, threshold)
        })
    }

    /// x·Φ(x), with the normal distribution Φ(x) = (1 + erf(x/√2))/2. PyTorch: `torch.nn.functional.gelu`.
    ///
    /// dy/dx = Φ(x) + x·φ(x), with the density φ(x) = e^(−x²/2)/√(2π)
    #[track_caller]
    pub fn gelu(&self) -> Self {
        by_input("gelu", math::Gelu, self, |g, x| gelu_backward(g.into(), x))
    }

    /// x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). PyTorch: `torch.nn.functional.gelu(approximate="tanh")`.
    #[track_caller]
    pub fn gelu_tanh(&self) -> Self {
        by_input("gelu_tanh", math::GeluTanh, self, |g, x| gelu_tanh_backward(g.into(), x))
    }

    /// x·sigmoid(x), of each element. PyTorch: `torch.nn.functional.silu`.
    ///
    /// dy/dx = s·(1 + x·(1 − s)), with s = sigmoid(x)
    #[track_caller]
    pub fn silu(&self) -> Self {
        by_input("silu", math::Silu, self, |g, x| silu_backward(g.into(), x))
    }
}

/// An activation that a [layer of neurons](TensorOf::into_linear) can apply as well. Its gradient needs the output
/// alone.
///
/// Functions and not an enum: so a program has only the activations that it uses.
#[doc(hidden)]
#[derive(Debug)]
pub struct Activation<E: Float> {
    /// The name of the operation that is a layer of neurons and this.
    pub(super) with_linear: &'static str,
    /// The activation of each element, by an operation of its own.
    of_tensor: fn(TensorOf<E>) -> TensorOf<E>,
    /// The activation of each element, in their memory if nobody else holds it.
    pub(super) of_array: fn(Array<E>) -> Array<E>,
    /// The gradient of x, for that of the output.
    pub(super) backward: for<'a> fn(Given<'a, E>, &TensorOf<E>) -> TensorOf<E>,
}

impl<E: Float> Activation<E> {
    pub const TANH: &'static Self = &Activation {
        with_linear: "linear_tanh",
        of_tensor: TensorOf::tanh_,
        of_array: |x| Array::map(math::Tanh, x),
        backward: tanh_backward,
    };

    pub const SIGMOID: &'static Self = &Activation {
        with_linear: "linear_sigmoid",
        of_tensor: TensorOf::sigmoid_,
        of_array: |x| Array::map(math::Sigmoid, x),
        backward: sigmoid_backward,
    };

    pub const RELU: &'static Self = &Activation {
        with_linear: "linear_relu",
        of_tensor: TensorOf::relu_,
        of_array: |x| Array::map(math::Relu::new(), x),
        backward: relu_backward,
    };

    /// The activation of each element, by an operation of its own.
    #[track_caller]
    pub fn of_tensor(&self, x: TensorOf<E>) -> TensorOf<E> {
        (self.of_tensor)(x)
    }
}

/// The number `value`.
fn number<E: Float>(value: f64) -> E {
    E::from_f64(value)
}

/// 1 − x.
fn one_minus<'a, E: Float>(x: impl Into<Given<'a, E>>) -> TensorOf<E> {
    scalar_sub(E::ONE, x.into())
}

/// z = g·(1 − y²); dz/dy = −2·g·y.
#[track_caller]
fn tanh_backward<E: Float>(g: Given<'_, E>, y: &TensorOf<E>) -> TensorOf<E> {
    backward_of("tanh_backward", math::TanhBackward, g, y, |h, g, y| h * g * y * number::<E>(-2.0))
}

/// z = g·y·(1 − y); dz/dy = g·(1 − 2y).
#[track_caller]
fn sigmoid_backward<E: Float>(g: Given<'_, E>, y: &TensorOf<E>) -> TensorOf<E> {
    backward_of("sigmoid_backward", math::SigmoidBackward, g, y, |h, g, y| h * g * (y * number::<E>(-2.0) + E::ONE))
}

/// z = g where y > 0, else 0; dz/dy = 0.
#[track_caller]
fn relu_backward<E: Float>(g: Given<'_, E>, y: &TensorOf<E>) -> TensorOf<E> {
    backward_of("relu_backward", math::ReluBackward::new(), g, y, |h, _, _| nothing(h))
}

/// z = g where x > 0, else `slope`·g; dz/dx = 0.
#[track_caller]
fn leaky_relu_backward<E: Float>(g: Given<'_, E>, x: &TensorOf<E>, slope: E) -> TensorOf<E> {
    backward_of("leaky_relu_backward", math::LeakyReluBackward { slope }, g, x, |h, _, _| nothing(h))
}

/// z = g·α·eˣ where x ≤ 0, else g; dz/dx = z where x < 0, else 0: at 0 too, as PyTorch has it.
#[track_caller]
fn elu_backward<E: Float>(g: Given<'_, E>, x: &TensorOf<E>, alpha: E) -> TensorOf<E> {
    backward_of("elu_backward", math::EluBackward { alpha }, g, x, move |h, g, x| {
        let curved = h * elu_backward(g.into(), x, alpha);
        x.detach().lt_scalar(E::default()).where_(&curved, &TensorOf::from_scalar(E::default()))
    })
}

/// z = g·s, with s = sigmoid(βx), or g where βx is over the threshold; dz/dx = g·β·s·(1 − s), or 0: at the threshold
/// too, as PyTorch has it.
#[track_caller]
fn softplus_backward<E: Float>(g: Given<'_, E>, x: &TensorOf<E>, beta: E, threshold: E) -> TensorOf<E> {
    let f = math::SoftplusBackward { beta, threshold };
    backward_of("softplus_backward", f, g, x, move |h, g, x| {
        let s = (x * beta).sigmoid();
        let curved = h * g * &s * one_minus(&s) * beta;
        let straight = (x.detach() * beta).ge_scalar(threshold);
        straight.where_(&TensorOf::from_scalar(E::default()), &curved)
    })
}

/// z = g·(Φ + x·φ); dz/dx = g·φ·(2 − x²).
#[track_caller]
fn gelu_backward<E: Float>(g: Given<'_, E>, x: &TensorOf<E>) -> TensorOf<E> {
    backward_of("gelu_backward", math::GeluBackward, g, x, |h, g, x| {
        let square = x.square();
        let height = number::<E>(0.398_942_280_401_432_7); // 1/√(2π)
        let density = (&square * number::<E>(-0.5)).exp() * height;
        h * g * (density * scalar_sub(number(2.0), square.into()))
    })
}

/// z = g·y′ for y = x/2·(1 + t), t = tanh u, u = c·(x + k·x³); y″ = (1 − t²)·(u′ + x/2·u″ − x·t·u′²).
#[track_caller]
fn gelu_tanh_backward<E: Float>(g: Given<'_, E>, x: &TensorOf<E>) -> TensorOf<E> {
    backward_of("gelu_tanh_backward", math::GeluTanhBackward, g, x, |h, g, x| {
        let (c, k) = (0.797_884_560_802_865_4, 0.044_715); // c = √(2/π)
        let square = x.square();
        let t = (x * (&square * number::<E>(c * k) + number::<E>(c))).tanh();
        let slope = &square * number::<E>(3.0 * c * k) + number::<E>(c);
        let bend = square * number::<E>(3.0 * c * k) + &slope - x * &t * slope.square();
        h * g * (bend * one_minus(t.square()))
    })
}

/// z = g·s·(1 + x·(1 − s)); dz/dx = g·s·(1 − s)·(2 + x·(1 − 2s)).
#[track_caller]
fn silu_backward<E: Float>(g: Given<'_, E>, x: &TensorOf<E>) -> TensorOf<E> {
    backward_of("silu_backward", math::SiluBackward, g, x, |h, g, x| {
        let s = x.sigmoid();
        let bend = x * (&s * number::<E>(-2.0) + E::ONE) + number::<E>(2.0);
        h * g * (&s * one_minus(&s) * bend)
    })
}

operation! { TANH = "tanh":
    "torch.tanh(a)", |a| a.tanh(), [ANY], EACH;
    "(a * 1.0).tanh_()", |a| (a * 1.0).tanh_(), [ANY], EACH;
}

operation! { TANH_BACKWARD = "tanh_backward":
    "torch.ops.aten.tanh_backward(a, b)", |a, b| tanh_backward(a.into(), b), [ANY, ANY], EACH_PAIR;
}

operation! { SIGMOID = "sigmoid":
    "torch.sigmoid(a)", |a| a.sigmoid(), [ANY], EACH;
    "(a * 1.0).sigmoid_()", |a| (a * 1.0).sigmoid_(), [ANY], EACH;
}

operation! { SIGMOID_BACKWARD = "sigmoid_backward":
    "torch.ops.aten.sigmoid_backward(a, b)", |a, b| sigmoid_backward(a.into(), b), [ANY, ANY], EACH_PAIR;
}

operation! { RELU = "relu":
    "torch.relu(a)", |a| a.relu(), [NONZERO], EACH;
    "(a * 1.0).relu_()", |a| (a * 1.0).relu_(), [NONZERO], EACH;
}

operation! { RELU_BACKWARD = "relu_backward":
    "torch.ops.aten.threshold_backward(a, b, 0)", |a, b| relu_backward(a.into(), b), [ANY, NONZERO], EACH_PAIR;
}

operation! { LEAKY_RELU = "leaky_relu":
    "torch.nn.functional.leaky_relu(a, 0.1)", |a| a.leaky_relu(0.1), [NONZERO], EACH;
}

operation! { LEAKY_RELU_BACKWARD = "leaky_relu_backward":
    "torch.ops.aten.leaky_relu_backward(a, b, 0.1, False)",
        |a, b| leaky_relu_backward(a.into(), b, 0.1), [ANY, NONZERO], EACH_PAIR;
}

operation! { ELU = "elu":
    "torch.nn.functional.elu(a, 1.5)", |a| a.elu(1.5), [NONZERO], EACH;
}

operation! { ELU_BACKWARD = "elu_backward":
    "torch.ops.aten.elu_backward(a, 1.5, 1, 1, False, b)",
        |a, b| elu_backward(a.into(), b, 1.5), [ANY, NONZERO], EACH_PAIR;
}

operation! { SOFTPLUS = "softplus":
    "torch.nn.functional.softplus(a, 2, 20)", |a| a.softplus(2.0, 20.0), [ANY], EACH;
    "torch.nn.functional.softplus(a, 2, 1)", |a| a.softplus(2.0, 1.0), [Magnitude(0.6, 2.0)], EACH;
}

operation! { SOFTPLUS_BACKWARD = "softplus_backward":
    "torch.ops.aten.softplus_backward(a, b, 2, 20)",
        |a, b| softplus_backward(a.into(), b, 2.0, 20.0), [ANY, ANY], EACH_PAIR;
    "torch.ops.aten.softplus_backward(a, b, 2, 1)",
        |a, b| softplus_backward(a.into(), b, 2.0, 1.0), [ANY, Magnitude(0.6, 2.0)], EACH_PAIR;
}

operation! { GELU = "gelu":
    "torch.nn.functional.gelu(a)", |a| a.gelu(), [ANY], EACH;
}

operation! { GELU_BACKWARD = "gelu_backward":
    "torch.ops.aten.gelu_backward(a, b)",
        |a, b| gelu_backward(a.into(), b), [ANY, ANY], EACH_PAIR;
}

operation! { GELU_TANH = "gelu_tanh":
    "torch.nn.functional.gelu(a, approximate='tanh')", |a| a.gelu_tanh(), [ANY], EACH;
}

operation! { GELU_TANH_BACKWARD = "gelu_tanh_backward":
    "torch.ops.aten.gelu_backward(a, b, approximate='tanh')",
        |a, b| gelu_tanh_backward(a.into(), b), [ANY, ANY], EACH_PAIR;
}

operation! { SILU = "silu":
    "torch.nn.functional.silu(a)", |a| a.silu(), [ANY], EACH;
}

operation! { SILU_BACKWARD = "silu_backward":
    "torch.autograd.grad(torch.nn.functional.silu(c := b.clone().requires_grad_()), c, a, create_graph=True)[0]",
        |a, b| silu_backward(a.into(), b), [ANY, ANY], EACH_PAIR;
}
