//! The nodes that wait for their turn in a backward pass.

use std::collections::BTreeMap;

use crate::node::{NodeRef, Order};
use crate::walk::sum;
use crate::{Value, Var};

/// How many operations and leaves stand in an array. Most graphs never have more operations waiting.
const OPERATIONS: usize = 4;
const LEAVES: usize = 8;

/// The operations that wait, the newest first, and after them the leaves.
///
/// A leaf leads nowhere, so it may wait to the end: then few operations wait at a time, whatever the number of
/// parameters. The nodes are borrowed from the graph of the outputs, which outlives the pass.
pub(crate) struct Queue<'g, V: Value> {
    operations: Waitlist<'g, V, OPERATIONS>,
    leaves: Waitlist<'g, V, LEAVES>,
}

impl<'g, V: Value> Queue<'g, V> {
    #[inline]
    pub(crate) fn new() -> Self {
        Queue { operations: Waitlist::new(), leaves: Waitlist::new() }
    }

    /// Adds `gradient` to what waits at `node`. The first gradient to arrive is moved in.
    #[inline]
    pub(crate) fn push(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        if node.is_leaf() { self.leaves.push(node, gradient) } else { self.operations.push(node, gradient) }
    }

    /// The next node, with all of its gradient: the newest operation, or a leaf when none is left.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(&'g NodeRef<V>, Var<V>)> {
        self.operations.pop_newest().or_else(|| self.leaves.pop())
    }
}

/// A priority queue by creation order that also finds a node again, to add to its gradient.
///
/// Every node in the arrays is newer than all in `older`. A short array alone would be quadratic on a wide graph, a tree
/// alone is slow on a narrow one.
struct Waitlist<'g, V: Value, const NEWEST: usize> {
    /// The newest nodes, in no order: a search through a few is faster than moving what waits. An array for them and one
    /// for their gradients, so that each is written to its place at once.
    nodes: [Option<&'g NodeRef<V>>; NEWEST],
    gradients: [Option<Var<V>>; NEWEST],
    len: usize,
    older: BTreeMap<Order, (&'g NodeRef<V>, Var<V>)>,
}

impl<'g, V: Value, const NEWEST: usize> Waitlist<'g, V, NEWEST> {
    #[inline]
    fn new() -> Self {
        Waitlist { nodes: [None; NEWEST], gradients: [const { None }; NEWEST], len: 0, older: BTreeMap::new() }
    }

    #[inline]
    fn push(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        if let Some(place) = self.nodes[..self.len].iter().position(|other| *other == Some(node)) {
            return self.add(place, gradient);
        }
        if self.len == NEWEST || !self.older.is_empty() {
            return self.push_to_many(node, gradient);
        }
        self.put(node, gradient);
    }

    /// When the node at a place of the array was made.
    #[inline]
    fn order(&self, place: usize) -> Option<Order> {
        self.nodes[place].map(NodeRef::order)
    }

    /// Writes into the next free place, if there is one.
    #[inline]
    fn put(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        let place = self.len;
        if let Some(slot) = self.gradients.get_mut(place) {
            *slot = Some(gradient);
            self.nodes[place] = Some(node);
            self.len += 1;
        }
    }

    #[cold]
    fn add(&mut self, place: usize, other: Var<V>) {
        // Taken out meanwhile: a sum takes it by value, to reuse its memory.
        let earlier = self.gradients[place].take();
        self.gradients[place] = earlier.map(|gradient| sum(gradient, other));
    }

    #[cold]
    fn push_to_many(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        let order = node.order();
        if self.older.last_key_value().is_some_and(|(newest, _)| order <= *newest) {
            return self.push_older(node, gradient);
        }
        if self.len == NEWEST
            && let Some(oldest) = (0..NEWEST).min_by_key(|place| self.order(*place))
        {
            if Some(order) < self.order(oldest) {
                return self.push_older(node, gradient);
            }
            if let Some((node, gradient)) = self.take(oldest) {
                self.push_older(node, gradient);
            }
        }
        self.put(node, gradient);
    }

    fn push_older(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        let gradient = match self.older.remove(&node.order()) {
            Some((_, earlier)) => sum(earlier, gradient),
            None => gradient,
        };
        self.older.insert(node.order(), (node, gradient));
    }

    /// Takes what waits at a place out; the last one moves there.
    #[inline(always)]
    fn take(&mut self, place: usize) -> Option<(&'g NodeRef<V>, Var<V>)> {
        let last = self.len - 1;
        self.len = last;
        let (node, gradient) = (self.nodes[place].take(), self.gradients[place].take());
        if place != last {
            self.nodes[place] = self.nodes[last].take();
            self.gradients[place] = self.gradients[last].take();
        }
        Some((node?, gradient?))
    }

    #[inline]
    fn pop_newest(&mut self) -> Option<(&'g NodeRef<V>, Var<V>)> {
        let mut newest = 0;
        for place in 1..self.len.min(NEWEST) {
            if self.order(place) > self.order(newest) {
                newest = place;
            }
        }
        if self.len > 0 { self.take(newest) } else { self.pop_older() }
    }

    /// Any of them.
    #[inline]
    fn pop(&mut self) -> Option<(&'g NodeRef<V>, Var<V>)> {
        if self.len > 0 { self.take(self.len - 1) } else { self.pop_older() }
    }

    #[inline]
    fn pop_older(&mut self) -> Option<(&'g NodeRef<V>, Var<V>)> {
        if self.older.is_empty() { None } else { self.older.pop_last().map(|(_, waiting)| waiting) }
    }
}
