//! Nodes of freed graphs, kept for the operations to come: a training step records what the step before it has freed.

use std::cell::RefCell;
use std::fmt;

use triomphe::UniqueArc;

use crate::Value;
use crate::node::Node;

/// How many nodes a thread keeps: some 80 kB.
const MOST: usize = 256;

/// The nodes that a thread keeps. They hold nothing of the graph that they came from but what its values'
/// [`Meta`](Value::Meta) says.
///
/// A value that is to have them says where each thread's are:
///
/// ```
/// use std::thread::LocalKey;
///
/// use deltarule_autograd::{Spare, Value};
///
/// #[derive(Clone)]
/// struct Number(f64);
///
/// impl Value for Number {
///     type Meta = ();
///
///     fn meta(&self) {}
///
///     fn add(self, other: Self) -> Self {
///         Number(self.0 + other.0)
///     }
///
///     fn seed(&self) -> Result<Self, String> {
///         Ok(Number(1.0))
///     }
///
///     fn is_finite(&self) -> bool {
///         self.0.is_finite()
///     }
///
///     fn spare() -> Option<&'static LocalKey<Spare<Self>>> {
///         thread_local! {
///             static SPARE: Spare<Number> = const { Spare::new() };
///         }
///         Some(&SPARE)
///     }
/// }
/// ```
pub struct Spare<V: Value>(RefCell<Vec<UniqueArc<Node<V>>>>);

impl<V: Value> Spare<V> {
    /// None yet.
    pub const fn new() -> Self {
        Spare(RefCell::new(Vec::new()))
    }

    /// A node to be filled.
    #[inline]
    pub(crate) fn pop() -> Option<UniqueArc<Node<V>>> {
        // When the thread is ending the list may be gone.
        V::spare()?.try_with(|spare| spare.0.borrow_mut().pop()).ok()?
    }

    /// Keeps a node whose edges, rule and extras are gone, if there is room for it.
    #[inline]
    pub(crate) fn push(node: UniqueArc<Node<V>>) {
        if let Some(spare) = V::spare() {
            let _ = spare.try_with(|spare| {
                let mut nodes = spare.0.borrow_mut();
                if nodes.len() < MOST {
                    nodes.push(node);
                }
            });
        }
    }
}

impl<V: Value> Default for Spare<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Value> fmt::Debug for Spare<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
}
