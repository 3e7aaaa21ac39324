//! What a reduction reads: elements as they lie in memory, or functions of them, computed as they are read.

use super::vector::{load, load_unchecked, prefetch, zip};
use crate::element::{Float, Number};

/// Elements in the order of memory.
///
/// `at` is the place of the (first) element. `target` is the place in the output that it belongs to, by which a source
/// finds what it knows of each output, such as a mean.
pub(super) trait Source: Copy + Send + Sync {
    type Item: Copy + Send + Sync;
    /// Whether an element costs more to compute than to load.
    const HEAVY: bool = false;

    /// The `target` of the first column of a line, `inner` columns wide.
    #[inline(always)]
    fn target(self, line: usize, inner: usize) -> usize {
        line * inner
    }

    /// Asks for the memory of the `N` vectors at `at`, which will be read soon.
    #[inline(always)]
    fn prefetch<const N: usize>(self, _at: usize) {}

    /// One element.
    #[inline(always)]
    fn get<const FMA: bool>(self, at: usize, target: usize) -> Self::Item {
        self.along::<FMA, 1>(at, target)[0]
    }

    /// `N` elements from `at` on, of one output.
    fn along<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [Self::Item; N];

    /// As [`along`](Source::along), without a look whether there are so many: for the innermost loops.
    ///
    /// # Safety
    /// `self.holds(at + N)`.
    #[inline(always)]
    unsafe fn along_unchecked<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [Self::Item; N] {
        self.along::<FMA, N>(at, target)
    }

    /// Whether there are elements at all places below `end`.
    fn holds(self, end: usize) -> bool;

    /// `N` elements from `at` on, of `N` outputs.
    fn across<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [Self::Item; N];

    /// As [`across`](Source::across), without a look whether there are so many.
    ///
    /// # Safety
    /// `self.holds(at + N)`.
    #[inline(always)]
    unsafe fn across_unchecked<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [Self::Item; N] {
        self.across::<FMA, N>(at, target)
    }
}

impl<T: Copy + Send + Sync> Source for &[T] {
    type Item = T;

    #[inline(always)]
    fn prefetch<const N: usize>(self, at: usize) {
        prefetch::<T, N>(self, at);
    }

    #[inline(always)]
    fn get<const FMA: bool>(self, at: usize, _target: usize) -> T {
        self[at]
    }

    #[inline(always)]
    fn along<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [T; N] {
        load(self, at)
    }

    #[inline(always)]
    unsafe fn along_unchecked<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [T; N] {
        // SAFETY: as the caller says.
        unsafe { load_unchecked(self, at) }
    }

    #[inline(always)]
    fn holds(self, end: usize) -> bool {
        end <= self.len()
    }

    #[inline(always)]
    fn across<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [T; N] {
        load(self, at)
    }

    #[inline(always)]
    unsafe fn across_unchecked<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [T; N] {
        // SAFETY: as the caller says.
        unsafe { load_unchecked(self, at) }
    }
}

/// A function of two elements and of `K` numbers that are known of their output.
pub(super) trait GivenPairFunction<E, const K: usize>: Copy + Send + Sync {
    const HEAVY: bool = false;

    fn call<const FMA: bool>(self, a: E, b: E, given: [E; K]) -> E;
}

/// f(aᵢ, bᵢ, the given numbers of the output that both belong to). The tables are of one width.
#[derive(Clone, Copy)]
pub(super) struct GivenPairs<'a, E, F, const K: usize> {
    pub(super) f: F,
    pub(super) a: &'a [E],
    pub(super) b: &'a [E],
    pub(super) given: [Table<'a, E>; K],
}

impl<'a, E: Number, F: GivenPairFunction<E, K>, const K: usize> GivenPairs<'a, E, F, K> {
    #[inline(always)]
    fn call<const FMA: bool, const N: usize>(
        self,
        mut a: [E; N],
        b: [E; N],
        load_given: impl Fn(&'a [E]) -> [E; N],
    ) -> [E; N] {
        let mut given = [[E::default(); N]; K];
        // Not an iterator over the tables themselves, from which the compiler makes branches.
        for (given, table) in given.iter_mut().zip(&self.given) {
            *given = load_given(table.values);
        }
        for i in 0..N {
            let mut numbers = [E::default(); K];
            for (number, given) in numbers.iter_mut().zip(&given) {
                *number = given[i];
            }
            a[i] = self.f.call::<FMA>(a[i], b[i], numbers);
        }
        a
    }
}

impl<E: Number, F: GivenPairFunction<E, K>, const K: usize> Source for GivenPairs<'_, E, F, K> {
    type Item = E;
    const HEAVY: bool = F::HEAVY;

    #[inline(always)]
    fn target(self, line: usize, _inner: usize) -> usize {
        line * self.given[0].width
    }

    #[inline(always)]
    fn along<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        assert!(self.holds(at + N));
        // SAFETY: as just checked.
        unsafe { self.along_unchecked::<FMA, N>(at, target) }
    }

    #[inline(always)]
    unsafe fn along_unchecked<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        // SAFETY: as the caller says, of both.
        let (a, b) = unsafe { (load_unchecked(self.a, at), load_unchecked(self.b, at)) };
        self.call::<FMA, N>(
            a,
            b,
            #[inline(always)]
            |given| [given[target]; N],
        )
    }

    #[inline(always)]
    fn holds(self, end: usize) -> bool {
        end <= self.a.len() && end <= self.b.len()
    }

    #[inline(always)]
    fn across<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        assert!(self.holds(at + N));
        // SAFETY: as just checked.
        unsafe { self.across_unchecked::<FMA, N>(at, target) }
    }

    #[inline(always)]
    unsafe fn across_unchecked<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        // SAFETY: as the caller says, of both.
        let (a, b) = unsafe { (load_unchecked(self.a, at), load_unchecked(self.b, at)) };
        self.call::<FMA, N>(
            a,
            b,
            #[inline(always)]
            |given| load(given, target),
        )
    }
}

/// A function of two elements, as a source of its values.
pub(super) trait PairFunction<E>: Copy + Send + Sync {
    fn call(self, a: E, b: E) -> E;
}

/// a·b.
#[derive(Clone, Copy)]
pub(super) struct Product;

impl<E: Number> PairFunction<E> for Product {
    #[inline(always)]
    fn call(self, a: E, b: E) -> E {
        a.times(b)
    }
}

/// (a − b)².
#[derive(Clone, Copy)]
pub(super) struct SquaredDifference;

impl<E: Number> PairFunction<E> for SquaredDifference {
    #[inline(always)]
    fn call(self, a: E, b: E) -> E {
        let difference = a.minus(b);
        difference.times(difference)
    }
}

/// f(aᵢ, bᵢ), for slices of one length.
#[derive(Clone, Copy)]
pub(super) struct Pairs<'a, E, F> {
    pub(super) f: F,
    pub(super) a: &'a [E],
    pub(super) b: &'a [E],
}

impl<E: Number, F: PairFunction<E>> Source for Pairs<'_, E, F> {
    type Item = E;

    #[inline(always)]
    fn prefetch<const N: usize>(self, at: usize) {
        prefetch::<E, N>(self.a, at);
        prefetch::<E, N>(self.b, at);
    }

    #[inline(always)]
    fn get<const FMA: bool>(self, at: usize, _target: usize) -> E {
        self.f.call(self.a[at], self.b[at])
    }

    #[inline(always)]
    fn along<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [E; N] {
        zip(
            load(self.a, at),
            load(self.b, at),
            #[inline(always)]
            |a, b| self.f.call(a, b),
        )
    }

    #[inline(always)]
    unsafe fn along_unchecked<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [E; N] {
        // SAFETY: as the caller says, of both.
        let (a, b) = unsafe { (load_unchecked(self.a, at), load_unchecked(self.b, at)) };
        zip(
            a,
            b,
            #[inline(always)]
            |a, b| self.f.call(a, b),
        )
    }

    #[inline(always)]
    fn holds(self, end: usize) -> bool {
        end <= self.a.len() && end <= self.b.len()
    }

    #[inline(always)]
    fn across<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        self.along::<FMA, N>(at, target)
    }
}

/// A function of an element and of one number that is known of its output.
pub(super) trait GivenFunction<E>: Copy + Send + Sync {
    const HEAVY: bool = false;

    fn call<const FMA: bool>(self, x: E, given: E) -> E;
}

/// (x − c)².
#[derive(Clone, Copy)]
pub(super) struct SquaredDeviation;

impl<E: Number> GivenFunction<E> for SquaredDeviation {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, c: E) -> E {
        (x - c) * (x - c)
    }
}

/// x·c.
#[derive(Clone, Copy)]
pub(super) struct Scaled;

impl<E: Number> GivenFunction<E> for Scaled {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, c: E) -> E {
        x * c
    }
}

/// eˣ⁻ᵐ, for m ≥ x.
#[derive(Clone, Copy)]
pub(super) struct ShiftedExp;

impl<E: Float> GivenFunction<E> for ShiftedExp {
    const HEAVY: bool = true;

    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, m: E) -> E {
        (x - m).exp_negative::<FMA>()
    }
}

/// One number for each output. Lines of few columns are repeated, so that a vector of columns from any of them on can be
/// read at once.
#[derive(Clone, Copy)]
pub(super) struct Table<'a, E> {
    pub(super) values: &'a [E],
    /// How many numbers there are for each line.
    pub(super) width: usize,
}

/// f(xᵢ, the given number of the output that xᵢ belongs to).
#[derive(Clone, Copy)]
pub(super) struct Given<'a, E, F> {
    pub(super) f: F,
    pub(super) x: &'a [E],
    pub(super) given: Table<'a, E>,
}

impl<E: Number, F: GivenFunction<E>> Source for Given<'_, E, F> {
    type Item = E;
    const HEAVY: bool = F::HEAVY;

    #[inline(always)]
    fn target(self, line: usize, _inner: usize) -> usize {
        line * self.given.width
    }

    #[inline(always)]
    fn prefetch<const N: usize>(self, at: usize) {
        prefetch::<E, N>(self.x, at);
    }

    #[inline(always)]
    fn get<const FMA: bool>(self, at: usize, target: usize) -> E {
        self.f.call::<FMA>(self.x[at], self.given.values[target])
    }

    #[inline(always)]
    fn along<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        zip(
            load(self.x, at),
            [self.given.values[target]; N],
            #[inline(always)]
            |x, given| self.f.call::<FMA>(x, given),
        )
    }

    #[inline(always)]
    unsafe fn along_unchecked<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        zip(
            // SAFETY: as the caller says.
            unsafe { load_unchecked(self.x, at) },
            [self.given.values[target]; N],
            #[inline(always)]
            |x, given| self.f.call::<FMA>(x, given),
        )
    }

    #[inline(always)]
    fn holds(self, end: usize) -> bool {
        end <= self.x.len()
    }

    #[inline(always)]
    fn across<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        zip(
            load(self.x, at),
            load(self.given.values, target),
            #[inline(always)]
            |x, given| self.f.call::<FMA>(x, given),
        )
    }

    #[inline(always)]
    unsafe fn across_unchecked<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        zip(
            // SAFETY: as the caller says.
            unsafe { load_unchecked(self.x, at) },
            load(self.given.values, target),
            #[inline(always)]
            |x, given| self.f.call::<FMA>(x, given),
        )
    }
}
