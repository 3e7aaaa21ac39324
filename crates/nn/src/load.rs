//! Loading a state dict into a model: all of it, or nothing.

use std::collections::HashMap;
use std::fmt;

use deltarule_tensor::DType;

use crate::{AnyTensor, Module, Part, State, StateDict, Visitor};

/// Why a state dict doesn't fit a model. Every entry that is wrong is named, and the model is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadError {
    /// Names of the model that the state dict lacks.
    pub missing: Vec<String>,
    /// Names in the state dict that the model doesn't have.
    pub unexpected: Vec<String>,
    /// Entries of another shape or element type.
    pub mismatched: Vec<Mismatch>,
}

/// An entry of a state dict that has another shape or element type than the model's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The name of the entry.
    pub name: String,
    /// Element type and shape in the model.
    pub expected: (DType, Vec<usize>),
    /// Element type and shape in the state dict.
    pub found: (DType, Vec<usize>),
}

/// Checks every entry, then sets every parameter and buffer.
pub(crate) fn load<M: Module + ?Sized>(module: &M, dict: &StateDict) -> Result<(), LoadError> {
    let found: HashMap<&str, &AnyTensor> = dict.iter().collect();
    check(module, dict, &found)?;
    for_each_state(module, &mut |name, state| {
        if let Some(&value) = found.get(name) {
            state.put(value.clone());
        }
    });
    Ok(())
}

fn check<M: Module + ?Sized>(module: &M, dict: &StateDict, found: &HashMap<&str, &AnyTensor>) -> Result<(), LoadError> {
    let mut expected = HashMap::new();
    let mut error = LoadError { missing: vec![], unexpected: vec![], mismatched: vec![] };
    for_each_state(module, &mut |name, state| {
        let kind = kind(&state.get());
        match found.get(name).copied().map(self::kind) {
            None => error.missing.push(name.to_owned()),
            Some(other) if other != kind => {
                error.mismatched.push(Mismatch { name: name.to_owned(), expected: kind.clone(), found: other })
            }
            Some(_) => {}
        }
        expected.insert(name.to_owned(), kind);
    });
    let unexpected = dict.names().filter(|&name| !expected.contains_key(name));
    error.unexpected.extend(unexpected.map(str::to_owned));

    let fits = error.missing.is_empty() && error.unexpected.is_empty() && error.mismatched.is_empty();
    if fits { Ok(()) } else { Err(error) }
}

fn kind(value: &AnyTensor) -> (DType, Vec<usize>) {
    (value.dtype(), value.shape().to_vec())
}

/// Calls `each` with the parameters and buffers and their names, in order.
pub(crate) fn for_each_state<M: Module + ?Sized>(module: &M, each: &mut dyn FnMut(&str, &dyn State)) {
    module.visit(&mut Visitor::new(&mut |name, part| match part {
        Part::Parameter(parameter) => each(name, parameter),
        Part::Buffer(buffer) => each(name, buffer),
        Part::Mode(_) => {}
    }));
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the state dict doesn't fit the model, which is unchanged")?;
        if !self.missing.is_empty() {
            write!(f, "\n  missing from the state dict: {}", self.missing.join(", "))?;
        }
        if !self.unexpected.is_empty() {
            write!(f, "\n  not in the model: {}", self.unexpected.join(", "))?;
        }
        for Mismatch { name, expected, found } in &self.mismatched {
            write!(
                f,
                "\n  {name}: the model has {:?} of {}, the state dict {:?} of {}",
                expected.1, expected.0, found.1, found.0
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}
