//! The nodes of the graph: how a value was made, and from what.
//!
//! A node belongs to the values that came out of it, and its edges point to its inputs only. So a graph lives as long
//! as something made by it, and is freed by scope.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use smallvec::SmallVec;

use crate::call_site::fail;
use crate::hook::Extras;
use crate::{Backward, Value, Var};

/// How many edges lie in the node itself.
const FEW: usize = 3;

pub(crate) type Edges<V> = SmallVec<[Option<NodeRef<V>>; FEW]>;

/// The edges to an operation's inputs.
#[inline]
pub(crate) fn edges<V: Value>(inputs: &[Option<&NodeRef<V>>]) -> Edges<V> {
    if inputs.len() > FEW {
        return inputs.iter().map(|input| input.cloned()).collect();
    }
    // One move of a whole array: collecting them costs more than all else of a small operation's node.
    let edges = std::array::from_fn(|index| inputs.get(index).copied().flatten().cloned());
    Edges::from_buf_and_len(edges, inputs.len())
}

/// When a node was made: larger than the order of each of its inputs, and no two nodes share one.
///
/// The number alone is topological, on one thread and across threads, without a counter that threads share. The
/// thread's own number breaks ties, in the same way in each run that starts its threads in the same order. It stands in
/// the last 32 bits, so that two orders are compared at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order(u128);

impl Order {
    /// The next order of this thread, after all of `edges`.
    #[inline]
    fn after<V: Value>(edges: &Edges<V>) -> Self {
        static THREADS: AtomicU32 = AtomicU32::new(1);
        thread_local! {
            static NUMBER: Cell<u64> = const { Cell::new(0) };
            static THREAD: Cell<u32> = const { Cell::new(0) };
        }
        if THREAD.get() == 0 {
            THREAD.set(THREADS.fetch_add(1, Ordering::Relaxed));
        }
        let mut number = NUMBER.get();
        for edge in edges.iter().flatten() {
            number = number.max((edge.order().0 >> 32) as u64);
        }
        number += 1;
        NUMBER.set(number);
        Order(u128::from(number) << 32 | u128::from(THREAD.get()))
    }
}

/// One recorded operation, or a leaf that collects a gradient. The rule is part of the node, so that recording
/// allocates once.
pub(crate) struct Node<V: Value, R: Run<V> + ?Sized = dyn Run<V>> {
    order: Order,
    name: &'static str,
    line: &'static Location<'static>,
    meta: V::Meta,
    edges: Edges<V>,
    extras: OnceLock<Box<Extras<V>>>,
    rule: R,
}

/// What a node does when its gradient has arrived.
pub(crate) trait Run<V: Value>: Send + Sync {
    /// Sends each input its part of the gradient `g`. Unless `retain`, what the rule saved is freed.
    fn run(&self, g: Var<V>, to: &mut Backward<'_, V>, retain: bool) -> Result<(), Freed>;

    /// Drops the rule and all that it holds.
    fn free(&mut self);
}

/// The rule is gone: an earlier backward freed it.
pub(crate) struct Freed;

/// The rule of a recorded operation, until a backward pass takes it.
pub(crate) struct Recorded<F> {
    pub(crate) rule: Mutex<Option<F>>,
    /// Whether the rule holds saved values, so that taking it frees memory.
    pub(crate) saves: bool,
}

impl<V, F> Run<V> for Recorded<F>
where
    V: Value,
    F: FnOnce(Var<V>, &mut Backward<'_, V>) + Clone + Send + Sync + 'static,
{
    fn run(&self, g: Var<V>, to: &mut Backward<'_, V>, retain: bool) -> Result<(), Freed> {
        // The lock is free again before the rule runs.
        let rule = {
            let mut rule = lock(&self.rule);
            if retain || !self.saves { rule.clone() } else { rule.take() }
        };
        rule.ok_or(Freed)?(g, to);
        Ok(())
    }

    fn free(&mut self) {
        *self.rule.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A value that collects its gradient: it was made by no operation.
struct Leaf;

impl<V: Value> Run<V> for Leaf {
    fn run(&self, _: Var<V>, _: &mut Backward<'_, V>, _: bool) -> Result<(), Freed> {
        Ok(())
    }

    fn free(&mut self) {}
}

/// A shared handle to a node of the graph. It keeps the node and all that it was made of alive.
pub struct NodeRef<V: Value>(pub(crate) Arc<Node<V>>);

impl<V: Value> NodeRef<V> {
    /// A leaf of the graph: a value that requires a gradient and was made by no operation. It collects its gradient.
    #[track_caller]
    pub fn leaf(meta: V::Meta) -> Self {
        let node = Self::new("leaf", meta, Edges::new(), Leaf);
        node.0.extras.get_or_init(Box::default);
        node
    }

    #[inline]
    #[track_caller]
    pub(crate) fn new<R: Run<V> + 'static>(name: &'static str, meta: V::Meta, edges: Edges<V>, rule: R) -> Self {
        NodeRef(Arc::new(Node {
            order: Order::after(&edges),
            name,
            line: crate::call_site::caller(),
            meta,
            edges,
            extras: OnceLock::new(),
            rule,
        }))
    }

    /// The name of the operation, `"leaf"` for a leaf.
    #[inline]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The user's line that made the value.
    #[inline]
    pub fn line(&self) -> &'static Location<'static> {
        self.0.line
    }

    /// What is known of the value that the operation made.
    #[inline]
    pub fn meta(&self) -> &V::Meta {
        &self.0.meta
    }

    /// The nodes that the operation's inputs came from, in order; `None` for an input that requires no gradient.
    #[inline]
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = Option<&NodeRef<V>>> {
        self.0.edges.iter().map(Option::as_ref)
    }

    /// The node of input `index`, if that input requires a gradient.
    #[inline]
    #[track_caller]
    pub(crate) fn input(&self, index: usize) -> Option<&NodeRef<V>> {
        match self.0.edges.get(index) {
            Some(input) => input.as_ref(),
            None => no_such_input(self.name(), index, self.0.edges.len()),
        }
    }

    /// Whether no operation made the value.
    #[inline]
    pub fn is_leaf(&self) -> bool {
        self.0.edges.is_empty()
    }

    #[inline]
    pub(crate) fn order(&self) -> Order {
        self.0.order
    }

    #[inline]
    pub(crate) fn extras(&self) -> Option<&Extras<V>> {
        self.0.extras.get().map(Box::as_ref)
    }

    pub(crate) fn extras_or_new(&self) -> &Extras<V> {
        self.0.extras.get_or_init(Box::default)
    }

    #[inline]
    pub(crate) fn run(&self, g: Var<V>, to: &mut Backward<'_, V>, retain: bool) -> Result<(), Freed> {
        self.0.rule.run(g, to, retain)
    }
}

#[cold]
#[track_caller]
fn no_such_input(operation: &str, index: usize, inputs: usize) -> ! {
    let s = if inputs == 1 { "" } else { "s" };
    fail(
        operation,
        format_args!("its rule asks for input {index}, but it was recorded with {inputs} input{s}, numbered from 0"),
    )
}

impl<V: Value> Clone for NodeRef<V> {
    fn clone(&self) -> Self {
        NodeRef(Arc::clone(&self.0))
    }
}

/// Two handles are equal if they are of the same node.
impl<V: Value> PartialEq for NodeRef<V> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<V: Value> Eq for NodeRef<V> {}

impl<V: Value> Hash for NodeRef<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl<V: Value> fmt::Debug for NodeRef<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeRef").field("name", &self.0.name).field("line", &format_args!("{}", self.0.line)).finish()
    }
}

impl<V: Value, R: Run<V> + ?Sized> Drop for Node<V, R> {
    /// Frees what nobody else holds without recursion, however long the chain is.
    fn drop(&mut self) {
        let extras = self.extras.take();
        if self.edges.is_empty() && extras.is_none() {
            return;
        }
        if let Some(release) = Release::begin(mem::take(&mut self.edges), extras) {
            // A rule may hold its inputs; the edges are still held, so none is let go by the rule.
            self.rule.free();
            release.finish();
        }
    }
}

thread_local! {
    /// Whether a release is under way on this thread.
    static RELEASING: Cell<bool> = const { Cell::new(false) };
    /// What drops inside of that release hand to it.
    static LATER: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Drops what a node led to. Nodes that are held by it alone are taken apart in a loop. A drop that starts within this
/// one (a hook that holds a value, a node whose other owner let go just now) hands its part to the loop: the stack stays
/// flat.
struct Release<V: Value> {
    nodes: SmallVec<[NodeRef<V>; 8]>,
    extras: Option<Box<Extras<V>>>,
}

impl<V: Value> Release<V> {
    /// `None` if a release is under way: then that one does the work.
    fn begin(edges: Edges<V>, extras: Option<Box<Extras<V>>>) -> Option<Self> {
        if RELEASING.replace(true) {
            // When the thread is ending the list may be gone; then all is dropped with the closure, in place.
            let _ = LATER.try_with(|later| later.borrow_mut().push(Box::new((edges, extras))));
            return None;
        }
        let mut release = Release { nodes: SmallVec::new(), extras };
        release.take(edges);
        Some(release)
    }

    #[inline]
    fn take(&mut self, mut edges: Edges<V>) {
        for edge in &mut edges {
            if let Some(node) = edge.take() {
                self.nodes.push(node);
            }
        }
    }

    fn finish(mut self) {
        drop(self.extras.take());
        while let Some(mut node) = self.nodes.pop() {
            // The first test is a plain load, and most other edges lead to leaves, which have owners elsewhere.
            if Arc::strong_count(&node.0) == 1
                && let Some(node) = Arc::get_mut(&mut node.0)
            {
                self.take(mem::take(&mut node.edges));
                drop(node.extras.take());
            }
        }
        while let Ok(Some(part)) = LATER.try_with(|later| later.borrow_mut().pop()) {
            drop(part);
        }
    }
}

impl<V: Value> Drop for Release<V> {
    /// A panic ends a release too.
    fn drop(&mut self) {
        RELEASING.set(false);
    }
}

/// Locks a mutex whose data a panic can't leave half-changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
