//! Errors of data that comes from outside.

use std::fmt;

use crate::room::too_many_axes;

/// A vector whose length isn't that of the shape it was given with, or a shape of too many axes. It prints itself in words by `Debug` too.
#[derive(Clone, PartialEq, Eq)]
pub struct ShapeError {
    /// The shape asked for.
    pub shape: Vec<usize>,
    /// The number of values given.
    pub len: usize,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match too_many_axes(self.shape.len()) {
            Some(wrong) => f.write_str(&wrong),
            None => write!(f, "{} values can't have the shape {:?}", self.len, self.shape),
        }
    }
}

/// As `Display`: `unwrap`, and `main` when it returns the error, print this.
impl fmt::Debug for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ShapeError {}
