//! How an example ends: it reached what its header states, or it says what it missed and exits with status 1.

use std::fmt;

/// What `main` of an example returns.
pub type Outcome = Result<(), Failure>;

/// Why an example failed, in a sentence. `?` makes one of any error.
pub struct Failure(String);

/// Prints what was reached; fails with the same sentence if it was not.
///
/// # Errors
/// If `holds` is false.
///
/// ```
/// use deltarule_examples::reached;
/// assert!(reached(true, "all four rows are right").is_ok());
/// let failure = reached(3 == 4, "3 of 4 rows are right, and all must be").unwrap_err();
/// assert_eq!(failure.to_string(), "not reached: 3 of 4 rows are right, and all must be");
/// ```
pub fn reached(holds: bool, what: impl fmt::Display) -> Outcome {
    if !holds {
        return Err(Failure(format!("not reached: {what}")));
    }
    println!("reached: {what}");
    Ok(())
}

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.into().to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// `main` prints the error that it returns by `Debug`.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
