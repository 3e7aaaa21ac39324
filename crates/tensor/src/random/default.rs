//! The default generator, which every random tensor draws from unless it is given one: the process's, or that of a scope.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{LazyLock, Mutex, PoisonError};

use deltarule_autograd::call_site::fail;

use crate::random::generator::Generator;

/// Until a seed is set, each process draws other numbers, as in PyTorch.
static DEFAULT: LazyLock<Mutex<Generator>> = LazyLock::new(|| Mutex::new(Generator::new(entropy())));

thread_local! {
    /// The generator of the innermost [`with_seed`] on this thread, unless it is lent just now.
    static SCOPE: Cell<Option<Box<Generator>>> = const { Cell::new(None) };
    /// Whether [`with_default`] has lent the generator that this thread draws from.
    static LENT: Cell<bool> = const { Cell::new(false) };
}

/// Seeds the default generator: `torch.manual_seed`.
///
/// There is one for the whole process, as in PyTorch: what another thread draws meanwhile comes out of the same row of
/// numbers. [`with_seed`] gives a thread numbers that nobody else draws from. A negative seed in Python is its two's
/// complement here: `torch.manual_seed(-1)` is `manual_seed(u64::MAX)`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// manual_seed(0);
/// let mut x = [0.0_f32; 2];
/// with_default(|generator| uniform(generator, &mut x, 0.0, 1.0));
/// assert_eq!(x, [0.49625659, 0.7682218]); // torch.manual_seed(0); torch.rand(2)
/// ```
///
/// # Panics
/// Inside of [`with_default`].
#[track_caller]
pub fn manual_seed(seed: u64) {
    ask_for("manual_seed");
    with_default(|generator| generator.manual_seed(seed));
}

/// Runs `f` with a generator of its own, seeded with `seed`: what it draws on this thread is what a program draws after
/// [`manual_seed`], whatever other threads do, and the generator outside of it goes on as if nothing had been drawn.
///
/// Within `f` all that asks for the default generator gets this one: random tensors, layers, dropout, [`manual_seed`],
/// [`initial_seed`], [`with_default`]. Scopes nest. Threads that `f` starts don't see it. The nearest in PyTorch is
/// `with torch.random.fork_rng(): torch.manual_seed(seed)`, but that is for the whole process.
///
/// ```
/// use deltarule_tensor::{Tensor, manual_seed, with_seed};
/// manual_seed(0);
/// let x = Tensor::rand([3]);
/// // The same on each thread, at whatever time.
/// let run = || with_seed(0, || Tensor::rand([3]));
/// std::thread::scope(|scope| {
///     for thread in [scope.spawn(run), scope.spawn(run)] {
///         assert_eq!(thread.join().unwrap().to_vec(), x.to_vec());
///     }
/// });
/// ```
pub fn with_seed<R>(seed: u64, f: impl FnOnce() -> R) -> R {
    let _outer = Outer {
        scope: SCOPE.replace(Some(Box::new(Generator::new(seed)))),
        // Of the outer generator: this one is free.
        lent: LENT.replace(false),
    };
    f()
}

/// What this thread drew from before a scope began, and will again when this is dropped.
struct Outer {
    scope: Option<Box<Generator>>,
    lent: bool,
}

impl Drop for Outer {
    fn drop(&mut self) {
        SCOPE.set(self.scope.take());
        LENT.set(self.lent);
    }
}

/// Seeds the default generator with a number that nobody can foresee, and returns it: `torch.seed`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let chosen = seed();
/// assert_eq!(initial_seed(), chosen);
/// ```
///
/// # Panics
/// Inside of [`with_default`].
#[track_caller]
pub fn seed() -> u64 {
    ask_for("seed");
    let seed = entropy();
    with_default(|generator| generator.manual_seed(seed));
    seed
}

/// The seed that the default generator last got: `torch.initial_seed`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// manual_seed(42);
/// assert_eq!(initial_seed(), 42);
/// ```
///
/// # Panics
/// Inside of [`with_default`].
#[track_caller]
pub fn initial_seed() -> u64 {
    ask_for("initial_seed");
    with_default(|generator| generator.initial_seed())
}

/// Lends the default generator: `torch.default_generator`.
///
/// Other threads that draw from it wait until `f` returns.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let draw = with_default(|generator| generator.next_u32());
/// # let _ = draw;
/// ```
///
/// # Panics
/// If `f` asks for the default generator, as `Tensor::rand` and [`manual_seed`] do: it has it already.
#[track_caller]
pub fn with_default<R>(f: impl FnOnce(&mut Generator) -> R) -> R {
    ask_for("with_default");
    LENT.set(true);
    // Put back in whatever way `f` ends.
    let mut lent = Lent { scoped: SCOPE.try_with(Cell::take).ok().flatten() };
    match &mut lent.scoped {
        Some(generator) => f(generator),
        // A panic in `f` can't leave a broken state behind: every draw leaves a valid one. So a poisoned lock is as good
        // as any other, and one failed thread does not take the others down.
        None => f(&mut DEFAULT.lock().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// The generator of a scope while it is lent; `None` for the process's.
struct Lent {
    scoped: Option<Box<Generator>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(generator) = self.scoped.take() {
            SCOPE.set(Some(generator));
        }
        LENT.set(false);
    }
}

/// Sees to it that the generator isn't lent to a closure that this is called from: it would wait for itself.
///
/// # Panics
/// If it is.
#[inline]
#[track_caller]
pub(crate) fn ask_for(operation: &str) {
    if LENT.get() {
        fail(
            operation,
            "it asks for the default generator, which with_default has lent to the closure around it. Draw from the \
             generator that the closure got",
        );
    }
}

/// Bits from the operating system, by way of the standard library's hash keys.
fn entropy() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn draw() -> u32 {
        with_default(|generator| generator.next_u32())
    }

    // One test: the generator is shared by the whole process, and tests run side by side.
    #[test]
    fn seeds_and_survives_a_panic() {
        manual_seed(5);
        let panicked = catch_unwind(|| with_default(|_| panic!("inside the lock")));
        assert!(panicked.is_err());
        assert_eq!(initial_seed(), 5);
        // The process's generator is where it was after a scope.
        assert_eq!(with_seed(9, draw), Generator::new(9).next_u32());
        assert_eq!(draw(), Generator::new(5).next_u32());
        assert_ne!(seed(), seed());
    }

    #[test]
    fn scopes_nest_and_end_in_any_way() {
        let expected = |seed: u64, draws: usize| {
            let mut generator = Generator::new(seed);
            (0..draws).map(|_| generator.next_u32()).last().unwrap()
        };
        with_seed(1, || {
            assert_eq!((draw(), initial_seed()), (expected(1, 1), 1));
            with_seed(2, || {
                assert_eq!((draw(), initial_seed()), (expected(2, 1), 2));
                manual_seed(3);
                assert_eq!((draw(), initial_seed()), (expected(3, 1), 3));
            });
            assert_eq!(draw(), expected(1, 2));
            assert!(catch_unwind(|| with_seed(4, || with_default(|_| panic!("inside")))).is_err());
            assert_eq!(draw(), expected(1, 3));
            // While a generator is lent a scope has its own, and the lent one is back afterwards.
            with_default(|generator| {
                assert_eq!(with_seed(5, draw), expected(5, 1));
                assert!(catch_unwind(draw).is_err());
                assert_eq!(generator.next_u32(), expected(1, 4));
            });
            assert_eq!(draw(), expected(1, 5));
            let chosen = seed();
            assert_eq!(initial_seed(), chosen);
        });
    }

    #[test]
    fn a_thread_of_a_scope_is_outside_of_it() {
        with_seed(7, || {
            let elsewhere = std::thread::spawn(|| with_seed(8, draw)).join().unwrap();
            assert_eq!((draw(), elsewhere), (Generator::new(7).next_u32(), Generator::new(8).next_u32()));
        });
    }

    /// It waited for itself for ever.
    #[test]
    fn a_generator_that_is_lent_is_refused() {
        let asks: [(&str, fn()); 7] = [
            ("with_default", || _ = draw()),
            ("manual_seed", || manual_seed(1)),
            ("initial_seed", || _ = initial_seed()),
            ("seed", || _ = seed()),
            ("rand", || drop(crate::Tensor::rand([1]))),
            ("bernoulli", || drop(crate::Tensor::bernoulli([1], 0.5))),
            ("randperm", || drop(crate::LongTensor::randperm(3))),
        ];
        for (name, ask) in asks {
            let message = *catch_unwind(|| with_default(|_| ask())).unwrap_err().downcast::<String>().unwrap();
            assert!(message.starts_with(&format!("{name}: ")), "{message}");
            draw();
        }
    }
}
