//! Products of one row with a matrix, which are bound by reading the matrix: it is read once, where it lies.

use super::{KC, Matrix};
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;
use crate::kernels::scratch::vec_for;

/// How many elements of the matrix a task reads at least.
const TASK: usize = 1 << 18;

/// `a` has one row.
pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E], parallel: bool) {
    let mut copy;
    let x = if a.column_stride == 1 {
        &a.data[..a.columns]
    } else {
        copy = vec_for("matmul", a.columns);
        copy.extend((0..a.columns).map(|term| a.data[a.position(0, term)]));
        &copy[..]
    };
    let run = |first: usize, out: &mut [E]| {
        let bias = bias.map(|bias| &bias[first..][..out.len()]);
        dispatch(Row { x, b, first, bias, out });
    };
    // Cut by columns: each is summed as it would be alone.
    let width = (TASK / b.rows).max(1).next_multiple_of(WIDTH);
    parallel::in_pieces(out, parallel && out.len() >= 2 * width, width, run);
}

/// How many columns are summed together if there are many, of neighbours: eight registers of 64 bytes, of `f32`.
const WIDTH: usize = 128;

struct Row<'a, E> {
    x: &'a [E],
    b: Matrix<'a, E>,
    /// The column of b that `out` starts with.
    first: usize,
    /// From there on.
    bias: Option<&'a [E]>,
    out: &'a mut [E],
}

impl<E: Float> Kernel for Row<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Row { x, b, first, bias, out } = self;
        match (b.column_stride, b.row_stride, out.len()) {
            (1, _, n) if n % WIDTH == 0 => neighbours::<FMA, E, 1, WIDTH>(x, &b, first, out),
            (1, _, 33..) => neighbours::<FMA, E, 8, 16>(x, &b, first, out),
            (1, _, 16..) => neighbours::<FMA, E, 2, 16>(x, &b, first, out),
            (1, _, 8..) => neighbours::<FMA, E, 2, 8>(x, &b, first, out),
            (1, _, 4..) => neighbours::<FMA, E, 2, 4>(x, &b, first, out),
            (_, 1, 4..) => dots::<FMA, E, 4>(x, &b, first, out),
            (_, 1, _) => dots::<FMA, E, 1>(x, &b, first, out),
            _ => neighbours::<FMA, E, 4, 1>(x, &b, first, out),
        }
        if let Some(bias) = bias {
            for (out, &bias) in out.iter_mut().zip(bias) {
                *out = bias + *out;
            }
        }
    }
}

/// Σ xₖ·bₖⱼ for the columns from `first` on, in panels of `N` neighbours, of which `P` are summed at once: one alone would
/// wait for each of its additions. The last ones overlap where there are no more columns.
#[inline(always)]
fn neighbours<const FMA: bool, E: Float, const P: usize, const N: usize>(
    x: &[E],
    b: &Matrix<'_, E>,
    first: usize,
    out: &mut [E],
) {
    for done in (0..out.len()).step_by(P * N) {
        let mut starts = [0; P];
        for (panel, start) in starts.iter_mut().enumerate() {
            *start = (done + panel * N).min(out.len() - N) * b.column_stride;
        }
        let mut totals = [[E::default(); N]; P];
        for (number, x) in x.chunks(KC).enumerate() {
            let mut sums = [[E::default(); N]; P];
            for (term, &x) in x.iter().enumerate() {
                let row = b.position(number * KC + term, first);
                for (sums, start) in sums.iter_mut().zip(starts) {
                    // SAFETY: `N` columns from there on are among those of b, all of whose elements lie in its data, as
                    // `product` checked. They are neighbours, or one.
                    let y = unsafe { &*b.data.as_ptr().add(row + start).cast::<[E; N]>() };
                    for (sum, &y) in sums.iter_mut().zip(y) {
                        *sum = x.mul_add::<FMA>(y, *sum);
                    }
                }
            }
            for (totals, sums) in totals.iter_mut().zip(sums) {
                for (total, sum) in totals.iter_mut().zip(sums) {
                    *total = if number == 0 { sum } else { *total + sum };
                }
            }
        }
        for (panel, totals) in totals.iter().enumerate() {
            let start = (done + panel * N).min(out.len() - N);
            out[start..][..N].copy_from_slice(totals);
        }
    }
}

/// Σ xₖ·bₖⱼ for the columns from `first` on, each of which lies as x does, `N` at once. The last ones overlap.
#[inline(always)]
fn dots<const FMA: bool, E: Float, const N: usize>(x: &[E], b: &Matrix<'_, E>, first: usize, out: &mut [E]) {
    for done in (0..out.len()).step_by(N) {
        let start = done.min(out.len() - N);
        let mut columns = [&[][..]; N];
        for (j, column) in columns.iter_mut().enumerate() {
            *column = &b.data[b.position(0, first + start + j)..][..x.len()];
        }
        // 32 sums of every 32nd term. They are added in halves, and so are the terms that are left over.
        let mut left = 0;
        let sums = step::<FMA, E, N, 32>([[E::default(); 32]; N], x, columns, &mut left, usize::MAX);
        let sums = step::<FMA, E, N, 16>(halves(sums), x, columns, &mut left, 1);
        let sums = step::<FMA, E, N, 8>(halves(sums), x, columns, &mut left, 1);
        let sums = step::<FMA, E, N, 4>(halves(sums), x, columns, &mut left, 1);
        let sums = halves::<E, N, 2, 1>(halves::<E, N, 4, 2>(sums));
        let sums = step::<FMA, E, N, 1>(sums, x, columns, &mut left, 3);
        for (out, [sum]) in out[start..].iter_mut().zip(sums) {
            *out = sum;
        }
    }
}

/// Adds the products of x and y from `done` on, `L` at a time, as often as they are there but `most` times.
#[inline(always)]
fn step<const FMA: bool, E: Float, const N: usize, const L: usize>(
    mut sums: [[E; L]; N],
    x: &[E],
    y: [&[E]; N],
    done: &mut usize,
    most: usize,
) -> [[E; L]; N] {
    let times = ((x.len() - *done) / L).min(most);
    for _ in 0..times {
        for (sums, y) in sums.iter_mut().zip(y) {
            for ((sum, &x), &y) in sums.iter_mut().zip(&x[*done..][..L]).zip(&y[*done..][..L]) {
                *sum = x.mul_add::<FMA>(y, *sum);
            }
        }
        *done += L;
    }
    sums
}

#[inline(always)]
fn halves<E: Float, const N: usize, const L: usize, const HALF: usize>(sums: [[E; L]; N]) -> [[E; HALF]; N] {
    let mut out = [[E::default(); HALF]; N];
    for (out, sums) in out.iter_mut().zip(sums) {
        for (lane, out) in out.iter_mut().enumerate() {
            *out = sums[lane] + sums[lane + HALF];
        }
    }
    out
}
