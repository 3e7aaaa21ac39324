//! Run-time choice of the instruction set: a kernel is written once, compiled once per level, and called at the widest
//! level that the machine has.
//!
//! A kernel is a small struct that holds its operands and a plain loop in [`Kernel::run`], marked `#[inline(always)]`
//! all the way down, so that the loop is compiled anew inside each wrapper below, with that wrapper's instructions.
//! The levels with fused multiply-add give the same bits, since the loops fix their own order of operations; only a
//! machine without FMA rounds differently. On x86-64 the environment variable `DELTARULE_LEVEL`, `avx2` or `portable`,
//! forbids the levels above it; it is read once.
//!
//! The wrappers are never inlined, which lets the compiler take those that this crate has compiled (see `operation!`)
//! where another crate uses them: else each crate compiles all loops anew, three times over, which is most of what a
//! release build costs.

#[cfg(target_arch = "x86_64")]
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Work that is compiled once per instruction set.
pub(crate) trait Kernel {
    type Output;

    /// Does the work. `FMA` says whether [`mul_add`] is one instruction. Must be `#[inline(always)]`.
    fn run<const FMA: bool>(self) -> Self::Output;

    /// The same where there are 32 registers of 64 bytes (AVX-512): for a kernel whose loops are shaped by the registers.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "no other machine has such registers"))]
    #[inline(always)]
    fn run_wide(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run::<true>()
    }
}

/// `a * b + c`, rounded once where the machine has the instruction. (Without it `f32::mul_add` is a call into libm.)
#[inline(always)]
pub(crate) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Asks for the cache line at `place`, whatever that is, before it is needed.
#[inline(always)]
pub(crate) fn prefetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch changes no value and can't fault, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Bytes of a cache line, as [`prefetch`] brings it.
pub(crate) const LINE: usize = 64;

#[cfg(target_arch = "x86_64")]
#[repr(u8)]
enum Level {
    Unknown,
    Portable,
    Avx2,
    Avx512,
}

/// Runs a kernel at the widest level of this machine.
#[inline]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        let level = level();
        if level == Level::Avx512 as u8 {
            // SAFETY: `level` found avx512f, bw, dq, vl, avx2 and fma on this machine.
            return unsafe { avx512(kernel) };
        }
        if level == Level::Avx2 as u8 {
            // SAFETY: `level` found avx2 and fma on this machine.
            return unsafe { avx2(kernel) };
        }
    }
    portable(kernel)
}

/// Whether [`dispatch`] calls [`Kernel::run_wide`].
#[inline]
pub(crate) fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return level() == Level::Avx512 as u8;
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_wide()
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

/// With what every machine of this kind has. On aarch64 that is NEON, with fused multiply-add.
#[inline(never)]
fn portable<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<{ cfg!(target_arch = "aarch64") }>()
}

/// The level of this machine, once it is known.
#[cfg(target_arch = "x86_64")]
static LEVEL: AtomicU8 = AtomicU8::new(Level::Unknown as u8);

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn level() -> u8 {
    let level = LEVEL.load(Relaxed);
    if level != Level::Unknown as u8 { level } else { find_level() }
}

#[cfg(target_arch = "x86_64")]
#[cold]
#[inline(never)]
fn find_level() -> u8 {
    // For tests of the narrower levels on a machine that has the widest.
    let most = std::env::var("DELTARULE_LEVEL").unwrap_or_default();
    let has = |all: [bool; 6]| all.into_iter().all(|one| one);
    let found = if most == "portable" {
        Level::Portable
    } else if most != "avx2"
        && has([
            is_x86_feature_detected!("avx512f"),
            is_x86_feature_detected!("avx512bw"),
            is_x86_feature_detected!("avx512dq"),
            is_x86_feature_detected!("avx512vl"),
            is_x86_feature_detected!("avx2"),
            is_x86_feature_detected!("fma"),
        ])
    {
        Level::Avx512
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        Level::Avx2
    } else {
        Level::Portable
    } as u8;
    LEVEL.store(found, Relaxed);
    found
}
