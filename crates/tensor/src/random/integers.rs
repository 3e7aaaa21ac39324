//! Whole numbers: `torch.randint` and `torch.randperm`.

use crate::random::generator::Generator;

/// From this width on, a 32-bit draw would favour some numbers too much, and PyTorch takes 64 bits.
const WIDE_RANGE: u64 = 1 << 28;

/// From this length on, PyTorch's permutation takes 64-bit draws and another order of swaps.
const LONG_PERMUTATION: usize = u32::MAX as usize / 20;

/// Fills `out` with whole numbers from `low` to `high − 1`: `torch.randint(low, high, size)`.
///
/// Each is `low + draw mod (high − low)`. The draw has 32 bits where `high − low` is below 2²⁸, else 64, so no number is
/// more than a sixteenth likelier than another.
///
/// # Panics
/// If `low >= high`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut x = [0; 5];
/// randint(&mut Generator::new(0), &mut x, 0, 10);
/// assert_eq!(x, [4, 9, 3, 0, 3]); // torch.manual_seed(0); torch.randint(0, 10, (5,))
/// ```
#[track_caller]
pub fn randint(generator: &mut Generator, out: &mut [i64], low: i64, high: i64) {
    assert!(low < high, "randint: expected low < high, got {low} and {high}");
    // In two's complement the width fits 64 unsigned bits, and the sum wraps back into range.
    let range = high.wrapping_sub(low) as u64;
    if range < WIDE_RANGE {
        let range = range as u32;
        generator.engine.fill_u32(out, |draw| low + i64::from(draw % range));
    } else {
        generator.engine.fill_u64(out, |draw| low.wrapping_add((draw % range) as i64));
    }
}

/// The numbers 0 to n − 1 in random order, n being the length of `out`: `torch.randperm(n)`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut order = [0; 5];
/// randperm(&mut Generator::new(0), &mut order);
/// assert_eq!(order, [4, 0, 1, 3, 2]); // torch.manual_seed(0); torch.randperm(5)
/// ```
pub fn randperm(generator: &mut Generator, out: &mut [i64]) {
    if out.len() < LONG_PERMUTATION { shuffle_forward(generator, out) } else { shuffle_inside_out(generator, out) }
}

/// The Fisher–Yates shuffle: each place swaps with one that is not before it.
fn shuffle_forward(generator: &mut Generator, out: &mut [i64]) {
    for (i, slot) in out.iter_mut().enumerate() {
        *slot = i as i64;
    }
    let len = out.len();
    // The last place has nothing to swap with, and takes no draw.
    for i in 0..len.saturating_sub(1) {
        let ahead = generator.next_u32() as usize % (len - i);
        out.swap(i, i + ahead);
    }
}

/// The Fisher–Yates shuffle "inside out": each new number takes the place of an earlier one, which moves to the end.
fn shuffle_inside_out(generator: &mut Generator, out: &mut [i64]) {
    for i in 0..out.len() {
        let place = (generator.next_u64() % (i as u64 + 1)) as usize;
        out[i] = i as i64;
        out.swap(i, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shuffles_permute() {
        for shuffle in [shuffle_forward, shuffle_inside_out] {
            for len in [0, 1, 2, 3, 100] {
                let mut order = vec![-1; len];
                shuffle(&mut Generator::new(4), &mut order);
                order.sort_unstable();
                assert!(order.iter().copied().eq(0..len as i64), "{len} numbers");
            }
        }
    }

    #[test]
    #[should_panic(expected = "randint: expected low < high, got 3 and 3")]
    fn an_empty_range_panics() {
        randint(&mut Generator::new(0), &mut [0], 3, 3);
    }

    #[test]
    fn the_widest_range_wraps_into_bounds() {
        let mut out = [0; 1000];
        randint(&mut Generator::new(0), &mut out, i64::MIN, i64::MAX);
        assert!(out.iter().any(|&x| x < 0) && out.iter().any(|&x| x > 0));
        assert!(out.iter().all(|&x| x < i64::MAX));
    }
}
