//! The nodes that wait for their turn in a backward pass, the newest first.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::node::{NodeRef, Order};
use crate::walk::sum;
use crate::{Value, Var};

/// How many of the newest nodes are kept in the array. Most graphs never have more waiting.
const NEWEST: usize = 8;

struct Waiting<V: Value> {
    /// The node's own: a search doesn't touch the nodes.
    order: Order,
    node: NodeRef<V>,
    /// Empty only while a sum takes it by value, to reuse its memory.
    gradient: Option<Var<V>>,
}

impl<V: Value> Waiting<V> {
    fn add(&mut self, other: Var<V>) {
        self.gradient = self.gradient.take().map(|gradient| sum(gradient, other));
    }
}

/// A priority queue by creation order that also finds a node again, to add to its gradient.
///
/// Every node in `newest` is newer than all in `older`. A short array alone would be quadratic on a wide graph, a tree
/// alone is slow on a narrow one.
pub(crate) struct Queue<V: Value> {
    /// In no order: a search through a few numbers is faster than moving what waits.
    newest: SmallVec<[Waiting<V>; NEWEST]>,
    older: BTreeMap<Order, Waiting<V>>,
}

impl<V: Value> Queue<V> {
    #[inline]
    pub(crate) fn new() -> Self {
        Queue { newest: SmallVec::new(), older: BTreeMap::new() }
    }

    /// Adds `gradient` to what waits at `node`. The first gradient to arrive is moved in.
    #[inline]
    pub(crate) fn push(&mut self, node: &NodeRef<V>, gradient: Var<V>) {
        let order = node.order();
        if let Some(waiting) = self.newest.iter_mut().find(|waiting| waiting.order == order) {
            return waiting.add(gradient);
        }
        let waiting = Waiting { order, node: node.clone(), gradient: Some(gradient) };
        if self.older.is_empty() && self.newest.len() < NEWEST {
            self.newest.push(waiting);
        } else {
            self.push_to_many(waiting);
        }
    }

    #[cold]
    fn push_to_many(&mut self, waiting: Waiting<V>) {
        if self.older.last_key_value().is_some_and(|(newest, _)| waiting.order <= *newest) {
            return self.push_older(waiting);
        }
        self.newest.push(waiting);
        if self.newest.len() > NEWEST {
            let orders = self.newest.iter().enumerate().map(|(place, waiting)| (waiting.order, place));
            if let Some((_, oldest)) = orders.min() {
                let oldest = self.newest.swap_remove(oldest);
                self.push_older(oldest);
            }
        }
    }

    fn push_older(&mut self, waiting: Waiting<V>) {
        match self.older.get_mut(&waiting.order) {
            Some(found) => waiting.gradient.into_iter().for_each(|gradient| found.add(gradient)),
            None => {
                self.older.insert(waiting.order, waiting);
            }
        }
    }

    /// The newest node, with all of its gradient.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(NodeRef<V>, Var<V>)> {
        let mut newest = 0;
        for place in 1..self.newest.len() {
            if self.newest[place].order > self.newest[newest].order {
                newest = place;
            }
        }
        let waiting = if self.newest.is_empty() { self.older.pop_last()?.1 } else { self.newest.swap_remove(newest) };
        Some((waiting.node, waiting.gradient?))
    }
}
