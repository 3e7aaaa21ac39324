//! What the book is made with. Nothing in it is typed twice: listings come out of the examples, outputs and figures out
//! of their runs, and this crate puts them in place and checks them.
//!
//! In a chapter:
//! - `{{listing examples/xor.rs:loop}}` on a line: the lines of that file between `ANCHOR: loop` and `ANCHOR_END: loop`
//!   (the whole file without an anchor).
//! - `{{output xor}}` on a line: what the program printed; `{{output xor: Predictions}}`: the paragraph of it that
//!   begins with these words; `{{table xor: Predictions}}`: its columns as a table.
//! - `{{out xor: final loss}}` in a sentence: the word of the output that follows these.
//! - `{{message shapes: &a + &b}}` on a line: what that code of `tests/messages.rs` says.
//! - `![alt text](figures/xor/loss.svg "caption")` on a line: a figure, drawn in the colours of the page.
//! - `$…$` and `$$…$$`: LaTeX, turned into MathML, which needs neither script nor font.
//! - A block fenced as `rust` is a doc test of this crate.

#![forbid(unsafe_code)]

pub mod chapter;
pub mod expand;
pub mod figure;
pub mod links;
pub mod listing;
pub mod markdown;
pub mod math;
pub mod message;
pub mod output;
pub mod regenerate;

use std::path::{Path, PathBuf};

/// The chapters, so that `cargo test` runs each block of Rust in them.
macro_rules! chapters {
    ($($name:ident = $file:literal;)*) => {
        /// The files that the doc tests cover.
        pub const TESTED: &[&str] = &[$($file),*];
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../src/", $file))]
            pub struct $name;
        )*
    };
}

chapters! {
    Introduction = "introduction.md";
    Start = "01-start.md";
    History = "02-history.md";
    Features = "03-features.md";
    ThePerceptron = "04-perceptron.md";
    Gates = "05-gates.md";
    LinearLayers = "06-linear-layers.md";
    Activations = "07-activations.md";
    Universal = "08-universal.md";
    XorByHand = "09-xor-by-hand.md";
    Cost = "10-cost.md";
    Descent = "11-gradient-descent.md";
    DeltaRule = "12-delta-rule.md";
    Backpropagation = "13-backpropagation.md";
    LearningLoop = "14-learning-loop.md";
    Training = "15-training.md";
    Levels = "16-levels.md";
    YourOwnAutograd = "17-your-own-autograd.md";
    InsideTensors = "18-inside-tensors.md";
    Beyond = "19-beyond.md";
    Errors = "errors.md";
    Notation = "notation.md";
    Glossary = "glossary.md";
}

/// What went wrong, for a person to read.
pub type Result<T> = std::result::Result<T, String>;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("book/tools lies in the repository").to_path_buf()
}

/// Reads a text file of the repository.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The files of a directory whose names end in `extension`, sorted; none if there is no such directory.
pub fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}
