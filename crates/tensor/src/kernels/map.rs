//! Functions of single elements, as loops over slices that the compiler vectorises.

use super::isa::{Kernel, dispatch};

/// A function of one element. `call` must be `#[inline(always)]` and free of branches that depend on the data, so that
/// the loop around it becomes vector instructions.
pub(crate) trait Unary<T, O = T>: Copy + Send + Sync {
    /// Whether an element costs more to compute than to load.
    const HEAVY: bool = false;

    fn call<const FMA: bool>(self, x: T) -> O;
}

/// A function of two elements; as [`Unary`].
pub(crate) trait Binary<A, B = A, O = A>: Copy + Send + Sync {
    /// Whether an element costs more to compute than to load.
    const HEAVY: bool = false;

    fn call<const FMA: bool>(self, a: A, b: B) -> O;
}

/// `out[i] = f(x[i])`. The slices are equally long.
#[inline]
pub(crate) fn map<T: Copy, O, F: Unary<T, O>>(f: F, x: &[T], out: &mut [O]) {
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

struct Map<'a, F, T, O> {
    f: F,
    x: &'a [T],
    out: &'a mut [O],
}

impl<T: Copy, O, F: Unary<T, O>> Kernel for Map<'_, F, T, O> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (out, &x) in self.out.iter_mut().zip(self.x) {
            *out = self.f.call::<FMA>(x);
        }
    }
}

struct MapInPlace<'a, F, T> {
    f: F,
    x: &'a mut [T],
}

impl<T: Copy, F: Unary<T>> Kernel for MapInPlace<'_, F, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.x {
            *x = self.f.call::<FMA>(*x);
        }
    }
}

struct Zip<'a, F, A, B, O> {
    f: F,
    a: &'a [A],
    b: &'a [B],
    out: &'a mut [O],
}

impl<A: Copy, B: Copy, O, F: Binary<A, B, O>> Kernel for Zip<'_, F, A, B, O> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for ((out, &a), &b) in self.out.iter_mut().zip(self.a).zip(self.b) {
            *out = self.f.call::<FMA>(a, b);
        }
    }
}

struct ZipInPlace<'a, F, A, B> {
    f: F,
    a: &'a mut [A],
    b: &'a [B],
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
