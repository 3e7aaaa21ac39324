//! Folding a line vector by vector, in lanes.

use super::fold::{LANES, Monoid, WIDTH};
use super::source::Source;
use super::vector::{load, zip};

/// How far ahead of the reader memory is asked for. The machine's own prefetcher stops at each page, and from memory a sum
/// takes half the time with this; from 2,048 to 8,192 elements it makes no difference.
const AHEAD: usize = 3_072;
/// `NEW[WIDTH - old + i]` says whether lane `i` counts if the first `old` don't.
static NEW: [bool; 2 * WIDTH] = {
    let mut new = [false; 2 * WIDTH];
    let mut i = WIDTH;
    while i < 2 * WIDTH {
        new[i] = true;
        i += 1;
    }
    new
};

/// What is kept of a line while it is read vector by vector.
pub(super) trait Lanes<T>: Copy {
    type State: Copy;

    fn start(self) -> Self::State;

    /// What one vector is by itself.
    fn of(self, values: [T; WIDTH]) -> Self::State;

    /// Takes a vector, of which the first `old` elements don't count.
    fn take(self, state: Self::State, values: [T; WIDTH], old: usize) -> Self::State;

    fn join(self, a: Self::State, b: Self::State) -> Self::State;
}

/// One fold.
#[derive(Clone, Copy)]
pub(super) struct One<M>(pub(super) M);

impl<T: Copy, M: Monoid<T>> Lanes<T> for One<M> {
    type State = [T; WIDTH];

    #[inline(always)]
    fn start(self) -> [T; WIDTH] {
        [self.0.identity(); WIDTH]
    }

    #[inline(always)]
    fn of(self, values: [T; WIDTH]) -> [T; WIDTH] {
        values
    }

    #[inline(always)]
    fn take(self, state: [T; WIDTH], values: [T; WIDTH], old: usize) -> [T; WIDTH] {
        join(self.0, state, only_new(values, old, self.0.identity()))
    }

    #[inline(always)]
    fn join(self, a: [T; WIDTH], b: [T; WIDTH]) -> [T; WIDTH] {
        join(self.0, a, b)
    }
}

/// `values` with `other` in place of the first `old`.
#[inline(always)]
pub(super) fn only_new<T: Copy>(mut values: [T; WIDTH], old: usize, other: T) -> [T; WIDTH] {
    if old > 0 {
        let new: [bool; WIDTH] = load(&NEW, WIDTH - old);
        for i in 0..WIDTH {
            values[i] = if new[i] { values[i] } else { other };
        }
    }
    values
}

/// Two folds in one pass.
#[derive(Clone, Copy)]
pub(super) struct Both<A, B>(pub(super) A, pub(super) B);

impl<T: Copy, A: Monoid<T>, B: Monoid<T>> Lanes<T> for Both<A, B> {
    type State = ([T; WIDTH], [T; WIDTH]);

    #[inline(always)]
    fn start(self) -> Self::State {
        (One(self.0).start(), One(self.1).start())
    }

    #[inline(always)]
    fn of(self, values: [T; WIDTH]) -> Self::State {
        (values, values)
    }

    #[inline(always)]
    fn take(self, (a, b): Self::State, values: [T; WIDTH], old: usize) -> Self::State {
        (One(self.0).take(a, values, old), One(self.1).take(b, values, old))
    }

    #[inline(always)]
    fn join(self, (a, b): Self::State, (c, d): Self::State) -> Self::State {
        (join(self.0, a, c), join(self.1, b, d))
    }
}

/// The fold of `len` elements from `at` on, at least [`WIDTH`], in lanes.
#[inline(always)]
pub(super) fn fold_vectors<const FMA: bool, S: Source, L: Lanes<S::Item>>(
    lanes: L,
    x: S,
    at: usize,
    target: usize,
    len: usize,
) -> L::State {
    let (mut next, end) = (at, at.saturating_add(len));
    assert!(len >= WIDTH && x.holds(end));
    // Not an array of states: the compiler would leave them in memory.
    let [mut a, mut b, mut c, mut d] = [lanes.start(); LANES / WIDTH];
    // SAFETY: no vector goes beyond `end`, up to which there are elements.
    unsafe {
        while end - next >= LANES {
            if x.holds(next + AHEAD) {
                x.prefetch::<{ LANES / WIDTH }>(next + AHEAD);
            }
            a = lanes.take(a, x.along_unchecked::<FMA, WIDTH>(next, target), 0);
            b = lanes.take(b, x.along_unchecked::<FMA, WIDTH>(next + WIDTH, target), 0);
            c = lanes.take(c, x.along_unchecked::<FMA, WIDTH>(next + 2 * WIDTH, target), 0);
            d = lanes.take(d, x.along_unchecked::<FMA, WIDTH>(next + 3 * WIDTH, target), 0);
            next += LANES;
        }
        a = lanes.join(lanes.join(a, b), lanes.join(c, d));
        while end - next >= WIDTH {
            a = lanes.take(a, x.along_unchecked::<FMA, WIDTH>(next, target), 0);
            next += WIDTH;
        }
        if next < end {
            // The last vector, of which only the lanes that are new count.
            a = lanes.take(a, x.along_unchecked::<FMA, WIDTH>(end - WIDTH, target), WIDTH - (end - next));
        }
    }
    a
}

/// How many blocks are read in turns.
pub(super) const TURNS: usize = 4;

/// What [`fold_vectors`] gives for each of [`TURNS`] blocks of `len` elements, a multiple of [`LANES`], which lie one after the
/// other from `at` on. They are read in turns, a few lines of the cache at a time: memory is read faster at several places.
#[inline(always)]
pub(super) fn fold_in_turns<const FMA: bool, S: Source, L: Lanes<S::Item>>(
    lanes: L,
    x: S,
    at: usize,
    target: usize,
    len: usize,
) -> [L::State; TURNS] {
    assert!(len.is_multiple_of(LANES) && x.holds(at.saturating_add(TURNS * len)));
    // There are more than registers: they stay in memory, where a turn finds them.
    let mut states = [[lanes.start(); LANES / WIDTH]; TURNS];
    for from in (0..len).step_by(LANES) {
        for (block, states) in states.iter_mut().enumerate() {
            for (vector, state) in states.iter_mut().enumerate() {
                // SAFETY: the vector ends within the last block, up to whose end there are elements.
                let values =
                    unsafe { x.along_unchecked::<FMA, WIDTH>(at + block * len + from + vector * WIDTH, target) };
                *state = lanes.take(*state, values, 0);
            }
        }
    }
    states.map(
        #[inline(always)]
        |[a, b, c, d]| lanes.join(lanes.join(a, b), lanes.join(c, d)),
    )
}

/// The fold of `len` elements from `at` on.
#[inline(always)]
pub(super) fn fold_line<const FMA: bool, S: Source, M: Monoid<S::Item>>(
    monoid: M,
    x: S,
    at: usize,
    target: usize,
    len: usize,
) -> S::Item {
    if len >= WIDTH {
        return join_lanes(monoid, &fold_vectors::<FMA, S, One<M>>(One(monoid), x, at, target, len));
    }
    let mut state = monoid.identity();
    for at in at..at + len {
        state = monoid.combine(state, x.get::<FMA>(at, target));
    }
    state
}

/// The fold of each of [`TURNS`] blocks, as [`fold_in_turns`] takes them.
#[inline(always)]
pub(super) fn fold_lines<const FMA: bool, S: Source, M: Monoid<S::Item>>(
    monoid: M,
    x: S,
    at: usize,
    target: usize,
    len: usize,
) -> [S::Item; TURNS] {
    fold_in_turns::<FMA, S, _>(One(monoid), x, at, target, len).map(
        #[inline(always)]
        |lanes| join_lanes(monoid, &lanes),
    )
}

/// Lane by lane.
#[inline(always)]
pub(super) fn join<T: Copy, M: Monoid<T>>(monoid: M, a: [T; WIDTH], b: [T; WIDTH]) -> [T; WIDTH] {
    zip(
        a,
        b,
        #[inline(always)]
        |a, b| monoid.combine(a, b),
    )
}

/// The fold of the lanes. A call of its own: inlined, its pairs would make the compiler cut the vectors of the loop
/// before it into pairs too.
#[inline(never)]
pub(super) fn join_lanes<T: Copy, M: Monoid<T>>(monoid: M, lanes: &[T; WIDTH]) -> T {
    let mut lanes = *lanes;
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] = monoid.combine(lanes[i], lanes[i + half]);
        }
    }
    lanes[0]
}
