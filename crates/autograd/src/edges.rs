//! The edges of a node: what the operation's inputs were made by.

use std::mem;

use smallvec::SmallVec;
use triomphe::Arc;

use crate::Value;
use crate::node::NodeRef;

/// How many edges lie in the node itself.
const FEW: usize = 3;

/// The edges to an operation's inputs; `None` for an input that requires no gradient.
///
/// The first few stand in a plain array, which is written and taken apart by a few instructions.
pub(crate) struct Edges<V: Value> {
    few: [Option<NodeRef<V>>; FEW],
    /// How many of the few there are.
    len: usize,
    /// In a box: there rarely are any, and a node is copied to its place.
    #[expect(clippy::box_collection, reason = "one word where a vector or a boxed slice has two or three")]
    more: Option<Box<Vec<Option<NodeRef<V>>>>>,
}

impl<V: Value> Edges<V> {
    pub(crate) const NONE: Self = Edges { few: [const { None }; FEW], len: 0, more: None };

    /// The edges to inputs that somebody else goes on to hold.
    #[inline(never)]
    pub(crate) fn new(inputs: &[Option<&NodeRef<V>>]) -> Self {
        let few = std::array::from_fn(|index| inputs.get(index).copied().flatten().cloned());
        let more = match inputs.get(FEW..) {
            Some(more) if !more.is_empty() => Some(Box::new(more.iter().map(|input| input.cloned()).collect())),
            _ => None,
        };
        Edges { few, len: inputs.len().min(FEW), more }
    }

    /// The edges to inputs that are given up.
    #[inline]
    pub(crate) fn of<const N: usize>(inputs: [Option<NodeRef<V>>; N]) -> Self {
        let mut inputs = inputs.into_iter();
        let few = std::array::from_fn(|_| inputs.next().flatten());
        Edges { few, len: N.min(FEW), more: (N > FEW).then(|| Box::new(inputs.collect())) }
    }

    pub(crate) fn len(&self) -> usize {
        self.len + self.more.as_ref().map_or(0, |more| more.len())
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&Option<NodeRef<V>>> {
        if index < self.len { self.few.get(index) } else { self.more.as_ref()?.get(index - self.len) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&NodeRef<V>>> {
        self.few[..self.len].iter().chain(self.more.iter().flat_map(|more| more.iter())).map(Option::as_ref)
    }

    /// The largest number of the nodes that edges lead to.
    #[inline]
    pub(crate) fn largest_number(&self) -> u64 {
        let number = |node: &Option<NodeRef<V>>| node.as_ref().map_or(0, |node| node.order().number);
        let mut largest = 0;
        for node in &self.few {
            largest = largest.max(number(node));
        }
        match &self.more {
            None => largest,
            Some(more) => more.iter().map(number).fold(largest, u64::max),
        }
    }

    /// Whether there are none: those of a leaf.
    #[inline]
    pub(crate) fn are_none(&self) -> bool {
        self.len == 0
    }

    /// Puts edges where there are none.
    #[inline]
    pub(crate) fn fill(&mut self, edges: Self) {
        debug_assert!(self.are_none());
        // What was there holds nothing, so there is nothing to drop, place by place.
        mem::forget(mem::replace(self, edges));
    }

    /// Takes the edges away. Those that may be the last owners of their nodes are moved on: one is given back, the others
    /// go to `nodes`.
    #[inline]
    pub(crate) fn take_apart(&mut self, nodes: &mut SmallVec<[NodeRef<V>; 8]>) -> Option<NodeRef<V>> {
        let mut last = None;
        self.len = 0;
        for edge in &mut self.few {
            Self::let_go(edge.take(), &mut last, nodes);
        }
        if let Some(more) = self.more.take() {
            more.into_iter().for_each(|edge| Self::let_go(edge, &mut last, nodes));
        }
        last
    }

    #[inline(always)]
    fn let_go(edge: Option<NodeRef<V>>, last: &mut Option<NodeRef<V>>, nodes: &mut SmallVec<[NodeRef<V>; 8]>) {
        // Most other edges lead to leaves, which have owners elsewhere. If the other owner lets go just now, the drop
        // here is one within a release.
        if let Some(node) = edge
            && Arc::strong_count(&node.0) == 1
            && let Some(earlier) = last.replace(node)
        {
            nodes.push(earlier);
        }
    }
}
