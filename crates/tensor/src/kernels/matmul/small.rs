//! Small products: a is read where it lies, and b too if its rows do, for all of them stay in the nearest cache.
//!
//! Panels of columns and groups of rows have sizes that are constants. The last ones overlap those before them where they
//! aren't full, so that whole vectors are read and written everywhere. What is computed twice is the same both times.

use super::panel::Panel;
use super::tile::{Tile, Written};
use super::{KC, Matrix, pack};
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};

/// Up to how many multiplications the copies of `blocked` don't pay.
const LARGEST: usize = 32 * 32 * 32;

/// Whether a product is small. Its sums are one block of terms, as overlapping panels can't be added to.
pub(super) fn is_small(m: usize, k: usize, n: usize) -> bool {
    k <= KC && m * k * n <= LARGEST
}

pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E]) {
    let n = b.columns;
    // Few columns leave most of a vector empty. If there are rows and terms enough to pay for it, cᵀ = bᵀ·aᵀ.
    let turned = n < 4 && a.rows >= 16 && a.columns >= 16;
    let [a, b] = if turned { [b.transposed(), a.transposed()] } else { [a, b] };
    let copied = b.column_stride != 1;
    if !turned && !copied {
        return dispatch(Small { a, b, bias, out });
    }
    let (result_len, copy_len) = (if turned { out.len() } else { 0 }, if copied { b.rows * b.columns } else { 0 });
    pack::with_buffers(result_len, copy_len, |result, copy| {
        let b = if copied {
            pack::rows(&b, copy);
            Matrix { data: copy, row_stride: b.columns, column_stride: 1, ..b }
        } else {
            b
        };
        if !turned {
            return dispatch(Small { a, b, bias, out });
        }
        dispatch(Small { a, b, bias: None, out: result });
        for (j, column) in result.chunks_exact(b.columns).take(n).enumerate() {
            for (out, &sum) in out[j..].iter_mut().step_by(n).zip(column) {
                *out = bias.map_or(sum, |bias| bias[j] + sum);
            }
        }
    });
}

struct Small<'a, E> {
    a: Matrix<'a, E>,
    /// Its columns are neighbours.
    b: Matrix<'a, E>,
    bias: Option<&'a [E]>,
    out: &'a mut [E],
}

impl<E: Float> Kernel for Small<'_, E> {
    type Output = ();

    // The widest panels and their groups are those of `blocked`; narrower ones have registers for more rows.
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        if size_of::<E>() == 4 { self.panels::<FMA, false, 4, 16>() } else { self.panels::<FMA, false, 4, 8>() }
    }

    #[inline(always)]
    fn run_wide(self) {
        if size_of::<E>() == 4 { self.panels::<true, true, 8, 32>() } else { self.panels::<true, true, 8, 16>() }
    }
}

impl<E: Float> Small<'_, E> {
    /// All columns, in panels of up to `NR`, which have groups of up to `MR` rows.
    #[inline(always)]
    fn panels<const FMA: bool, const WIDE: bool, const MR: usize, const NR: usize>(mut self) {
        let n = self.b.columns;
        let mut done = 0;
        while done < n {
            let [left, width] = next(done, n, if n < 4 { 1 } else { 4 }, NR);
            match width {
                1 => self.panel::<FMA, WIDE, 8, 1>(left),
                2 => self.panel::<FMA, WIDE, 8, 2>(left),
                4 => self.panel::<FMA, WIDE, 8, 4>(left),
                8 if NR > 8 => self.panel::<FMA, WIDE, 8, 8>(left),
                16 if NR > 16 => self.panel::<FMA, WIDE, 8, 16>(left),
                _ => self.panel::<FMA, WIDE, MR, NR>(left),
            }
            done = left + width;
        }
    }

    /// All rows of a panel, in groups.
    #[inline(always)]
    fn panel<const FMA: bool, const WIDE: bool, const MR: usize, const N: usize>(&mut self, left: usize) {
        let m = self.a.rows;
        // x + (−0) is x, to the bit.
        let mut base = [E::default() * E::from_f64(-1.0); N];
        if let Some(bias) = self.bias {
            base.copy_from_slice(&bias[left..][..N]);
        }
        let mut done = 0;
        while done < m {
            let [top, height] = next(done, m, 1, MR);
            match height {
                1 => self.tile::<FMA, WIDE, 1, N>(top, left, &base),
                2 => self.tile::<FMA, WIDE, 2, N>(top, left, &base),
                _ if MR == 4 || height == 4 => self.tile::<FMA, WIDE, 4, N>(top, left, &base),
                _ => self.tile::<FMA, WIDE, MR, N>(top, left, &base),
            }
            done = top + height;
        }
    }

    /// `M` rows from `top` on times `N` columns from `left` on.
    #[inline(always)]
    fn tile<const FMA: bool, const WIDE: bool, const M: usize, const N: usize>(
        &mut self,
        top: usize,
        left: usize,
        base: &[E; N],
    ) {
        let Small { a, b, out, .. } = self;
        // SAFETY: a and b fit in their data, and `out` has an element for each row and column: so `product` of the parent has
        // checked, and the copy of b and the turned result are as large. The columns of b are neighbours.
        unsafe {
            let rows = a.data.as_ptr().add(top * a.row_stride);
            let panel = Panel { values: b.data.get_unchecked(left..), row_stride: b.row_stride, columns: N };
            let out = out.as_mut_ptr().add(top * b.columns + left);
            let written = Written { out, stride: b.columns, base: Some((base.as_ptr(), 0)), columns: N };
            let strides = [a.row_stride, a.column_stride];
            match a.row_stride {
                // Neighbours are read with one address.
                1 => Tile::<E, M, 1, 0, false>::new(rows, strides, panel, b.rows, written).run::<FMA, WIDE, N>(),
                _ => Tile::<E, M, 0, 0, false>::new(rows, strides, panel, b.rows, written).run::<FMA, WIDE, N>(),
            }
        }
        // Keeps the ends of different tiles apart: the compiler would merge their stores, and take the sums to pieces for it.
        std::hint::black_box(top);
    }
}

/// Where the next panel or group starts when `done` of `all` columns or rows are done, and its size: a power of two, of as
/// many as are left, or more if there are so many before them.
#[inline(always)]
fn next(done: usize, all: usize, least: usize, largest: usize) -> [usize; 2] {
    let left = all - done;
    if left >= largest {
        return [done, largest];
    }
    let enough = left.next_power_of_two().max(least);
    let size = if enough <= all { enough } else { enough / 2 };
    [done.min(all - size), size]
}
