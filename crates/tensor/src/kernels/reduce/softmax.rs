//! ln Σeˣ, the softmax and its logarithm, along the middle axis, without overflow.
//!
//! Lines that stay in a cache are done one by one, and longer ones in parts. A part is shifted by its own maximum, which is
//! made good when the parts are read again: so the line is read twice, and not three times. All other sizes are done in
//! passes over everything: maxima, exponentials, their sums, and what is left.

use super::apply::{apply, update};
use super::extremum::{Max, OfNumbers, max};
use super::fold::{BLOCK, TASK, WIDTH, fold};
use super::lanes::{fold_line, join_lanes};
use super::numbers::Numbers;
use super::source::{Given, GivenPairFunction, GivenPairs, Scaled, ShiftedExp};
use super::sum::{Sum, sum};
use super::turned::{are_short, as_columns, each_line, map_lines};
use super::vector::load;
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::map::map_in_place;
use crate::kernels::math::Ln;
use crate::kernels::parallel;
use crate::kernels::scratch::filled;

/// Exponentials that are computed together: four vectors where there are 16 registers.
const TOGETHER: usize = 2 * WIDTH;
/// Elements of a long line that are a part. They stay in the nearest cache, with what they become.
const PART: usize = 4_096;

/// ln Σeˣ; −∞ of nothing.
pub(crate) fn logsumexp<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    if are_short(sizes) {
        let n = sizes[1];
        return each_line(true, n, out, |start, out| {
            as_columns(&x[start * n..][..out.len() * n], n, |first, x| {
                let lines = x.len() / n;
                logsumexp_any(x, [1, n, lines], &mut out[first..][..lines]);
            });
        });
    }
    logsumexp_any(x, sizes, out);
}

fn logsumexp_any<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    let maxima = Numbers::new(sizes, |out| max(x, sizes, out));
    fold(Sum, Given { f: ShiftedExp, x, given: maxima.table() }, sizes, out);
    map_in_place(Ln, out);
    for (out, &max) in out.iter_mut().zip(maxima.values()) {
        // An infinite maximum is the result, as NaN is.
        *out = if max.is_finite() { *out + max } else { max };
    }
}

/// eˣ/Σeˣ. Through the logarithm, a small probability would lose |ln p| roundings.
pub(crate) fn softmax<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    let [_, n, inner] = sizes;
    if are_short(sizes) {
        return map_lines(x, n, out, softmax);
    }
    if inner == 1 {
        return along_lines(Softmax, x, n, out);
    }
    softmax_with(x, sizes, out, |_, _| ());
}

/// The softmax, in passes; `found` gets the maxima and the sums of the exponentials.
pub(super) fn softmax_with<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E], found: impl FnOnce(&[E], &[E])) {
    let maxima = Numbers::new(sizes, |out| max(x, sizes, out));
    apply(Given { f: ShiftedExp, x, given: maxima.table() }, sizes, out);
    let factors = Numbers::new(sizes, |factors| {
        sum(out, sizes, factors);
        found(maxima.values(), factors);
        factors.iter_mut().for_each(|sum| *sum = E::ONE / *sum);
    });
    update(Scaled, factors.table(), sizes, out);
}

/// x − ln Σeˣ.
pub(crate) fn log_softmax<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    let [_, n, inner] = sizes;
    if are_short(sizes) {
        return map_lines(x, n, out, log_softmax);
    }
    if inner == 1 {
        return along_lines(LogSoftmax, x, n, out);
    }
    let maxima = Numbers::new(sizes, |out| max(x, sizes, out));
    let logarithms = Numbers::new(sizes, |out| {
        fold(Sum, Given { f: ShiftedExp, x, given: maxima.table() }, sizes, out);
        map_in_place(Ln, out);
    });
    apply(GivenPairs { f: MinusBoth, a: x, b: x, given: [maxima.table(), logarithms.table()] }, sizes, out);
}

/// x − m − l. The second operand, x again, isn't used.
#[derive(Clone, Copy)]
struct MinusBoth;

impl<E: Float> GivenPairFunction<E, 2> for MinusBoth {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, _: E, [max, logarithm]: [E; 2]) -> E {
        x - max - logarithm
    }
}

/// What comes after the [`exponentials`] of a line, or of a part of one.
trait Rest<E>: Copy + Send + Sync {
    /// Two numbers that the last pass needs to know, from the maximum and the sum of a part, and of the whole line.
    fn between<const FMA: bool>(self, part: (E, E), whole: (E, E)) -> (E, E);

    /// The last pass over a part: of x from `at` on, and of the exponentials in `out`.
    fn last(self, x: &[E], at: usize, out: &mut [E], known: (E, E));
}

#[derive(Clone, Copy)]
struct Softmax;

impl<E: Float> Rest<E> for Softmax {
    #[inline(always)]
    fn between<const FMA: bool>(self, (max, _): (E, E), (of_all, sum): (E, E)) -> (E, E) {
        let power = if max == of_all { E::ONE } else { (max - of_all).exp_negative::<FMA>() };
        (power / sum, of_all)
    }

    #[inline(always)]
    fn last(self, _: &[E], _: usize, out: &mut [E], (factor, _): (E, E)) {
        out.iter_mut().for_each(|y| *y = *y * factor);
    }
}

#[derive(Clone, Copy)]
struct LogSoftmax;

impl<E: Float> Rest<E> for LogSoftmax {
    #[inline(always)]
    fn between<const FMA: bool>(self, _: (E, E), (max, sum): (E, E)) -> (E, E) {
        (max, sum.ln::<FMA>())
    }

    #[inline(always)]
    fn last(self, x: &[E], at: usize, out: &mut [E], (max, logarithm): (E, E)) {
        for (y, &x) in out.iter_mut().zip(&x[at..]) {
            *y = x - max - logarithm;
        }
    }
}

/// Both passes over each of the lines of `n`.
fn along_lines<E: Float, R: Rest<E>>(rest: R, x: &[E], n: usize, out: &mut [E]) {
    if n <= BLOCK {
        let lines = (TASK / n.max(1)).max(1);
        return parallel::in_pieces(out, parallel::pays(out.len(), true), lines * n, |start, out| {
            dispatch(Lines { rest, x: &x[start..][..out.len()], n, out });
        });
    }
    let mut known = filled((E::default(), E::default()), x.len() / n * n.div_ceil(PART));
    each_part(n, out, &mut known, |at, out, known| *known = dispatch(Exponentials { x, at, out }));
    for line in known.chunks_exact_mut(n.div_ceil(PART)) {
        dispatch(Between { rest, line });
    }
    each_part(n, out, &mut known, |at, out, &mut known| dispatch(Last { rest, x, at, out, known }));
}

/// Calls `run` with each part of the lines of `n`: its place, what it becomes, and what is known of it.
fn each_part<E: Float, T: Send>(
    n: usize,
    out: &mut [E],
    known: &mut [T],
    run: impl Fn(usize, &mut [E], &mut T) + Sync,
) {
    let large = parallel::pays(out.len(), true);
    let places = (0..out.len()).step_by(n).flat_map(|start| (start..start + n).step_by(PART));
    let parts = places.zip(out.chunks_exact_mut(n).flat_map(|line| line.chunks_mut(PART))).zip(known);
    if large {
        parallel::for_each_piece(parts, |_, ((at, out), known)| run(*at, out, known));
    } else {
        parts.for_each(|((at, out), known)| run(at, out, known));
    }
}

struct Lines<'a, E, R> {
    rest: R,
    x: &'a [E],
    n: usize,
    out: &'a mut [E],
}

impl<E: Float, R: Rest<E>> Kernel for Lines<'_, E, R> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Lines { rest, x, n, out } = self;
        for (line, out) in out.chunks_exact_mut(n.max(1)).enumerate() {
            let found = exponentials::<FMA, E>(x, line * n, out);
            rest.last(x, line * n, out, rest.between::<FMA>(found, found));
        }
    }
}

struct Exponentials<'a, E> {
    x: &'a [E],
    at: usize,
    out: &'a mut [E],
}

impl<E: Float> Kernel for Exponentials<'_, E> {
    type Output = (E, E);

    #[inline(always)]
    fn run<const FMA: bool>(self) -> (E, E) {
        exponentials::<FMA, E>(self.x, self.at, self.out)
    }
}

struct Last<'a, E, R> {
    rest: R,
    x: &'a [E],
    at: usize,
    out: &'a mut [E],
    known: (E, E),
}

impl<E: Float, R: Rest<E>> Kernel for Last<'_, E, R> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.rest.last(self.x, self.at, self.out, self.known);
    }
}

/// Brings the parts of a line together.
struct Between<'a, E, R> {
    rest: R,
    line: &'a mut [(E, E)],
}

impl<E: Float, R: Rest<E>> Kernel for Between<'_, E, R> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Between { rest, line } = self;
        let max = line.iter().fold(E::NEG_INFINITY, |a, &(max, _)| if max > a { max } else { a });
        let sums = line.iter().map(|&(of_part, sum)| sum * (of_part - max).exp_negative::<FMA>());
        // There may be thousands of parts: their sum shouldn't round for each.
        let sum = E::from_f64(sums.map(E::to_f64).sum());
        line.iter_mut().for_each(|part| *part = rest.between::<FMA>(*part, (max, sum)));
    }
}

/// `out` = eˣ⁻ᵐ for the line of x that starts at `at`, where m is its maximum; gives m and the sum.
#[inline(always)]
pub(super) fn exponentials<const FMA: bool, E: Float>(x: &[E], at: usize, out: &mut [E]) -> (E, E) {
    let n = out.len();
    if n >= WIDTH {
        // NaN comes back with the exponentials.
        let max = fold_line::<FMA, _, _>(OfNumbers(Max), x, at, 0, n);
        let x = &x[at..at + n];
        if n >= TOGETHER {
            shifted_exponentials::<FMA, TOGETHER, E>(x, shift(max), out);
        } else {
            shifted_exponentials::<FMA, WIDTH, E>(x, shift(max), out);
        }
        return (max, fold_line::<FMA, _, _>(Sum, &*out, 0, 0, n));
    }
    // A line as one vector.
    let mut line = if at + WIDTH <= x.len() { load(x, at) } else { [E::NEG_INFINITY; WIDTH] };
    if at + WIDTH <= x.len() {
        for (i, x) in line.iter_mut().enumerate() {
            *x = if i < n { *x } else { E::NEG_INFINITY };
        }
    } else {
        line[..n].copy_from_slice(&x[at..at + n]);
    }
    let max = join_lanes(OfNumbers(Max), &line);
    for x in &mut line {
        *x = (*x - shift(max)).exp_negative::<FMA>();
    }
    out.copy_from_slice(&line[..n]);
    (max, join_lanes(Sum, &line))
}

/// What is subtracted from numbers up to `max`. −∞ less −∞ would be NaN, where e^−∞ is meant: a part may have nothing else.
#[inline(always)]
fn shift<E: Float>(max: E) -> E {
    if max == E::NEG_INFINITY { E::default() } else { max }
}

/// `out` = eˣ⁻ˢ, `N` at a time; there are at least as many. The last may overlap those before.
#[inline(always)]
fn shifted_exponentials<const FMA: bool, const N: usize, E: Float>(x: &[E], shift: E, out: &mut [E]) {
    for (x, out) in x.as_chunks().0.iter().zip(out.as_chunks_mut().0) {
        *out = of_vector::<FMA, N, E>(x, shift);
    }
    if let (Some(x), Some(out)) = (x.last_chunk(), out.last_chunk_mut()) {
        *out = of_vector::<FMA, N, E>(x, shift);
    }
}

#[inline(always)]
fn of_vector<const FMA: bool, const N: usize, E: Float>(x: &[E; N], shift: E) -> [E; N] {
    let mut x = *x;
    x.iter_mut().for_each(|x| *x = *x - shift);
    E::exp_negative_of::<FMA, N>(x)
}
