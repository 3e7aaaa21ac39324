//! RMSprop: gradients over their root mean square.

use deltarule_tensor::Float;
use deltarule_tensor::fused::{self, Arithmetic};

use super::rule::{lerp, not_negative};
use super::{Field, Grouped, Kept, Rates, Rule};
use crate::ParameterOf;

/// RMSprop, of Hinton's lecture (2012). PyTorch: `torch.optim.RMSprop`.
///
/// For the gradient g of parameter p, with the averages v and a and the momentum b from 0 on:
///
/// 1. maximize: g ← −g; weight decay λ: g ← g + λ·p
/// 2. v ← α·v + (1 − α)·g²
/// 3. centered: a ← α·a + (1 − α)·g, and d = √(v − a²) + ε; else d = √v + ε
/// 4. p ← p − lr·g/d; with momentum μ: b ← μ·b + g/d, p ← p − lr·b
///
/// PyTorch's default for lr is 0.01; α is 0.99, ε 1e-8, all else 0.
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::{Optimizer, RmsProp};
/// use deltarule_tensor::Tensor;
///
/// let p = Parameter::new(Tensor::from([1.0]));
/// let mut optimizer = RmsProp::new([p.clone()], 0.01).alpha(0.75);
/// p.set_grad(Some(Tensor::from([3.0])));
/// optimizer.step(); // v = 9/4
/// assert!((p.value().item() - 0.98).abs() < 1e-6);
/// ```
#[doc(alias = "RMSprop")]
pub type RmsProp = RmsPropOf<f32>;

/// [`RmsProp`] on parameters of another type.
pub type RmsPropOf<E> = Grouped<RmsPropOptions, 3, E>;

/// The options of [`RmsProp`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RmsPropOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of the averages stays at each step.
    pub alpha: f64,
    /// What is added to the denominator.
    pub eps: f64,
    /// The weight decay λ.
    pub weight_decay: f64,
    /// The momentum μ.
    pub momentum: f64,
    /// Divides by an estimate of the standard deviation.
    pub centered: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl<E: Float> RmsPropOf<E> {
    /// RMSprop on `parameters`, with the learning rate `lr`. One that is listed twice takes one step.
    ///
    /// # Panics
    /// If there are no parameters, or if `lr` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = ParameterOf<E>>, lr: f64) -> Self {
        let (weight_decay, momentum, centered, maximize) = (0.0, 0.0, false, false);
        let options = RmsPropOptions { lr, alpha: 0.99, eps: 1e-8, weight_decay, momentum, centered, maximize };
        Self::with_rule(parameters, options)
    }

    /// The share α of the averages that stays at each step. 0.99 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        self.with(|options| options.alpha = alpha)
    }

    /// What is added to the denominator. 1e-8 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn eps(self, eps: f64) -> Self {
        self.with(|options| options.eps = eps)
    }

    /// The weight decay λ. 0 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        self.with(|options| options.weight_decay = weight_decay)
    }

    /// The momentum μ. 0 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        self.with(|options| options.momentum = momentum)
    }

    /// Divides by an estimate of the gradient's standard deviation instead of its root mean square.
    #[must_use]
    pub fn centered(self, centered: bool) -> Self {
        self.with(|options| options.centered = centered)
    }

    /// Climbs instead of descending: the objective is to become large. Weight decay still makes weights small.
    #[must_use]
    pub fn maximize(self, maximize: bool) -> Self {
        self.with(|options| options.maximize = maximize)
    }
}

impl<E: Float> Rule<3, E> for RmsPropOptions {
    const NAME: &'static str = "RmsProp";
    const KEPT: [&'static str; 3] = ["square_avg", "grad_avg", "momentum_buffer"];

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("lr", Field::Number(&mut self.lr));
        each("alpha", Field::Number(&mut self.alpha));
        each("eps", Field::Number(&mut self.eps));
        each("weight_decay", Field::Number(&mut self.weight_decay));
        each("momentum", Field::Number(&mut self.momentum));
        each("centered", Field::Flag(&mut self.centered));
        each("maximize", Field::Flag(&mut self.maximize));
    }

    fn rates<'a>(&'a mut self, initial_lr: &'a mut Option<f64>) -> Rates<'a> {
        Rates { lr: &mut self.lr, initial_lr, momentum: Some(&mut self.momentum) }
    }

    fn check(&self) -> Result<(), String> {
        not_negative("lr", self.lr)?;
        not_negative("alpha", self.alpha)?;
        not_negative("eps", self.eps)?;
        not_negative("weight_decay", self.weight_decay)?;
        not_negative("momentum", self.momentum)
    }

    #[inline(never)]
    fn step(&self, _: u64, values: &mut [E], gradient: &[E], [square, mean, momentum]: &mut [Kept<E>; 3]) {
        let len = values.len();
        let ratio = Ratio {
            sign: if self.maximize { -E::ONE } else { E::ONE },
            decay: E::from_f64(self.weight_decay),
            keep: E::from_f64(self.alpha),
            add: E::from_f64(1.0 - self.alpha),
            eps: E::from_f64(self.eps),
        };
        let rate = E::from_f64(-self.lr);
        let square = square.get_or_fill(len, E::default());
        let with_momentum = WithMomentum { ratio, keep: E::from_f64(self.momentum), rate };
        match (self.centered, self.momentum > 0.0) {
            (false, false) => fused::apply(Plain { ratio, rate }, values, gradient, [square]),
            (true, false) => {
                fused::apply(Plain { ratio, rate }, values, gradient, [square, mean.get_or_fill(len, E::default())])
            }
            (false, true) => {
                fused::apply(with_momentum, values, gradient, [momentum.get_or_fill(len, E::default()), square])
            }
            (true, true) => {
                let (momentum, mean) = (momentum.get_or_fill(len, E::default()), mean.get_or_fill(len, E::default()));
                fused::apply(with_momentum, values, gradient, [momentum, square, mean]);
            }
        }
    }
}

/// What the gradient is divided by.
#[derive(Clone, Copy)]
struct Ratio<E> {
    sign: E,
    decay: E,
    /// α.
    keep: E,
    /// 1 − α.
    add: E,
    eps: E,
}

impl<E: Float> Ratio<E> {
    /// The gradient with sign and decay, its denominator, and the new averages: of squares, and of gradients if it is
    /// centered.
    #[inline(always)]
    fn of<A: Arithmetic, const N: usize>(self, p: E, g: E, mut averages: [E; N]) -> (E, E, [E; N]) {
        let g = self.sign * g;
        let g = if self.decay == E::default() { g } else { A::mul_add(self.decay, p, g) };
        averages[0] = A::mul_add(self.add * g, g, self.keep * averages[0]);
        let mut variance = averages[0];
        if N == 2 {
            averages[1] = lerp::<A, E>(averages[1], g, self.add);
            variance = A::mul_add(-averages[1], averages[1], variance);
        }
        (g, variance.sqrt() + self.eps, averages)
    }
}

#[derive(Clone, Copy)]
struct Plain<E> {
    ratio: Ratio<E>,
    /// −lr.
    rate: E,
}

impl<const N: usize, E: Float> fused::Rule<N, E> for Plain<E> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, averages: [E; N]) -> (E, [E; N]) {
        let (g, denominator, averages) = self.ratio.of::<A, N>(p, g, averages);
        (p + self.rate * g / denominator, averages)
    }
}

#[derive(Clone, Copy)]
struct WithMomentum<E> {
    ratio: Ratio<E>,
    /// μ.
    keep: E,
    /// −lr.
    rate: E,
}

impl<E: Float> WithMomentum<E> {
    /// The new parameter, momentum and averages.
    #[inline(always)]
    fn moved<A: Arithmetic, const N: usize>(self, p: E, g: E, b: E, averages: [E; N]) -> (E, E, [E; N]) {
        let (g, denominator, averages) = self.ratio.of::<A, N>(p, g, averages);
        let b = self.keep * b + g / denominator;
        (A::mul_add(self.rate, b, p), b, averages)
    }
}

impl<E: Float> fused::Rule<2, E> for WithMomentum<E> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, [b, square]: [E; 2]) -> (E, [E; 2]) {
        let (p, b, [square]) = self.moved::<A, 1>(p, g, b, [square]);
        (p, [b, square])
    }
}

impl<E: Float> fused::Rule<3, E> for WithMomentum<E> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, [b, square, mean]: [E; 3]) -> (E, [E; 3]) {
        let (p, b, [square, mean]) = self.moved::<A, 2>(p, g, b, [square, mean]);
        (p, [b, square, mean])
    }
}
