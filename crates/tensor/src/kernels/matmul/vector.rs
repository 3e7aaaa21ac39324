//! Products of one row with a matrix, which are bound by reading the matrix: it is read once, where it lies.

use super::{KC, Matrix};
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;

/// How many elements of the matrix a task reads at least.
const TASK: usize = 1 << 18;

/// `a` has one row.
pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E], parallel: bool) {
    let mut copy = Vec::new();
    let x = if a.column_stride == 1 {
        &a.data[..a.columns]
    } else {
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

/// How many columns are summed together, if they are neighbours: eight registers of 64 bytes, of `f32`.
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
        let mut done = 0;
        if b.column_stride == 1 {
            while let Some(out) = out[done..].first_chunk_mut() {
                *out = neighbours::<FMA, E, WIDTH>(x, &b, first + done);
                done += WIDTH;
            }
            while let Some(out) = out[done..].first_chunk_mut() {
                *out = neighbours::<FMA, E, 16>(x, &b, first + done);
                done += 16;
            }
        } else if b.row_stride == 1 {
            let column = |j: usize| &b.data[b.position(0, first + j)..][..x.len()];
            while let Some(out) = out[done..].first_chunk_mut() {
                *out = dots::<FMA, E, 4>(x, [column(done), column(done + 1), column(done + 2), column(done + 3)]);
                done += 4;
            }
            while let Some(out) = out[done..].first_chunk_mut() {
                *out = dots::<FMA, E, 1>(x, [column(done)]);
                done += 1;
            }
        }
        while let Some(out) = out[done..].first_chunk_mut() {
            *out = neighbours::<FMA, E, 1>(x, &b, first + done);
            done += 1;
        }
        if let Some(bias) = bias {
            for (out, &bias) in out.iter_mut().zip(bias) {
                *out = bias + *out;
            }
        }
    }
}

/// Σ xₖ·bₖⱼ for `N` columns from j on, which are neighbours if they are more than one.
#[inline(always)]
fn neighbours<const FMA: bool, E: Float, const N: usize>(x: &[E], b: &Matrix<'_, E>, j: usize) -> [E; N] {
    let mut total = [E::default(); N];
    for (number, x) in x.chunks(KC).enumerate() {
        let mut sums = [E::default(); N];
        for (term, &x) in x.iter().enumerate() {
            // In one piece of known length, for the whole loop to be vectors.
            let Some(y) = b.data[b.position(number * KC + term, j)..].first_chunk::<N>() else { break };
            for (sum, &y) in sums.iter_mut().zip(y) {
                *sum = x.mul_add::<FMA>(y, *sum);
            }
        }
        for (total, sum) in total.iter_mut().zip(sums) {
            *total = if number == 0 { sum } else { *total + sum };
        }
    }
    total
}

/// How many sums a dot product is made of.
const LANES: usize = 32;

/// Σ xₖ·yₖ for `N` vectors y, each in 32 sums of every 32nd term, which are added in pairs.
#[inline(always)]
fn dots<const FMA: bool, E: Float, const N: usize>(x: &[E], y: [&[E]; N]) -> [E; N] {
    let mut sums = [[E::default(); LANES]; N];
    let whole = x.len() / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        for (sums, y) in sums.iter_mut().zip(y) {
            for ((sum, &x), &y) in sums.iter_mut().zip(&x[at..][..LANES]).zip(&y[at..][..LANES]) {
                *sum = x.mul_add::<FMA>(y, *sum);
            }
        }
    }
    let mut out = [E::default(); N];
    for ((out, sums), y) in out.iter_mut().zip(sums).zip(y) {
        // The rest, filled up with zeros.
        let (mut x_rest, mut y_rest) = ([E::default(); LANES], [E::default(); LANES]);
        x_rest[..x.len() - whole].copy_from_slice(&x[whole..]);
        y_rest[..x.len() - whole].copy_from_slice(&y[whole..]);
        let mut sums = sums;
        for ((sum, x), y) in sums.iter_mut().zip(x_rest).zip(y_rest) {
            *sum = x.mul_add::<FMA>(y, *sum);
        }
        let mut width = LANES;
        while width > 1 {
            width /= 2;
            for lane in 0..width {
                sums[lane] = sums[lane] + sums[lane + width];
            }
        }
        *out = sums[0];
    }
    out
}
