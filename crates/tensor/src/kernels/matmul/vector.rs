//! Products of one row with a matrix, which are bound by reading the matrix: it is read once, where it lies.

use super::register::{InRegisters, Register, in_registers};
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

/// Tasks have a multiple of so many columns: eight registers of 64 bytes, of `f32`.
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
        if size_of::<E>() == 4 { self.sums::<FMA, false, 8, 64>() } else { self.sums::<FMA, false, 4, 32>() }
    }

    #[inline(always)]
    fn run_wide(self) {
        if size_of::<E>() == 4 { self.sums::<true, true, 16, 128>() } else { self.sums::<true, true, 8, 64>() }
    }
}

impl<E: Float> Row<'_, E> {
    /// The widest register has `ONE` numbers, and eight have `EIGHT`.
    #[inline(always)]
    fn sums<const FMA: bool, const WIDE: bool, const ONE: usize, const EIGHT: usize>(self) {
        let Row { x, b, first, bias, out } = self;
        match (b.column_stride, b.row_stride, out.len()) {
            (1, _, n) if n % EIGHT == 0 => neighbours::<FMA, WIDE, E, 1, EIGHT>(x, &b, first, out),
            (1, _, n) if n > 4 * ONE => neighbours::<FMA, WIDE, E, 8, ONE>(x, &b, first, out),
            (1, _, n) if n > 2 * ONE => neighbours::<FMA, WIDE, E, 4, ONE>(x, &b, first, out),
            (1, _, n) if n >= ONE => neighbours::<FMA, WIDE, E, 2, ONE>(x, &b, first, out),
            (1, _, 8..) => neighbours::<FMA, WIDE, E, 2, 8>(x, &b, first, out),
            (1, _, 4..) => neighbours::<FMA, WIDE, E, 2, 4>(x, &b, first, out),
            (_, 1, 4..) => dots::<FMA, WIDE, E, 4>(x, &b, first, out),
            (_, 1, _) => dots::<FMA, WIDE, E, 1>(x, &b, first, out),
            _ => neighbours::<FMA, WIDE, E, 4, 1>(x, &b, first, out),
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
fn neighbours<const FMA: bool, const WIDE: bool, E: Float, const P: usize, const N: usize>(
    x: &[E],
    b: &Matrix<'_, E>,
    first: usize,
    out: &mut [E],
) {
    for done in (0..out.len()).step_by(P * N) {
        let mut starts = [0; P];
        for (panel, start) in starts.iter_mut().enumerate() {
            *start = (done + panel * N).min(out.len() - N);
        }
        let panels = Panels { x, b, first, starts, out: out.as_mut_ptr() };
        // SAFETY: `N` columns from each start on are among those of b, all of whose elements lie in its data, as `product`
        // checked, and of the result. They are neighbours, or one. A kernel is run where its level is.
        unsafe { in_registers::<FMA, WIDE, N, E>(panels) };
    }
}

/// Columns of b from `first` and each of `starts` on.
struct Panels<'a, E, const P: usize> {
    x: &'a [E],
    b: &'a Matrix<'a, E>,
    first: usize,
    starts: [usize; P],
    out: *mut E,
}

impl<E: Float, const P: usize> InRegisters for Panels<'_, E, P> {
    #[inline(always)]
    unsafe fn run<R: Register, const V: usize>(self) {
        let Panels { x, b, first, starts, out } = self;
        // SAFETY: what `neighbours` says: so many columns can be read and written.
        unsafe {
            let mut totals = [[R::zero(); V]; P];
            for (number, x) in x.chunks(KC).enumerate() {
                let mut sums = [[R::zero(); V]; P];
                let mut row = b.data.as_ptr().add(b.position(number * KC, first));
                for x in x {
                    let x = R::splat((&raw const *x).cast::<R::Element>().read());
                    for (sums, start) in sums.iter_mut().zip(starts) {
                        let columns = row.wrapping_add(start * b.column_stride).cast::<R::Element>();
                        for (j, sum) in sums.iter_mut().enumerate() {
                            *sum = x.mul_add(R::load(columns.add(j * R::LANES)), *sum);
                        }
                    }
                    // At the end it may point past what there is.
                    row = row.wrapping_add(b.row_stride);
                }
                for (totals, sums) in totals.iter_mut().zip(sums) {
                    for (total, sum) in totals.iter_mut().zip(sums) {
                        *total = if number == 0 { sum } else { total.plus(sum) };
                    }
                }
            }
            for (totals, start) in totals.into_iter().zip(starts) {
                for (j, total) in totals.into_iter().enumerate() {
                    total.store(out.add(start).cast::<R::Element>().add(j * R::LANES));
                }
            }
        }
    }
}

/// Σ xₖ·bₖⱼ for the columns from `first` on, each of which lies as x does, `N` at once. The last ones overlap.
#[inline(always)]
fn dots<const FMA: bool, const WIDE: bool, E: Float, const N: usize>(
    x: &[E],
    b: &Matrix<'_, E>,
    first: usize,
    out: &mut [E],
) {
    for done in (0..out.len()).step_by(N) {
        let start = done.min(out.len() - N);
        let mut columns = [&[][..]; N];
        for (j, column) in columns.iter_mut().enumerate() {
            *column = &b.data[b.position(0, first + start + j)..][..x.len()];
        }
        // 32 sums of every 32nd term. They are added in halves, and so are the terms that are left over.
        let mut sums = [[E::default(); 32]; N];
        // SAFETY: x and the columns have equally many elements. A kernel is run where its level is.
        unsafe { in_registers::<FMA, WIDE, 32, E>(Turns { x, columns, sums: &mut sums }) };
        let mut left = x.len() / 32 * 32;
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

/// The products of x and each column, every 32nd in one sum.
struct Turns<'a, E, const N: usize> {
    x: &'a [E],
    columns: [&'a [E]; N],
    sums: &'a mut [[E; 32]; N],
}

impl<E: Float, const N: usize> InRegisters for Turns<'_, E, N> {
    #[inline(always)]
    unsafe fn run<R: Register, const V: usize>(self) {
        let Turns { x, columns, sums: out } = self;
        // SAFETY: whole turns of 32 elements of x and of the columns, which are as long, are read, and 32 sums written for each.
        unsafe {
            let mut sums = [[R::zero(); V]; N];
            for turn in 0..x.len() / 32 {
                for j in 0..V {
                    let at = turn * 32 + j * R::LANES;
                    let x = R::load(x.as_ptr().add(at).cast());
                    for (sums, column) in sums.iter_mut().zip(columns) {
                        sums[j] = x.mul_add(R::load(column.as_ptr().add(at).cast()), sums[j]);
                    }
                }
            }
            for (out, sums) in out.iter_mut().zip(sums) {
                for (j, sum) in sums.into_iter().enumerate() {
                    sum.store(out.as_mut_ptr().add(j * R::LANES).cast());
                }
            }
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
