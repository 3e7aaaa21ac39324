//! What tells one optimizer from another.

use std::fmt;

use deltarule_tensor::Float;
use deltarule_tensor::fused::Arithmetic;

use super::{Field, Rates};

/// The rule of an optimizer, which is its options: what one step does with one parameter, for which it may keep up to `N`
/// tensors. [`Grouped`](super::Grouped) makes an optimizer of it, with groups and a state that is saved. `E` is the type of
/// the elements.
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::{Field, Grouped, Kept, Optimizer, Rates, Rule};
/// use deltarule_tensor::Tensor;
///
/// /// p ← p − lr·sign(g)
/// #[derive(Debug, Clone)]
/// struct Sign {
///     lr: f64,
/// }
///
/// impl Rule<0> for Sign {
///     const NAME: &'static str = "Sign";
///     const KEPT: [&'static str; 0] = [];
///
///     fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>)) {
///         each("lr", Field::Number(&mut self.lr));
///     }
///
///     fn rates<'a>(&'a mut self, initial_lr: &'a mut Option<f64>) -> Rates<'a> {
///         Rates { lr: &mut self.lr, initial_lr, momentum: None }
///     }
///
///     fn step(&self, _: u64, values: &mut [f32], gradient: &[f32], _: &mut [Kept; 0]) {
///         for (p, g) in values.iter_mut().zip(gradient) {
///             *p -= self.lr as f32 * g.signum();
///         }
///     }
/// }
///
/// let p = Parameter::new(Tensor::from([1.0, 1.0]));
/// let mut optimizer = Grouped::with_rule([p.clone()], Sign { lr: 0.5 });
/// p.set_grad(Some(Tensor::from([9.0, -0.1])));
/// optimizer.step();
/// assert_eq!(p.value().to_vec(), [0.5, 1.5]);
/// ```
pub trait Rule<const N: usize, E: Float = f32>: Clone + fmt::Debug {
    /// The optimizer's name in messages and in saved states.
    const NAME: &'static str;

    /// The names of the tensors that are kept for each parameter.
    const KEPT: [&'static str; N];

    /// Lists the options by name.
    fn fields(&mut self, each: &mut dyn FnMut(&'static str, Field<'_>));

    /// The options that schedules turn.
    fn rates<'a>(&'a mut self, initial_lr: &'a mut Option<f64>) -> Rates<'a>;

    /// Whether each option is in its range.
    ///
    /// # Errors
    /// The first that isn't, in words.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Whether the options go together. A step checks it and not the builder methods, which are called one by one.
    ///
    /// # Errors
    /// What doesn't, in words.
    fn check_together(&self) -> Result<(), String> {
        Ok(())
    }

    /// The `step`-th step of a parameter, counted from 1. What is kept starts as none.
    fn step(&self, step: u64, values: &mut [E], gradient: &[E], kept: &mut [Kept<E>; N]);
}

/// One tensor that a rule keeps for a parameter: none before the rule first needs it.
#[derive(Debug, Clone, Default)]
pub struct Kept<E = f32>(pub(super) Option<Vec<E>>);

impl<E: Float> Kept<E> {
    /// Whether there is none yet.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The elements, in row-major order. If there are none yet, `len` of the value `initial`.
    pub fn get_or_fill(&mut self, len: usize, initial: E) -> &mut [E] {
        self.0.get_or_insert_with(|| deltarule_tensor::filled(initial, len))
    }
}

/// The check of an option that must not be negative.
#[inline]
pub(super) fn not_negative(name: &str, value: f64) -> Result<(), String> {
    match value {
        0.0..f64::INFINITY => Ok(()),
        f64::INFINITY => Err(wrong("finite", name, value)),
        _ => Err(wrong("0 or more", name, value)),
    }
}

/// The check of an option that may be any number.
#[inline]
pub(super) fn finite(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() { Ok(()) } else { Err(wrong("finite", name, value)) }
}

/// The check of a share that the rule divides by what is left of it.
#[inline]
pub(super) fn below_one(name: &str, value: f64) -> Result<(), String> {
    if (0.0..1.0).contains(&value) { Ok(()) } else { Err(wrong("0 or more and below 1", name, value)) }
}

#[cold]
fn wrong(range: &str, name: &str, value: f64) -> String {
    format!("{name} must be {range}, and is {value}")
}

/// What PyTorch's `lerp` does: a + w·(b − a), from the nearer end.
#[inline(always)]
pub(super) fn lerp<A: Arithmetic, E: Float>(a: E, b: E, w: E) -> E {
    if w.abs() < E::from_f64(0.5) { A::mul_add(w, b - a, a) } else { A::mul_add(w - E::ONE, b - a, b) }
}
