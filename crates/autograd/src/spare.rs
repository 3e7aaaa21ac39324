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
