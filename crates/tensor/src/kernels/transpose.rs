//! Rows as columns.

#[cfg(target_arch = "x86_64")]
use crate::element::DType;
use crate::element::Element;

/// `to[k * to_stride + i] = from[i * from_stride + k]` for `rows` of i and `len` of k.
///
/// # Panics
/// If an element lies outside of the slices.
pub(crate) fn transpose<E: Element>(
    from: &[E],
    from_stride: usize,
    to: &mut [E],
    to_stride: usize,
    [rows, len]: [usize; 2],
) {
    if rows == 0 || len == 0 {
        return;
    }
    assert!((rows - 1) * from_stride + len <= from.len() && (len - 1) * to_stride + rows <= to.len());
    #[cfg(target_arch = "x86_64")]
    if E::DTYPE == DType::F32 && rows >= 4 && len >= 4 {
        let (from, to) = (from.as_ptr().cast(), to.as_mut_ptr().cast());
        // SAFETY: all places lie in the slices, as just checked. The larger tile is for machines that have AVX.
        unsafe {
            if rows >= 8 && len >= 8 && is_x86_feature_detected!("avx") {
                transpose_eights(from, from_stride, to, to_stride, [rows, len]);
            } else {
                transpose_fours(from, from_stride, to, to_stride, [rows, len]);
            }
        }
        return;
    }
    for i in 0..rows {
        for k in 0..len {
            // SAFETY: both places lie in the slices, as just checked.
            unsafe { *to.get_unchecked_mut(k * to_stride + i) = *from.get_unchecked(i * from_stride + k) };
        }
    }
}

/// The starts of tiles of `SIZE` that cover `len`, which is no less: the last one ends there, and overlaps the one before
/// it if it must.
#[cfg(target_arch = "x86_64")]
fn tiles<const SIZE: usize>(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(SIZE).map(move |start| start.min(len - SIZE))
}

/// `to[k * to_stride + i] = from[i * from_stride + k]` for `rows` of i and `len` of k, at least 8 each.
///
/// # Safety
/// The machine has AVX; all of these places can be read and written.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
unsafe fn transpose_eights(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
    [rows, len]: [usize; 2],
) {
    use std::arch::x86_64::*;
    for first in tiles::<8>(rows) {
        for k in tiles::<8>(len) {
            // Two halves of four columns: rows i and i + 4 in one register, so that no step crosses its halves.
            for half in 0..2 {
                // SAFETY: the caller's promise: rows i and i + 4 are readable from k + 4·half on, for four elements.
                let row = |i: usize| unsafe {
                    let at = from.add((first + i) * from_stride + k + 4 * half);
                    let low = _mm_loadu_ps(at);
                    let high = _mm_loadu_ps(at.add(4 * from_stride));
                    _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
                };
                let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3));
                let (low01, high01) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1));
                let (low23, high23) = (_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3));
                let columns = [
                    _mm256_shuffle_ps::<0x44>(low01, low23),
                    _mm256_shuffle_ps::<0xEE>(low01, low23),
                    _mm256_shuffle_ps::<0x44>(high01, high23),
                    _mm256_shuffle_ps::<0xEE>(high01, high23),
                ];
                for (column, values) in columns.into_iter().enumerate() {
                    // SAFETY: the caller's promise.
                    unsafe { _mm256_storeu_ps(to.add((k + 4 * half + column) * to_stride + first), values) };
                }
            }
        }
    }
}

/// As [`transpose_eights`], for at least 4 rows and 4 elements, on every machine.
///
/// # Safety
/// All of these places can be read and written.
#[cfg(target_arch = "x86_64")]
unsafe fn transpose_fours(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
    [rows, len]: [usize; 2],
) {
    use std::arch::x86_64::*;
    for first in tiles::<4>(rows) {
        for k in tiles::<4>(len) {
            // SAFETY: the caller's promise: four rows are readable from k on, for four elements, and as many columns
            // writable.
            unsafe {
                let row = |i: usize| _mm_loadu_ps(from.add((first + i) * from_stride + k));
                let (mut r0, mut r1, mut r2, mut r3) = (row(0), row(1), row(2), row(3));
                _MM_TRANSPOSE4_PS(&mut r0, &mut r1, &mut r2, &mut r3);
                for (column, values) in [r0, r1, r2, r3].into_iter().enumerate() {
                    _mm_storeu_ps(to.add((k + column) * to_stride + first), values);
                }
            }
        }
    }
}
