//! Training checkpoints: all that a run consists of, in one file.
//!
//! The file is a safetensors file, so other programs read the weights in it: `model.NAME` are the model's values,
//! `parts.0.NAME` those of the first optimizer or schedule, and so on; `extra` is the caller's value, in CBOR, and the last 8
//! bytes, `checksum`, are the CRC-64 of all before. Its metadata have the format's version, and the rest of the run in JSON.

use std::any::type_name;
use std::fmt;
use std::path::Path;

use deltarule_tensor::random::{Generator, with_default};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::crc::crc64;
use super::error::{FileError, FileProblem};
use super::layout::{self, CHECKPOINT, CHECKSUM, Data, Header, Item, expected_length};
use super::{cbor, elements};
use crate::load::check;
use crate::{LoadError, Module, SavedState, StateDict, Stateful};

/// The version of the format that is written, and the only one that is read. (The first was another kind of file.)
pub(super) const VERSION: u32 = 2;
/// The tensor that is the caller's value.
const EXTRA: &str = "extra";
/// What the names of the model's values begin with, and those of optimizers and schedules.
const MODEL: &str = "model.";
const PARTS: &str = "parts.";

/// The state of a training run between two epochs: model, optimizers, schedules and random numbers, and what else the caller
/// needs. A run that goes on from it does bit for bit what it would have done without the stop.
///
/// The file is a safetensors file. In Python, `safetensors.torch.load_file` gives the weights, as `model.0.weight`, and the
/// optimizers' tensors, as `parts.0.state.0.exp_avg`.
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
///
/// // The weights alone, whatever else is in the file.
/// model.load_state_dict(Checkpoint::<()>::load(&path)?.model())?;
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

/// What a file holds besides tensors.
#[derive(Serialize, Deserialize)]
struct Run {
    epoch: u64,
    /// Whose the states are.
    parts: Vec<String>,
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

    /// What was saved of the model, for another of its kind that only computes: `model.load_state_dict(checkpoint.model())`.
    pub fn model(&self) -> &StateDict {
        &self.model
    }

    /// What was saved of each optimizer and schedule.
    pub fn parts(&self) -> &[SavedState] {
        &self.parts
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

impl<T: Serialize + DeserializeOwned> Checkpoint<T> {
    /// Writes the checkpoint to a file. What was there is replaced in one step: whatever happens meanwhile, the old file or
    /// the new one is there whole. A link is followed, and the mode of a file that is there stays.
    ///
    /// # Errors
    /// If the file system fails, or if something couldn't be read again: two values that have one name, or a caller's value
    /// that serde writes in one way and reads in another. Then the old file is as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        self.write(path).map_err(|problem| problem.at(path))
    }

    fn write(&self, path: &Path) -> Result<(), FileProblem> {
        let Checkpoint { epoch, extra, model, parts, random } = self;
        let extra =
            cbor::encode(extra).and_then(|bytes| cbor::decode::<T>(&bytes).map(|_| bytes)).map_err(|reason| {
                let reason =
                    format!("the caller's value, of the type {}, couldn't be read again: {reason}", type_name::<T>());
                FileProblem::Unwritable(reason)
            })?;
        let run =
            Run { epoch: *epoch, parts: parts.iter().map(|part| part.kind.clone()).collect(), random: random.clone() };
        let run = serde_json::to_string(&run).map_err(|error| FileProblem::Unwritable(error.to_string()))?;

        let mut items = Vec::new();
        let mut add = |name: String, data| items.push(Item { name: name.into(), data });
        for (name, value) in model.iter() {
            add(format!("{MODEL}{name}"), Data::Tensor(value));
        }
        for (index, part) in parts.iter().enumerate() {
            for (name, value) in part.values.iter() {
                add(format!("{PARTS}{index}.{name}"), Data::Tensor(value));
            }
        }
        add(EXTRA.to_owned(), Data::Bytes(&extra));
        add(CHECKSUM.to_owned(), Data::Checksum);
        layout::write(path, &items, Some(&layout::Run { version: VERSION, run }))
    }
}

impl<T: DeserializeOwned> Checkpoint<T> {
    /// Reads a file. Nothing in memory is changed before [`restore`](Checkpoint::restore). `Checkpoint::<()>` reads any
    /// checkpoint, whatever the type of the caller's value.
    ///
    /// # Errors
    /// If the file can't be read, is no whole checkpoint, or holds a caller's value of another type.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(FileProblem::Io);
        bytes.and_then(|bytes| Self::from_bytes(&bytes)).map_err(|problem| problem.at(path))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, FileProblem> {
        check_whole(bytes)?;
        let (Header { run, tensors, .. }, data) = layout::parse(bytes)?;
        let run = run.unwrap_or_default();
        let Run { epoch, parts, random } = serde_json::from_str(&run).map_err(FileProblem::malformed)?;
        let (mut extra, mut model) = (None, StateDict::new());
        let saved = |kind| SavedState { kind, values: StateDict::new() };
        let mut parts: Vec<_> = parts.into_iter().map(saved).collect();
        for (name, info) in tensors {
            let bytes = info.of(data);
            if name == EXTRA {
                extra = Some(bytes);
            } else if let Some(name) = name.strip_prefix(MODEL) {
                model.push(name.to_owned(), elements::read(name, &info, bytes)?);
            } else if let Some((part, name)) = part_of(&name, &mut parts) {
                part.values.push(name.to_owned(), elements::read(name, &info, bytes)?);
            } else if name != CHECKSUM {
                return Err(FileProblem::malformed(format_args!("`{name}` is no part of a checkpoint")));
            }
        }
        let extra = extra.ok_or_else(|| FileProblem::malformed("the caller's value is missing"))?;
        let extra = cbor::decode(extra).map_err(|reason| FileProblem::Extra { expected: type_name::<T>(), reason })?;
        Ok(Checkpoint { epoch, extra, model, parts, random })
    }
}

/// The part that an entry such as `parts.0.last_epoch` is of, and its name there.
fn part_of<'a, 'n>(name: &'n str, parts: &'a mut [SavedState]) -> Option<(&'a mut SavedState, &'n str)> {
    let (index, name) = name.strip_prefix(PARTS)?.split_once('.')?;
    Some((parts.get_mut(index.parse::<usize>().ok()?)?, name))
}

/// Whether the bytes are a checkpoint of this version, as it was written.
fn check_whole(bytes: &[u8]) -> Result<(), FileProblem> {
    let start = bytes.get(8..).unwrap_or_default();
    let known = start.len().min(CHECKPOINT.len());
    // A header is shorter than 2³² bytes.
    let short = bytes.iter().skip(4).take(4).all(|&byte| byte == 0);
    if start[..known] != CHECKPOINT[..known] || !short {
        return Err(FileProblem::foreign("checkpoint", bytes));
    }
    let found = bytes.len() as u64;
    let version = start[known..].split(|&byte| byte == b'"').next().unwrap_or_default();
    let version = std::str::from_utf8(version).ok().and_then(|version| version.parse().ok());
    if let Some(other) = version.filter(|&version: &u32| version != VERSION) {
        return Err(FileProblem::Version(other));
    }
    let whole = bytes.split_last_chunk().is_some_and(|(all, sum)| crc64(all) == u64::from_le_bytes(*sum));
    if whole && version.is_some() {
        return Ok(());
    }
    // Whatever the header says now, it only chooses the words.
    let least = (bytes.len() < 8).then_some(8 + CHECKPOINT.len() as u64);
    match least.or_else(|| expected_length(bytes)) {
        Some(expected) if expected != found => Err(FileProblem::Length { expected, found }),
        _ => Err(FileProblem::Checksum),
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::Model(error) => error.fmt(f),
            RestoreError::Parts { expected, found } => {
                write!(
                    f,
                    "the checkpoint has the states of {found} optimizers and schedules, and {expected} are asked for: name \
                     those of Checkpoint::new, in their order; or load the model alone, \
                     model.load_state_dict(checkpoint.model())"
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
