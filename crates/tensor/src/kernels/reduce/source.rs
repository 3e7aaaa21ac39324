//! What a reduction reads: elements as they lie in memory, or functions of them, computed as they are read.

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

    /// One element.
    fn get<const FMA: bool>(self, at: usize, target: usize) -> Self::Item;

    /// `N` elements from `at` on, of one output.
    fn along<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [Self::Item; N];

    /// `N` elements from `at` on, of `N` outputs.
    fn across<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [Self::Item; N];
}

/// `N` elements from `at` on.
#[inline(always)]
pub(super) fn load<T: Copy, const N: usize>(x: &[T], at: usize) -> [T; N] {
    match x[at..].first_chunk() {
        Some(chunk) => *chunk,
        None => panic!("{N} elements at {at} of {}", x.len()),
    }
}

/// f(aᵢ, bᵢ) in each lane. (`array::map` and `from_fn` aren't inlined reliably, and a call would end the vectors.)
#[inline(always)]
pub(super) fn zip<A: Copy, B: Copy, const N: usize>(mut a: [A; N], b: [B; N], f: impl Fn(A, B) -> A) -> [A; N] {
    for i in 0..N {
        a[i] = f(a[i], b[i]);
    }
    a
}

impl<T: Copy + Send + Sync> Source for &[T] {
    type Item = T;

    #[inline(always)]
    fn get<const FMA: bool>(self, at: usize, _target: usize) -> T {
        self[at]
    }

    #[inline(always)]
    fn along<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [T; N] {
        load(self, at)
    }

    #[inline(always)]
    fn across<const FMA: bool, const N: usize>(self, at: usize, _target: usize) -> [T; N] {
        load(self, at)
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
    fn call<const FMA: bool, const N: usize>(self, at: usize, load_given: impl Fn(&'a [E]) -> [E; N]) -> [E; N] {
        let (mut a, b): ([E; N], [E; N]) = (load(self.a, at), load(self.b, at));
        let mut given = [[E::default(); N]; K];
        for (given, table) in given.iter_mut().zip(self.given) {
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
    fn get<const FMA: bool>(self, at: usize, target: usize) -> E {
        self.call::<FMA, 1>(
            at,
            #[inline(always)]
            |given| [given[target]],
        )[0]
    }

    #[inline(always)]
    fn along<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        self.call::<FMA, N>(
            at,
            #[inline(always)]
            |given| [given[target]; N],
        )
    }

    #[inline(always)]
    fn across<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        self.call::<FMA, N>(
            at,
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

/// x − c.
#[derive(Clone, Copy)]
pub(super) struct Minus;

impl<E: Number> GivenFunction<E> for Minus {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, c: E) -> E {
        x - c
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
    fn across<const FMA: bool, const N: usize>(self, at: usize, target: usize) -> [E; N] {
        zip(
            load(self.x, at),
            load(self.given.values, target),
            #[inline(always)]
            |x, given| self.f.call::<FMA>(x, given),
        )
    }
}
