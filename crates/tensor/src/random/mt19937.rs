//! The Mersenne Twister MT19937 of Matsumoto and Nishimura (1998), which PyTorch's CPU generator runs on.

use crate::kernels::isa::{self, Kernel};

/// Words of state.
pub(crate) const N: usize = 624;
/// Distance, in words, between the two words that the recurrence combines.
const M: usize = 397;

/// The engine: 624 words, and how many of them were handed out.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Mt19937 {
    pub(crate) words: [u32; N],
    /// The next word to hand out. `N` means that all are used, which is also how a fresh engine starts.
    pub(crate) position: usize,
}

impl Mt19937 {
    /// Spreads a seed over the state by the authors' linear recurrence (their `init_genrand`).
    pub(crate) fn new(seed: u32) -> Self {
        let mut words = [seed; N];
        for j in 1..N {
            let before = words[j - 1];
            words[j] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(j as u32);
        }
        Self { words, position: N }
    }

    /// One draw.
    #[inline]
    pub(crate) fn next_u32(&mut self) -> u32 {
        if self.position >= N {
            isa::dispatch(Twist(&mut self.words));
            self.position = 0;
        }
        let word = self.words[self.position];
        self.position += 1;
        temper(word)
    }

    /// Two draws, the first of them the high half: PyTorch's `random64`.
    #[inline]
    pub(crate) fn next_u64(&mut self) -> u64 {
        let high = self.next_u32();
        wide(high, self.next_u32())
    }

    /// `out[i] = f(next_u32())`, a whole block of draws at a time.
    #[inline(always)]
    pub(crate) fn fill_u32<T>(&mut self, mut out: &mut [T], f: impl Fn(u32) -> T) {
        while !out.is_empty() {
            let ready = self.ready();
            let count = ready.len().min(out.len());
            let (now, later) = out.split_at_mut(count);
            for (slot, &word) in now.iter_mut().zip(ready) {
                *slot = f(temper(word));
            }
            self.position += count;
            out = later;
        }
    }

    /// `out[i] = f(next_u64())`, a whole block of draws at a time.
    #[inline(always)]
    pub(crate) fn fill_u64<T>(&mut self, mut out: &mut [T], f: impl Fn(u64) -> T) {
        while !out.is_empty() {
            let pairs = self.ready().chunks_exact(2);
            let count = pairs.len().min(out.len());
            if count == 0 {
                // A pair whose halves lie in two blocks.
                out[0] = f(self.next_u64());
                out = &mut out[1..];
                continue;
            }
            let (now, later) = out.split_at_mut(count);
            for (slot, pair) in now.iter_mut().zip(pairs) {
                *slot = f(wide(temper(pair[0]), temper(pair[1])));
            }
            self.position += 2 * count;
            out = later;
        }
    }

    /// The words not yet handed out: at least one.
    #[inline(always)]
    fn ready(&mut self) -> &[u32] {
        if self.position >= N {
            twist(&mut self.words);
            self.position = 0;
        }
        &self.words[self.position..]
    }
}

/// The next 624 words.
///
/// Word j becomes a function of words j, j + 1 and j + 397, the last counted around the ring. The ring is cut where it
/// wraps, so that neither loop needs a remainder and both vectorise: the nearest dependency is 227 words away.
#[inline(always)]
fn twist(words: &mut [u32; N]) {
    for j in 0..N - M {
        words[j] = words[j + M] ^ mix(words[j], words[j + 1]);
    }
    for j in N - M..N - 1 {
        words[j] = words[j + M - N] ^ mix(words[j], words[j + 1]);
    }
    words[N - 1] = words[M - 1] ^ mix(words[N - 1], words[0]);
}

/// The top bit of `u` and the low 31 bits of `v`, times the recurrence's matrix.
#[inline(always)]
fn mix(u: u32, v: u32) -> u32 {
    let joined = (u & 0x8000_0000) | (v & 0x7fff_ffff);
    // The mask is all ones where `v` is odd: a branch would not vectorise.
    (joined >> 1) ^ ((v & 1).wrapping_neg() & 0x9908_b0df)
}

/// The output function, which evens out the bits of a state word.
#[inline(always)]
fn temper(mut y: u32) -> u32 {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    y ^ (y >> 18)
}

#[inline(always)]
fn wide(high: u32, low: u32) -> u64 {
    (u64::from(high) << 32) | u64::from(low)
}

struct Twist<'a>(&'a mut [u32; N]);

impl Kernel for Twist<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        twist(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousandth_draw_is_the_standards() {
        // C++ [rand.predef]: the 10,000th draw of a default-constructed mt19937 (seed 5489) is 4123659995.
        let mut engine = Mt19937::new(5489);
        let last = (0..10_000).map(|_| engine.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn filling_equals_drawing_one_by_one() {
        for used in [0, 1, 2, 622, 623, 624] {
            for len in [0, 1, 2, 311, 312, 313, 625, 2000] {
                let mut one = Mt19937::new(9);
                (0..used).for_each(|_| _ = one.next_u32());
                let mut block = one.clone();
                let mut narrow = vec![0; len];
                block.fill_u32(&mut narrow, |draw| draw);
                assert!(narrow.iter().all(|&draw| draw == one.next_u32()), "u32: {used} used, {len} drawn");
                let mut pairs = vec![0; len];
                block.fill_u64(&mut pairs, |draw| draw);
                assert!(pairs.iter().all(|&draw| draw == one.next_u64()), "u64: {used} used, {len} drawn");
                assert_eq!(block.position, one.position);
            }
        }
    }
}
