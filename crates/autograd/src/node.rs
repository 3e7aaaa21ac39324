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
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use smallbox::{SmallBox, smallbox};
use smallvec::SmallVec;
use triomphe::Arc;

use crate::call_site::fail;
use crate::edges::Edges;
use crate::hook::Extras;
use crate::lock::Lock;
use crate::spare::Spare;
use crate::thread::here;
use crate::watch::is_watching;
use crate::{Backward, Value, Var};

/// When a node was made: larger than the order of each of its inputs, and no two nodes share one.
///
/// The number alone is topological, on one thread and across threads, without a counter that threads share. The
/// thread's own number breaks ties, in the same way in each run that starts its threads in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    pub(crate) number: u64,
    thread: u64,
}

/// Gives a thread's nodes their order.
pub(crate) struct Counter {
    /// The largest number that was given.
    number: Cell<u64>,
    /// The thread's own number; 0 until it makes its first node.
    thread: Cell<u64>,
}

impl Counter {
    pub(crate) const fn new() -> Self {
        Counter { number: Cell::new(0), thread: Cell::new(0) }
    }

    /// The next order, after all of `edges`.
    #[inline]
    fn after<V: Value>(&self, edges: &Edges<V>) -> Order {
        static THREADS: AtomicU64 = AtomicU64::new(1);
        if self.thread.get() == 0 {
            self.thread.set(THREADS.fetch_add(1, Ordering::Relaxed));
        }
        let number = self.number.get().max(edges.largest_number()) + 1;
        self.number.set(number);
        Order { number, thread: self.thread.get() }
    }
}

/// One recorded operation, or a leaf that collects a gradient.
pub(crate) struct Node<V: Value> {
    order: Order,
    name: &'static str,
    line: &'static Location<'static>,
    meta: V::Meta,
    edges: Edges<V>,
    extras: OnceLock<Box<Extras<V>>>,
    /// Whether the rule holds saved values, so that taking it frees memory.
    saves: bool,
    /// None for a leaf.
    rule: Option<Rule<V>>,
}

/// A gradient rule of any type. It stands in the node itself, so that recording allocates nothing else and a handle to a
/// node is one word: with `Arc<Node<dyn …>>` it is two, a value with its node no longer fits into two registers, and each
/// access has to compute where the fields are. What is too large for the space is allocated apart.
type Rule<V> = SmallBox<dyn Run<V>, [usize; 14]>;

/// What a node does when its gradient has arrived.
pub(crate) trait Run<V: Value>: Send + Sync {
    /// Sends each input its part of the gradient `g`. If `take`, the rule and what it saved is gone after that.
    fn run(&self, g: Var<V>, to: &mut Backward<'_, V>, take: bool) -> Result<(), Freed>;
}

/// The rule is gone: an earlier backward freed it.
pub(crate) struct Freed;

/// The rule of a recorded operation, until a backward pass takes it.
struct Recorded<F>(Lock<Option<F>>);

impl<V, F> Run<V> for Recorded<F>
where
    V: Value,
    F: FnOnce(Var<V>, &mut Backward<'_, V>) + Clone + Send + Sync + 'static,
{
    fn run(&self, g: Var<V>, to: &mut Backward<'_, V>, take: bool) -> Result<(), Freed> {
        // The lock is free again before the rule runs.
        let rule = {
            let mut rule = self.0.lock();
            if take { rule.take() } else { rule.clone() }
        };
        rule.ok_or(Freed)?(g, to);
        Ok(())
    }
}

/// A shared handle to a node of the graph. It keeps the node and all that it was made of alive.
pub struct NodeRef<V: Value>(pub(crate) Arc<Node<V>>);

impl<V: Value> NodeRef<V> {
    /// A leaf of the graph: a value that requires a gradient and was made by no operation. It collects its gradient.
    #[track_caller]
    pub fn leaf(meta: V::Meta) -> Self {
        NodeRef(Arc::new(Node {
            order: here(|thread| thread.counter.after(&Edges::<V>::NONE)),
            name: "leaf",
            line: crate::call_site::caller(),
            meta,
            edges: Edges::NONE,
            extras: OnceLock::from(Box::default()),
            saves: false,
            rule: None,
        }))
    }

    /// The node of an operation that gave `value`, whose rule is `rule`; `saves` says whether that holds saved values.
    #[inline]
    #[track_caller]
    pub(crate) fn new<F>(name: &'static str, value: &V, edges: Edges<V>, rule: F, saves: bool) -> Self
    where
        F: FnOnce(Var<V>, &mut Backward<'_, V>) + Clone + Send + Sync + 'static,
    {
        Self::with_rule(name, value, edges, smallbox!(Recorded(Lock::new(Some(rule)))), saves)
    }

    // Compiled once, and not for each rule: the code of all operations of a step has to fit into the processor's cache.
    #[inline(never)]
    #[track_caller]
    fn with_rule(name: &'static str, value: &V, edges: Edges<V>, rule: Rule<V>, saves: bool) -> Self {
        let line = crate::call_site::caller();
        let order = here(|thread| thread.counter.after(&edges));
        let node = match Spare::pop() {
            // Field by field, in its place: a node is large, and a new one is made elsewhere first.
            Some(mut node) => {
                node.order = order;
                node.name = name;
                node.line = line;
                node.meta = value.meta();
                node.edges.fill(edges);
                node.saves = saves;
                node.rule = Some(rule);
                node.shareable()
            }
            None => {
                let (meta, extras) = (value.meta(), OnceLock::new());
                Arc::new(Node { order, name, line, meta, edges, extras, saves, rule: Some(rule) })
            }
        };
        let node = NodeRef(node);
        if is_watching() {
            node.keep_watched(value);
        }
        node
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
    pub fn inputs(&self) -> impl Iterator<Item = Option<&NodeRef<V>>> {
        self.0.edges.iter()
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
        self.0.edges.are_none()
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
    /// Runs the rule. Unless `retain`, what it saved is freed.
    pub(crate) fn run(&self, g: Var<V>, to: &mut Backward<'_, V>, retain: bool) -> Result<(), Freed> {
        match &self.0.rule {
            Some(rule) => rule.run(g, to, self.0.saves && !retain),
            None => Ok(()),
        }
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

impl<V: Value> Drop for Node<V> {
    /// Frees what nobody else holds without recursion, however long the chain is.
    fn drop(&mut self) {
        let extras = self.extras.take();
        if self.edges.are_none() && extras.is_none() {
            return;
        }
        if let Some(release) = Release::begin(&mut self.edges, extras) {
            // A rule may hold its inputs; the edges are still held, so none is let go by the rule.
            self.rule = None;
            release.finish();
        }
    }
}

thread_local! {
    /// What drops inside of a release hand to it.
    static LATER: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Drops what a node led to. Nodes that are held by it alone are taken apart in a loop. A drop that starts within this
/// one (a hook that holds a value, a node whose other owner let go just now) hands its part to the loop: the stack stays
/// flat.
struct Release<V: Value> {
    /// The next node, and the others: most graphs are chains.
    next: Option<NodeRef<V>>,
    nodes: SmallVec<[NodeRef<V>; 8]>,
    extras: Option<Box<Extras<V>>>,
}

impl<V: Value> Release<V> {
    /// `None` if a release is under way: then that one does the work.
    fn begin(edges: &mut Edges<V>, extras: Option<Box<Extras<V>>>) -> Option<Self> {
        if here(|thread| thread.releasing.replace(true)) {
            let edges = mem::replace(edges, Edges::NONE);
            // When the thread is ending the list may be gone; then all is dropped with the closure, in place.
            let _ = LATER.try_with(|later| later.borrow_mut().push(Box::new((edges, extras))));
            return None;
        }
        let mut nodes = SmallVec::new();
        let next = edges.take_apart(&mut nodes);
        Some(Release { next, nodes, extras })
    }

    fn finish(mut self) {
        drop(self.extras.take());
        while let Some(node) = self.next.take().or_else(|| self.nodes.pop()) {
            if let Ok(mut node) = Arc::try_unique(node.0) {
                self.next = node.edges.take_apart(&mut self.nodes);
                drop(node.extras.take());
                node.rule = None;
                Spare::push(node);
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
        here(|thread| thread.releasing.set(false));
    }
}
