//! The nodes that wait for their turn in a backward pass.

use std::collections::BTreeMap;

use smallvec::SmallVec;

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
    pub(crate) fn pop(&mut self) -> Option<Waiting<'g, V>> {
        self.operations.pop_newest().or_else(|| self.leaves.pop())
    }
}

/// A node, and the gradient that has arrived at it so far.
type Waiting<'g, V> = (&'g NodeRef<V>, Var<V>);

/// A priority queue by creation order that also finds a node again, to add to its gradient.
///
/// A short array alone would be quadratic on a wide graph, a tree alone is slow on a narrow one.
struct Waitlist<'g, V: Value, const NEWEST: usize> {
    /// The newest nodes, in no order: a search through a few is faster than moving what waits.
    newest: SmallVec<[Waiting<'g, V>; NEWEST]>,
    /// The others, if there ever were more.
    #[expect(clippy::box_collection, reason = "most passes never have a tree, and then need not drop one")]
    older: Option<Box<BTreeMap<Order, Waiting<'g, V>>>>,
}

impl<'g, V: Value, const NEWEST: usize> Waitlist<'g, V, NEWEST> {
    #[inline]
    fn new() -> Self {
        Waitlist { newest: SmallVec::new(), older: None }
    }

    #[inline]
    fn push(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        if let Some(place) = self.newest.iter().position(|(other, _)| *other == node) {
            return self.add(place, gradient);
        }
        if self.newest.len() == NEWEST || self.older.is_some() {
            return self.push_to_many(node, gradient);
        }
        self.newest.push((node, gradient));
    }

    #[cold]
    fn add(&mut self, place: usize, other: Var<V>) {
        // Taken out meanwhile: a sum takes it by value, to reuse its memory.
        let (node, gradient) = self.newest.swap_remove(place);
        self.newest.push((node, sum(gradient, other)));
    }

    #[cold]
    fn push_to_many(&mut self, node: &'g NodeRef<V>, gradient: Var<V>) {
        let order = node.order();
        let is_older = |older: &BTreeMap<Order, _>| older.last_key_value().is_some_and(|(newest, _)| order <= *newest);
        if self.older.as_deref().is_some_and(is_older) {
            return self.push_older((node, gradient));
        }
        if self.newest.len() == NEWEST
            && let Some(oldest) = (0..NEWEST).min_by_key(|place| self.newest[*place].0.order())
        {
            if order < self.newest[oldest].0.order() {
                return self.push_older((node, gradient));
            }
            let oldest = self.newest.swap_remove(oldest);
            self.push_older(oldest);
        }
        self.newest.push((node, gradient));
    }

    fn push_older(&mut self, (node, gradient): Waiting<'g, V>) {
        let older = self.older.get_or_insert_default();
        let gradient = match older.remove(&node.order()) {
            Some((_, earlier)) => sum(earlier, gradient),
            None => gradient,
        };
        older.insert(node.order(), (node, gradient));
    }

    #[inline]
    fn pop_newest(&mut self) -> Option<Waiting<'g, V>> {
        match self.newest.len() {
            0 => self.pop_older(),
            1 => self.newest.pop(),
            _ => self.pop_newest_of_several(),
        }
    }

    #[inline(never)]
    fn pop_newest_of_several(&mut self) -> Option<Waiting<'g, V>> {
        let newest = (0..self.newest.len()).max_by_key(|place| self.newest[*place].0.order())?;
        Some(self.newest.swap_remove(newest))
    }

    /// Any of them.
    #[inline]
    fn pop(&mut self) -> Option<Waiting<'g, V>> {
        self.newest.pop().or_else(|| self.pop_older())
    }

    #[inline]
    fn pop_older(&mut self) -> Option<Waiting<'g, V>> {
        // None is left in the array, so the newest of the tree is the newest of all.
        self.older.as_mut()?.pop_last().map(|(_, waiting)| waiting)
    }
}
