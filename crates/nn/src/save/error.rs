//! What is wrong with a file: always with its path.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use super::layout::CHECKPOINT;

/// Why a file of weights or a checkpoint can't be read or written.
///
/// It prints itself in words by `Debug` too, so `?` in `main` and `unwrap` show what a reader needs:
///
/// ```
/// use deltarule_nn::StateDict;
/// let error = StateDict::load_safetensors("nowhere/net.safetensors").unwrap_err();
/// assert_eq!(format!("{error:?}"), error.to_string());
/// assert!(error.to_string().starts_with("nowhere/net.safetensors: "));
/// ```
#[non_exhaustive]
pub struct FileError {
    /// The file, as it was named.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: FileProblem,
}

/// What is wrong with a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileProblem {
    /// The file system's error.
    Io(io::Error),
    /// It is a file of another kind.
    Foreign {
        /// What it should be.
        expected: &'static str,
        /// What it is, and how it is read, if its first bytes tell; else empty.
        advice: &'static str,
    },
    /// It is a checkpoint in another version of the format.
    Version(u32),
    /// The file is shorter or longer than it says.
    Length {
        /// What it should have, in bytes.
        expected: u64,
        /// What it has.
        found: u64,
    },
    /// The checksum isn't that of the contents: the file was changed.
    Checksum,
    /// The contents can't be made sense of: why, in words.
    Malformed(String),
    /// Two tensors of the file have this name, and only one could be kept.
    Repeated(String),
    /// A tensor has an element type that isn't supported.
    Unsupported {
        /// The tensor's name.
        name: String,
        /// The type, as safetensors names it.
        dtype: String,
    },
    /// The caller's value in a checkpoint is of another type. `Checkpoint::<()>` reads the rest without it.
    Extra {
        /// The type that was asked for.
        expected: &'static str,
        /// Why it can't be.
        reason: String,
    },
    /// What was to be written can't be: why, in words.
    Unwritable(String),
}

impl FileProblem {
    /// The error of the file at `path`.
    pub(super) fn at(self, path: &Path) -> FileError {
        FileError { path: path.to_owned(), problem: self }
    }

    /// The contents make no sense, for this reason.
    pub(super) fn malformed(reason: impl fmt::Display) -> Self {
        FileProblem::Malformed(reason.to_string())
    }

    /// The file that begins with `bytes` should be what `expected` says, and isn't.
    pub(super) fn foreign(expected: &'static str, bytes: &[u8]) -> Self {
        let advice = if bytes.starts_with(b"PK\x03\x04") {
            "it is an archive, such as torch.save writes; in Python, write the weights by safetensors.torch.save_file"
        } else if bytes.get(8..).is_some_and(|header| header.starts_with(CHECKPOINT)) {
            "it is a checkpoint, which Checkpoint::load reads"
        } else if bytes.get(8) == Some(&b'{') {
            "it seems to be a file of weights, which StateDict::load_safetensors reads"
        } else {
            ""
        };
        FileProblem::Foreign { expected, advice }
    }
}

impl From<io::Error> for FileProblem {
    fn from(error: io::Error) -> Self {
        FileProblem::Io(error)
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileProblem::Io(error) => error.fmt(f),
            FileProblem::Foreign { expected, advice: "" } => write!(f, "this is no {expected}: is it the right path?"),
            FileProblem::Foreign { expected, advice } => write!(f, "this is no {expected}: {advice}"),
            FileProblem::Version(found) => {
                let known = super::checkpoint::VERSION;
                write!(
                    f,
                    "the checkpoint has version {found} of the format, and only version {known} is known: read it with the \
                     deltarule that wrote it"
                )
            }
            FileProblem::Length { expected, found } if found < expected => {
                write!(f, "the file is cut short: it has {found} bytes of at least {expected}; copy it again")
            }
            FileProblem::Length { expected, found } => {
                write!(f, "the file should have {expected} bytes, and has {found}: copy it again")
            }
            FileProblem::Checksum => {
                f.write_str("the file was changed: its checksum is another; copy it again, or take an older one")
            }
            FileProblem::Malformed(reason) => {
                write!(f, "the file isn't whole, or was changed: {reason}; copy it again, or write it anew")
            }
            FileProblem::Repeated(name) => {
                write!(
                    f,
                    "two tensors have the name `{name}`, and only one could be kept: give them names of their own where the \
                     file is written"
                )
            }
            FileProblem::Unsupported { name, dtype } => {
                write!(
                    f,
                    "{name}: elements of the type {dtype} can't be read: convert it where it was made, in Python by .float() \
                     or .long()"
                )
            }
            FileProblem::Extra { expected, reason } => {
                write!(
                    f,
                    "the caller's value in the checkpoint is of another type than {expected}: {reason}; name the type that \
                     was saved, or read the rest without it: Checkpoint::<()>::load"
                )
            }
            FileProblem::Unwritable(reason) => {
                write!(f, "it can't be written, and what was there before is as it was: {reason}")
            }
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

/// As `Display`: `unwrap`, and `main` when it returns the error, print this.
impl fmt::Debug for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            FileProblem::Io(error) => Some(error),
            _ => None,
        }
    }
}
