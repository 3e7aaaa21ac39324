//! The order of the elements of lines: by one integer for each element, whose order is the element's, and its place behind
//! it. So no two are equal, and any way to sort is stable.

use crate::element::Number;
use crate::kernels::parallel;
use crate::kernels::scratch::vec_for;

/// From how many elements on counting digits beats comparing.
const LONG: usize = 512;
/// How many elements a task should have at least: some ten microseconds.
const TASK: usize = 4_096;

/// `out[o, r, i]` is the place of the element that comes at rank r of line x[o, :, i], for `x` of `[outer, n, inner]`, in
/// ascending or `descending` order. Equal elements keep their order; NaN is the largest. Only the first `wanted` ranks are in
/// order; the others have no meaning.
pub(crate) fn places<E: Number>(x: &[E], sizes: [usize; 3], descending: bool, wanted: usize, out: &mut [i64]) {
    if E::ORDER_BITS <= 32 && u32::try_from(sizes[1]).is_ok() {
        lines::<E, u64>(x, sizes, descending, wanted, out);
    } else {
        lines::<E, u128>(x, sizes, descending, wanted, out);
    }
}

/// The key of an element above its place.
trait Entry: Copy + Ord + Default {
    fn new(key: u64, place: usize) -> Self;
    fn place(self) -> usize;
    /// A digit of the key, from the lowest on.
    fn digit(self, number: u32) -> usize;
}

impl Entry for u64 {
    #[inline(always)]
    fn new(key: u64, place: usize) -> Self {
        key << 32 | place as u64
    }

    #[inline(always)]
    fn place(self) -> usize {
        self as u32 as usize
    }

    #[inline(always)]
    fn digit(self, number: u32) -> usize {
        (self >> (32 + DIGIT * number)) as usize % DIGITS
    }
}

impl Entry for u128 {
    #[inline(always)]
    fn new(key: u64, place: usize) -> Self {
        u128::from(key) << 64 | place as u128
    }

    #[inline(always)]
    fn place(self) -> usize {
        self as usize
    }

    #[inline(always)]
    fn digit(self, number: u32) -> usize {
        (self >> (64 + DIGIT * number)) as usize % DIGITS
    }
}

/// Bits of a digit, and how many digits there are: places to write to at once, which the nearest cache can hold.
const DIGIT: u32 = 8;
const DIGITS: usize = 1 << DIGIT;

fn lines<E: Number, T: Entry>(x: &[E], sizes: [usize; 3], descending: bool, wanted: usize, out: &mut [i64]) {
    let [_, n, inner] = sizes;
    let block = n * inner;
    if block == 0 {
        return;
    }
    let blocks = TASK.div_ceil(block);
    let run = |start: usize, out: &mut [i64]| {
        let (mut entries, mut spare) = (vec_for::<T>("sort", n), Vec::<T>::new());
        for (x, out) in x[start..].chunks_exact(block).zip(out.chunks_exact_mut(block)) {
            for i in 0..inner {
                entries.clear();
                let line = x[i..].iter().step_by(inner).enumerate();
                entries.extend(
                    line.map(|(place, x)| T::new(x.order() ^ if descending { E::HIGHEST_ORDER } else { 0 }, place)),
                );
                first(&mut entries, &mut spare, wanted, E::ORDER_BITS / DIGIT);
                for (out, entry) in out[i..].iter_mut().step_by(inner).zip(&entries) {
                    *out = entry.place() as i64;
                }
            }
        }
    };
    parallel::in_pieces(out, out.len() >= 2 * blocks * block && parallel::pays(out.len(), true), blocks * block, run);
}

/// Brings the least `wanted` entries to the front, in order.
fn first<T: Entry>(entries: &mut Vec<T>, spare: &mut Vec<T>, wanted: usize, digits: u32) {
    if wanted == 0 {
    } else if wanted < entries.len() / 4 {
        entries.select_nth_unstable(wanted - 1);
        entries[..wanted].sort_unstable();
    } else if entries.len() < LONG {
        entries.sort_unstable();
    } else {
        by_digits(entries, spare, digits);
    }
}

/// Sorts by the lowest digit, then by the next, and so on, each time keeping the order of what is equal.
fn by_digits<T: Entry>(entries: &mut Vec<T>, spare: &mut Vec<T>, digits: u32) {
    const MOST: usize = (u64::BITS / DIGIT) as usize;
    let mut counts = [[0_usize; DIGITS]; MOST];
    for entry in entries.iter() {
        for (number, counts) in (0..digits).zip(&mut counts) {
            counts[entry.digit(number)] += 1;
        }
    }
    if spare.capacity() < entries.len() {
        *spare = vec_for("sort", entries.len());
    }
    spare.resize(entries.len(), T::default());
    for (number, counts) in (0..digits).zip(&mut counts) {
        // All have the same.
        if counts.contains(&entries.len()) {
            continue;
        }
        let mut start = 0;
        for count in counts.iter_mut() {
            start += std::mem::replace(count, start);
        }
        for &entry in entries.iter() {
            let place = &mut counts[entry.digit(number)];
            spare[*place] = entry;
            *place += 1;
        }
        std::mem::swap(entries, spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places by a stable sort that compares.
    fn expected<E: Number>(line: &[E], descending: bool) -> Vec<i64> {
        let mut places: Vec<i64> = (0..line.len() as i64).collect();
        #[allow(clippy::eq_op)] // NaN alone differs from itself.
        places.sort_by(|&i, &j| {
            let (a, b) = (line[i as usize], line[j as usize]);
            let order = a.partial_cmp(&b).unwrap_or_else(|| (a != a).cmp(&(b != b)));
            if descending { order.reverse() } else { order }
        });
        places
    }

    fn check<E: Number>(value: impl Fn(u64) -> E) {
        for n in [1, 2, 7, LONG - 1, LONG, 3000] {
            for [outer, inner] in [[1, 1], [5, 1], [2, 3]] {
                let mut state = n as u64;
                let x: Vec<E> = (0..outer * n * inner)
                    .map(|_| {
                        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                        value(state >> 20)
                    })
                    .collect();
                for descending in [false, true] {
                    for wanted in [n, n / 5 + 1, 0] {
                        let mut out = vec![-1; x.len()];
                        places(&x, [outer, n, inner], descending, wanted, &mut out);
                        for o in 0..outer {
                            for i in 0..inner {
                                let line: Vec<E> = (0..n).map(|k| x[(o * n + k) * inner + i]).collect();
                                let got: Vec<i64> = (0..wanted).map(|k| out[(o * n + k) * inner + i]).collect();
                                assert_eq!(got, expected(&line, descending)[..wanted], "{n} {descending} {wanted}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_order_is_that_of_a_stable_sort() {
        // Any bits, so NaN of either sign, and infinities; few different numbers, with zeros of both signs.
        check(|bits| f32::from_bits(bits as u32));
        check(|bits| f64::from_bits(bits << 20));
        check(|bits| [0.0, -0.0, 1.5, -1.5, f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY][bits as usize % 8]);
        check(|bits| [0.0, -0.0, 5e-324, -5e-324, f64::NAN, -f64::NAN, f64::MAX, f64::MIN][bits as usize % 8]);
        check(|bits| (bits << 20) as i64);
        check(|bits| [0, -1, 1, i64::MIN, i64::MAX, -1 << 40][bits as usize % 6]);
    }
}
