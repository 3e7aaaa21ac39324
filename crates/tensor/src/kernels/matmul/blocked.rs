//! Products of any size, cut so that each part is read from a near cache.
//!
//! The result is cut into tiles, which are independent: one each for a thread. In a tile, the terms of the sums are cut
//! into blocks of [`KC`], the columns into strips and the rows into blocks whose operands fit into the second cache, and
//! those into panels of b, which fit into the first cache. A block of rows times a panel is the work of [`panel`](super::panel).

use super::panel::{Block, Panel, Rows};
use super::{KC, Matrix, pack, panel};
use crate::element::Float;
use crate::kernels::isa::{dispatch, is_wide};
use crate::kernels::parallel;

/// Rows of a block of a, at most, and columns of a strip of b. The block stays in the second cache while the panels of the strip
/// pass by: 256 KiB of the 1 MiB or more that goes with AVX-512, and 96 KiB of the 256 or 512 KiB elsewhere.
const BLOCK_WIDE: [usize; 2] = [256, 512];
const BLOCK_NARROW: [usize; 2] = [96, 1024];
/// Up to how many rows b is read where it lies, if it can be: a copy would be used too seldom.
const IN_PLACE_ROWS: usize = 64;
/// Up to how many columns the same holds for a.
const IN_PLACE_COLUMNS: usize = 64;
/// The same, if the rows of a lie along the sum, which a copy changes little: but rows that lie a power of two apart
/// share few places of the caches.
const IN_PLACE_COLUMNS_OF_ROWS: usize = 255;
/// Up to how many columns a tile isn't cut further across.
const NARROW: usize = 32;
/// Up to how many rows it isn't cut further down: a multiple of the rows of a group, whichever shape they have.
const LOW: usize = 24;
/// How many multiplications a task should have at least: some ten microseconds.
const TASK: usize = 1 << 20;
/// How many tasks there should be for each thread, so that none waits long for the last.
const TASKS_PER_THREAD: usize = 4;
/// From how many multiplications on half as many are enough: what each tile copies then costs more than the wait.
const LARGE: usize = 1 << 27;

pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E], parallel: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    let whole = Tile { a, b, bias, out: out.as_mut_ptr(), rows: [0, m], columns: [0, n] };
    let threads = if parallel && work([m, n], k) >= 2 * TASK { rayon::current_num_threads() } else { 1 };
    let [height, width] = cut([m, n], k, threads, copies(&a, n));
    let (down, across) = (m.div_ceil(height), n.div_ceil(width));
    if down * across == 1 {
        return whole.compute();
    }
    parallel::for_each(down * across, |task| {
        // Neighbouring tasks share columns of b.
        let (i, j) = (task % down * height, task / down * width);
        whole.part([i, m.min(i + height)], [j, n.min(j + width)]).compute();
    });
}

/// Whether a tile of so many columns copies its rows of a.
fn copies<E: Float>(a: &Matrix<'_, E>, columns: usize) -> bool {
    match a.column_stride {
        1 => columns > IN_PLACE_COLUMNS_OF_ROWS && a.row_stride > KC,
        _ => columns > IN_PLACE_COLUMNS || a.row_stride != 1,
    }
}

/// How many multiplications a tile takes the time of: a panel of few columns takes that of a full one.
fn work([height, width]: [usize; 2], k: usize) -> usize {
    height * width.max(NARROW) * k
}

/// The size of the tiles. It doesn't matter to the results, so it may follow the number of threads.
///
/// Each row of tiles copies b, and each column of tiles copies a if `copies_a`. So columns are cut first, and both in
/// turn where a has to be copied too.
fn cut([m, n]: [usize; 2], k: usize, threads: usize, copies_a: bool) -> [usize; 2] {
    let (mut height, mut width) = (m, n);
    let tasks = |height: usize, width: usize| m.div_ceil(height) * n.div_ceil(width);
    let wanted = threads * if work([m, n], k) >= LARGE { TASKS_PER_THREAD / 2 } else { TASKS_PER_THREAD };
    while threads > 1 && tasks(height, width) < wanted && work([height, width], k) >= 2 * TASK {
        if width > NARROW && (width >= height || !copies_a) {
            width = (width / 2).next_multiple_of(NARROW);
        } else if height > LOW {
            height = (height / 2).next_multiple_of(LOW);
        } else {
            break;
        }
    }
    [height, width]
}

/// A rectangle of the result.
#[derive(Clone, Copy)]
struct Tile<'a, E> {
    a: Matrix<'a, E>,
    b: Matrix<'a, E>,
    /// What the first block of terms is added to, in each row.
    bias: Option<&'a [E]>,
    /// The whole result, which has as many columns as b.
    out: *mut E,
    rows: [usize; 2],
    columns: [usize; 2],
}

// SAFETY: the pointer is to the result, which `product` borrows for longer than the tasks live, and each tile writes and
// reads back its own rectangle of it alone.
unsafe impl<E: Float> Send for Tile<'_, E> {}
// SAFETY: as above.
unsafe impl<E: Float> Sync for Tile<'_, E> {}

impl<E: Float> Tile<'_, E> {
    fn part(&self, rows: [usize; 2], columns: [usize; 2]) -> Self {
        Tile { rows, columns, ..*self }
    }

    /// With the shape that the registers ask for: 8 rows of two in 32 registers of 64 bytes, 6 rows of two in 16 of 32.
    fn compute(self) {
        match (is_wide(), size_of::<E>()) {
            (true, 4) => self.shaped::<true, 8, 32, 16>(),
            (true, _) => self.shaped::<true, 8, 16, 8>(),
            (false, 4) => self.shaped::<false, 6, 16, 8>(),
            (false, _) => self.shaped::<false, 6, 8, 4>(),
        }
    }

    /// Groups of `MR` rows, panels of `NR` columns, and `HALF` for a last panel that is at most half full.
    fn shaped<const WIDE: bool, const MR: usize, const NR: usize, const HALF: usize>(self) {
        let Tile { a, b, rows: [top, bottom], columns: [left, right], .. } = self;
        let (k, height, width) = (a.columns, bottom - top, right - left);
        let copies_a = copies(&a, width);
        let copies_b = b.column_stride != 1 || height > IN_PLACE_ROWS;
        let [most, strip] = if WIDE { BLOCK_WIDE } else { BLOCK_NARROW };
        let most = most / MR * MR;
        let a_rows = if copies_a { most.min(height) } else { 0 };
        let b_columns = if copies_b { strip.min(width.next_multiple_of(NR)) } else { NR };
        pack::with_buffers(a_rows * KC.min(k), b_columns * KC.min(k), |a_copy, b_copy| {
            for first in (0..k).step_by(KC) {
                let terms = [first, KC.min(k - first)];
                for left in (left..right).step_by(strip) {
                    let width = strip.min(right - left);
                    // A last panel that isn't full is copied in any case.
                    let last = width % NR;
                    let in_place = if copies_b {
                        0
                    } else if last == HALF {
                        width
                    } else {
                        width - last
                    };
                    copy_columns::<E, NR, HALF>(&b, [left + in_place, width - in_place], terms, b_copy);
                    for top in (top..bottom).step_by(most) {
                        let height = most.min(bottom - top);
                        let rows = if copies_a {
                            copy_rows::<E, MR>(&a, [top, height], terms, a_copy);
                            Rows::Copied(a_copy)
                        } else {
                            let start = &a.data[a.position(top, first)..];
                            match a.column_stride {
                                1 => Rows::Along { start, row_stride: a.row_stride },
                                column_stride => Rows::Neighbours { start, column_stride },
                            }
                        };
                        for done in (0..width).step_by(NR) {
                            let columns = NR.min(width - done);
                            let panel = if done < in_place {
                                Panel {
                                    values: &b.data[b.position(first, left + done)..],
                                    row_stride: b.row_stride,
                                    columns,
                                }
                            } else {
                                let row_stride = if columns <= HALF { HALF } else { NR };
                                Panel { values: &b_copy[(done - in_place) * terms[1]..], row_stride, columns }
                            };
                            let (start, n) = (left + done, b.columns);
                            // SAFETY: the rectangle of `height` rows and `columns` columns lies in the tile.
                            let out = unsafe { self.out.add(top * n + start) };
                            let base = match self.bias {
                                _ if first > 0 => Some((out.cast_const(), n)),
                                Some(bias) => Some((bias[start..].as_ptr(), 0)),
                                None => None,
                            };
                            // SAFETY: the rectangle is this task's alone; each row of the bias or of the result has
                            // `columns` elements from `start` on. The rows of a and the panel of b have `terms` terms: in
                            // place, since a and b fit in their data, and in the copies, since these were just made.
                            unsafe {
                                if columns <= HALF {
                                    dispatch(Block::<E, WIDE, MR, HALF>::new(
                                        rows, height, panel, terms[1], out, n, base,
                                    ));
                                } else {
                                    dispatch(Block::<E, WIDE, MR, NR>::new(
                                        rows, height, panel, terms[1], out, n, base,
                                    ));
                                }
                            }
                        }
                    }
                }
            }
        });
    }
}

/// Copies columns of b, panel by panel.
fn copy_columns<E: Float, const NR: usize, const HALF: usize>(
    b: &Matrix<'_, E>,
    [left, width]: [usize; 2],
    [first, terms]: [usize; 2],
    copy: &mut [E],
) {
    let done = copy_fours::<E, NR>(b, [left, width], [first, terms], copy);
    for done in (done..width).step_by(NR) {
        let across = NR.min(width - done);
        let data = &b.data[b.position(first, left + done)..];
        let (columns, terms) = ([across, b.column_stride], [terms, b.row_stride]);
        let copy = &mut copy[done * terms[0]..];
        if across <= HALF {
            pack::panel::<E, HALF>(data, columns, terms, copy);
        } else {
            pack::panel::<E, NR>(data, columns, terms, copy);
        }
    }
}

/// Copies panels of columns that are neighbours, four panels at a time as far as there are four. Gives the number of columns.
fn copy_fours<E: Float, const WIDTH: usize>(
    b: &Matrix<'_, E>,
    [left, width]: [usize; 2],
    [first, terms]: [usize; 2],
    copy: &mut [E],
) -> usize {
    let mut done = 0;
    while b.column_stride == 1 && width - done >= 4 * WIDTH {
        let data = &b.data[b.position(first, left + done)..];
        pack::four_panels::<E, WIDTH>(data, b.row_stride, &mut copy[done * terms..][..4 * WIDTH * terms]);
        done += 4 * WIDTH;
    }
    done
}

/// Copies rows of a, group by group.
fn copy_rows<E: Float, const MR: usize>(
    a: &Matrix<'_, E>,
    [top, height]: [usize; 2],
    [first, terms]: [usize; 2],
    copy: &mut [E],
) {
    let mut done = copy_fours::<E, MR>(&a.transposed(), [top, height], [first, terms], copy);
    while done < height {
        let group = panel::group(height - done, MR);
        let data = &a.data[a.position(top + done, first)..];
        let (rows, terms) = ([group, a.row_stride], [terms, a.column_stride]);
        let copy = &mut copy[done * terms[0]..];
        match group {
            1 => pack::panel::<E, 1>(data, rows, terms, copy),
            2 => pack::panel::<E, 2>(data, rows, terms, copy),
            4 => pack::panel::<E, 4>(data, rows, terms, copy),
            _ => pack::panel::<E, MR>(data, rows, terms, copy),
        }
        done += group;
    }
}
