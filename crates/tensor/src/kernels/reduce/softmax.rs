//! ln Σeˣ, the softmax and its logarithm, along the middle axis, without overflow.
//!
//! Lines that stay in a cache are done one by one; all other sizes in passes over everything: maxima, exponentials,
//! their sums, and what is left.

use super::apply::{apply, update};
use super::extremum::{Max, OfNumbers, max};
use super::fold::{BLOCK, LANES, TASK, WIDTH, fold};
use super::lanes::{fold_line, join, join_lanes};
use super::numbers::Numbers;
use super::source::{Given, GivenPairFunction, GivenPairs, Scaled, ShiftedExp, Source, Table};
use super::sum::{Sum, sum};
use super::turned::{are_short, as_columns, each_line, lines_per_task, map_columns};
use super::vector::load;
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::map::map_in_place;
use crate::kernels::math::Ln;
use crate::kernels::parallel;

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
        return in_lines(lines_per_task(n), n, out, |start, out| {
            map_columns(&x[start..][..out.len()], n, out, |_, x, out| softmax(x, [1, n, x.len() / n], out));
        });
    }
    if inner == 1 && n <= BLOCK {
        return in_lines((TASK / n.max(1)).max(1), n, out, |start, out| {
            dispatch(SoftmaxLines { x: &x[start..][..out.len()], n, out })
        });
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
        return in_lines(lines_per_task(n), n, out, |start, out| {
            map_columns(&x[start..][..out.len()], n, out, |_, x, out| log_softmax(x, [1, n, x.len() / n], out));
        });
    }
    if inner == 1 && n <= BLOCK {
        return in_lines((TASK / n.max(1)).max(1), n, out, |start, out| {
            dispatch(LogSoftmaxLines { x: &x[start..][..out.len()], n, out })
        });
    }
    let maxima = Numbers::new(sizes, |out| max(x, sizes, out));
    let logarithms = Numbers::new(sizes, |out| {
        fold(Sum, Given { f: ShiftedExp, x, given: maxima.table() }, sizes, out);
        map_in_place(Ln, out);
    });
    apply(GivenPairs { f: MinusBoth, a: x, b: x, given: [maxima.table(), logarithms.table()] }, sizes, out);
}

/// Runs `run(start, out)` over lines of `n`, on several threads if they are many: `lines` for each task.
fn in_lines<T: Send>(lines: usize, n: usize, out: &mut [T], run: impl Fn(usize, &mut [T]) + Sync) {
    parallel::in_pieces(out, parallel::pays(out.len(), true), lines * n, run);
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

struct SoftmaxLines<'a, E> {
    x: &'a [E],
    n: usize,
    out: &'a mut [E],
}

impl<E: Float> Kernel for SoftmaxLines<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let SoftmaxLines { x, n, out } = self;
        for (line, out) in out.chunks_exact_mut(n.max(1)).enumerate() {
            let (_, sum) = exponentials::<FMA, E>(x, line * n, out);
            let factor = E::ONE / sum;
            out.iter_mut().for_each(|y| *y = *y * factor);
        }
    }
}

struct LogSoftmaxLines<'a, E> {
    x: &'a [E],
    n: usize,
    out: &'a mut [E],
}

impl<E: Float> Kernel for LogSoftmaxLines<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let LogSoftmaxLines { x, n, out } = self;
        for (line, out) in out.chunks_exact_mut(n.max(1)).enumerate() {
            let (max, sum) = if n >= 4 * LANES {
                // The exponentials needn't be kept. NaN comes back with them.
                let max = fold_line::<FMA, _, _>(OfNumbers(Max), x, line * n, 0, n);
                let shifted = Given { f: ShiftedExp, x, given: Table { values: &[max], width: 1 } };
                (max, fold_line::<FMA, _, _>(Sum, shifted, line * n, 0, n))
            } else {
                exponentials::<FMA, E>(x, line * n, out)
            };
            let logarithm = sum.ln::<FMA>();
            for (y, &x) in out.iter_mut().zip(&x[line * n..][..n]) {
                *y = x - max - logarithm;
            }
        }
    }
}

/// `out` = eˣ⁻ᵐ for the line of x that starts at `at`, where m is its maximum; gives m and the sum.
#[inline(always)]
pub(super) fn exponentials<const FMA: bool, E: Float>(x: &[E], at: usize, out: &mut [E]) -> (E, E) {
    let n = out.len();
    if n >= WIDTH {
        // NaN comes back with the exponentials.
        let max = fold_line::<FMA, _, _>(OfNumbers(Max), x, at, 0, n);
        let shifted = Given { f: ShiftedExp, x, given: Table { values: &[max], width: 1 } };
        let mut states = [[E::default(); WIDTH]; LANES / WIDTH];
        let mut next = 0;
        while next + LANES <= n {
            for state in &mut states {
                let values = shifted.along::<FMA, WIDTH>(at + next, 0);
                out[next..next + WIDTH].copy_from_slice(&values);
                *state = join(Sum, *state, values);
                next += WIDTH;
            }
        }
        let [a, b, c, d] = states;
        let mut sums = join(Sum, join(Sum, a, b), join(Sum, c, d));
        while next + WIDTH <= n {
            let values = shifted.along::<FMA, WIDTH>(at + next, 0);
            out[next..next + WIDTH].copy_from_slice(&values);
            sums = join(Sum, sums, values);
            next += WIDTH;
        }
        if next < n {
            // The last vector, of which only the lanes that are new count.
            let mut last = shifted.along::<FMA, WIDTH>(at + n - WIDTH, 0);
            out[n - WIDTH..].copy_from_slice(&last);
            last[..WIDTH - (n - next)].fill(E::default());
            sums = join(Sum, sums, last);
        }
        return (max, join_lanes(Sum, &sums));
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
        *x = (*x - max).exp_negative::<FMA>();
    }
    out.copy_from_slice(&line[..n]);
    (max, join_lanes(Sum, &line))
}
