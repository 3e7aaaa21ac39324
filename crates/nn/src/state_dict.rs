//! What a model has learnt, by name.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::MapAccess;
use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::AnyTensor;
use crate::any_tensor::NOT_FINITE;

/// A slot whose value is saved: a parameter or a buffer.
pub trait State {
    /// The value as it is now, outside of any graph.
    fn get(&self) -> AnyTensor;

    /// Replaces the value.
    ///
    /// # Panics
    /// If its element type or shape is another.
    fn put(&self, value: AnyTensor);

    /// A number that all handles of one slot have, and no other living slot. Weights that are tied are told by it: a state
    /// dict may have one of their names or all.
    fn slot(&self) -> Option<usize> {
        None
    }
}

/// The values of a model's parameters and buffers by name, in the order of its fields. PyTorch: `state_dict()`.
///
/// It holds snapshots: what is later done to the model doesn't change it, and taking one copies nothing. Two are equal if
/// the same names have equal values.
///
/// ```
/// use deltarule_nn::{Linear, Module};
/// let trained = Linear::new(2, 1);
/// let saved = serde_json::to_string(&trained.state_dict())?;
///
/// let fresh = Linear::new(2, 1);
/// fresh.load_state_dict(&serde_json::from_str(&saved)?)?;
/// assert_eq!(fresh.state_dict(), trained.state_dict());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct StateDict {
    entries: Vec<(String, AnyTensor)>,
}

impl StateDict {
    /// One without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &AnyTensor)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// The value of this name. It is looked for one by one.
    pub fn get(&self, name: &str) -> Option<&AnyTensor> {
        self.iter().find_map(|(other, value)| (other == name).then_some(value))
    }

    /// Sets the value of this name, and gives back the one that was there. A new name comes last.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<AnyTensor>) -> Option<AnyTensor> {
        let (name, value) = (name.into(), value.into());
        match self.entries.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => Some(std::mem::replace(old, value)),
            None => {
                self.entries.push((name, value));
                None
            }
        }
    }

    /// Takes this name out.
    pub fn remove(&mut self, name: &str) -> Option<AnyTensor> {
        let index = self.entries.iter().position(|(other, _)| other == name)?;
        Some(self.entries.remove(index).1)
    }

    /// Without `prefix` at the start of the names that have it. PyTorch: `consume_prefix_in_state_dict_if_present`.
    ///
    /// The names of a model that was wrapped begin with the wrapper's: `module.` if it was `torch.nn.DataParallel`,
    /// `_orig_mod.` if it was `torch.compile`.
    ///
    /// ```
    /// use deltarule_nn::{Linear, Module};
    /// let model = Linear::new(2, 1);
    /// let wrapped = model.state_dict().with_prefix("module.");
    /// let error = model.load_state_dict(&wrapped).unwrap_err();
    /// assert!(error.to_string().ends_with(r#"begin with `module.`: load dict.strip_prefix("module.")"#));
    /// model.load_state_dict(&wrapped.strip_prefix("module."))?;
    /// # Ok::<(), deltarule_nn::LoadError>(())
    /// ```
    #[must_use]
    pub fn strip_prefix(self, prefix: &str) -> Self {
        self.rename(|name| name.strip_prefix(prefix).unwrap_or(name).to_owned())
    }

    /// With `prefix` at the start of all names: that of the field in which a larger model has this one.
    #[must_use]
    pub fn with_prefix(self, prefix: &str) -> Self {
        self.rename(|name| format!("{prefix}{name}"))
    }

    /// With other names. Loading and saving refuse a name that two values get.
    ///
    /// ```
    /// use deltarule_nn::{Linear, Module};
    /// let dict = Linear::new(2, 1).state_dict().rename(|name| name.replace("weight", "kernel"));
    /// assert_eq!(dict.names().collect::<Vec<_>>(), ["kernel", "bias"]);
    /// ```
    #[must_use]
    pub fn rename(self, mut rename: impl FnMut(&str) -> String) -> Self {
        StateDict { entries: self.entries.into_iter().map(|(name, value)| (rename(&name), value)).collect() }
    }

    /// Adds an entry. That its name is new is found out where the dict is saved or loaded.
    pub(crate) fn push(&mut self, name: impl Into<String>, value: AnyTensor) {
        self.entries.push((name.into(), value));
    }

    /// A name that two entries have: a map's keys may hold dots, and a `visit` may give one name twice.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        self.names().find(|&name| !seen.insert(name))
    }
}

impl PartialEq for StateDict {
    /// Whether the same names have equal values, in any order.
    fn eq(&self, other: &Self) -> bool {
        let found: HashMap<_, _> = other.iter().collect();
        self.len() == other.len() && self.iter().all(|(name, value)| found.get(name) == Some(&value))
    }
}

impl fmt::Debug for StateDict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for StateDict {
    /// Writes a map. A name that comes twice is an error, and so is, in a format for people such as JSON, an infinity or a
    /// NaN: neither could be read again.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(name) = self.repeated() {
            return Err(S::Error::custom(format_args!("two values have the name `{name}`")));
        }
        if serializer.is_human_readable()
            && let Some((name, _)) = self.iter().find(|(_, value)| !value.is_finite())
        {
            return Err(S::Error::custom(format_args!("{name}: {NOT_FINITE}")));
        }
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for StateDict {
    /// Reads a map. A name that comes twice is an error, for one value would be lost.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> serde::de::Visitor<'de> for Reader {
            type Value = StateDict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from names to tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StateDict, A::Error> {
                let mut dict = StateDict::new();
                while let Some((name, value)) = map.next_entry::<String, AnyTensor>()? {
                    dict.push(name, value);
                }
                match dict.repeated() {
                    Some(name) => Err(serde::de::Error::custom(format_args!("the name `{name}` comes twice"))),
                    None => Ok(dict),
                }
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
