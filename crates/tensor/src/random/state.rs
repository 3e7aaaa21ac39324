//! A generator's state as plain data, and the checks that it passes before a generator runs on it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::random::generator::Generator;
use crate::random::mt19937::{Mt19937, N};

/// Everything that decides a [`Generator`]'s future draws: `torch.get_rng_state` as named fields.
///
/// The fields are free to be anything; [`Generator::try_from`] says whether they make a generator.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut generator = Generator::new(0);
/// generator.next_u32();
/// let mut copy = Generator::try_from(generator.state())?;
/// assert_eq!(copy.next_u64(), generator.next_u64());
/// # Ok::<(), InvalidState>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorState {
    /// The seed last set.
    pub seed: u64,
    /// The 624 words of the Mersenne Twister.
    pub words: Vec<u32>,
    /// How many of the words were handed out: 0 to 624.
    pub position: usize,
    /// The second half of a pair of normal draws, if it still waits to be used.
    pub next_normal: Option<f64>,
}

/// Why a [`GeneratorState`] makes no generator.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut state = Generator::new(0).state();
/// state.position = 625;
/// assert_eq!(Generator::try_from(state), Err(InvalidState::Position(625)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum InvalidState {
    /// There are not 624 words, but this many.
    Length(usize),
    /// More words were handed out than there are.
    Position(usize),
    /// The bits that the recurrence reads are all zero: it would yield zeros for ever.
    Zero,
    /// The waiting normal draw is infinite or not a number.
    Normal(f64),
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(found) => write!(f, "generator state: expected {N} words, found {found}"),
            Self::Position(found) => {
                write!(f, "generator state: position {found} is past the {N} words")
            }
            Self::Zero => write!(f, "generator state: the words are all zero"),
            Self::Normal(found) => write!(f, "generator state: the waiting normal draw is {found}"),
        }
    }
}

impl std::error::Error for InvalidState {}

impl TryFrom<GeneratorState> for Generator {
    type Error = InvalidState;

    fn try_from(state: GeneratorState) -> Result<Self, InvalidState> {
        let length = state.words.len();
        let words: [u32; N] = state.words.try_into().map_err(|_| InvalidState::Length(length))?;
        if state.position > N {
            return Err(InvalidState::Position(state.position));
        }
        // Of the first word the recurrence reads only the top bit.
        if words[0] >> 31 == 0 && words[1..].iter().all(|&word| word == 0) {
            return Err(InvalidState::Zero);
        }
        if let Some(normal) = state.next_normal.filter(|normal| !normal.is_finite()) {
            return Err(InvalidState::Normal(normal));
        }
        let engine = Mt19937 { words, position: state.position };
        Ok(Self { seed: state.seed, engine, next_normal: state.next_normal })
    }
}

impl From<Generator> for GeneratorState {
    fn from(generator: Generator) -> Self {
        generator.state()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(change: impl FnOnce(&mut GeneratorState)) -> InvalidState {
        let mut state = Generator::new(1).state();
        change(&mut state);
        Generator::try_from(state).unwrap_err()
    }

    #[test]
    fn hostile_states_are_typed_errors() {
        assert_eq!(rejected(|s| s.words.clear()), InvalidState::Length(0));
        assert_eq!(rejected(|s| s.words.push(0)), InvalidState::Length(625));
        assert_eq!(rejected(|s| s.position = 625), InvalidState::Position(625));
        assert_eq!(rejected(|s| s.position = usize::MAX), InvalidState::Position(usize::MAX));
        assert_eq!(rejected(|s| s.words.fill(0)), InvalidState::Zero);
        assert_eq!(rejected(|s| s.next_normal = Some(f64::INFINITY)), InvalidState::Normal(f64::INFINITY));
        assert!(matches!(rejected(|s| s.next_normal = Some(f64::NAN)), InvalidState::Normal(_)));
    }

    #[test]
    fn json_round_trip_continues_the_stream() {
        let mut generator = Generator::new(7);
        generator.next_u32();
        generator.next_normal = Some(-0.1);
        let json = serde_json::to_string(&generator).unwrap();
        let mut copy: Generator = serde_json::from_str(&json).unwrap();
        assert_eq!(copy, generator);
        assert_eq!(copy.next_u32(), generator.next_u32());
    }

    #[test]
    fn hostile_json_is_an_error_with_the_reason() {
        let json = r#"{"seed":0,"words":[1,2,3],"position":9,"next_normal":null}"#;
        let error = serde_json::from_str::<Generator>(json).unwrap_err();
        assert!(error.to_string().contains("expected 624 words, found 3"), "{error}");
    }
}
