//! Products of one row with a matrix, which are bound by reading the matrix: it is read once, where it lies.

use super::{KC, Matrix};
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;

/// How many elements of the matrix a task reads at least.
const TASK: usize = 1 << 17;

/// `a` has one row.
pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E], parallel: bool) {
    let mut copy = Vec::new();
    let x = if a.column_stride == 1 {
        &a.data[..a.columns]
    } else {
        copy.extend(a.data.iter().step_by(a.column_stride.max(1)).take(a.columns));
        &copy[..]
    };
    let run = |first: usize, out: &mut [E]| dispatch(Row { x, b, first, bias: bias.map(|bias| &bias[first..]), out });
    // Cut by columns, in whole cache lines: each column is summed as it would be alone.
    let width = (TASK / b.rows).max(1).next_multiple_of(256);
    if parallel && out.len() >= 2 * width {
        parallel::for_each_chunk(out, width, |task, out| run(task * width, out));
    } else {
        run(0, out);
    }
}

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
        let finish = |j: usize, out: &mut E, sum: E| {
            *out = match bias {
                None => sum,
                Some(bias) => bias[j] + sum,
            }
        };
        if b.row_stride == 1 {
            for (j, out) in out.iter_mut().enumerate() {
                finish(j, out, dot::<FMA, E>(x, &b.data[b.position(0, first + j)..][..x.len()]));
            }
            return;
        }
        if b.column_stride == 1 {
            const WIDTH: usize = 128;
            for (number, out) in out.chunks_mut(WIDTH).enumerate() {
                let done = number * WIDTH;
                let mut total = [E::default(); WIDTH];
                for from in (0..x.len()).step_by(KC) {
                    let mut sums = [E::default(); WIDTH];
                    for (term, &x) in x.iter().enumerate().skip(from).take(KC) {
                        let y = &b.data[b.position(term, first + done)..];
                        if let Some(y) = y.first_chunk::<WIDTH>()
                            && out.len() == WIDTH
                        {
                            for (sum, &y) in sums.iter_mut().zip(y) {
                                *sum = x.mul_add::<FMA>(y, *sum);
                            }
                        } else {
                            for (sum, &y) in sums[..out.len()].iter_mut().zip(y) {
                                *sum = x.mul_add::<FMA>(y, *sum);
                            }
                        }
                    }
                    total = if from == 0 { sums } else { std::array::from_fn(|j| total[j] + sums[j]) };
                }
                for (j, out) in out.iter_mut().enumerate() {
                    finish(done + j, out, total[j]);
                }
            }
            return;
        }
        for (j, out) in out.iter_mut().enumerate() {
            let mut sum = E::default();
            for (term, &x) in x.iter().enumerate() {
                sum = x.mul_add::<FMA>(b.data[b.position(term, first + j)], sum);
            }
            finish(j, out, sum);
        }
    }
}

/// Σ xᵢ·yᵢ, in 64 sums of every 64th term, which are added in pairs.
#[inline(always)]
fn dot<const FMA: bool, E: Float>(x: &[E], y: &[E]) -> E {
    const LANES: usize = 64;
    let mut sums = [E::default(); LANES];
    let (whole, rest) = (x.chunks_exact(LANES), x.len() / LANES * LANES);
    for (x, y) in whole.zip(y.chunks_exact(LANES)) {
        for ((sum, &x), &y) in sums.iter_mut().zip(x).zip(y) {
            *sum = x.mul_add::<FMA>(y, *sum);
        }
    }
    for ((sum, &x), &y) in sums.iter_mut().zip(&x[rest..]).zip(&y[rest..]) {
        *sum = x.mul_add::<FMA>(y, *sum);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] = sums[lane] + sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}
