//! Loading a state dict: all of it, or nothing; or what fits of it by name.

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

/// What a state dict and a model don't share. PyTorch: what `load_state_dict(…, strict=False)` returns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "if a name is another than expected, nothing was loaded for it"]
#[non_exhaustive]
pub struct IncompatibleKeys {
    /// Names of the model that the state dict lacks: their values are as they were.
    pub missing: Vec<String>,
    /// Names that only the state dict has.
    pub unexpected: Vec<String>,
}

/// What a model is called in an error.
const MODEL: &str = "the model";

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
        let mut error = LoadError::new(into);
        if let Some(name) = dict.repeated() {
            error.invalid.push(format!("two values in the state dict have the name `{name}`: rename one"));
        }
        Fitting { found: dict.iter().collect(), dict, expected: HashSet::new(), error }
    }

    /// Of a saved state that is to be of this kind.
    pub(crate) fn of_kind(kind: &'static str, saved: &'a SavedState) -> Result<Self, LoadError> {
        if saved.kind == kind {
            Ok(Self::new(kind, &saved.values))
        } else {
            Err(LoadError {
                invalid: vec![format!("it is the state of {}: load it into one of these", saved.kind)],
                ..LoadError::new(kind)
            })
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

    /// Takes the names of one slot of the model that are missing off the list, as long as another name of it is there; and
    /// notes if two are there that differ.
    fn tied(&mut self, names: &[String]) {
        let there: Vec<_> = names.iter().filter_map(|name| Some((name, *self.found.get(&name[..])?))).collect();
        let [(first, value), others @ ..] = &there[..] else {
            return;
        };
        for (name, _) in others.iter().filter(|(_, other)| !other.same(value)) {
            self.error.invalid.push(format!(
                "`{first}` and `{name}` are one parameter of the model, and differ in the state dict: remove one"
            ));
        }
        self.error.missing.retain(|missing| !names.contains(missing));
    }

    /// Whether everything fits, once all that is expected was asked for.
    pub(crate) fn finish(self) -> Result<(), LoadError> {
        let error = self.found_wrong();
        let fits = error.missing.is_empty() && error.unexpected.is_empty();
        if fits && error.mismatched.is_empty() && error.invalid.is_empty() { Ok(()) } else { Err(error) }
    }

    /// Whether everything fits that is there, and what isn't.
    fn finish_partial(self) -> Result<IncompatibleKeys, LoadError> {
        let error = self.found_wrong();
        if error.mismatched.is_empty() && error.invalid.is_empty() {
            Ok(IncompatibleKeys { missing: error.missing, unexpected: error.unexpected })
        } else {
            Err(LoadError { missing: vec![], unexpected: vec![], ..error })
        }
    }

    fn found_wrong(mut self) -> LoadError {
        let unexpected = self.dict.names().filter(|&name| !self.expected.contains(name));
        self.error.unexpected.extend(unexpected.map(str::to_owned));
        self.error
    }
}

/// Checks every entry, then sets every parameter and buffer.
pub(crate) fn load<M: Module + ?Sized>(module: &M, dict: &StateDict) -> Result<(), LoadError> {
    check(module, dict)?;
    set(module, dict);
    Ok(())
}

/// Checks every entry that has a name of the module's, then sets what there is.
pub(crate) fn load_partial<M: Module + ?Sized>(module: &M, dict: &StateDict) -> Result<IncompatibleKeys, LoadError> {
    let keys = compare(module, dict).finish_partial()?;
    set(module, dict);
    Ok(keys)
}

/// Checks every entry.
pub(crate) fn check<M: Module + ?Sized>(module: &M, dict: &StateDict) -> Result<(), LoadError> {
    compare(module, dict).finish()
}

fn compare<'a, M: Module + ?Sized>(module: &M, dict: &'a StateDict) -> Fitting<'a> {
    let mut fitting = Fitting::new(MODEL, dict);
    // The names of each slot, and which slot is at an address.
    let mut slots: Vec<Vec<String>> = Vec::new();
    let mut places = HashMap::new();
    for_each_state(module, &mut |name, state| {
        if fitting.expected.contains(name) {
            fitting.invalid(format!(
                "two parts of the model have the name `{name}`: keys of maps may hold dots, and `visit` may give one name \
                 twice; rename one"
            ));
        }
        let own = kind(&state.get());
        fitting.entry(name, own.clone(), |dtype, shape| dtype == own.0 && shape == own.1);
        if let Some(address) = state.slot() {
            let place = *places.entry(address).or_insert(slots.len());
            if place == slots.len() {
                slots.push(Vec::new());
            }
            slots[place].push(name.to_owned());
        }
    });
    for names in slots.iter().filter(|names| names.len() > 1) {
        fitting.tied(names);
    }
    fitting
}

fn set<M: Module + ?Sized>(module: &M, dict: &StateDict) {
    let found: HashMap<&str, &AnyTensor> = dict.iter().collect();
    for_each_state(module, &mut |name, state| {
        if let Some(&value) = found.get(name) {
            state.put(value.clone());
        }
    });
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
        let LoadError { into, missing, unexpected, mismatched, invalid } = self;
        write!(f, "the state dict doesn't fit {into}, which is unchanged")?;
        if !missing.is_empty() {
            write!(f, "\n  missing from the state dict: {}", missing.join(", "))?;
        }
        if !unexpected.is_empty() {
            write!(f, "\n  not in {into}: {}", unexpected.join(", "))?;
        }
        for Mismatch { name, expected, found } in mismatched {
            write!(
                f,
                "\n  {name}: {into} has {:?} of {}, the state dict {:?} of {}",
                expected.1, expected.0, found.1, found.0
            )?;
        }
        for wrong in invalid {
            write!(f, "\n  {wrong}")?;
        }
        self.advice(f)
    }
}

impl LoadError {
    /// What to do about it, in the last line.
    fn advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LoadError { into, missing, unexpected, mismatched, invalid } = self;
        if let Some(prefix) = prefix(missing, unexpected) {
            write!(f, "\n  names in the state dict begin with `{prefix}`: load dict.strip_prefix({prefix:?})")
        } else if let Some(prefix) = prefix(unexpected, missing) {
            write!(f, "\n  names in {into} begin with `{prefix}`: load dict.with_prefix({prefix:?})")
        } else if !invalid.is_empty() {
            Ok(())
        } else if !mismatched.is_empty() {
            write!(
                f,
                "\n  build {into} with the sizes and types that were saved, or remove these entries from the state dict"
            )
        } else if *into == MODEL {
            f.write_str(
                "\n  build the model as it was saved, or load what fits by name: model.load_state_dict_partial(&dict)",
            )
        } else {
            write!(f, "\n  make {into} for the same parameters, in the same groups, as the one that was saved")
        }
    }
}

/// What stands before each of `names` in one of `others`, and ends in a dot.
fn prefix<'a>(names: &[String], others: &'a [String]) -> Option<&'a str> {
    let (first, known) = (names.first()?, others.iter().collect::<HashSet<_>>());
    let prefixes = others.iter().filter_map(|other| other.strip_suffix(&first[..]));
    prefixes
        .filter(|prefix| prefix.ends_with('.'))
        .find(|prefix| names.iter().all(|name| known.contains(&format!("{prefix}{name}"))))
}

/// As `Display`: `unwrap`, and `main` when it returns the error, print this.
impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LoadError {}
