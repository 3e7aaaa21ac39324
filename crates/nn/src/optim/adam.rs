//! Adam and AdamW: steps of about the same size in each direction.

use deltarule_tensor::Float;
use deltarule_tensor::fused::{self, Arithmetic};

use super::rule::{below_one, lerp, not_negative};
use super::{Field, Grouped, Kept, Rates, Rule};
use crate::ParameterOf;

/// Adam, of Kingma and Ba (2015). PyTorch: `torch.optim.Adam`.
///
/// For the gradient g of parameter p at its step t, with the averages m and v from 0 on:
///
/// 1. maximize: g ← −g; weight decay λ: g ← g + λ·p
/// 2. m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²
/// 3. p ← p − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε); with amsgrad, of the largest v so far
///
/// By default lr is PyTorch's 1e-3 for the caller to choose, β is (0.9, 0.999), ε 1e-8, λ 0.
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::{Adam, Optimizer};
/// use deltarule_tensor::Tensor;
///
/// let p = Parameter::new(Tensor::from([1.0, 1.0]));
/// let mut optimizer = Adam::new([p.clone()], 0.1);
/// p.set_grad(Some(Tensor::from([0.001, 1000.0])));
/// optimizer.step();
/// // Both went one learning rate far.
/// assert!(p.value().to_vec().iter().all(|p| (p - 0.9).abs() < 1e-5));
/// ```
pub type Adam = AdamOf<f32>;

/// [`Adam`] on parameters of another type.
pub type AdamOf<E> = Grouped<AdamOptions<false>, 3, E>;

/// Adam with decoupled weight decay, of Loshchilov and Hutter (2019): before the step p ← p − lr·λ·p, and the averages
/// don't see it. PyTorch: `torch.optim.AdamW`.
///
/// The weight decay λ is 0.01 by default; all else is as in [`Adam`].
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::{AdamW, Optimizer};
/// use deltarule_tensor::Tensor;
///
/// let p = Parameter::new(Tensor::from([1.0]));
/// p.set_grad(Some(Tensor::from([0.0])));
/// AdamW::new([p.clone()], 0.1).weight_decay(0.5).step();
/// assert_eq!(p.value().item(), 0.95);
/// ```
pub type AdamW = AdamWOf<f32>;

/// [`AdamW`] on parameters of another type.
pub type AdamWOf<E> = Grouped<AdamOptions<true>, 3, E>;

/// The options of [`Adam`], and with `DECOUPLED` weight decay of [`AdamW`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AdamOptions<const DECOUPLED: bool> {
    /// The learning rate.
    pub lr: f64,
    /// How much of the gradients' average m stays at each step.
    pub beta1: f64,
    /// How much of the squares' average v stays at each step.
    pub beta2: f64,
    /// What is added to the denominator.
    pub eps: f64,
    /// The weight decay λ.
    pub weight_decay: f64,
    /// Divides by the largest v so far.
    pub amsgrad: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl<const DECOUPLED: bool, E: Float> Grouped<AdamOptions<DECOUPLED>, 3, E> {
    /// Adam on `parameters`, with the learning rate `lr`. One that is listed twice takes one step.
    ///
    /// # Panics
    /// If there are no parameters, or if `lr` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = ParameterOf<E>>, lr: f64) -> Self {
        let weight_decay = if DECOUPLED { 1e-2 } else { 0.0 };
        let (amsgrad, maximize) = (false, false);
        let options = AdamOptions { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay, amsgrad, maximize };
        Self::with_rule(parameters, options)
    }

    /// The shares β₁ and β₂ of the averages that stay at each step. (0.9, 0.999) by default.
    ///
    /// # Panics
    /// If one of them isn't in [0, 1).
    #[track_caller]
    #[must_use]
    pub fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.with(|options| (options.beta1, options.beta2) = (beta1, beta2))
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

    /// The weight decay λ. 0 by default for Adam, 0.01 for AdamW.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        self.with(|options| options.weight_decay = weight_decay)
    }

    /// Divides by the largest average of squares so far, of Reddi et al. (2018): steps don't grow again.
    #[must_use]
    pub fn amsgrad(self, amsgrad: bool) -> Self {
        self.with(|options| options.amsgrad = amsgrad)
    }

    /// Climbs instead of descending: the objective is to become large. Weight decay still makes weights small.
    #[must_use]
    pub fn maximize(self, maximize: bool) -> Self {
        self.with(|options| options.maximize = maximize)
    }
}

impl<const DECOUPLED: bool, E: Float> Rule<3, E> for AdamOptions<DECOUPLED> {
    const NAME: &'static str = if DECOUPLED { "AdamW" } else { "Adam" };
    const KEPT: [&'static str; 3] = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"];

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("lr", Field::Number(&mut self.lr));
        each("beta1", Field::Number(&mut self.beta1));
        each("beta2", Field::Number(&mut self.beta2));
        each("eps", Field::Number(&mut self.eps));
        each("weight_decay", Field::Number(&mut self.weight_decay));
        each("amsgrad", Field::Flag(&mut self.amsgrad));
        each("maximize", Field::Flag(&mut self.maximize));
    }

    fn rates<'a>(&'a mut self, initial_lr: &'a mut Option<f64>) -> Rates<'a> {
        Rates { lr: &mut self.lr, initial_lr, momentum: Some(&mut self.beta1) }
    }

    fn check(&self) -> Result<(), String> {
        not_negative("lr", self.lr)?;
        below_one("beta1", self.beta1)?;
        below_one("beta2", self.beta2)?;
        not_negative("eps", self.eps)?;
        not_negative("weight_decay", self.weight_decay)
    }

    #[inline(never)]
    fn step(&self, step: u64, values: &mut [E], gradient: &[E], [m, v, largest]: &mut [Kept<E>; 3]) {
        let (len, t) = (values.len(), step as f64);
        let decay = if DECOUPLED { 1.0 - self.lr * self.weight_decay } else { self.weight_decay };
        let rule = Moments::<E, DECOUPLED> {
            sign: if self.maximize { -E::ONE } else { E::ONE },
            decay: E::from_f64(decay),
            add1: E::from_f64(1.0 - self.beta1),
            keep2: E::from_f64(self.beta2),
            add2: E::from_f64(1.0 - self.beta2),
            rate: E::from_f64(-(self.lr / (1.0 - self.beta1.powf(t)))),
            correction: E::from_f64((1.0 - self.beta2.powf(t)).sqrt()),
            eps: E::from_f64(self.eps),
        };
        let zero = E::default();
        let (m, v) = (m.get_or_fill(len, zero), v.get_or_fill(len, zero));
        if self.amsgrad {
            fused::apply(rule, values, gradient, [m, v, largest.get_or_fill(len, zero)]);
        } else {
            fused::apply(rule, values, gradient, [m, v]);
        }
    }
}

/// The numbers of one step.
#[derive(Clone, Copy)]
struct Moments<E, const DECOUPLED: bool> {
    sign: E,
    /// λ, or 1 − lr·λ if it is decoupled.
    decay: E,
    /// 1 − β₁.
    add1: E,
    /// β₂.
    keep2: E,
    /// 1 − β₂.
    add2: E,
    /// −lr/(1 − β₁ᵗ).
    rate: E,
    /// √(1 − β₂ᵗ).
    correction: E,
    eps: E,
}

impl<E: Float, const DECOUPLED: bool> Moments<E, DECOUPLED> {
    /// The decayed parameter, and the new averages.
    #[inline(always)]
    fn averages<A: Arithmetic>(self, mut p: E, g: E, m: E, v: E) -> [E; 3] {
        let mut g = self.sign * g;
        if DECOUPLED {
            p = p * self.decay;
        } else if self.decay != E::default() {
            g = A::mul_add(self.decay, p, g);
        }
        [p, lerp::<A, E>(m, g, self.add1), A::mul_add(self.add2 * g, g, self.keep2 * v)]
    }

    #[inline(always)]
    fn moved(self, p: E, m: E, v: E) -> E {
        p + self.rate * m / (v.sqrt() / self.correction + self.eps)
    }
}

impl<E: Float, const DECOUPLED: bool> fused::Rule<2, E> for Moments<E, DECOUPLED> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, [m, v]: [E; 2]) -> (E, [E; 2]) {
        let [p, m, v] = self.averages::<A>(p, g, m, v);
        (self.moved(p, m, v), [m, v])
    }
}

impl<E: Float, const DECOUPLED: bool> fused::Rule<3, E> for Moments<E, DECOUPLED> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, [m, v, largest]: [E; 3]) -> (E, [E; 3]) {
        let [p, m, v] = self.averages::<A>(p, g, m, v);
        // A NaN stays, as in PyTorch's maximum.
        let largest = if v > largest || v.is_nan() { v } else { largest };
        (self.moved(p, m, largest), [m, v, largest])
    }
}
