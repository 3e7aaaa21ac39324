//! Adagrad: gradients over the root of the sum of all their squares.

use deltarule_tensor::Float;
use deltarule_tensor::fused::{self, Arithmetic};

use super::rule::not_negative;
use super::{Field, Grouped, Kept, Rates, Rule};
use crate::ParameterOf;

/// Adagrad, of Duchi, Hazan and Singer (2011). PyTorch: `torch.optim.Adagrad`.
///
/// For the gradient g of parameter p at its step t, with the sum s from its initial value on:
///
/// 1. maximize: g ← −g; weight decay λ: g ← g + λ·p
/// 2. s ← s + g²
/// 3. p ← p − lr/(1 + (t − 1)·η) · g/(√s + ε), with the decay η of the learning rate
///
/// PyTorch's default for lr is 0.01; ε is 1e-10, all else 0.
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::{Adagrad, Optimizer};
/// use deltarule_tensor::Tensor;
///
/// let p = Parameter::new(Tensor::from([1.0]));
/// let mut optimizer = Adagrad::new([p.clone()], 0.5).initial_accumulator_value(7.0);
/// p.set_grad(Some(Tensor::from([3.0])));
/// optimizer.step(); // s = 16
/// assert_eq!(p.value().item(), 1.0 - 0.5 * 3.0 / 4.0);
/// ```
pub type Adagrad = AdagradOf<f32>;

/// [`Adagrad`] on parameters of another type.
pub type AdagradOf<E> = Grouped<AdagradOptions, 1, E>;

/// The options of [`Adagrad`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AdagradOptions {
    /// The learning rate.
    pub lr: f64,
    /// The decay η of the learning rate.
    pub lr_decay: f64,
    /// The weight decay λ.
    pub weight_decay: f64,
    /// What the sums of squares start with.
    pub initial_accumulator_value: f64,
    /// What is added to the denominator.
    pub eps: f64,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl<E: Float> AdagradOf<E> {
    /// Adagrad on `parameters`, with the learning rate `lr`. One that is listed twice takes one step.
    ///
    /// # Panics
    /// If there are no parameters, or if `lr` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = ParameterOf<E>>, lr: f64) -> Self {
        let (lr_decay, weight_decay, initial_accumulator_value, maximize) = (0.0, 0.0, 0.0, false);
        let options = AdagradOptions { lr, lr_decay, weight_decay, initial_accumulator_value, eps: 1e-10, maximize };
        Self::with_rule(parameters, options)
    }

    /// The decay η of the learning rate: at step t it is divided by 1 + (t − 1)·η. 0 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn lr_decay(self, lr_decay: f64) -> Self {
        self.with(|options| options.lr_decay = lr_decay)
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

    /// What the sums of squares start with. 0 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn initial_accumulator_value(self, value: f64) -> Self {
        self.with(|options| options.initial_accumulator_value = value)
    }

    /// What is added to the denominator. 1e-10 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn eps(self, eps: f64) -> Self {
        self.with(|options| options.eps = eps)
    }

    /// Climbs instead of descending: the objective is to become large. Weight decay still makes weights small.
    #[must_use]
    pub fn maximize(self, maximize: bool) -> Self {
        self.with(|options| options.maximize = maximize)
    }
}

impl<E: Float> Rule<1, E> for AdagradOptions {
    const NAME: &'static str = "Adagrad";
    const KEPT: [&'static str; 1] = ["sum"];

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("lr", Field::Number(&mut self.lr));
        each("lr_decay", Field::Number(&mut self.lr_decay));
        each("weight_decay", Field::Number(&mut self.weight_decay));
        each("initial_accumulator_value", Field::Number(&mut self.initial_accumulator_value));
        each("eps", Field::Number(&mut self.eps));
        each("maximize", Field::Flag(&mut self.maximize));
    }

    fn rates<'a>(&'a mut self, initial_lr: &'a mut Option<f64>) -> Rates<'a> {
        Rates { lr: &mut self.lr, initial_lr, momentum: None }
    }

    fn check(&self) -> Result<(), String> {
        not_negative("lr", self.lr)?;
        not_negative("lr_decay", self.lr_decay)?;
        not_negative("weight_decay", self.weight_decay)?;
        not_negative("initial_accumulator_value", self.initial_accumulator_value)?;
        not_negative("eps", self.eps)
    }

    #[inline(never)]
    fn step(&self, step: u64, values: &mut [E], gradient: &[E], [sum]: &mut [Kept<E>; 1]) {
        let lr = self.lr / (1.0 + (step - 1) as f64 * self.lr_decay);
        let rule = Scaled {
            sign: if self.maximize { -E::ONE } else { E::ONE },
            decay: E::from_f64(self.weight_decay),
            rate: E::from_f64(-lr),
            eps: E::from_f64(self.eps),
        };
        let sum = sum.get_or_fill(values.len(), E::from_f64(self.initial_accumulator_value));
        fused::apply(rule, values, gradient, [sum]);
    }
}

#[derive(Clone, Copy)]
struct Scaled<E> {
    sign: E,
    decay: E,
    /// −lr/(1 + (t − 1)·η).
    rate: E,
    eps: E,
}

impl<E: Float> fused::Rule<1, E> for Scaled<E> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, [sum]: [E; 1]) -> (E, [E; 1]) {
        let g = self.sign * g;
        let g = if self.decay == E::default() { g } else { A::mul_add(self.decay, p, g) };
        let sum = A::mul_add(g, g, sum);
        (p + self.rate * g / (sum.sqrt() + self.eps), [sum])
    }
}
