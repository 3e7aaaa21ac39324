//! The nodes that wait for their turn in a backward pass, the newest first.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::node::{NodeRef, Order};
use crate::walk::sum;
use crate::{Value, Var};

/// How many of the newest nodes are kept in the sorted array. Most graphs never have more waiting.
const NEWEST: usize = 8;

struct Waiting<V: Value> {
    node: NodeRef<V>,
    /// Empty only while a sum takes it by value, to reuse its memory.
    gradient: Option<Var<V>>,
}

impl<V: Value> Waiting<V> {
    fn new(node: &NodeRef<V>, gradient: Var<V>) -> Self {
        Waiting { node: node.clone(), gradient: Some(gradient) }
    }

    fn add(&mut self, other: Var<V>) {
        self.gradient = self.gradient.take().map(|gradient| sum(gradient, other));
    }
}

/// A priority queue by creation order that also finds a node again, to add to its gradient.
///
/// Every node in `newest` is newer than all in `older`. A short array alone would be quadratic on a wide graph, a tree
/// alone is slow on a narrow one.
pub(crate) struct Queue<V: Value> {
    /// Sorted, the newest last.
    newest: SmallVec<[Waiting<V>; NEWEST]>,
    older: BTreeMap<Order, Waiting<V>>,
}

impl<V: Value> Queue<V> {
    pub(crate) fn new() -> Self {
        Queue { newest: SmallVec::new(), older: BTreeMap::new() }
    }

    /// Adds `gradient` to what waits at `node`. The first gradient to arrive is moved in.
    pub(crate) fn push(&mut self, node: &NodeRef<V>, gradient: Var<V>) {
        let order = node.order();
        let place = self.newest.iter().rposition(|waiting| waiting.node.order() <= order);
        if let Some(place) = place
            && self.newest[place].node.order() == order
        {
            self.newest[place].add(gradient);
            return;
        }
        let place = place.map_or(0, |place| place + 1);
        if place == 0
            && let Some(mut newest_of_older) = self.older.last_entry()
            && *newest_of_older.key() >= order
        {
            if *newest_of_older.key() == order {
                newest_of_older.get_mut().add(gradient);
            } else {
                self.push_older(order, node, gradient);
            }
            return;
        }
        if self.newest.len() < NEWEST {
            self.newest.insert(place, Waiting::new(node, gradient));
        } else if place == 0 {
            self.push_older(order, node, gradient);
        } else {
            let oldest = self.newest.remove(0);
            self.older.insert(oldest.node.order(), oldest);
            self.newest.insert(place - 1, Waiting::new(node, gradient));
        }
    }

    /// The newest node, with all of its gradient.
    pub(crate) fn pop(&mut self) -> Option<(NodeRef<V>, Var<V>)> {
        let waiting = self.newest.pop().or_else(|| self.older.pop_last().map(|(_, waiting)| waiting))?;
        Some((waiting.node, waiting.gradient?))
    }

    fn push_older(&mut self, order: Order, node: &NodeRef<V>, gradient: Var<V>) {
        match self.older.get_mut(&order) {
            Some(waiting) => waiting.add(gradient),
            None => {
                self.older.insert(order, Waiting::new(node, gradient));
            }
        }
    }
}
