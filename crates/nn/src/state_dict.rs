//! What a model has learnt, by name.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::AnyTensor;

/// A slot whose value is saved: a parameter or a buffer.
pub trait State {
    /// The value as it is now, outside of any graph.
    fn get(&self) -> AnyTensor;

    /// Replaces the value.
    ///
    /// # Panics
    /// If its element type or shape is another.
    fn put(&self, value: AnyTensor);
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

    /// Adds an entry whose name is known to be new.
    pub(crate) fn push(&mut self, name: &str, value: AnyTensor) {
        self.entries.push((name.to_owned(), value));
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
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for StateDict {
    /// Reads a map. A name that comes twice is an error, for one value would be lost.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Entries(entries) = Entries::deserialize(deserializer)?;
        Ok(StateDict { entries })
    }
}

/// A map whose order is kept, and in which no name comes twice.
pub(crate) struct Entries<V>(pub(crate) Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> serde::de::Visitor<'de> for Reader<V> {
            type Value = Entries<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from names to tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
                let mut names = HashSet::new();
                let mut entries = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, V>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format_args!("the name `{name}` comes twice")));
                    }
                    entries.push((name, value));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}
