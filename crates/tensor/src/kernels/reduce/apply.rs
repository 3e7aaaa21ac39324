//! Functions of each element and of what is known of its output: the pass after a reduction.

use super::fold::{LANES, WIDTH};
use super::source::{GivenFunction, Source, Table};
use super::vector::{load, zip};
use crate::element::Number;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel::in_tasks;

/// `out` = the elements of `x`, both `[outer, n, inner]`.
pub(super) fn apply<S: Source>(x: S, sizes: [usize; 3], out: &mut [S::Item]) {
    in_tasks(out, S::HEAVY, |start, out| dispatch(Apply { x, sizes, start, out }));
}

/// `out` = f(`out`, the given number of its output), for `out` of sizes `[outer, n, inner]`.
pub(super) fn update<E: Number, F: GivenFunction<E>>(f: F, given: Table<'_, E>, sizes: [usize; 3], out: &mut [E]) {
    in_tasks(out, F::HEAVY, |start, out| dispatch(Update { f, given, sizes, start, out }));
}

/// Elements that follow each other, whose given numbers do too.
struct Segment {
    /// Where it starts, from the first element of the piece on.
    at: usize,
    len: usize,
    line: usize,
    column: usize,
}

/// Cuts the `len` elements from `start` on into segments.
#[inline(always)]
fn segments([_, n, inner]: [usize; 3], start: usize, len: usize, mut run: impl FnMut(Segment)) {
    let plane = n * inner;
    // Lines of few columns have their numbers repeated, so that a segment may go on over the end of a row.
    let whole = if inner < LANES { plane } else { inner };
    let mut at = 0;
    while at < len {
        let place = start + at;
        let segment = (whole - place % whole).min(len - at);
        run(Segment { at, len: segment, line: place / plane, column: place % inner });
        at += segment;
    }
}

/// The column of the next vector, which is `step` = WIDTH mod `inner` columns further on.
#[inline(always)]
fn next_column(column: usize, step: usize, inner: usize) -> usize {
    let next = column + step;
    if next >= inner { next - inner } else { next }
}

struct Apply<'a, S: Source> {
    x: S,
    sizes: [usize; 3],
    start: usize,
    out: &'a mut [S::Item],
}

impl<S: Source> Kernel for Apply<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Apply { x, sizes, start, out } = self;
        let inner = sizes[2];
        let step = WIDTH % inner.max(1);
        segments(
            sizes,
            start,
            out.len(),
            #[inline(always)]
            |Segment { at, len, line, column }| {
                let target = x.target(line, inner);
                let out = &mut out[at..at + len];
                let (mut next, mut next_target) = (0, column);
                assert!(x.holds(start + at + len));
                while next + WIDTH <= len {
                    // SAFETY: the vector ends within the segment, which `x` holds, as just checked.
                    let values = unsafe { vector::<FMA, S>(x, start + at + next, target + next_target, inner) };
                    out[next..next + WIDTH].copy_from_slice(&values);
                    next += WIDTH;
                    next_target = next_column(next_target, step, inner);
                }
                if next < len && len >= WIDTH {
                    // The last vector, which overlaps the one before: both give the same.
                    let last = len - WIDTH;
                    let column = if inner < LANES { (column + last) % inner } else { column + last };
                    // SAFETY: as before.
                    let values = unsafe { vector::<FMA, S>(x, start + at + last, target + column, inner) };
                    out[last..].copy_from_slice(&values);
                } else {
                    for (i, out) in out.iter_mut().enumerate().skip(next) {
                        *out = x.get::<FMA>(
                            start + at + i,
                            target + if inner < LANES { (column + i) % inner } else { column + i },
                        );
                    }
                }
            },
        );
    }
}

/// # Safety
/// `x.holds(at + WIDTH)`.
#[inline(always)]
unsafe fn vector<const FMA: bool, S: Source>(x: S, at: usize, target: usize, inner: usize) -> [S::Item; WIDTH] {
    // SAFETY: as the caller says.
    unsafe {
        if inner == 1 {
            x.along_unchecked::<FMA, WIDTH>(at, target)
        } else {
            x.across_unchecked::<FMA, WIDTH>(at, target)
        }
    }
}

struct Update<'a, E, F> {
    f: F,
    given: Table<'a, E>,
    sizes: [usize; 3],
    start: usize,
    out: &'a mut [E],
}

impl<E: Number, F: GivenFunction<E>> Kernel for Update<'_, E, F> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Update { f, given, sizes, start, out } = self;
        let inner = sizes[2];
        let step = WIDTH % inner.max(1);
        segments(
            sizes,
            start,
            out.len(),
            #[inline(always)]
            |Segment { at, len, line, mut column }| {
                let target = line * given.width;
                let (vectors, rest) = out[at..at + len].as_chunks_mut::<WIDTH>();
                for out in vectors {
                    let numbers = match inner {
                        1 => [given.values[target]; WIDTH],
                        _ => load(given.values, target + column),
                    };
                    *out = zip(
                        *out,
                        numbers,
                        #[inline(always)]
                        |x, given| f.call::<FMA>(x, given),
                    );
                    column = next_column(column, step, inner);
                }
                for (i, out) in rest.iter_mut().enumerate() {
                    *out = f.call::<FMA>(*out, given.values[target + if inner == 1 { 0 } else { column + i }]);
                }
            },
        );
    }
}
