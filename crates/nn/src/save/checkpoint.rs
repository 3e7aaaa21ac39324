//! Training checkpoints: all that a run consists of, in one file.
//!
//! The file: 8 bytes of signature, the format's version (4 bytes), the length of the contents (8), the contents, and the
//! CRC-64 (8) of all before it; numbers have their least significant byte first. The contents are the run's own state and
//! then the caller's value, by serde and bincode.

use std::any::type_name;
use std::fmt;
use std::path::Path;

use deltarule_tensor::random::{Generator, with_default};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::atomic::write_atomic;
use super::error::{FileError, FileProblem};
use super::{binary, crc::crc64};
use crate::load::check;
use crate::{LoadError, Module, SavedState, StateDict, Stateful};

/// How a checkpoint begins. Like PNG's signature it has a byte that is no text, and line ends that a transfer as text would
/// change.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89drck\r\n\x1a";
/// The version of the format that is written, and the only one that is read.
pub(super) const VERSION: u32 = 1;
/// Signature, version and length.
const HEADER: usize = 20;

/// The state of a training run between two epochs: model, optimizers, schedules and random numbers, and what else the caller
/// needs. A run that goes on from it does bit for bit what it would have done without the stop.
///
/// ```
/// use deltarule_nn::optim::{Adam, Optimizer, schedule::{Schedule, StepLr}};
/// use deltarule_nn::{Checkpoint, Linear, Module};
///
/// let path = std::env::temp_dir().join(format!("run-{}.checkpoint", std::process::id()));
/// let model = Linear::new(2, 1);
/// let mut adam = Adam::new(model.parameters(), 1e-3);
/// let mut schedule = Schedule::new(&mut adam, StepLr::new(10));
/// let best_loss = 0.25;
/// Checkpoint::new(7, &model, &[&adam, &schedule], best_loss).save(&path)?;
///
/// // In another process: the same model, optimizer and schedule, made anew.
/// let checkpoint = Checkpoint::<f64>::load(&path)?;
/// checkpoint.restore(&model, &mut [&mut adam, &mut schedule])?;
/// assert_eq!((checkpoint.epoch, checkpoint.extra), (7, 0.25));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint<T = ()> {
    /// The number of epochs that are done, or whatever the caller counts.
    pub epoch: u64,
    /// The caller's own value.
    pub extra: T,
    model: StateDict,
    parts: Vec<SavedState>,
    random: Generator,
}

/// Why a checkpoint can't be restored. It prints itself in words by `Debug` too.
#[non_exhaustive]
pub enum RestoreError {
    /// The model isn't the one that was saved.
    Model(LoadError),
    /// There are as many optimizers and schedules as this, and not as many were saved.
    Parts {
        /// How many were given.
        expected: usize,
        /// How many were saved.
        found: usize,
    },
    /// An optimizer or a schedule isn't the one that was saved: its index, and what is wrong.
    Part(usize, LoadError),
}

/// What a file holds besides the caller's value.
#[derive(Serialize, Deserialize)]
struct Contents {
    epoch: u64,
    model: StateDict,
    parts: Vec<SavedState>,
    random: Generator,
}

impl<T> Checkpoint<T> {
    /// The state as it is now, with the default generator's. `parts` are optimizers and schedules, in any order that
    /// [`restore`](Checkpoint::restore) is given too.
    pub fn new<M: Module + ?Sized>(epoch: u64, model: &M, parts: &[&dyn Stateful], extra: T) -> Self {
        Checkpoint {
            epoch,
            extra,
            model: model.state_dict(),
            parts: parts.iter().map(|part| part.state_dict()).collect(),
            random: with_default(|generator| generator.clone()),
        }
    }

    /// Gives model, parts and the default generator the state that was saved.
    ///
    /// # Errors
    /// If something doesn't fit, which the error names. Then nothing is changed.
    pub fn restore<M: Module + ?Sized>(&self, model: &M, parts: &mut [&mut dyn Stateful]) -> Result<(), RestoreError> {
        check(model, &self.model).map_err(RestoreError::Model)?;
        if parts.len() != self.parts.len() {
            return Err(RestoreError::Parts { expected: parts.len(), found: self.parts.len() });
        }
        for (index, (part, saved)) in parts.iter().zip(&self.parts).enumerate() {
            part.check_state_dict(saved).map_err(|error| RestoreError::Part(index, error))?;
        }
        // All fits: from here on nothing fails.
        model.load_state_dict(&self.model).map_err(RestoreError::Model)?;
        for (index, (part, saved)) in parts.iter_mut().zip(&self.parts).enumerate() {
            part.load_state_dict(saved).map_err(|error| RestoreError::Part(index, error))?;
        }
        with_default(|default| *default = self.random.clone());
        Ok(())
    }
}

impl<T: Serialize> Checkpoint<T> {
    /// Writes the checkpoint to a file. What was there is replaced in one step: whatever happens meanwhile, the old file or
    /// the new one is there whole.
    ///
    /// # Errors
    /// If the file system fails, or if serde can't write the caller's value.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let bytes = self.to_bytes().map_err(|reason| FileProblem::Unwritable(reason).at(path))?;
        write_atomic(path, |out| out.write_all(&bytes)).map_err(|error| FileProblem::Io(error).at(path))
    }

    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let Checkpoint { epoch, extra, model, parts, random } = self;
        let contents = Contents { epoch: *epoch, model: model.clone(), parts: parts.clone(), random: random.clone() };
        let contents = binary::encode(&contents)?;
        let extra = binary::encode(extra).map_err(|error| format!("the caller's value: {error}"))?;
        let mut bytes = Vec::with_capacity(HEADER + contents.len() + extra.len() + 8);
        bytes.extend(SIGNATURE);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(((contents.len() + extra.len()) as u64).to_le_bytes());
        bytes.extend(contents);
        bytes.extend(extra);
        bytes.extend(crc64(&bytes).to_le_bytes());
        Ok(bytes)
    }
}

impl<T: DeserializeOwned> Checkpoint<T> {
    /// Reads a file. Nothing in memory is changed before [`restore`](Checkpoint::restore).
    ///
    /// # Errors
    /// If the file can't be read, is no whole checkpoint, or holds a caller's value of another type.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(FileProblem::Io);
        bytes.and_then(|bytes| Self::from_bytes(&bytes)).map_err(|problem| problem.at(path))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, FileProblem> {
        let contents = open(bytes)?;
        let (Contents { epoch, model, parts, random }, used) =
            binary::decode(contents).map_err(FileProblem::Malformed)?;
        let rest = &contents[used..];
        let other_type = |reason| FileProblem::Extra { expected: type_name::<T>(), reason };
        let (extra, used) = binary::decode(rest).map_err(other_type)?;
        if used < rest.len() {
            return Err(other_type(format!("{} bytes are left over", rest.len() - used)));
        }
        Ok(Checkpoint { epoch, extra, model, parts, random })
    }
}

/// The contents of a file whose signature, version, length and checksum are right.
fn open(bytes: &[u8]) -> Result<&[u8], FileProblem> {
    let known = bytes.len().min(SIGNATURE.len());
    if bytes[..known] != SIGNATURE[..known] {
        return Err(FileProblem::foreign("checkpoint", bytes));
    }
    let length = |expected| FileProblem::Length { expected, found: bytes.len() as u64 };
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(length(HEADER as u64 + 8));
    };
    let version = u32::from_le_bytes([header[8], header[9], header[10], header[11]]);
    if version != VERSION {
        return Err(FileProblem::Version(version));
    }
    let mut claimed = [0; 8];
    claimed.copy_from_slice(&header[12..]);
    // Only compared: what a file claims is never allocated.
    let expected = u64::from_le_bytes(claimed).saturating_add(HEADER as u64 + 8);
    let Some((contents, checksum)) = rest.split_last_chunk::<8>().filter(|_| expected == bytes.len() as u64) else {
        return Err(length(expected));
    };
    if crc64(&bytes[..bytes.len() - 8]) != u64::from_le_bytes(*checksum) {
        return Err(FileProblem::Checksum);
    }
    Ok(contents)
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::Model(error) => error.fmt(f),
            RestoreError::Parts { expected, found } => {
                write!(
                    f,
                    "the checkpoint has the states of {found} optimizers and schedules, and {expected} are asked for"
                )
            }
            RestoreError::Part(index, error) => write!(f, "part {index}: {error}"),
        }
    }
}

/// As `Display`: `unwrap`, and `main` when it returns the error, print this.
impl fmt::Debug for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RestoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RestoreError::Model(error) | RestoreError::Part(_, error) => Some(error),
            RestoreError::Parts { .. } => None,
        }
    }
}
