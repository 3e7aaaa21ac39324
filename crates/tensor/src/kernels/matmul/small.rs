//! Small products: a is read where it lies, and b too if its rows do, for all of them stay in the nearest cache.
//!
//! The last panel of columns overlaps the one before it where it isn't full, so that whole vectors are read and written
//! everywhere. What is computed twice is the same both times.

use super::panel::{Block, Panel, Rows};
use super::{KC, Matrix, pack};
use crate::element::Float;
use crate::kernels::isa::{dispatch, is_wide};

/// Up to how many multiplications the copies of `blocked` don't pay.
const LARGEST: usize = 32 * 32 * 32;

/// Whether a product is small. Its sums are one block of terms, as overlapping panels can't be added to.
pub(super) fn is_small(m: usize, k: usize, n: usize) -> bool {
    k <= KC && m * k * n <= LARGEST
}

pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E]) {
    let small = Small { a, b, bias, out: out.as_mut_ptr() };
    // The shapes of registers are those of `blocked`.
    match (is_wide(), size_of::<E>()) {
        (true, 4) => small.shaped::<true, 8, 32>(),
        (true, _) => small.shaped::<true, 8, 16>(),
        (false, 4) => small.shaped::<false, 4, 16>(),
        (false, _) => small.shaped::<false, 4, 8>(),
    }
}

struct Small<'a, E> {
    a: Matrix<'a, E>,
    b: Matrix<'a, E>,
    bias: Option<&'a [E]>,
    out: *mut E,
}

impl<E: Float> Small<'_, E> {
    fn shaped<const WIDE: bool, const MR: usize, const NR: usize>(self) {
        if self.b.column_stride == 1 {
            return self.panels::<WIDE, MR, NR>(None);
        }
        pack::with_buffers(0, self.b.rows * NR, |_, copy| self.panels::<WIDE, MR, NR>(Some(copy)));
    }

    /// All columns, panel by panel. `copy` is where those of b go first if they aren't neighbours.
    #[inline(always)]
    fn panels<const WIDE: bool, const MR: usize, const NR: usize>(&self, mut copy: Option<&mut [E]>) {
        let n = self.b.columns;
        let mut done = 0;
        while done < n {
            let width = width(n - done, n, NR);
            let start = done.min(n - width);
            match width {
                1 => self.panel::<WIDE, MR, 1>(start, copy.as_deref_mut()),
                2 => self.panel::<WIDE, MR, 2>(start, copy.as_deref_mut()),
                4 => self.panel::<WIDE, MR, 4>(start, copy.as_deref_mut()),
                8 => self.panel::<WIDE, MR, 8>(start, copy.as_deref_mut()),
                16 if NR > 8 => self.panel::<WIDE, MR, 16>(start, copy.as_deref_mut()),
                _ => self.panel::<WIDE, MR, NR>(start, copy.as_deref_mut()),
            }
            done = start + width;
        }
    }

    #[inline(always)]
    fn panel<const WIDE: bool, const MR: usize, const WIDTH: usize>(&self, start: usize, copy: Option<&mut [E]>) {
        let Small { a, b, bias, out } = self;
        let values = &b.data[b.position(0, start)..];
        let panel = match copy {
            None => Panel { values, row_stride: b.row_stride, columns: WIDTH },
            Some(copy) => {
                pack::panel::<E, WIDTH>(values, [WIDTH, b.column_stride], [b.rows, b.row_stride], copy);
                Panel { values: copy, row_stride: WIDTH, columns: WIDTH }
            }
        };
        let rows = Rows::InPlace { start: a.data, row_stride: a.row_stride, column_stride: a.column_stride };
        let base = bias.map(|bias| (bias[start..][..WIDTH].as_ptr(), 0));
        // SAFETY: the columns from `start` on are `WIDTH` of the result's, which `product` borrows, and of the bias's.
        // The rows of a and the columns of b have `b.rows` terms: in place, since a and b fit in their data, and in the
        // copy, since it was just made.
        unsafe {
            let out = out.add(start);
            dispatch(Block::<E, WIDE, MR, WIDTH>::new(rows, a.rows, panel, b.rows, out, b.columns, base));
        }
    }
}

/// How wide the next panel is when `left` of `n` columns are left: as many, or more if there are so many before them.
fn width(left: usize, n: usize, largest: usize) -> usize {
    let least = if n < 4 { 1 } else { 4 };
    let enough = left.next_power_of_two().clamp(least, largest);
    if enough <= n { enough } else { enough / 2 }
}
