//! deltarule against PyTorch: values, gradients, defaults and steps, from what `tests/torch/generate.py` wrote down.
//!
//! A module for each theme. `PARITY_UPDATE=1 cargo test -p deltarule-tests --test parity` rewrites the files that these
//! tests make: `tests/torch/operations.json`, the table of operations for the generator, and the book's page of what was
//! found.

mod activations;
mod compare;
mod compared;
mod differences;
mod discrete;
mod double;
mod expressions;
mod fixture;
mod fuzz;
mod higher_order;
mod losses;
mod modules;
mod near;
mod ops;
mod optim;
mod page;
mod programs;
mod repr;
mod schedules;
mod seeded;
mod semantics;
mod table;
mod tolerance;
mod weights;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Compares a committed file with what it should hold, or writes it if `PARITY_UPDATE` is set.
fn check_file(path: &str, text: &str) {
    let file = std::path::Path::new(ROOT).join(path);
    if std::env::var_os("PARITY_UPDATE").is_some() {
        std::fs::write(&file, text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "{path} is stale: PARITY_UPDATE=1 cargo test -p deltarule-tests --test parity writes it"
    );
}
