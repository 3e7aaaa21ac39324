//! Vectors of elements as arrays.

use super::fold::WIDTH;
use crate::kernels::isa::{self, LINE};

/// `N` elements from `at` on.
#[inline(always)]
pub(super) fn load<T: Copy, const N: usize>(x: &[T], at: usize) -> [T; N] {
    match x.get(at..).and_then(<[T]>::first_chunk) {
        Some(chunk) => *chunk,
        None => outside(N, at, x.len()),
    }
}

/// `N` elements from `at` on.
///
/// # Safety
/// `x` has them.
#[inline(always)]
pub(super) unsafe fn load_unchecked<T: Copy, const N: usize>(x: &[T], at: usize) -> [T; N] {
    // SAFETY: as the caller says. An array is aligned as its elements are.
    unsafe { *x.as_ptr().add(at).cast::<[T; N]>() }
}

/// A call, so that the numbers of a message that is never written don't take registers from the loops.
#[cold]
#[inline(never)]
fn outside(count: usize, at: usize, len: usize) -> ! {
    panic!("{count} elements at {at} of {len}")
}

/// Asks for the memory of the `N` vectors at `at`.
#[inline(always)]
pub(super) fn prefetch<T, const N: usize>(x: &[T], at: usize) {
    for line in 0..(N * WIDTH * size_of::<T>()).div_ceil(LINE) {
        isa::prefetch(x.as_ptr().wrapping_add(at).wrapping_byte_add(line * LINE));
    }
}

/// f(aᵢ, bᵢ) in each lane. (`array::map` and `from_fn` aren't inlined reliably, and a call would end the vectors.)
#[inline(always)]
pub(super) fn zip<A: Copy, B: Copy, const N: usize>(mut a: [A; N], b: [B; N], f: impl Fn(A, B) -> A) -> [A; N] {
    for i in 0..N {
        a[i] = f(a[i], b[i]);
    }
    a
}
