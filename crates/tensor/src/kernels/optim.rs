//! One pass over a parameter, its gradient and an optimizer's state: the loop that every optimizer's rule runs in.
//!
//! A rule is a formula for one element. It is compiled once per instruction set, becomes vector instructions, and runs
//! on several threads for large parameters. Since elements don't depend on each other, the bits are the same for any
//! number of threads.

use std::sync::{Mutex, PoisonError};

use super::isa::{Kernel, dispatch};
use super::parallel;
use crate::element::Float;

/// How an optimizer changes one element of a parameter, with `N` numbers of state per element.
///
/// ```
/// use deltarule_tensor::fused::{Arithmetic, Rule, apply};
///
/// /// b ← μ·b + g, p ← p − lr·b
/// #[derive(Clone, Copy)]
/// struct Momentum {
///     lr: f32,
///     mu: f32,
/// }
///
/// impl Rule<1> for Momentum {
///     #[inline(always)]
///     fn step<A: Arithmetic>(self, p: f32, g: f32, [b]: [f32; 1]) -> (f32, [f32; 1]) {
///         let b = b * self.mu + g;
///         (A::mul_add(b, -self.lr, p), [b])
///     }
/// }
///
/// let (mut p, mut b) = ([1.0, 2.0], [0.0, 0.0]);
/// apply(Momentum { lr: 0.5, mu: 0.9 }, &mut p, &[1.0, 1.0], [&mut b]);
/// assert_eq!((p, b), ([0.5, 1.5], [1.0, 1.0]));
/// ```
pub trait Rule<const N: usize, E: Float = f32>: Copy + Send + Sync {
    /// The new value and the new state, of the value `p`, its gradient `g` and the state.
    ///
    /// Mark it `#[inline(always)]`, and let its branches depend on the rule's own fields alone: then the loop around it
    /// becomes vector instructions.
    fn step<A: Arithmetic>(self, p: E, g: E, state: [E; N]) -> (E, [E; N]);
}

/// What the instruction set that a rule is compiled for can do.
pub trait Arithmetic {
    /// `a·b + c`, rounded once where the machine has the instruction for it, else twice.
    fn mul_add<E: Float>(a: E, b: E, c: E) -> E;
}

/// `FMA` says whether there is a fused multiply-add.
struct Level<const FMA: bool>;

impl<const FMA: bool> Arithmetic for Level<FMA> {
    #[inline(always)]
    fn mul_add<E: Float>(a: E, b: E, c: E) -> E {
        a.mul_add::<FMA>(b, c)
    }
}

/// Applies `rule` to each element of `values`, with its gradient and its state.
///
/// # Panics
/// If the slices are not equally long.
#[inline]
#[track_caller]
pub fn apply<const N: usize, R: Rule<N, E>, E: Float>(
    rule: R,
    values: &mut [E],
    gradient: &[E],
    states: [&mut [E]; N],
) {
    let len = values.len();
    assert_eq!(gradient.len(), len, "a gradient is as long as its parameter");
    for state in &states {
        assert_eq!(state.len(), len, "an optimizer's state is as long as its parameter");
    }
    if parallel::pays(len, false) {
        apply_in_tasks(rule, values, gradient, states);
    } else {
        dispatch(Step { rule: &rule, values, gradient, states });
    }
}

#[inline(never)]
fn apply_in_tasks<const N: usize, R: Rule<N, E>, E: Float>(
    rule: R,
    values: &mut [E],
    gradient: &[E],
    states: [&mut [E]; N],
) {
    let piece = parallel::piece(values.len());
    let mut states = states.map(|state| state.chunks_mut(piece));
    let pieces: Vec<_> = values
        .chunks_mut(piece)
        .zip(gradient.chunks(piece))
        .map(|(values, gradient)| {
            let states = states.each_mut().map(|state| state.next().unwrap_or_default());
            // Each piece is taken once; the locks are never waited for.
            Mutex::new(Some(Step { rule: &rule, values, gradient, states }))
        })
        .collect();
    parallel::for_each(pieces.len(), |task| {
        let piece = pieces[task].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(piece) = piece {
            dispatch(piece);
        }
    });
}

struct Step<'a, R, E, const N: usize> {
    rule: &'a R,
    values: &'a mut [E],
    gradient: &'a [E],
    states: [&'a mut [E]; N],
}

impl<R: Rule<N, E>, E: Float, const N: usize> Kernel for Step<'_, R, E, N> {
    type Output = ();

    // One index for all slices: there are N more of them than a zip could take.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Step { rule, values, gradient, states } = self;
        // Slices of one length that the compiler sees, and one plain loop: it takes the rule's own branches out of the
        // loop first, and then makes vectors. In blocks of 16 written by hand, the branches stay inside: 80 times slower.
        let len = values.len();
        let gradient = &gradient[..len];
        let mut states = states.map(|state| &mut state[..len]);
        for i in 0..len {
            let old = states.each_ref().map(|state| state[i]);
            let (new, state) = rule.step::<Level<FMA>>(values[i], gradient[i], old);
            values[i] = new;
            for (slot, new) in states.iter_mut().zip(state) {
                slot[i] = new;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adam's rule without its options.
    #[derive(Clone, Copy)]
    struct Adam;

    impl<E: Float> Rule<2, E> for Adam {
        #[inline(always)]
        fn step<A: Arithmetic>(self, p: E, g: E, [m, v]: [E; 2]) -> (E, [E; 2]) {
            let [tenth, thousandth, kept, rate, eps] = [0.1, 0.001, 0.999, -0.01, 1e-8].map(E::from_f64);
            let m = A::mul_add(tenth, g - m, m);
            let v = A::mul_add(thousandth * g, g, v * kept);
            (p + rate * m / (v.sqrt() + eps), [m, v])
        }
    }

    #[test]
    fn every_length_gives_the_same_bits() {
        every_length::<f32>();
        every_length::<f64>();
    }

    /// Any length, on one thread or several, gives what single elements give.
    fn every_length<E: Float>() {
        let numbers = |len: usize, k: usize| -> Vec<E> {
            (0..len).map(|i| E::from_f64(((i * k) % 1009) as f64 / 500.0 - 1.0)).collect()
        };
        for len in [0, 1, 15, 16, 17, 1000, 412_345] {
            let (mut p, g) = (numbers(len, 7), numbers(len, 11));
            let (mut m, mut v) = (numbers(len, 13), numbers(len, 17).iter().map(|v| v.abs()).collect::<Vec<_>>());
            let (p_before, m_before, v_before) = (p.clone(), m.clone(), v.clone());
            apply(Adam, &mut p, &g, [&mut m, &mut v]);
            for i in (0..len).step_by(1 + len / 500) {
                let (mut one, mut one_m, mut one_v) = ([p_before[i]], [m_before[i]], [v_before[i]]);
                apply(Adam, &mut one, &[g[i]], [&mut one_m, &mut one_v]);
                assert_eq!((p[i], m[i], v[i]), (one[0], one_m[0], one_v[0]), "element {i} of {len}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "a gradient is as long as its parameter")]
    fn a_gradient_of_another_length_is_refused() {
        apply(Adam, &mut [0f32; 2], &[0.0; 3], [&mut [0.0; 2], &mut [0.0; 2]]);
    }
}
