//! Functions of single elements, as loops over slices that the compiler vectorises.
//!
//! A loop in vectors leaves up to 15 elements over, and one by one they would cost as much as 100 others. So the last
//! 16 elements are computed together once more, unless the result replaces the operand.

use super::isa::{Kernel, dispatch};

/// How many elements the last step takes: one 64-byte vector of `f32`.
const LANES: usize = 16;
/// How many elements are looked at together for arguments that `call` doesn't serve.
const PIECE: usize = 256;

/// A function of one element. `call` must be `#[inline(always)]` and free of branches that depend on the data, so that
/// the loop around it becomes vector instructions.
pub(crate) trait Unary<T, O = T>: Copy + Send + Sync {
    /// Whether an element costs more to compute than to load.
    const HEAVY: bool = false;
    /// Whether `call` serves every argument. If not, the rest go through `rare`, one by one.
    const TOTAL: bool = true;

    fn call<const FMA: bool>(self, x: T) -> O;

    /// Whether `call` serves this argument.
    #[inline(always)]
    fn serves(self, _x: T) -> bool {
        true
    }

    /// The function where `call` doesn't serve.
    fn rare(self, _x: T) -> O {
        unreachable!("this function is total")
    }
}

/// A function of two elements; as [`Unary`].
pub(crate) trait Binary<A, B = A, O = A>: Copy + Send + Sync {
    /// Whether an element costs more to compute than to load.
    const HEAVY: bool = false;

    fn call<const FMA: bool>(self, a: A, b: B) -> O;
}

/// `out[i] = f(x[i])`. The slices are equally long.
#[inline]
pub(crate) fn map<T: Copy, O: Copy + Default, F: Unary<T, O>>(f: F, x: &[T], out: &mut [O]) {
    debug_assert_eq!(x.len(), out.len());
    dispatch(Map { f, x, out });
}

/// `x[i] = f(x[i])`.
#[inline]
pub(crate) fn map_in_place<T: Copy, F: Unary<T>>(f: F, x: &mut [T]) {
    dispatch(MapInPlace { f, x });
}

/// `out[i] = f(a[i], b[i])`. The slices are equally long.
#[inline]
pub(crate) fn zip<A: Copy, B: Copy, O, F: Binary<A, B, O>>(f: F, a: &[A], b: &[B], out: &mut [O]) {
    debug_assert!(a.len() == out.len() && b.len() == out.len());
    dispatch(Zip { f, a, b, out });
}

/// `a[i] = f(a[i], b[i])`. The slices are equally long.
#[inline]
pub(crate) fn zip_in_place<A: Copy, B: Copy, F: Binary<A, B>>(f: F, a: &mut [A], b: &[B]) {
    debug_assert_eq!(a.len(), b.len());
    dispatch(ZipInPlace { f, a, b });
}

/// `out[i]` = `x[i]` where `mask[i]` is true, else `y[i]`. The slices are equally long.
pub(crate) fn select<T: Copy>(mask: &[bool], x: &[T], y: &[T], out: &mut [T]) {
    debug_assert!(mask.len() == out.len() && x.len() == out.len() && y.len() == out.len());
    dispatch(Select { mask, x, y, out });
}

/// `f` with its operands exchanged.
#[derive(Clone, Copy)]
pub(crate) struct Swapped<F>(pub(crate) F);

impl<A, B, O, F: Binary<A, B, O>> Binary<B, A, O> for Swapped<F> {
    const HEAVY: bool = F::HEAVY;

    #[inline(always)]
    fn call<const FMA: bool>(self, b: B, a: A) -> O {
        self.0.call::<FMA>(a, b)
    }
}

/// `f` with a fixed second operand.
#[derive(Clone, Copy)]
pub(crate) struct WithRight<F, B>(pub(crate) F, pub(crate) B);

impl<A, B: Copy + Send + Sync, O, F: Binary<A, B, O>> Unary<A, O> for WithRight<F, B> {
    const HEAVY: bool = F::HEAVY;

    #[inline(always)]
    fn call<const FMA: bool>(self, a: A) -> O {
        self.0.call::<FMA>(a, self.1)
    }
}

/// `f` with a fixed first operand.
#[derive(Clone, Copy)]
pub(crate) struct WithLeft<F, A>(pub(crate) F, pub(crate) A);

impl<A: Copy + Send + Sync, B, O, F: Binary<A, B, O>> Unary<B, O> for WithLeft<F, A> {
    const HEAVY: bool = F::HEAVY;

    #[inline(always)]
    fn call<const FMA: bool>(self, b: B) -> O {
        self.0.call::<FMA>(self.1, b)
    }
}

pub(crate) struct Map<'a, F, T, O> {
    pub(crate) f: F,
    pub(crate) x: &'a [T],
    pub(crate) out: &'a mut [O],
}

impl<T: Copy, O: Copy + Default, F: Unary<T, O>> Kernel for Map<'_, F, T, O> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Map { f, x, out } = self;
        if F::TOTAL {
            return map_slice::<FMA, _, _, _>(f, x, out);
        }
        for (x, out) in x.chunks(PIECE).zip(out.chunks_mut(PIECE)) {
            if all_served(f, x) {
                map_slice::<FMA, _, _, _>(f, x, out);
            } else {
                out.iter_mut().zip(x).for_each(|(out, &x)| *out = one::<FMA, _, _, _>(f, x));
            }
        }
    }
}

/// Whether `call` serves every argument of a piece. Without an early exit, so that the loop becomes vectors.
#[inline(always)]
fn all_served<T: Copy, O, F: Unary<T, O>>(f: F, x: &[T]) -> bool {
    x.iter().fold(true, |all, &x| all & f.serves(x))
}

#[inline(always)]
fn one<const FMA: bool, T: Copy, O, F: Unary<T, O>>(f: F, x: T) -> O {
    if f.serves(x) { f.call::<FMA>(x) } else { f.rare(x) }
}

#[inline(always)]
fn map_slice<const FMA: bool, T: Copy, O: Copy + Default, F: Unary<T, O>>(f: F, x: &[T], out: &mut [O]) {
    if F::HEAVY && x.len() < LANES {
        return map_few::<FMA, _, _, _>(f, x, out);
    }
    let body = whole(x.len());
    for (out, &x) in out[..body].iter_mut().zip(&x[..body]) {
        *out = f.call::<FMA>(x);
    }
    if let (Some(x), Some(out)) = (x.last_chunk::<LANES>(), out.last_chunk_mut::<LANES>()) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = f.call::<FMA>(x);
        }
    }
}

/// `map_slice` of less than 16 elements: in one vector, filled up with the first.
#[inline(always)]
fn map_few<const FMA: bool, T: Copy, O: Copy + Default, F: Unary<T, O>>(f: F, x: &[T], out: &mut [O]) {
    let Some(&first) = x.first() else { return };
    let mut lanes = [first; LANES];
    lanes.iter_mut().zip(x).for_each(|(lane, &x)| *lane = x);
    let mut results = [O::default(); LANES];
    results.iter_mut().zip(lanes).for_each(|(result, x)| *result = f.call::<FMA>(x));
    out.iter_mut().zip(results).for_each(|(out, result)| *out = result);
}

#[inline(always)]
fn map_slice_in_place<const FMA: bool, T: Copy, F: Unary<T>>(f: F, x: &mut [T]) {
    x.iter_mut().for_each(|x| *x = f.call::<FMA>(*x));
}

/// How many elements the main loop takes, before the last 16 are computed together.
#[inline(always)]
fn whole(len: usize) -> usize {
    if len < LANES { len } else { len / LANES * LANES }
}

pub(crate) struct MapInPlace<'a, F, T> {
    pub(crate) f: F,
    pub(crate) x: &'a mut [T],
}

impl<T: Copy, F: Unary<T>> Kernel for MapInPlace<'_, F, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let MapInPlace { f, x } = self;
        if F::TOTAL {
            return map_slice_in_place::<FMA, _, _>(f, x);
        }
        for x in x.chunks_mut(PIECE) {
            if all_served(f, x) {
                map_slice_in_place::<FMA, _, _>(f, x);
            } else {
                x.iter_mut().for_each(|x| *x = one::<FMA, _, _, _>(f, *x));
            }
        }
    }
}

pub(crate) struct Zip<'a, F, A, B, O> {
    pub(crate) f: F,
    pub(crate) a: &'a [A],
    pub(crate) b: &'a [B],
    pub(crate) out: &'a mut [O],
}

impl<A: Copy, B: Copy, O, F: Binary<A, B, O>> Kernel for Zip<'_, F, A, B, O> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Zip { f, a, b, out } = self;
        let body = whole(out.len());
        for ((out, &a), &b) in out[..body].iter_mut().zip(&a[..body]).zip(&b[..body]) {
            *out = f.call::<FMA>(a, b);
        }
        if let (Some(a), Some(b), Some(out)) =
            (a.last_chunk::<LANES>(), b.last_chunk::<LANES>(), out.last_chunk_mut::<LANES>())
        {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = f.call::<FMA>(a, b);
            }
        }
    }
}

pub(crate) struct ZipInPlace<'a, F, A, B> {
    pub(crate) f: F,
    pub(crate) a: &'a mut [A],
    pub(crate) b: &'a [B],
}

impl<A: Copy, B: Copy, F: Binary<A, B>> Kernel for ZipInPlace<'_, F, A, B> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (a, &b) in self.a.iter_mut().zip(self.b) {
            *a = self.f.call::<FMA>(*a, b);
        }
    }
}

struct Select<'a, T> {
    mask: &'a [bool],
    x: &'a [T],
    y: &'a [T],
    out: &'a mut [T],
}

impl<T: Copy> Kernel for Select<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Select { mask, x, y, out } = self;
        let (vectors, rest) = out.as_chunks_mut::<LANES>();
        let done = vectors.len() * LANES;
        let operands = mask.as_chunks::<LANES>().0.iter().zip(x.as_chunks::<LANES>().0).zip(y.as_chunks::<LANES>().0);
        for (out, ((mask, x), y)) in vectors.iter_mut().zip(operands) {
            // Both are read before one is chosen: a branch would be guessed wrong.
            let (x, mut chosen) = (*x, *y);
            for i in 0..LANES {
                chosen[i] = if mask[i] { x[i] } else { chosen[i] };
            }
            *out = chosen;
        }
        for (((out, &mask), &x), &y) in rest.iter_mut().zip(&mask[done..]).zip(&x[done..]).zip(&y[done..]) {
            *out = if mask { x } else { y };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::math::{Exp, Sin, Sub};

    /// Vectors, the last step and what is shorter than it: every length gives what single elements give.
    #[test]
    fn every_length_gives_the_same_bits() {
        let x: Vec<f32> = (0..100).map(|i| i as f32 * 0.37 - 18.0).collect();
        let mut single = vec![0.0; 100];
        for (x, out) in x.chunks(1).zip(single.chunks_mut(1)) {
            map(Exp, x, out);
        }
        for len in 0..=100 {
            let mut out = vec![0.0; len];
            map(Exp, &x[..len], &mut out);
            assert_eq!(out, single[..len], "map of {len}");
            let mut out = x[..len].to_vec();
            map_in_place(Exp, &mut out);
            assert_eq!(out, single[..len], "map_in_place of {len}");
        }
    }

    #[test]
    fn pairs_keep_their_order() {
        let a: Vec<f32> = (0..37).map(|i| i as f32).collect();
        let b = vec![1.5; 37];
        let expected: Vec<f32> = a.iter().map(|a| a - 1.5).collect();
        let negated: Vec<f32> = a.iter().map(|a| 1.5 - a).collect();
        let mut out = vec![0.0; 37];
        zip(Sub, &a, &b, &mut out);
        assert_eq!(out, expected);
        zip(Swapped(Sub), &a, &b, &mut out);
        assert_eq!(out, negated);
        map(WithRight(Sub, 1.5), &a, &mut out);
        assert_eq!(out, expected);
        map(WithLeft(Sub, 1.5), &a, &mut out);
        assert_eq!(out, negated);
        out.copy_from_slice(&a);
        zip_in_place(Sub, &mut out, &b);
        assert_eq!(out, expected);
    }

    /// An argument that `call` doesn't serve is found wherever it stands, in place too, and its neighbours don't change.
    #[test]
    fn rare_arguments_take_their_own_path() {
        for at in [0, 1, 255, 256, 300, 599] {
            let mut x: Vec<f32> = (0..600).map(|i| i as f32 * 0.01).collect();
            let mut plain = vec![0.0; 600];
            map(Sin, &x, &mut plain);
            x[at] = 1e30;
            let mut out = vec![0.0; 600];
            map(Sin, &x, &mut out);
            // sin(1e30f32), from f64.
            plain[at] = f64::from(1e30f32).sin() as f32;
            assert_eq!(out, plain);
            map_in_place(Sin, &mut x);
            assert_eq!(x, plain);
        }
    }
}
