//! Products of any size, cut so that each part is read from a near cache.
//!
//! The result is cut into tiles, which are independent: one each for a thread. In a tile, the terms of the sums are cut
//! into blocks of [`KC`], the columns into strips and the rows into blocks whose operands fit into the second cache, and
//! those into panels of b, which fit into the first cache, and groups of rows of a. A group times a panel is what
//! [`micro`](super::micro) keeps in registers.

use super::micro::{Operands, tile};
use super::{KC, Matrix, pack};
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::parallel;

/// How many columns the widest panel has.
const WIDEST: usize = 32;
/// Rows of a block of a.
const MC: usize = 256;
/// Columns of a strip of b.
const NC: usize = 512;
/// Up to how many rows b is read where it lies, if it can be: a copy would be used too seldom.
const IN_PLACE_ROWS: usize = 64;
/// How many multiplications a task should have at least: some ten microseconds.
const TASK: usize = 1 << 20;
/// How many tasks there should be for each thread, so that none waits long for the last.
const TASKS_PER_THREAD: usize = 4;

pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E], parallel: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    let whole = Tile { a, b, bias, out: out.as_mut_ptr(), rows: [0, m], columns: [0, n] };
    let threads = if parallel && m * n * k >= 2 * TASK { rayon::current_num_threads() } else { 1 };
    let [height, width] = cut([m, n], k, threads);
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

/// The size of the tiles. It doesn't matter to the results, so it may follow the number of threads.
fn cut([m, n]: [usize; 2], k: usize, threads: usize) -> [usize; 2] {
    let (mut height, mut width) = (m, n);
    let tasks = |height: usize, width: usize| m.div_ceil(height) * n.div_ceil(width);
    while threads > 1 && tasks(height, width) < threads * TASKS_PER_THREAD && height * width * k >= 2 * TASK {
        if width > 64 && width >= height {
            width = (width / 2).next_multiple_of(32);
        } else if height > 16 {
            height = (height / 2).next_multiple_of(8);
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

    fn compute(self) {
        let (k, [top, bottom], [left, right]) = (self.a.columns, self.rows, self.columns);
        let copies_a = self.a.column_stride != 1;
        // Panels of b are read where they lie if their rows are neighbours, but for the last, which may be narrow.
        let copies_b = self.b.column_stride != 1 || bottom - top > IN_PLACE_ROWS;
        let a_rows = if copies_a { MC.min(bottom - top) } else { 0 };
        let b_columns = if copies_b { NC.min((right - left).next_multiple_of(WIDEST)) } else { WIDEST };
        pack::with_buffers(a_rows * KC.min(k), b_columns * KC.min(k), |a_copy, b_copy| {
            dispatch(Work { tile: self, copies_b, a_copy: copies_a.then_some(a_copy), b_copy });
        });
    }
}

/// A tile and the memory for what it copies.
struct Work<'a, E> {
    tile: Tile<'a, E>,
    copies_b: bool,
    a_copy: Option<&'a mut [E]>,
    b_copy: &'a mut [E],
}

impl<E: Float> Kernel for Work<'_, E> {
    type Output = ();

    /// Sixteen registers of 32 bytes: 4 rows of two registers are summed, of 8-byte elements as of 4-byte ones.
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        if size_of::<E>() == 4 { self.compute::<FMA, 4, 16, 8>() } else { self.compute::<FMA, 4, 8, 4>() }
    }

    /// 32 registers of 64 bytes: 8 rows of two.
    #[inline(always)]
    fn run_wide(self) {
        if size_of::<E>() == 4 { self.compute::<true, 8, 32, 16>() } else { self.compute::<true, 8, 16, 8>() }
    }
}

impl<E: Float> Work<'_, E> {
    /// Groups of `MR` rows, panels of `NR` columns, and `HALF` for a last panel that is at most half full.
    #[inline(always)]
    fn compute<const FMA: bool, const MR: usize, const NR: usize, const HALF: usize>(self) {
        let Work { tile, copies_b, mut a_copy, b_copy } = self;
        let Tile { a, b, rows: [top, bottom], columns: [left, right], .. } = tile;
        for first in (0..a.columns).step_by(KC) {
            let terms = [first, KC.min(a.columns - first)];
            for left in (left..right).step_by(NC) {
                let width = NC.min(right - left);
                if copies_b {
                    tile.copy_columns::<FMA, NR>([left, width], terms, b_copy);
                } else {
                    let last = width % NR;
                    tile.copy_columns::<FMA, NR>([left + width - last, last], terms, b_copy);
                }
                for top in (top..bottom).step_by(MC) {
                    let height = MC.min(bottom - top);
                    if let Some(copy) = &mut a_copy {
                        tile.copy_rows::<FMA, MR>([top, height], terms, copy);
                    }
                    for done in (0..width).step_by(NR) {
                        let panel = NR.min(width - done);
                        let (values, row_stride) = if copies_b {
                            (&b_copy[done * terms[1]..], NR)
                        } else if panel < NR {
                            (&*b_copy, NR)
                        } else {
                            (&b.data[b.position(first, left + done)..], b.row_stride)
                        };
                        let panel = Panel { values, row_stride, columns: [left + done, panel], terms };
                        if panel.columns[1] <= HALF {
                            tile.groups::<FMA, MR, HALF>(a_copy.as_deref(), panel, [top, height]);
                        } else {
                            tile.groups::<FMA, MR, NR>(a_copy.as_deref(), panel, [top, height]);
                        }
                    }
                }
            }
        }
    }
}

impl<E: Float> Tile<'_, E> {
    /// Copies columns of b, panel by panel.
    #[inline(always)]
    fn copy_columns<const FMA: bool, const NR: usize>(
        &self,
        [left, width]: [usize; 2],
        [first, terms]: [usize; 2],
        copy: &mut [E],
    ) {
        let b = &self.b;
        for (number, done) in (0..width).step_by(NR).enumerate() {
            let from = &b.data[b.position(first, left + done)..];
            let to = &mut copy[number * terms * NR..][..terms * NR];
            let across = NR.min(width - done);
            pack::panel::<FMA, E, NR>(from, [across, b.column_stride], [terms, b.row_stride], to);
        }
    }

    /// Copies rows of a, group by group.
    #[inline(always)]
    fn copy_rows<const FMA: bool, const MR: usize>(
        &self,
        [top, height]: [usize; 2],
        [first, terms]: [usize; 2],
        copy: &mut [E],
    ) {
        let a = &self.a;
        let mut done = 0;
        while done < height {
            let from = &a.data[a.position(top + done, first)..];
            let (to, sizes) = (&mut copy[done * terms..], [terms, a.column_stride]);
            let group = group(height - done, MR);
            match group {
                1 => pack::panel::<FMA, E, 1>(from, [1, a.row_stride], sizes, &mut to[..terms]),
                2 => pack::panel::<FMA, E, 2>(from, [2, a.row_stride], sizes, &mut to[..2 * terms]),
                4 => pack::panel::<FMA, E, 4>(from, [4, a.row_stride], sizes, &mut to[..4 * terms]),
                _ => pack::panel::<FMA, E, MR>(from, [MR, a.row_stride], sizes, &mut to[..MR * terms]),
            }
            done += group;
        }
    }

    /// All groups of a block of rows times one panel.
    #[inline(always)]
    fn groups<const FMA: bool, const MR: usize, const NR: usize>(
        &self,
        a_copy: Option<&[E]>,
        panel: Panel<'_, E>,
        [top, height]: [usize; 2],
    ) {
        let mut done = 0;
        while done < height {
            let group = group(height - done, MR);
            match group {
                1 => self.group::<FMA, 1, NR>(a_copy, panel, [top, done]),
                2 => self.group::<FMA, 2, NR>(a_copy, panel, [top, done]),
                4 => self.group::<FMA, 4, NR>(a_copy, panel, [top, done]),
                _ => self.group::<FMA, MR, NR>(a_copy, panel, [top, done]),
            }
            done += group;
        }
    }

    /// One group of rows, `done` rows below `top`, times one panel.
    #[inline(always)]
    fn group<const FMA: bool, const MR: usize, const NR: usize>(
        &self,
        a_copy: Option<&[E]>,
        panel: Panel<'_, E>,
        [top, done]: [usize; 2],
    ) {
        let [first, terms] = panel.terms;
        let x = Operands { a: [].as_ptr(), b: panel.values.as_ptr(), b_row_stride: panel.row_stride, terms };
        let sums = match a_copy {
            // SAFETY: a copied group has MR·terms elements, as has a copied panel NR'·terms for an NR' ≥ NR; a panel in
            // place has all of its NR columns in b, which `fits`.
            Some(copy) => unsafe {
                tile::<FMA, E, MR, NR>(&Operands { a: copy[done * terms..].as_ptr(), ..x }, [1, MR])
            },
            None => {
                let a = self.a.data[self.a.position(top + done, first)..].as_ptr();
                // SAFETY: as above; the MR rows are rows of a, which `fits`.
                unsafe { tile::<FMA, E, MR, NR>(&Operands { a, ..x }, [self.a.row_stride, 1]) }
            }
        };
        let n = self.b.columns;
        let [column, width] = panel.columns;
        // SAFETY: the tile's rectangle lies in the result, whose rows are n long, and is this call's alone. The base is the
        // result itself, or the bias, which is as long as a row and which all rows read.
        unsafe {
            let out = self.out.add((top + done) * n + column);
            let base = match self.bias {
                _ if first > 0 => Some((out.cast_const(), n)),
                Some(bias) => Some((bias[column..].as_ptr(), 0)),
                None => None,
            };
            if width == NR { store(&sums, out, n, base) } else { store_part(&sums, width, out, n, base) }
        }
    }
}

/// How many rows are taken together when `left` are left.
#[inline(always)]
fn group(left: usize, largest: usize) -> usize {
    match left {
        _ if left >= largest => largest,
        4.. => 4,
        2.. => 2,
        _ => 1,
    }
}

/// Neighbouring columns of b.
#[derive(Clone, Copy)]
struct Panel<'a, E> {
    values: &'a [E],
    row_stride: usize,
    /// The first column, and how many there are.
    columns: [usize; 2],
    /// The first term, and how many there are.
    terms: [usize; 2],
}

/// Writes sums, added to `base` if there is one, to the result.
///
/// # Safety
/// `MR` rows of `NR` elements, `stride` apart, must be writable at `out` and readable at `base`.
#[inline(always)]
unsafe fn store<E: Float, const MR: usize, const NR: usize>(
    sums: &[[E; NR]; MR],
    out: *mut E,
    stride: usize,
    base: Option<(*const E, usize)>,
) {
    for (i, sums) in sums.iter().enumerate() {
        // SAFETY: the caller's promise. The row of the base is copied before the result is written, which it may be.
        unsafe {
            let out = out.add(i * stride).cast::<[E; NR]>();
            match base {
                None => out.write(*sums),
                Some((base, stride)) => {
                    let mut row = base.add(i * stride).cast::<[E; NR]>().read();
                    for (value, &sum) in row.iter_mut().zip(sums) {
                        *value = *value + sum;
                    }
                    out.write(row);
                }
            }
        }
    }
}

/// As [`store`], of the first `width` columns.
///
/// # Safety
/// As there, of `width` elements a row.
#[inline(always)]
unsafe fn store_part<E: Float, const MR: usize, const NR: usize>(
    sums: &[[E; NR]; MR],
    width: usize,
    out: *mut E,
    stride: usize,
    base: Option<(*const E, usize)>,
) {
    // A copy in memory, so that the sums themselves stay in registers.
    let mut copy = [[E::default(); NR]; MR];
    // SAFETY: the copy is as large as the sums.
    unsafe { store(sums, copy.as_mut_ptr().cast(), NR, None) };
    let copy = std::hint::black_box(&copy);
    for (i, sums) in copy.iter().enumerate() {
        for (j, &sum) in sums[..width].iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                let start = match base {
                    None => sum,
                    Some((base, base_stride)) => *base.add(i * base_stride + j) + sum,
                };
                *out.add(i * stride + j) = start;
            }
        }
    }
}
