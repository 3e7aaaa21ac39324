//! Errors of data that comes from outside.

use std::fmt;

/// A vector whose length isn't that of the shape it was given with. It prints itself in words by `Debug` too.
#[derive(Clone, PartialEq, Eq)]
pub struct ShapeError {
    /// The shape asked for.
    pub shape: Vec<usize>,
    /// The number of values given.
    pub len: usize,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values can't have the shape {:?}", self.len, self.shape)
    }
}

/// As `Display`: `unwrap`, and `main` when it returns the error, print this.
impl fmt::Debug for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ShapeError {}
