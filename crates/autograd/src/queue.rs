//! The nodes that wait for their turn in a backward pass.

use std::collections::BTreeMap;
use std::mem::{self, ManuallyDrop};

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
    #[inline(always)]
    pub(crate) fn push(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        if node.is_leaf() { self.leaves.push(node, gradient) } else { self.operations.push(node, gradient) }
    }

    /// The newest operation that waits, with all of its gradient.
    #[inline]
    pub(crate) fn pop_operation(&mut self) -> Option<Arrived<'g, V>> {
        self.operations.pop_newest()
    }

    /// Any leaf, with all of its gradient once no operation waits.
    #[inline]
    pub(crate) fn pop_leaf(&mut self) -> Option<Arrived<'g, V>> {
        self.leaves.pop()
    }
}

/// A node, and the gradient that has arrived at it so far.
pub(crate) type Arrived<'g, V> = (&'g NodeRef<V>, Var<V>);

/// A place for what waits. Each field is one word and is written and read by itself: most gradients are taken out just after
/// they came, and the processor hands on what it has only just stored if it is read in the same portions.
struct Place<'g, V: Value> {
    node: Option<&'g NodeRef<V>>,
    gradient: Option<V>,
    gradient_node: Option<NodeRef<V>>,
}

impl<'g, V: Value> Place<'g, V> {
    const FREE: Self = Place { node: None, gradient: None, gradient_node: None };

    #[inline]
    fn put(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        let (gradient, gradient_node) = gradient.into_parts();
        // A free place holds nothing, so there is nothing to drop.
        mem::forget(mem::replace(self, Place { node: Some(node), gradient: Some(gradient), gradient_node }));
    }

    #[inline]
    fn take(&mut self) -> Option<Arrived<'g, V>> {
        let (node, gradient, gradient_node) = (self.node.take(), self.gradient.take(), self.gradient_node.take());
        Some((node?, Var::with_node(gradient?, gradient_node)))
    }

    /// When the node was made.
    fn order(&self) -> Option<Order> {
        self.node.map(NodeRef::order)
    }
}

/// A priority queue by creation order that also finds a node again, to add to its gradient.
///
/// Every node in the places is newer than all in `older`. A short array alone would be quadratic on a wide graph, a tree
/// alone is slow on a narrow one.
struct Waitlist<'g, V: Value, const NEWEST: usize> {
    /// The newest nodes, in no order: a search through a few is faster than moving what waits.
    places: ManuallyDrop<[Place<'g, V>; NEWEST]>,
    len: usize,
    /// The others, if there ever were more.
    #[expect(clippy::box_collection, reason = "most passes never have a tree, and then need not drop one")]
    older: Option<Box<BTreeMap<Order, Arrived<'g, V>>>>,
}

impl<'g, V: Value, const NEWEST: usize> Waitlist<'g, V, NEWEST> {
    #[inline(always)]
    fn new() -> Self {
        Waitlist { places: ManuallyDrop::new([const { Place::FREE }; NEWEST]), len: 0, older: None }
    }

    #[inline]
    fn push(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        if let Some(place) = self.places[..self.len].iter().position(|place| place.node == Some(node)) {
            return self.add(place, gradient);
        }
        if self.len == NEWEST || self.older.is_some() {
            return self.push_to_many(node, gradient);
        }
        self.put(node, gradient);
    }

    /// Writes into the next free place, if there is one.
    #[inline(always)]
    fn put(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        if let Some(place) = self.places.get_mut(self.len) {
            place.put(node, gradient);
            self.len += 1;
        }
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, place: usize, other: Var<V>) {
        // Taken out meanwhile: a sum takes it by value, to reuse its memory.
        if let Some((node, gradient)) = self.places[place].take() {
            self.places[place].put(node, sum(gradient, other));
        }
    }

    #[cold]
    #[inline(never)]
    fn push_to_many(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        let order = node.order();
        let is_older = |older: &BTreeMap<Order, _>| older.last_key_value().is_some_and(|(newest, _)| order <= *newest);
        if self.older.as_deref().is_some_and(is_older) {
            return self.push_older(node, gradient);
        }
        if self.len == NEWEST
            && let Some(oldest) = (0..NEWEST).min_by_key(|place| self.places[*place].order())
        {
            if Some(order) < self.places[oldest].order() {
                return self.push_older(node, gradient);
            }
            self.places.swap(oldest, NEWEST - 1);
            if let Some((node, gradient)) = self.take_last() {
                self.push_older(node, gradient);
            }
        }
        self.put(node, gradient);
    }

    fn push_older(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        let older = self.older.get_or_insert_default();
        let gradient = match older.remove(&node.order()) {
            Some((_, earlier)) => sum(earlier, gradient),
            None => gradient,
        };
        older.insert(node.order(), (node, gradient));
    }

    #[inline]
    fn take_last(&mut self) -> Option<Arrived<'g, V>> {
        self.len = self.len.checked_sub(1)?;
        self.places[self.len].take()
    }

    #[inline]
    fn pop_newest(&mut self) -> Option<Arrived<'g, V>> {
        if self.len > 1 {
            self.swap_newest_to_end();
        }
        self.pop()
    }

    #[inline(never)]
    fn swap_newest_to_end(&mut self) {
        if let Some(newest) = (0..self.len).max_by_key(|place| self.places[*place].order()) {
            self.places.swap(newest, self.len - 1);
        }
    }

    /// Any of them.
    #[inline]
    fn pop(&mut self) -> Option<Arrived<'g, V>> {
        if self.len > 0 { self.take_last() } else { self.pop_older() }
    }

    #[inline]
    fn pop_older(&mut self) -> Option<Arrived<'g, V>> {
        // None is left in the places, so the newest of the tree is the newest of all.
        self.older.as_mut()?.pop_last().map(|(_, arrived)| arrived)
    }
}

impl<V: Value, const NEWEST: usize> Drop for Waitlist<'_, V, NEWEST> {
    /// Drops what waits, which is nothing after a whole pass: the free places aren't looked at.
    #[inline]
    fn drop(&mut self) {
        for place in &mut self.places[..self.len] {
            place.take();
        }
    }
}
