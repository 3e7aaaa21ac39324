//! The elementwise step of an optimizer: parameter, gradient and what the rule keeps, in one pass over memory.

use super::isa::{self, Kernel};

pub use super::isa::mul_add;

/// What a step does with one element, for a rule that keeps `N` numbers for each.
///
/// ```
/// use deltarule_tensor::update::{Update, mul_add, update};
///
/// /// b ← μ·b + g; p ← p − lr·b
/// #[derive(Clone, Copy)]
/// struct Momentum {
///     lr: f32,
///     mu: f32,
/// }
///
/// impl Update<1> for Momentum {
///     #[inline(always)]
///     fn apply<const FMA: bool>(self, p: f32, g: f32, [b]: [f32; 1]) -> (f32, [f32; 1]) {
///         let b = mul_add::<FMA>(self.mu, b, g);
///         (mul_add::<FMA>(-self.lr, b, p), [b])
///     }
/// }
///
/// let (mut p, mut b) = ([1.0, 2.0], [0.0, 1.0]);
/// update(Momentum { lr: 0.5, mu: 0.5 }, &mut p, &[1.0, 1.0], [&mut b]);
/// assert_eq!((p, b), ([0.5, 1.25], [1.0, 1.5]));
/// ```
pub trait Update<const N: usize>: Copy {
    /// The new parameter and the new kept numbers, from the old ones and the gradient. Mark it `#[inline(always)]`: it is
    /// compiled once per instruction set.
    fn apply<const FMA: bool>(self, p: f32, g: f32, kept: [f32; N]) -> (f32, [f32; N]);
}

/// Applies `rule` to each element.
///
/// # Panics
/// If the slices are not all of one length.
#[inline]
#[track_caller]
pub fn update<U: Update<N>, const N: usize>(rule: U, values: &mut [f32], gradient: &[f32], kept: [&mut [f32]; N]) {
    let len = values.len();
    assert!(gradient.len() == len && kept.iter().all(|kept| kept.len() == len), "update: slices of different lengths");
    isa::dispatch(Pass { rule, values, gradient, kept });
}

struct Pass<'a, U, const N: usize> {
    rule: U,
    values: &'a mut [f32],
    gradient: &'a [f32],
    kept: [&'a mut [f32]; N],
}

impl<U: Update<N>, const N: usize> Kernel for Pass<'_, U, N> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let len = self.values.len();
        let (values, gradient) = (&mut self.values[..len], &self.gradient[..len]);
        // One length for all, so that the loop has no checks left and vectorises.
        let mut kept = self.kept.map(|kept| &mut kept[..len]);
        for i in 0..len {
            let (value, new) = self.rule.apply::<FMA>(values[i], gradient[i], std::array::from_fn(|k| kept[k][i]));
            values[i] = value;
            for (kept, new) in kept.iter_mut().zip(new) {
                kept[i] = new;
            }
        }
    }
}
