//! Functions of single elements on whole arrays: any layout, broadcasting, memory reused, threads above a size.

use crate::array::gather::{FEW, FEW_AXES, LONGEST as PIECE};
use crate::array::{Array, Reader};
use crate::element::Element;
use crate::kernels::map::{self, Binary, Swapped, Unary, WithLeft, WithRight};
use crate::kernels::parallel::in_tasks;
use crate::layout::{Layout, broadcast};

/// An operand whose memory may be reused if it is given up.
pub(crate) enum Operand<'a, E: Element> {
    Borrowed(&'a Array<E>),
    Owned(Array<E>),
}

impl<E: Element> Operand<'_, E> {
    #[inline]
    fn get(&self) -> &Array<E> {
        match self {
            Operand::Borrowed(array) => array,
            Operand::Owned(array) => array,
        }
    }

    /// The memory of an operand that was given up, if nobody else sees it.
    #[inline]
    fn unique_dense(&mut self) -> Option<&mut [E]> {
        match self {
            Operand::Borrowed(_) => None,
            Operand::Owned(array) => array.unique_dense(),
        }
    }

    /// The operand with another layout of the same elements: its own handle if it was given up, else a view.
    #[inline]
    pub(crate) fn view(self, layout: Layout) -> Array<E> {
        match self {
            Operand::Borrowed(array) => array.view(layout),
            Operand::Owned(array) => array.into_view(layout),
        }
    }

    #[inline]
    fn into_array(self) -> Array<E> {
        match self {
            Operand::Borrowed(array) => array.clone(),
            Operand::Owned(array) => array,
        }
    }
}

impl<'a, E: Element> From<&'a Array<E>> for Operand<'a, E> {
    #[inline]
    fn from(array: &'a Array<E>) -> Self {
        Operand::Borrowed(array)
    }
}

impl<E: Element> From<Array<E>> for Operand<'_, E> {
    #[inline]
    fn from(array: Array<E>) -> Self {
        Operand::Owned(array)
    }
}

/// The loop over a piece of one operand and its result, and over two and theirs.
type Loop<'a, A, O> = &'a (dyn Fn(&[A], &mut [O]) + Sync);
type Loop2<'a, A, B, O> = &'a (dyn Fn(&[A], &[B], &mut [O]) + Sync);
/// The loops where one operand is a single number: the second, and the first.
type WithNumber<'a, A, B, O> = (&'a (dyn Fn(&[A], B, &mut [O]) + Sync), &'a (dyn Fn(A, &[B], &mut [O]) + Sync));

impl<E: Element> Array<E> {
    /// `f` of each element, in the memory of an operand that is given up.
    #[inline]
    pub(crate) fn map<'a, F: Unary<E>>(f: F, x: impl Into<Operand<'a, E>>) -> Array<E> {
        Array::map_operand(f, x.into())
    }

    #[inline(never)]
    fn map_operand<F: Unary<E>>(f: F, mut x: Operand<'_, E>) -> Array<E> {
        if let Some(data) = x.unique_dense() {
            in_tasks(data, F::HEAVY, |_, piece| map::map_in_place(f, piece));
            return x.into_array();
        }
        x.get().map_to(f)
    }

    /// `f` of each element, of any type, in new memory.
    #[inline]
    pub(crate) fn map_to<O: Element, F: Unary<E, O>>(&self, f: F) -> Array<O> {
        self.map_with(F::HEAVY, &|x, out| map::map(f, x, out))
    }

    /// What [`map_to`](Array::map_to) does around the loop: compiled once for each pair of types.
    #[inline(never)]
    fn map_with<O: Element>(&self, heavy: bool, run: Loop<'_, E, O>) -> Array<O> {
        if self.layout().is_dense() {
            // The order of memory is kept, so that a transposed operand costs no more.
            let x = self.dense_slice();
            return Array::like(self).filled(|out| {
                in_tasks(out, heavy, |start, out| run(&x[start..][..out.len()], out));
            });
        }
        let x = Reader::new(self);
        Array::build(self.shape(), |out| {
            in_tasks(out, heavy, |start, out| {
                let mut buffer = [E::default(); PIECE];
                for (number, out) in out.chunks_mut(PIECE).enumerate() {
                    run(x.piece(start + number * PIECE, &mut buffer[..out.len()]), out);
                }
            });
        })
    }

    /// `f` of the elements of two arrays, broadcast to one shape, in the memory of an operand that is given up.
    ///
    /// The shapes must broadcast: whoever calls checks, and names the operation if they don't. Each function that comes
    /// here is compiled some twenty times over, so only those do that profit: [`zip_alike`](Array::zip_alike) and
    /// [`zip_to`](Array::zip_to) are lighter.
    #[inline]
    pub(crate) fn zip<'a, F: Binary<E>>(f: F, a: impl Into<Operand<'a, E>>, b: impl Into<Operand<'a, E>>) -> Array<E> {
        Array::zip_operands(f, a.into(), b.into())
    }

    #[inline(never)]
    fn zip_operands<F: Binary<E>>(f: F, mut a: Operand<'_, E>, mut b: Operand<'_, E>) -> Array<E> {
        if same_order(a.get().layout(), b.get().layout()) {
            if let Some(out) = a.unique_dense() {
                zip_into(f, out, b.get().dense_slice());
                return a.into_array();
            }
            if let Some(out) = b.unique_dense() {
                zip_into(Swapped(f), out, a.get().dense_slice());
                return b.into_array();
            }
        } else if is_scalar_beside(b.get().layout(), a.get().layout()) {
            if let Some(b) = b.get().first() {
                return Array::map(WithRight(f, b), a);
            }
        } else if is_scalar_beside(a.get().layout(), b.get().layout()) {
            if let Some(a) = a.get().first() {
                return Array::map(WithLeft(f, a), b);
            }
        } else if a.get().len().max(b.get().len()) > FEW {
            // One operand is repeated over the other, whose memory may be free.
            let (x, y) = (a.get().layout(), b.get().layout());
            if let Some(repeated) = y.expand(x.shape())
                && x.is_contiguous()
                && let Some(out) = a.unique_dense()
            {
                let number = |b, out: &mut [E]| map::map_in_place(WithRight(f, b), out);
                let b = Reader::with_layout(b.get(), &repeated);
                zip_repeated(F::HEAVY, out, &b, &|b, out| map::zip_in_place(f, out, b), &number);
                return a.into_array();
            }
            let (x, y) = (a.get().layout(), b.get().layout());
            if let Some(repeated) = x.expand(y.shape())
                && y.is_contiguous()
                && let Some(out) = b.unique_dense()
            {
                let number = |a, out: &mut [E]| map::map_in_place(WithLeft(f, a), out);
                let a = Reader::with_layout(a.get(), &repeated);
                zip_repeated(F::HEAVY, out, &a, &|a, out| map::zip_in_place(Swapped(f), out, a), &number);
                return b.into_array();
            }
        }
        let right = |a: &[E], b, out: &mut [E]| map::map(WithRight(f, b), a, out);
        let left = |a, b: &[E], out: &mut [E]| map::map(WithLeft(f, a), b, out);
        a.get().zip_with(F::HEAVY, b.get(), &|a, b, out| map::zip(f, a, b, out), Some((&right, &left)))
    }

    /// `f` of the elements of two arrays of one shape, in the memory of the first if it is given up.
    #[inline(never)]
    pub(crate) fn zip_alike<F: Binary<E>>(f: F, mut a: Operand<'_, E>, b: &Array<E>) -> Array<E> {
        if same_order(a.get().layout(), b.layout())
            && let Some(out) = a.unique_dense()
        {
            zip_into(f, out, b.dense_slice());
            return a.into_array();
        }
        a.get().zip_to(f, b)
    }

    /// `f` of the elements of two arrays of any types, broadcast to one shape, in new memory.
    #[inline]
    pub(crate) fn zip_to<B: Element, O: Element, F: Binary<E, B, O>>(&self, f: F, other: &Array<B>) -> Array<O> {
        self.zip_with(F::HEAVY, other, &|a, b, out| map::zip(f, a, b, out), None)
    }

    /// What [`zip_to`](Array::zip_to) does around the loop: compiled once for each three types.
    #[inline(never)]
    fn zip_with<B: Element, O: Element>(
        &self,
        heavy: bool,
        other: &Array<B>,
        run: Loop2<'_, E, B, O>,
        with_number: Option<WithNumber<'_, E, B, O>>,
    ) -> Array<O> {
        let (a, b) = (self.layout(), other.layout());
        if same_order(a, b) {
            let (x, y) = (self.dense_slice(), other.dense_slice());
            return Array::like(self).filled(|out| {
                in_tasks(out, heavy, |start, out| run(&x[start..][..out.len()], &y[start..][..out.len()], out));
            });
        }
        let Some(shape) = broadcast(a.shape(), b.shape()) else {
            unreachable!("shapes are checked by the operation: {:?}, {:?}", a.shape(), b.shape())
        };
        if a.len().max(b.len()) <= FEW && shape.len() <= FEW_AXES && shape.iter().product::<usize>() <= FEW {
            return Array::build(&shape, |out| {
                let (mut x, mut y) = ([E::default(); FEW], [B::default(); FEW]);
                run(self.few(&shape, &mut x[..out.len()]), other.few(&shape, &mut y[..out.len()]), out);
            });
        }
        let (Some(a), Some(b)) = (a.expand(&shape), b.expand(&shape)) else { unreachable!("broadcast shapes expand") };
        let (x, y) = (Reader::with_layout(self, &a), Reader::with_layout(other, &b));
        // What is transposed is brought into order as a whole: piece by piece each line of memory would be read anew.
        let (x_copy, y_copy) =
            (x.is_turned().then(|| self.view(a).copied()), y.is_turned().then(|| other.view(b).copied()));
        let (x, y) = (x_copy.as_ref().map_or(x, Reader::new), y_copy.as_ref().map_or(y, Reader::new));
        Array::build(&shape, |out| {
            in_tasks(out, heavy, |start, out| {
                if let (Some(x), Some(row)) = (x.whole(), y.repeated_row()) {
                    return along_rows(start, out, row, |start, row, out| run(&x[start..][..out.len()], row, out));
                }
                if let (Some(row), Some(y)) = (x.repeated_row(), y.whole()) {
                    return along_rows(start, out, row, |start, row, out| run(row, &y[start..][..out.len()], out));
                }
                if let (Some(x), Some(numbers), Some((right, _))) = (x.whole(), y.row_numbers(), with_number) {
                    return in_rows(start, out, numbers, |start, y, out| right(&x[start..][..out.len()], y, out));
                }
                if let (Some(numbers), Some(y), Some((_, left))) = (x.row_numbers(), y.whole(), with_number) {
                    return in_rows(start, out, numbers, |start, x, out| left(x, &y[start..][..out.len()], out));
                }
                let (mut x_buffer, mut y_buffer) = ([E::default(); PIECE], [B::default(); PIECE]);
                let (mut start, mut out) = (start, out);
                while !out.is_empty() {
                    let len = x.in_place(start).min(y.in_place(start)).min(out.len());
                    let (piece, rest) = out.split_at_mut(len);
                    let (x_buffer, y_buffer) = (&mut x_buffer[..len], &mut y_buffer[..len]);
                    match with_number {
                        Some((right, _)) if let Some(y) = y.number(start, len) => {
                            right(x.piece(start, x_buffer), y, piece)
                        }
                        Some((_, left)) if let Some(x) = x.number(start, len) => {
                            left(x, y.piece(start, y_buffer), piece)
                        }
                        _ => run(x.piece(start, x_buffer), y.piece(start, y_buffer), piece),
                    }
                    (start, out) = (start + len, rest);
                }
            });
        })
    }

    /// The elements of `a` where `mask` is true, else those of `b`, all broadcast to `shape`, which they must fit.
    pub(crate) fn select(mask: &Array<bool>, a: &Self, b: &Self, shape: &[usize]) -> Self {
        let (Some(m), Some(x), Some(y)) =
            (mask.layout().expand(shape), a.layout().expand(shape), b.layout().expand(shape))
        else {
            unreachable!("shapes are checked by the operation: {shape:?}")
        };
        let mask = Reader::with_layout(mask, &m);
        let (x, y) = (Reader::with_layout(a, &x), Reader::with_layout(b, &y));
        Array::build(shape, |out| {
            in_tasks(out, false, |start, out| {
                let mut mask_buffer = [false; PIECE];
                let (mut x_buffer, mut y_buffer) = ([E::default(); PIECE], [E::default(); PIECE]);
                for (number, out) in out.chunks_mut(PIECE).enumerate() {
                    let (start, len) = (start + number * PIECE, out.len());
                    let mask = mask.piece(start, &mut mask_buffer[..len]);
                    map::select(mask, x.piece(start, &mut x_buffer[..len]), y.piece(start, &mut y_buffer[..len]), out);
                }
            });
        })
    }
}

/// Whether `a` is one number everywhere, and doesn't make `b` larger.
#[inline]
fn is_scalar_beside(a: &Layout, b: &Layout) -> bool {
    a.is_uniform() && if a.len() == 1 { a.rank() <= b.rank() } else { a.has_shape_of(b) }
}

/// Whether the elements of both lie in the same order without gaps.
#[inline]
fn same_order(a: &Layout, b: &Layout) -> bool {
    a.has_shape_of(b) && ((a.is_contiguous() && b.is_contiguous()) || (a.strides() == b.strides() && a.is_dense()))
}

fn zip_into<E: Element, F: Binary<E>>(f: F, out: &mut [E], b: &[E]) {
    in_tasks(out, F::HEAVY, |start, out| map::zip_in_place(f, out, &b[start..][..out.len()]));
}

/// Calls `run` with each piece of `out` that lies in one repetition of `row`, its first element's number, and its part of the
/// row. `out` begins with element `start`. (Without the readers' divisions for each row, which take a sixth of the time.)
fn along_rows<R, O>(start: usize, out: &mut [O], row: &[R], run: impl Fn(usize, &[R], &mut [O])) {
    let (mut start, mut out, mut part) = (start, out, &row[start % row.len()..]);
    while !out.is_empty() {
        let (piece, rest) = out.split_at_mut(part.len().min(out.len()));
        run(start, &part[..piece.len()], piece);
        (start, out, part) = (start + piece.len(), rest, row);
    }
}

/// Calls `run` with each piece of `out` that lies in one row, its first element's number, and the number that fills the row.
/// `out` begins with element `start`; `rows` says how long a row is and what fills it. (Without divisions, as [`along_rows`].)
fn in_rows<R, O>(
    start: usize,
    out: &mut [O],
    (inner, number): (usize, impl Fn(usize) -> R),
    run: impl Fn(usize, R, &mut [O]),
) {
    let (mut row, mut left) = (start / inner, inner - start % inner);
    let (mut start, mut out) = (start, out);
    while !out.is_empty() {
        let (piece, rest) = out.split_at_mut(left.min(out.len()));
        run(start, number(row), piece);
        (start, out, row, left) = (start + piece.len(), rest, row + 1, inner);
    }
}

/// Changes `out` by `pairs` of the elements of `b` in the order of `out`, or by `number` where one stands for many.
fn zip_repeated<E: Element>(
    heavy: bool,
    out: &mut [E],
    b: &Reader<'_, E>,
    pairs: Loop<'_, E, E>,
    number: &(dyn Fn(E, &mut [E]) + Sync),
) {
    in_tasks(out, heavy, |start, out| {
        if let Some(row) = b.repeated_row() {
            return along_rows(start, out, row, |_, row, out| pairs(row, out));
        }
        if let Some(rows) = b.row_numbers() {
            return in_rows(start, out, rows, |_, b, out| number(b, out));
        }
        let mut buffer = [E::default(); PIECE];
        for (number, out) in out.chunks_mut(PIECE).enumerate() {
            pairs(b.piece(start + number * PIECE, &mut buffer[..out.len()]), out);
        }
    });
}
