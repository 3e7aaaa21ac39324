//! The process's default generator, which every random tensor draws from unless it is given one.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::random::generator::Generator;

/// Until a seed is set, each process draws other numbers, as in PyTorch.
static DEFAULT: LazyLock<Mutex<Generator>> = LazyLock::new(|| Mutex::new(Generator::new(entropy())));

/// Seeds the default generator: `torch.manual_seed`.
///
/// A negative seed in Python is its two's complement here: `torch.manual_seed(-1)` is `manual_seed(u64::MAX)`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// manual_seed(0);
/// let mut x = [0.0_f32; 2];
/// with_default(|generator| uniform(generator, &mut x, 0.0, 1.0));
/// assert_eq!(x, [0.49625659, 0.7682218]); // torch.manual_seed(0); torch.rand(2)
/// ```
pub fn manual_seed(seed: u64) {
    with_default(|generator| generator.manual_seed(seed));
}

/// Seeds the default generator with a number that nobody can foresee, and returns it: `torch.seed`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let chosen = seed();
/// assert_eq!(initial_seed(), chosen);
/// ```
pub fn seed() -> u64 {
    let seed = entropy();
    manual_seed(seed);
    seed
}

/// The seed that the default generator last got: `torch.initial_seed`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// manual_seed(42);
/// assert_eq!(initial_seed(), 42);
/// ```
pub fn initial_seed() -> u64 {
    with_default(|generator| generator.initial_seed())
}

/// Lends the default generator: `torch.default_generator`.
///
/// Others wait until `f` returns. Calling this, or [`manual_seed`], inside `f` would wait for itself for ever.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let draw = with_default(|generator| generator.next_u32());
/// # let _ = draw;
/// ```
pub fn with_default<R>(f: impl FnOnce(&mut Generator) -> R) -> R {
    // A panic in `f` can't leave a broken state behind: every draw leaves a valid one. So a poisoned lock is as good
    // as any other, and one failed thread does not take the others down.
    f(&mut DEFAULT.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Bits from the operating system, by way of the standard library's hash keys.
fn entropy() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test: the generator is shared by the whole process, and tests run side by side.
    #[test]
    fn seeds_and_survives_a_panic() {
        manual_seed(5);
        let panicked = std::panic::catch_unwind(|| with_default(|_| panic!("inside the lock")));
        assert!(panicked.is_err());
        assert_eq!(initial_seed(), 5);
        assert_eq!(with_default(|generator| generator.next_u32()), Generator::new(5).next_u32());
        assert_ne!(seed(), seed());
    }
}
