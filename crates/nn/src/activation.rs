//! Activations as layers. Each calls the operation of its name, which has the formula and the gradient.

use deltarule_tensor::{Activation, Float, TensorOf};

use crate::repr::{Shown, python_float};
use crate::{Forward, Module, Visitor};

/// σ(x) = 1/(1 + e⁻ˣ). PyTorch: `torch.nn.Sigmoid`.
///
/// ```
/// use deltarule_nn::{Forward, Sigmoid};
/// use deltarule_tensor::Tensor;
/// assert_eq!(Sigmoid.forward(&Tensor::from([0.0])).item(), 0.5);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Sigmoid;

impl<E: Float> Forward<E> for Sigmoid {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.sigmoid()
    }

    #[inline(never)]
    #[track_caller]
    fn forward_owned(&self, input: TensorOf<E>) -> TensorOf<E> {
        input.sigmoid_()
    }

    fn activation(&self) -> Option<&'static Activation<E>> {
        Some(Activation::SIGMOID)
    }
}

/// tanh x. PyTorch: `torch.nn.Tanh`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tanh;

impl<E: Float> Forward<E> for Tanh {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.tanh()
    }

    #[inline(never)]
    #[track_caller]
    fn forward_owned(&self, input: TensorOf<E>) -> TensorOf<E> {
        input.tanh_()
    }

    fn activation(&self) -> Option<&'static Activation<E>> {
        Some(Activation::TANH)
    }
}

/// max(x, 0). PyTorch: `torch.nn.ReLU`.
#[derive(Debug, Clone, Copy, Default)]
#[doc(alias = "ReLU")]
pub struct Relu;

impl<E: Float> Forward<E> for Relu {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.relu()
    }

    #[inline(never)]
    #[track_caller]
    fn forward_owned(&self, input: TensorOf<E>) -> TensorOf<E> {
        input.relu_()
    }

    fn activation(&self) -> Option<&'static Activation<E>> {
        Some(Activation::RELU)
    }
}

/// x where x > 0, else slope·x. PyTorch: `torch.nn.LeakyReLU`.
///
/// ```
/// use deltarule_nn::{Forward, LeakyRelu};
/// use deltarule_tensor::Tensor;
/// let x = Tensor::from([-2.0, 3.0]);
/// assert_eq!(LeakyRelu::default().forward(&x).to_vec(), [-0.02, 3.0]);
/// assert_eq!(LeakyRelu::new(0.1).forward(&x).to_vec(), [-0.2, 3.0]);
/// ```
#[derive(Debug, Clone, Copy)]
#[doc(alias = "LeakyReLU")]
pub struct LeakyRelu {
    /// The slope left of 0.
    pub slope: f64,
}

impl LeakyRelu {
    /// One with this slope left of 0.
    pub fn new(slope: f64) -> Self {
        LeakyRelu { slope }
    }
}

/// PyTorch's slope, 0.01.
impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu::new(0.01)
    }
}

impl<E: Float> Forward<E> for LeakyRelu {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.leaky_relu(E::from_f64(self.slope))
    }
}

/// x where x > 0, else α·(eˣ − 1). PyTorch: `torch.nn.ELU`.
#[derive(Debug, Clone, Copy)]
#[doc(alias = "ELU")]
pub struct Elu {
    /// α: minus the limit at −∞.
    pub alpha: f64,
}

impl Elu {
    /// One with this α.
    pub fn new(alpha: f64) -> Self {
        Elu { alpha }
    }
}

/// α = 1.
impl Default for Elu {
    fn default() -> Self {
        Elu::new(1.0)
    }
}

impl<E: Float> Forward<E> for Elu {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.elu(E::from_f64(self.alpha))
    }
}

/// ln(1 + e^(βx))/β, and x itself where βx is over the threshold. PyTorch: `torch.nn.Softplus`.
#[derive(Debug, Clone, Copy)]
pub struct Softplus {
    /// β: the larger, the closer to [`Relu`].
    pub beta: f64,
    /// Where the function is its own limit to the last bit of an `f32`.
    pub threshold: f64,
}

impl Softplus {
    /// One with this β and this threshold; PyTorch's are `Softplus::default()`.
    pub fn new(beta: f64, threshold: f64) -> Self {
        Softplus { beta, threshold }
    }
}

/// β = 1, threshold 20.
impl Default for Softplus {
    fn default() -> Self {
        Softplus { beta: 1.0, threshold: 20.0 }
    }
}

impl<E: Float> Forward<E> for Softplus {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.softplus(E::from_f64(self.beta), E::from_f64(self.threshold))
    }
}

/// x·Φ(x), where Φ is the distribution function of N(0, 1). PyTorch: `torch.nn.GELU`.
///
/// ```
/// use deltarule_nn::{Forward, Gelu};
/// use deltarule_tensor::Tensor;
/// let x = Tensor::from([1.0]);
/// let (exact, close) = (Gelu::default(), Gelu::default().approximate_tanh());
/// let difference = exact.forward(&x).item() - close.forward(&x).item();
/// assert!(difference != 0.0 && difference.abs() < 1e-3);
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[doc(alias = "GELU")]
pub struct Gelu {
    tanh: bool,
}

impl Gelu {
    /// The exact function.
    pub fn new() -> Self {
        Self::default()
    }

    /// The approximation ½x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), as in GPT-2. PyTorch: `approximate="tanh"`.
    #[must_use]
    pub fn approximate_tanh(self) -> Self {
        Gelu { tanh: true }
    }
}

impl<E: Float> Forward<E> for Gelu {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        if self.tanh { input.gelu_tanh() } else { input.gelu() }
    }
}

/// x·σ(x), also called swish. PyTorch: `torch.nn.SiLU`.
#[derive(Debug, Clone, Copy, Default)]
#[doc(alias = "SiLU")]
pub struct Silu;

impl<E: Float> Forward<E> for Silu {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.silu()
    }
}

/// eˣ/Σeˣ over one axis. PyTorch: `torch.nn.Softmax`.
///
/// Before a [`CrossEntropyLoss`](crate::CrossEntropyLoss) there is to be none: that loss takes logits.
#[derive(Debug, Clone, Copy)]
pub struct Softmax {
    /// The axis whose values are to sum to 1; a negative one counts from the last.
    pub dim: isize,
}

impl Softmax {
    /// One over axis `dim`.
    pub fn new(dim: isize) -> Self {
        Softmax { dim }
    }
}

impl<E: Float> Forward<E> for Softmax {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.softmax(self.dim)
    }
}

/// x − ln Σeˣ over one axis. PyTorch: `torch.nn.LogSoftmax`.
#[derive(Debug, Clone, Copy)]
pub struct LogSoftmax {
    /// The axis whose probabilities are to sum to 1; a negative one counts from the last.
    pub dim: isize,
}

impl LogSoftmax {
    /// One over axis `dim`.
    pub fn new(dim: isize) -> Self {
        LogSoftmax { dim }
    }
}

impl<E: Float> Forward<E> for LogSoftmax {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.log_softmax(self.dim)
    }
}

/// Its input, unchanged. PyTorch: `torch.nn.Identity`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity;

impl<E: Float> Forward<E> for Identity {
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.clone()
    }
}

/// All axes but the first as one: [N, …] to [N, M]. PyTorch: `torch.nn.Flatten`.
///
/// ```
/// use deltarule_nn::{Flatten, Forward};
/// use deltarule_tensor::Tensor;
/// assert_eq!(Flatten.forward(&Tensor::zeros([5, 2, 3])).shape(), [5, 6]);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Flatten;

impl<E: Float> Forward<E> for Flatten {
    /// [N, …] to [N, M].
    ///
    /// # Panics
    /// If the input has fewer than two axes.
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        input.flatten(1, -1)
    }
}

/// `Relu::new()` beside the plain value `Relu`.
macro_rules! without_options {
    ($($layer:ident)*) => {$(
        impl $layer {
            /// The layer, which is also the plain value of its name.
            pub fn new() -> Self {
                $layer
            }
        }
    )*};
}

without_options!(Sigmoid Tanh Relu Silu Identity Flatten);

/// Modules without parts, with the name and the options that PyTorch prints.
macro_rules! printed {
    ($($layer:ident $name:literal $(|$this:ident| $options:expr)?;)*) => {$(
        impl Module for $layer {
            fn visit(&self, _: &mut Visitor<'_>) {}

            $(fn extra_repr(&self) -> String {
                let $this = self;
                $options
            })?

            fn shown(&self) -> Shown {
                Shown::Module($name)
            }
        }
    )*};
}

printed! {
    Sigmoid "Sigmoid";
    Tanh "Tanh";
    Relu "ReLU";
    LeakyRelu "LeakyReLU" |this| format!("negative_slope={}", python_float(this.slope));
    Elu "ELU" |this| format!("alpha={}", python_float(this.alpha));
    Softplus "Softplus" |this| {
        format!("beta={}, threshold={}", python_float(this.beta), python_float(this.threshold))
    };
    Gelu "GELU" |this| format!("approximate='{}'", if this.tanh { "tanh" } else { "none" });
    Silu "SiLU";
    Softmax "Softmax" |this| format!("dim={}", this.dim);
    LogSoftmax "LogSoftmax" |this| format!("dim={}", this.dim);
    Identity "Identity";
    Flatten "Flatten" |_this| "start_dim=1, end_dim=-1".to_owned();
}
