//! The random-number generator: PyTorch's `torch.Generator` on CPU.

use std::convert::Infallible;
use std::fmt;

use rand_core::{SeedableRng, TryRng, utils};
use serde::{Deserialize, Serialize};

use crate::random::mt19937::Mt19937;
use crate::random::state::GeneratorState;

/// A source of random numbers: PyTorch's `torch.Generator` on CPU, draw for draw.
///
/// The engine is MT19937. Only the low 32 bits of the seed reach it, as in PyTorch: seeds that differ above them give
/// the same numbers. A negative seed in Python is its two's complement: `torch.manual_seed(-1)` is `u64::MAX`.
///
/// Beside the engine's state stands one cached normal draw: the Box–Muller transform makes two at a time, and short
/// fills use them one by one (PyTorch's `next_double_normal_sample`). PyTorch's second cache, for `float`, is left out:
/// no CPU function of it fills that one.
///
/// It is no source of secrets: 624 draws give away all that follow.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut generator = Generator::new(0);
/// assert_eq!(generator.next_u32(), 2357136044);
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "GeneratorState", into = "GeneratorState")]
pub struct Generator {
    pub(crate) seed: u64,
    pub(crate) engine: Mt19937,
    pub(crate) next_normal: Option<f64>,
}

impl Generator {
    /// A generator with this seed.
    ///
    /// ```
    /// # use deltarule_tensor::random::*;
    /// let mut generator = Generator::new(42);
    /// let mut weights = [0.0_f32; 3];
    /// uniform(&mut generator, &mut weights, -0.5, 0.5);
    /// // torch.empty(3).uniform_(-0.5, 0.5, generator=torch.Generator().manual_seed(42))
    /// assert_eq!(weights, [0.38226926, 0.41500396, -0.11713624]);
    /// ```
    pub fn new(seed: u64) -> Self {
        // The engine takes the low word only, as PyTorch's does.
        Self { seed, engine: Mt19937::new(seed as u32), next_normal: None }
    }

    /// Starts over from this seed, and forgets the cached normal draw: `Generator.manual_seed`.
    ///
    /// ```
    /// # use deltarule_tensor::random::*;
    /// let mut generator = Generator::new(0);
    /// let first = generator.next_u64();
    /// generator.manual_seed(0);
    /// assert_eq!(generator.next_u64(), first);
    /// ```
    pub fn manual_seed(&mut self, seed: u64) {
        *self = Self::new(seed);
    }

    /// The seed last set: `Generator.initial_seed`.
    ///
    /// ```
    /// # use deltarule_tensor::random::*;
    /// assert_eq!(Generator::new(7).initial_seed(), 7);
    /// ```
    pub fn initial_seed(&self) -> u64 {
        self.seed
    }

    /// The next 32 bits: one draw of the engine.
    ///
    /// ```
    /// # use deltarule_tensor::random::*;
    /// assert_eq!(Generator::new(5489).next_u32(), 3499211612);
    /// ```
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        self.engine.next_u32()
    }

    /// The next 64 bits: two draws, the first of them the high half (`random64` in PyTorch).
    ///
    /// ```
    /// # use deltarule_tensor::random::*;
    /// let (mut pair, mut single) = (Generator::new(0), Generator::new(0));
    /// assert_eq!(pair.next_u64() >> 32, u64::from(single.next_u32()));
    /// ```
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.engine.next_u64()
    }

    /// The whole state as plain data: `Generator.get_state`. [`Generator::try_from`] is its inverse.
    ///
    /// ```
    /// # use deltarule_tensor::random::*;
    /// let generator = Generator::new(3);
    /// assert_eq!(Generator::try_from(generator.state()), Ok(generator));
    /// ```
    pub fn state(&self) -> GeneratorState {
        GeneratorState {
            seed: self.seed,
            words: self.engine.words.to_vec(),
            position: self.engine.position,
            next_normal: self.next_normal,
        }
    }
}

/// Leaves out the 624 words, which nobody reads.
impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator")
            .field("seed", &self.seed)
            .field("position", &self.engine.position)
            .field("next_normal", &self.next_normal)
            .finish_non_exhaustive()
    }
}

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.engine.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.engine.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || self.try_next_u32())
    }
}

impl SeedableRng for Generator {
    /// The seed's bytes, least significant first.
    type Seed = [u8; 8];

    fn from_seed(seed: [u8; 8]) -> Self {
        Self::new(u64::from_le_bytes(seed))
    }

    /// The same as [`Generator::new`]: the seed is not scrambled first, so that it means what it means in PyTorch.
    fn seed_from_u64(seed: u64) -> Self {
        Self::new(seed)
    }
}

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::*;

    #[test]
    fn rand_core_draws_the_same_stream() {
        let mut plain = Generator::new(11);
        let mut seeded = Generator::seed_from_u64(11);
        assert_eq!(seeded, Generator::from_seed(11_u64.to_le_bytes()));
        assert_eq!(Rng::next_u32(&mut seeded), plain.next_u32());
        assert_eq!(Rng::next_u64(&mut seeded), plain.next_u64());
        let mut bytes = [0; 6];
        seeded.fill_bytes(&mut bytes);
        let [a, b] = [plain.next_u32(), plain.next_u32()].map(u32::to_le_bytes);
        assert_eq!(bytes, [a[0], a[1], a[2], a[3], b[0], b[1]]);
    }

    #[test]
    fn manual_seed_forgets_the_cached_normal() {
        let mut generator = Generator::new(1);
        generator.next_normal = Some(0.5);
        generator.manual_seed(1);
        assert_eq!(generator, Generator::new(1));
    }

    #[test]
    fn debug_is_short() {
        let text = format!("{:?}", Generator::new(2));
        assert_eq!(text, "Generator { seed: 2, position: 624, next_normal: None, .. }");
    }
}
