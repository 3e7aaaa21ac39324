//! Loading a state dict: all of it, or nothing.

use std::collections::{HashMap, HashSet};
use std::fmt;

use deltarule_tensor::DType;

use crate::optim::Field;
use crate::{AnyTensor, Module, Part, SavedState, State, StateDict, Visitor};

/// Why a state dict doesn't fit what it was to be loaded into. Every entry that is wrong is named, and the model, optimizer
/// or schedule is as it was. It prints itself in words by `Debug` too.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadError {
    /// What it was to be loaded into: `the model`, or the name of an optimizer or a schedule.
    pub into: &'static str,
    /// Names that the state dict lacks.
    pub missing: Vec<String>,
    /// Names that only the state dict has.
    pub unexpected: Vec<String>,
    /// Entries of another shape or element type.
    pub mismatched: Vec<Mismatch>,
    /// Values that can't be, or that the state is another optimizer's, in words.
    pub invalid: Vec<String>,
}

/// An entry of a state dict that has another shape or element type than it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The name of the entry.
    pub name: String,
    /// Element type and shape of what it was to be loaded into.
    pub expected: (DType, Vec<usize>),
    /// Element type and shape in the state dict.
    pub found: (DType, Vec<usize>),
}

/// Compares the entries of a state dict with those that are expected, one by one.
pub(crate) struct Fitting<'a> {
    found: HashMap<&'a str, &'a AnyTensor>,
    dict: &'a StateDict,
    expected: HashSet<String>,
    error: LoadError,
}

impl<'a> Fitting<'a> {
    /// Of a dict that is to be loaded into what `into` names.
    pub(crate) fn new(into: &'static str, dict: &'a StateDict) -> Self {
        Fitting { found: dict.iter().collect(), dict, expected: HashSet::new(), error: LoadError::new(into) }
    }

    /// Of a saved state that is to be of this kind.
    pub(crate) fn of_kind(kind: &'static str, saved: &'a SavedState) -> Result<Self, LoadError> {
        if saved.kind == kind {
            Ok(Self::new(kind, &saved.values))
        } else {
            Err(LoadError { invalid: vec![format!("it is the state of {}", saved.kind)], ..LoadError::new(kind) })
        }
    }

    /// The entry of this name, if it is there and `fits` says that its type and shape can be. `own` is what an error
    /// says that they should be.
    pub(crate) fn entry(
        &mut self,
        name: &str,
        own: (DType, Vec<usize>),
        fits: impl FnOnce(DType, &[usize]) -> bool,
    ) -> Option<&'a AnyTensor> {
        self.expected.insert(name.to_owned());
        let Some(&value) = self.found.get(name) else {
            self.error.missing.push(name.to_owned());
            return None;
        };
        if !fits(value.dtype(), value.shape()) {
            self.error.mismatched.push(Mismatch { name: name.to_owned(), expected: own, found: kind(value) });
            return None;
        }
        Some(value)
    }

    /// Sets a field to the entry of this name, if it can.
    pub(crate) fn field(&mut self, name: &str, mut field: Field<'_>) {
        let own = kind(&field.get());
        let Some(value) = self.entry(name, own, |dtype, shape| field.fits(dtype, shape)) else {
            return;
        };
        if let Err(wrong) = field.put(value) {
            self.invalid(format!("{name}: {wrong}"));
        }
    }

    /// Notes a value that can't be.
    pub(crate) fn invalid(&mut self, wrong: String) {
        self.error.invalid.push(wrong);
    }

    /// Whether everything fits, once all that is expected was asked for.
    pub(crate) fn finish(mut self) -> Result<(), LoadError> {
        let unexpected = self.dict.names().filter(|&name| !self.expected.contains(name));
        self.error.unexpected.extend(unexpected.map(str::to_owned));
        let LoadError { missing, unexpected, mismatched, invalid, .. } = &self.error;
        let fits = missing.is_empty() && unexpected.is_empty() && mismatched.is_empty() && invalid.is_empty();
        if fits { Ok(()) } else { Err(self.error) }
    }
}

/// Checks every entry, then sets every parameter and buffer.
pub(crate) fn load<M: Module + ?Sized>(module: &M, dict: &StateDict) -> Result<(), LoadError> {
    check(module, dict)?;
    let found: HashMap<&str, &AnyTensor> = dict.iter().collect();
    for_each_state(module, &mut |name, state| {
        if let Some(&value) = found.get(name) {
            state.put(value.clone());
        }
    });
    Ok(())
}

/// Checks every entry.
pub(crate) fn check<M: Module + ?Sized>(module: &M, dict: &StateDict) -> Result<(), LoadError> {
    let mut fitting = Fitting::new("the model", dict);
    for_each_state(module, &mut |name, state| {
        let own = kind(&state.get());
        fitting.entry(name, own.clone(), |dtype, shape| dtype == own.0 && shape == own.1);
    });
    fitting.finish()
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

impl LoadError {
    /// Nothing wrong yet.
    fn new(into: &'static str) -> Self {
        LoadError { into, missing: vec![], unexpected: vec![], mismatched: vec![], invalid: vec![] }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let into = self.into;
        write!(f, "the state dict doesn't fit {into}, which is unchanged")?;
        if !self.missing.is_empty() {
            write!(f, "\n  missing from the state dict: {}", self.missing.join(", "))?;
        }
        if !self.unexpected.is_empty() {
            write!(f, "\n  not in {into}: {}", self.unexpected.join(", "))?;
        }
        for Mismatch { name, expected, found } in &self.mismatched {
            write!(
                f,
                "\n  {name}: {into} has {:?} of {}, the state dict {:?} of {}",
                expected.1, expected.0, found.1, found.0
            )?;
        }
        for wrong in &self.invalid {
            write!(f, "\n  {wrong}")?;
        }
        Ok(())
    }
}

/// As `Display`: `unwrap`, and `main` when it returns the error, print this.
impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LoadError {}
