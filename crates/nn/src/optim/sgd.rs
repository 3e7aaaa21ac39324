//! Stochastic gradient descent, with momentum.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::fused::{self, Arithmetic};

use super::{Optimizer, distinct};
use crate::Parameter;

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
#[derive(Debug)]
pub struct Sgd {
    parameters: Vec<Parameter>,
    /// The momentum of each parameter, from its first step on.
    momenta: Vec<Option<Vec<f32>>>,
    rule: Rule,
}

/// The numbers of the rule, in the precision that PyTorch keeps them in.
#[derive(Debug, Clone, Copy)]
struct Rule {
    lr: f64,
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
    nesterov: bool,
    maximize: bool,
}

impl Sgd {
    /// Plain gradient descent on `parameters`, with the learning rate `lr`. One that is listed twice takes one step.
    ///
    /// # Panics
    /// If `lr` is negative or NaN.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = Parameter>, lr: f64) -> Self {
        check("lr", lr);
        let parameters = distinct(parameters);
        Sgd {
            momenta: vec![None; parameters.len()],
            parameters,
            rule: Rule { lr, momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false, maximize: false },
        }
    }

    /// The momentum μ: how much of the last direction goes on. 0 by default, 0.9 is common.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[track_caller]
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        check("momentum", momentum);
        self.rule.momentum = momentum;
        self
    }

    /// The dampening τ: the new gradient counts 1 − τ in the momentum. 0 by default.
    #[must_use]
    pub fn dampening(mut self, dampening: f64) -> Self {
        self.rule.dampening = dampening;
        self
    }

    /// Nesterov's momentum: the gradient as if the momentum had been followed one step further. It needs a momentum and
    /// no dampening, which the first step checks.
    #[must_use]
    pub fn nesterov(mut self, nesterov: bool) -> Self {
        self.rule.nesterov = nesterov;
        self
    }

    /// The weight decay λ: the penalty ½λ·p² on each weight. 0 by default.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[track_caller]
    #[must_use]
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        check("weight_decay", weight_decay);
        self.rule.weight_decay = weight_decay;
        self
    }

    /// Climbs instead of descending: the objective is to become large. Weight decay still makes weights small.
    #[must_use]
    pub fn maximize(mut self, maximize: bool) -> Self {
        self.rule.maximize = maximize;
        self
    }
}

impl Optimizer for Sgd {
    /// One step of each parameter that has a gradient.
    ///
    /// # Panics
    /// If Nesterov's momentum is asked for without a momentum, or with a dampening.
    #[track_caller]
    fn step(&mut self) {
        let rule = self.rule;
        if rule.nesterov && (rule.momentum == 0.0 || rule.dampening != 0.0) {
            fail(
                "Sgd",
                format_args!(
                    "nesterov needs a momentum above 0 and no dampening, and they are {} and {}",
                    rule.momentum, rule.dampening
                ),
            );
        }
        for (parameter, momentum) in self.parameters.iter().zip(&mut self.momenta) {
            let Some(gradient) = parameter.grad() else {
                continue;
            };
            let gradient = gradient.detach().contiguous();
            let gradient = gradient.as_slice().unwrap_or_default();
            parameter.update(|values| rule.step(values, gradient, momentum));
        }
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn lr(&self) -> f64 {
        self.rule.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.rule.lr = lr;
    }
}

impl Rule {
    /// One step of one parameter, all in one pass over memory, in PyTorch's order of operations.
    fn step(self, values: &mut [f32], gradient: &[f32], momentum: &mut Option<Vec<f32>>) {
        let plain = Plain {
            lr: self.lr as f32,
            decay: (self.weight_decay != 0.0).then_some(self.weight_decay as f32),
            maximize: self.maximize,
        };
        if self.momentum == 0.0 {
            return fused::apply(plain, values, gradient, []);
        }
        let keep = momentum.is_some().then_some(self.momentum as f32);
        let momentum = momentum.get_or_insert_with(|| vec![0.0; values.len()]);
        let rule = WithMomentum {
            plain,
            keep,
            add: (1.0 - self.dampening) as f32,
            ahead: self.nesterov.then_some(self.momentum as f32),
        };
        fused::apply(rule, values, gradient, [momentum]);
    }
}

/// The rule without momentum.
#[derive(Clone, Copy)]
struct Plain {
    lr: f32,
    decay: Option<f32>,
    maximize: bool,
}

impl Plain {
    /// The gradient of the objective that goes down, with weight decay.
    #[inline(always)]
    fn gradient<A: Arithmetic>(self, p: f32, g: f32) -> f32 {
        let g = if self.maximize { -g } else { g };
        match self.decay {
            Some(decay) => A::mul_add(p, decay, g),
            None => g,
        }
    }
}

impl fused::Rule<0> for Plain {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: f32, g: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (A::mul_add(self.gradient::<A>(p, g), -self.lr, p), [])
    }
}

#[derive(Clone, Copy)]
struct WithMomentum {
    plain: Plain,
    /// μ; none at the first step, whose gradient is the momentum whole.
    keep: Option<f32>,
    /// 1 − τ.
    add: f32,
    /// μ, for Nesterov's momentum.
    ahead: Option<f32>,
}

impl fused::Rule<1> for WithMomentum {
    #[inline(always)]
    fn step<A: Arithmetic>(self, p: f32, g: f32, [b]: [f32; 1]) -> (f32, [f32; 1]) {
        let g = self.plain.gradient::<A>(p, g);
        let b = match self.keep {
            Some(keep) => A::mul_add(g, self.add, b * keep),
            None => g,
        };
        let direction = match self.ahead {
            Some(ahead) => A::mul_add(b, ahead, g),
            None => b,
        };
        (A::mul_add(direction, -self.plain.lr, p), [b])
    }
}

#[track_caller]
fn check(option: &str, value: f64) {
    if value.is_nan() || value < 0.0 {
        fail("Sgd", format_args!("{option} must be 0 or more, and is {value}"));
    }
}
