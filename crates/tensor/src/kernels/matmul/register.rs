//! Registers of neighbouring numbers, which the sums of a tile are held in.
//!
//! On x86-64 they are named, by intrinsics. The compiler finds them in arrays of numbers too, but that is luck: with
//! `codegen-units = 1` in the user's profile it took the tiles to pieces, and a net was 14 to 22 times slower. See
//! docs/decisions/0010-any-profile.md.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

#[cfg(target_arch = "x86_64")]
use crate::element::DType;
use crate::element::Float;

/// Neighbouring numbers that are calculated with at once. Must be `#[inline(always)]`, as [`Kernel`](crate::kernels::isa::Kernel)s.
///
/// # Safety
/// Each function needs the machine's instructions for this register, and each pointer `LANES` numbers there, at any address.
pub(super) trait Register: Copy {
    type Element;

    /// How many numbers.
    const LANES: usize;

    unsafe fn zero() -> Self;
    /// This number in each lane.
    unsafe fn splat(x: Self::Element) -> Self;
    unsafe fn load(from: *const Self::Element) -> Self;
    unsafe fn store(self, to: *mut Self::Element);
    unsafe fn plus(self, other: Self) -> Self;
    /// `self · factor + sum`, rounded once if the level has fused multiply-add.
    unsafe fn mul_add(self, factor: Self, sum: Self) -> Self;
}

#[cfg(target_arch = "x86_64")]
macro_rules! registers {
    ($($type:ty, $element:ty, $lanes:literal: $zero:ident $splat:ident $load:ident $store:ident $add:ident $mul_add:ident;)*) => {$(
        impl Register for $type {
            type Element = $element;

            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn zero() -> Self {
                // SAFETY: the machine has the instruction, as the trait demands; here and below.
                unsafe { $zero() }
            }

            #[inline(always)]
            unsafe fn splat(x: $element) -> Self {
                // SAFETY: as in `zero`.
                unsafe { $splat(x) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: so many numbers are readable, as the trait demands; the instruction takes any address.
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: so many numbers are writable, as the trait demands; the instruction takes any address.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn plus(self, other: Self) -> Self {
                // SAFETY: as in `zero`.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, sum: Self) -> Self {
                // SAFETY: as in `zero`.
                unsafe { $mul_add(self, factor, sum) }
            }
        }
    )*};
}

#[cfg(target_arch = "x86_64")]
registers! {
    __m512, f32, 16: _mm512_setzero_ps _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_fmadd_ps;
    __m256, f32, 8: _mm256_setzero_ps _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_fmadd_ps;
    __m128, f32, 4: _mm_setzero_ps _mm_set1_ps _mm_loadu_ps _mm_storeu_ps _mm_add_ps _mm_fmadd_ps;
    __m512d, f64, 8: _mm512_setzero_pd _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd _mm512_fmadd_pd;
    __m256d, f64, 4: _mm256_setzero_pd _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_fmadd_pd;
    __m128d, f64, 2: _mm_setzero_pd _mm_set1_pd _mm_loadu_pd _mm_storeu_pd _mm_add_pd _mm_fmadd_pd;
}

/// `N` numbers that the compiler puts into registers as it can.
#[derive(Clone, Copy)]
struct Lanes<E, const FMA: bool, const N: usize>([E; N]);

impl<E: Float, const FMA: bool, const N: usize> Register for Lanes<E, FMA, N> {
    type Element = E;

    const LANES: usize = N;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Lanes([E::default(); N])
    }

    #[inline(always)]
    unsafe fn splat(x: E) -> Self {
        Lanes([x; N])
    }

    #[inline(always)]
    unsafe fn load(from: *const E) -> Self {
        // SAFETY: so many numbers are readable, as the trait demands.
        Lanes(unsafe { *from.cast() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut E) {
        // SAFETY: so many numbers are writable, as the trait demands.
        unsafe { to.cast::<[E; N]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn plus(mut self, other: Self) -> Self {
        for (x, y) in self.0.iter_mut().zip(other.0) {
            *x = *x + y;
        }
        self
    }

    #[inline(always)]
    unsafe fn mul_add(mut self, factor: Self, sum: Self) -> Self {
        for ((x, factor), sum) in self.0.iter_mut().zip(factor.0).zip(sum.0) {
            *x = x.mul_add::<FMA>(factor, sum);
        }
        self
    }
}

/// Work on some number of columns that lie side by side.
pub(super) trait InRegisters {
    /// Does the work, with `V` registers for a row of the columns. Must be `#[inline(always)]`.
    ///
    /// # Safety
    /// The machine must have the instructions of `R`, and the elements of the work must be those of `R`.
    unsafe fn run<R: Register, const V: usize>(self);
}

/// Does work on `N` columns of `E` in the registers that the level has: `FMA` as a kernel's `run` has it, and `WIDE` if it is
/// `run_wide` that calls. See [`Kernel`](crate::kernels::isa::Kernel).
///
/// # Safety
/// The machine must have the level's instructions.
#[inline(always)]
pub(super) unsafe fn in_registers<const FMA: bool, const WIDE: bool, const N: usize, E: Float>(work: impl InRegisters) {
    #[cfg(target_arch = "x86_64")]
    macro_rules! first_of {
        ($($element:ident, $level:ident: $register:ty, $v:literal;)*) => {$(
            if const { matches!(E::DTYPE, DType::$element) && $level && N == $v * <$register>::LANES } {
                // SAFETY: the elements were compared. The level has the instructions: on x86-64 fused multiply-add comes with
                // AVX2, and wide registers with AVX-512 (see `isa`).
                return unsafe { work.run::<$register, $v>() };
            }
        )*};
    }
    #[cfg(target_arch = "x86_64")]
    first_of! {
        F32, WIDE: __m512, 8;
        F32, WIDE: __m512, 4;
        F32, WIDE: __m512, 2;
        F32, WIDE: __m512, 1;
        F32, FMA: __m256, 8;
        F32, FMA: __m256, 4;
        F32, FMA: __m256, 2;
        F32, FMA: __m256, 1;
        F32, FMA: __m128, 1;
        F64, WIDE: __m512d, 8;
        F64, WIDE: __m512d, 4;
        F64, WIDE: __m512d, 2;
        F64, WIDE: __m512d, 1;
        F64, FMA: __m256d, 8;
        F64, FMA: __m256d, 4;
        F64, FMA: __m256d, 2;
        F64, FMA: __m256d, 1;
        F64, FMA: __m128d, 1;
    }
    // SAFETY: the elements are `E`, and no instruction is named.
    unsafe { work.run::<Lanes<E, FMA, N>, 1>() }
}
