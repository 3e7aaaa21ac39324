//! Stochastic gradient descent, with momentum.

use deltarule_tensor::Float;
use deltarule_tensor::fused::{self, Arithmetic};

use super::rule::{finite, not_negative};
use super::{Field, Grouped, Kept, Rates, Rule};
use crate::ParameterOf;

/// Stochastic gradient descent: p ← p − lr·g. PyTorch: `torch.optim.SGD`.
///
/// With all options, for the gradient g of parameter p:
///
/// 1. maximize: g ← −g
/// 2. weight decay λ: g ← g + λ·p
/// 3. momentum μ, dampening τ: b ← g at the first step, later b ← μ·b + (1 − τ)·g; then g ← b, or g ← g + μ·b with
///    Nesterov's
/// 4. p ← p − lr·g
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::{Optimizer, Sgd};
/// use deltarule_tensor::Tensor;
///
/// let p = Parameter::new(Tensor::from([1.0]));
/// let mut optimizer = Sgd::new([p.clone()], 0.5).momentum(0.5);
/// p.set_grad(Some(Tensor::from([1.0])));
/// optimizer.step(); // b = 1
/// optimizer.step(); // b = 0.5·1 + 1
/// assert_eq!(p.value().item(), 1.0 - 0.5 * 1.0 - 0.5 * 1.5);
/// ```
#[doc(alias = "SGD")]
pub type Sgd = SgdOf<f32>;

/// [`Sgd`] on parameters of another type.
pub type SgdOf<E> = Grouped<SgdOptions, 1, E>;

/// The options of [`Sgd`], in the precision that PyTorch keeps them in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SgdOptions {
    /// The learning rate.
    pub lr: f64,
    /// The momentum μ: how much of the last direction goes on.
    pub momentum: f64,
    /// The dampening τ: the new gradient counts 1 − τ in the momentum.
    pub dampening: f64,
    /// The weight decay λ: the penalty ½λ·p² on each weight.
    pub weight_decay: f64,
    /// Nesterov's momentum.
    pub nesterov: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl<E: Float> SgdOf<E> {
    /// Plain gradient descent on `parameters`, with the learning rate `lr`. One that is listed twice takes one step.
    ///
    /// # Panics
    /// If there are no parameters, or if `lr` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = ParameterOf<E>>, lr: f64) -> Self {
        let (momentum, dampening, weight_decay) = (0.0, 0.0, 0.0);
        let options = SgdOptions { lr, momentum, dampening, weight_decay, nesterov: false, maximize: false };
        Self::with_rule(parameters, options)
    }

    /// The momentum μ: how much of the last direction goes on. 0 by default, 0.9 is common.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        self.with(|options| options.momentum = momentum)
    }

    /// The dampening τ: the new gradient counts 1 − τ in the momentum. 0 by default.
    ///
    /// # Panics
    /// If it is infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn dampening(self, dampening: f64) -> Self {
        self.with(|options| options.dampening = dampening)
    }

    /// Nesterov's momentum: the gradient as if the momentum had been followed one step further. It needs a momentum and
    /// no dampening, which the first step checks.
    #[must_use]
    pub fn nesterov(self, nesterov: bool) -> Self {
        self.with(|options| options.nesterov = nesterov)
    }

    /// The weight decay λ: the penalty ½λ·p² on each weight. 0 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    #[must_use]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        self.with(|options| options.weight_decay = weight_decay)
    }

    /// Climbs instead of descending: the objective is to become large. Weight decay still makes weights small.
    #[must_use]
    pub fn maximize(self, maximize: bool) -> Self {
        self.with(|options| options.maximize = maximize)
    }
}

impl<E: Float> Rule<1, E> for SgdOptions {
    const NAME: &'static str = "Sgd";
    const KEPT: [&'static str; 1] = ["momentum_buffer"];

    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
        each("lr", Field::Number(&mut self.lr));
        each("momentum", Field::Number(&mut self.momentum));
        each("dampening", Field::Number(&mut self.dampening));
        each("weight_decay", Field::Number(&mut self.weight_decay));
        each("nesterov", Field::Flag(&mut self.nesterov));
        each("maximize", Field::Flag(&mut self.maximize));
    }

    fn rates<'a>(&'a mut self, initial_lr: &'a mut Option<f64>) -> Rates<'a> {
        Rates { lr: &mut self.lr, initial_lr, momentum: Some(&mut self.momentum) }
    }

    fn check(&self) -> Result<(), String> {
        not_negative("lr", self.lr)?;
        not_negative("momentum", self.momentum)?;
        finite("dampening", self.dampening)?;
        not_negative("weight_decay", self.weight_decay)
    }

    fn check_together(&self) -> Result<(), String> {
        let SgdOptions { momentum, dampening, .. } = self;
        if self.nesterov && (*momentum == 0.0 || *dampening != 0.0) {
            return Err(format!(
                "nesterov needs a momentum above 0 and no dampening, and they are {momentum} and {dampening}"
            ));
        }
        Ok(())
    }

    #[inline]
    fn step(&self, _: u64, values: &mut [E], gradient: &[E], [momentum]: &mut [Kept<E>; 1]) {
        let descent = Descent {
            sign: if self.maximize { -E::ONE } else { E::ONE },
            decay: E::from_f64(self.weight_decay),
            rate: E::from_f64(-self.lr),
        };
        if self.momentum == 0.0 {
            fused::apply(descent, values, gradient, []);
        } else {
            self.step_with_momentum(descent, values, gradient, momentum);
        }
    }
}

impl SgdOptions {
    #[inline(never)]
    fn step_with_momentum<E: Float>(
        &self,
        descent: Descent<E>,
        values: &mut [E],
        gradient: &[E],
        momentum: &mut Kept<E>,
    ) {
        // The first gradient is the momentum whole: keep and add make μ·b + (1 − τ)·g of 0·b + 1·g.
        let (keep, add) = if momentum.is_none() { (0.0, 1.0) } else { (self.momentum, 1.0 - self.dampening) };
        let ahead = self.nesterov.then_some(E::from_f64(self.momentum));
        let momentum = momentum.get_or_fill(values.len(), E::default());
        let rule = Momentum { descent, keep: E::from_f64(keep), add: E::from_f64(add), ahead };
        fused::apply(rule, values, gradient, [momentum]);
    }
}

/// The rule without momentum.
#[derive(Clone, Copy)]
struct Descent<E> {
    sign: E,
    decay: E,
    /// −lr.
    rate: E,
}

impl<E: Float> Descent<E> {
    /// The gradient with its sign and weight decay.
    #[inline(always)]
    fn gradient<A: Arithmetic>(self, p: E, g: E) -> E {
        let g = self.sign * g;
        // Not 0·p, which is NaN for infinite weights.
        if self.decay == E::default() { g } else { A::mul_add(self.decay, p, g) }
    }
}

impl<E: Float> fused::Rule<0, E> for Descent<E> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, []: [E; 0]) -> (E, [E; 0]) {
        (A::mul_add(self.rate, self.gradient::<A>(p, g), p), [])
    }
}

#[derive(Clone, Copy)]
struct Momentum<E> {
    descent: Descent<E>,
    keep: E,
    add: E,
    /// μ, for Nesterov's.
    ahead: Option<E>,
}

impl<E: Float> fused::Rule<1, E> for Momentum<E> {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: E, g: E, [b]: [E; 1]) -> (E, [E; 1]) {
        let g = self.descent.gradient::<A>(p, g);
        let b = A::mul_add(self.add, g, self.keep * b);
        let direction = match self.ahead {
            Some(ahead) => A::mul_add(ahead, b, g),
            None => b,
        };
        (A::mul_add(self.descent.rate, direction, p), [b])
    }
}
