//! The reverse walk: from outputs to leaves, the newest node first.
//!
//! Creation order is a topological order, so when a node is the newest that waits, all of its gradient has arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::anomaly::{backward_anomaly, is_anomaly_enabled};
use crate::call_site::{Rules, fail};
use crate::hook::{Extras, Hooks};
use crate::mode::GradGuard;
use crate::node::{NodeRef, Order};
use crate::queue::Queue;
use crate::record::{Saved, Source, record};
use crate::{Value, Var};

/// How a backward pass is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    retain_graph: Option<bool>,
    create_graph: bool,
}

impl Options {
    /// PyTorch's defaults: the graph is freed, and the gradients are not recorded.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps what the rules saved, so that another backward can go through the same graph. The default is the value of
    /// [`create_graph`](Options::create_graph).
    pub fn retain_graph(mut self, retain: bool) -> Self {
        self.retain_graph = Some(retain);
        self
    }

    /// Records the backward pass itself, so that gradients of gradients can be taken.
    ///
    /// A gradient that a leaf has collected so has a graph that leads back to the leaf. The two keep each other alive
    /// until [`Var::zero_grad`]; [`grad`] has no such cycle.
    pub fn create_graph(mut self, create: bool) -> Self {
        self.create_graph = create;
        self
    }

    fn retains(&self) -> bool {
        self.retain_graph.unwrap_or(self.create_graph)
    }
}

/// What a gradient rule sends its results through.
pub struct Backward<'g, V: Value> {
    /// The node whose rule is run.
    node: &'g NodeRef<V>,
    queue: Queue<'g, V>,
    /// Whether the pass is recorded itself.
    recorded: bool,
    /// Whether the pass looks for anomalies.
    anomaly: bool,
    /// The nodes that lead to a wanted input; all of them when `None`.
    useful: Option<&'g BTreeSet<Order>>,
}

impl<'g, V: Value> Backward<'g, V> {
    #[inline]
    fn new(node: &'g NodeRef<V>, options: Options, useful: Option<&'g BTreeSet<Order>>) -> Self {
        let (recorded, anomaly) = (options.create_graph, is_anomaly_enabled());
        Backward { node, queue: Queue::new(), recorded, anomaly, useful }
    }

    /// Puts an output with its gradient where the walk begins.
    #[track_caller]
    fn start(&mut self, operation: &str, node: &'g NodeRef<V>, gradient: Var<V>) {
        self.queue.push(node, fitting(gradient, node, operation));
    }

    /// A saved value, where the forward pass had it in the graph: connected if the backward pass is itself recorded.
    ///
    /// # Panics
    /// If it was kept as an input that isn't there.
    #[inline(always)]
    #[track_caller]
    pub fn open<T: Attach<V>>(&self, saved: Saved<T>) -> T::Output {
        let node = if self.recorded { self.source(saved.source) } else { None };
        saved.value.attach(node)
    }

    /// The node of a saved value.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn source(&self, source: Source) -> Option<NodeRef<V>> {
        match source.input() {
            Some(index) => self.node.input(index).cloned(),
            None => Some(self.node.clone()),
        }
    }

    /// Whether somebody waits for the gradient of input `index`.
    ///
    /// # Panics
    /// If there is no such input.
    #[inline]
    #[track_caller]
    pub fn needs(&self, index: usize) -> bool {
        self.node.input(index).is_some_and(|input| self.is_useful(input))
    }

    /// Whether somebody waits for the gradient of any input.
    fn needs_any(&self) -> bool {
        // What is recorded has an input that requires a gradient.
        self.useful.is_none() || self.node.inputs().flatten().any(|input| self.is_useful(input))
    }

    fn is_useful(&self, input: &NodeRef<V>) -> bool {
        self.useful.is_none_or(|useful| useful.contains(&input.order()))
    }

    /// Sends input `index` its gradient. The gradient is computed only if somebody waits for it.
    ///
    /// An input may be sent to more than once: the gradients add up.
    ///
    /// # Panics
    /// If there is no such input or the gradient can't belong to it; in the anomaly mode, if it isn't finite.
    #[inline]
    #[track_caller]
    pub fn input<G: Into<Var<V>>>(&mut self, index: usize, gradient: impl FnOnce() -> G) {
        let Some(input) = self.node.input(index).filter(|input| self.is_useful(input)) else {
            return;
        };
        let gradient = gradient().into();
        self.send(index, input, gradient);
    }

    // Not inlined: a rule sends to several inputs, and there are many rules.
    #[inline(never)]
    #[track_caller]
    fn send(&mut self, index: usize, input: &'g NodeRef<V>, gradient: Var<V>) {
        if !self.anomaly && gradient.value().fits(input.meta()) {
            self.queue.push(input, gradient);
        } else {
            self.send_checked(index, input, gradient);
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn send_checked(&mut self, index: usize, input: &'g NodeRef<V>, gradient: Var<V>) {
        let gradient = match gradient.value().fits(input.meta()) {
            true => gradient,
            false => conformed(gradient, input, self.node.name(), Some(self.node.meta())),
        };
        if self.anomaly && !gradient.value().is_finite() {
            backward_anomaly(index);
        }
        self.queue.push(input, gradient);
    }
}

impl<V: Value> fmt::Debug for Backward<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backward").field("node", &self.node).finish_non_exhaustive()
    }
}

/// A saved value that becomes part of a graph again.
pub trait Attach<V: Value> {
    /// The value with its node.
    type Output;

    /// Joins the value with the node that made it, if that node is to be seen.
    fn attach(self, node: Option<NodeRef<V>>) -> Self::Output;
}

impl<V: Value> Attach<V> for V {
    type Output = Var<V>;

    fn attach(self, node: Option<NodeRef<V>>) -> Var<V> {
        Var::with_node(self, node)
    }
}

/// Goes from `outputs`, each with its gradient, to the leaves, and adds to the gradient of each leaf.
///
/// # Panics
/// If an output has no graph, if an earlier pass freed it, or if a gradient doesn't fit its output.
#[track_caller]
pub fn backward<'g, V: Value>(outputs: impl IntoIterator<Item = (&'g NodeRef<V>, Var<V>)>, options: Options) {
    let _mode = GradGuard::set(options.create_graph);
    let mut outputs = outputs.into_iter();
    let Some((node, gradient)) = outputs.next() else { return };
    let mut to = Backward::new(node, options, None);
    to.start("backward", node, gradient);
    for (node, gradient) in outputs {
        to.start("backward", node, gradient);
    }
    walk("backward", &mut to, options, None);
}

/// The gradients of `outputs`, each with its gradient, with respect to `inputs`. No leaf's own gradient is touched, and
/// only nodes that lead to an input are visited. `None` stands for an input that no output depends on.
///
/// PyTorch: `torch.autograd.grad` with `allow_unused=True`.
///
/// # Panics
/// As [`backward`].
#[track_caller]
pub fn grad<'g, V: Value>(
    outputs: impl IntoIterator<Item = (&'g NodeRef<V>, Var<V>)>,
    inputs: &[&NodeRef<V>],
    options: Options,
) -> Vec<Option<Var<V>>> {
    let outputs: Vec<_> = outputs.into_iter().collect();
    let useful = useful(outputs.iter().map(|(node, _)| *node), inputs);
    let mut found = inputs.iter().map(|input| (input.order(), None)).collect();
    if let Some(&(node, _)) = outputs.first() {
        let _mode = GradGuard::set(options.create_graph);
        let mut to = Backward::new(node, options, Some(&useful));
        for (node, gradient) in outputs {
            to.start("grad", node, gradient);
        }
        walk("grad", &mut to, options, Some(&mut found));
    }
    inputs.iter().map(|input| found.get(&input.order()).cloned().flatten()).collect()
}

/// The gradients of the inputs of [`grad`].
type Found<V> = BTreeMap<Order, Option<Var<V>>>;

/// The nodes on a path from an output to one of `inputs`, both ends included.
fn useful<'g, V: Value>(outputs: impl Iterator<Item = &'g NodeRef<V>>, inputs: &[&NodeRef<V>]) -> BTreeSet<Order> {
    let mut useful: BTreeSet<_> = inputs.iter().map(|input| input.order()).collect();
    let Some(oldest) = useful.first().copied() else {
        return useful;
    };

    // Nothing older than the oldest input can lead to one.
    let mut reachable = BTreeMap::new();
    let mut open: Vec<_> = outputs.collect();
    while let Some(node) = open.pop() {
        if node.order() >= oldest && reachable.insert(node.order(), node).is_none() {
            open.extend(node.inputs().flatten());
        }
    }
    // Inputs come before what is made of them.
    for (order, node) in reachable {
        if node.inputs().flatten().any(|input| useful.contains(&input.order())) {
            useful.insert(order);
        }
    }
    useful
}

/// The walk itself, from what waits to the leaves. With `found` it fills that and leaves the leaves' own gradients alone.
#[track_caller]
fn walk<V: Value>(operation: &str, to: &mut Backward<'_, V>, options: Options, mut found: Option<&mut Found<V>>) {
    let rules = Rules::new();
    while let Some((node, gradient)) = to.queue.pop_operation() {
        let extras = node.extras();
        let gradient = arrived(node, extras, gradient, options, &mut found);
        if let Some(extras) = extras
            && found.is_none()
            && extras.retains_grad()
        {
            extras.accumulate(gradient.clone());
        }
        to.node = node;
        // What lies beneath an input of `grad` keeps what it saved, for a pass of its own.
        if !to.needs_any() {
            continue;
        }
        rules.enter(node.name(), node.line());
        let ran = node.run(gradient, to, options.retains());
        rules.leave();
        if ran.is_err() {
            freed(operation, node);
        }
    }
    while let Some((node, gradient)) = to.queue.pop_leaf() {
        let extras = node.extras();
        let gradient = arrived(node, extras, gradient, options, &mut found);
        if let Some(extras) = extras
            && found.is_none()
        {
            extras.accumulate(gradient);
        }
    }
}

/// The whole gradient of a node: what its hooks make of it, and found if it was sought.
#[inline(always)]
#[track_caller]
fn arrived<V: Value>(
    node: &NodeRef<V>,
    extras: Option<&Extras<V>>,
    mut gradient: Var<V>,
    options: Options,
    found: &mut Option<&mut Found<V>>,
) -> Var<V> {
    if let Some(hooks) = extras.and_then(Extras::hooks) {
        gradient = hooked(gradient, hooks, node);
    }
    if !options.create_graph && gradient.requires_grad() {
        // The graph of a seed, or of what a hook gave, ends here: else a leaf could come to hold itself.
        gradient = gradient.detach();
    }
    if let Some(found) = found.as_mut().and_then(|found| found.get_mut(&node.order())) {
        *found = Some(gradient.clone());
    }
    gradient
}

/// What the hooks make of a gradient.
#[cold]
#[track_caller]
fn hooked<V: Value>(mut gradient: Var<V>, hooks: &Hooks<V>, node: &NodeRef<V>) -> Var<V> {
    for hook in hooks.all() {
        if let Some(replaced) = hook(&gradient) {
            gradient = fitting(replaced, node, "hook");
        }
    }
    gradient
}

#[cold]
#[track_caller]
fn freed<V: Value>(operation: &str, node: &NodeRef<V>) -> ! {
    fail(
        operation,
        format_args!(
            "an earlier backward freed what {}, recorded at {}, had saved. A value that goes on from step to step, such \
             as a hidden state, is cut off by detach(). To go through a graph twice, give the first pass \
             retain_graph(true)",
            node.name(),
            node.line()
        ),
    )
}

/// The sum of two gradients that meet, recorded like any other operation if the backward pass is.
#[track_caller]
pub(crate) fn sum<V: Value>(a: Var<V>, b: Var<V>) -> Var<V> {
    let ((a, a_node), (b, b_node)) = (a.into_parts(), b.into_parts());
    record("accumulate", a.add(b), &[a_node.as_ref(), b_node.as_ref()], |_| {
        |g, to| {
            to.input(0, || g.clone());
            to.input(1, || g);
        }
    })
}

/// The gradient, if it has the form that `node`'s value has: no operation lies between that would have broadcast it.
#[inline(always)]
#[track_caller]
fn fitting<V: Value>(gradient: Var<V>, node: &NodeRef<V>, by: &str) -> Var<V> {
    if gradient.value().fits(node.meta()) { gradient } else { conformed(gradient, node, by, None) }
}

/// The gradient in the form that `node`'s value has. `output` is what the operation that sends it made of that value.
#[cold]
#[track_caller]
fn conformed<V: Value>(gradient: Var<V>, node: &NodeRef<V>, by: &str, output: Option<&V::Meta>) -> Var<V> {
    match V::conform(gradient, node.meta(), output) {
        Ok(gradient) => gradient,
        Err(wrong) => fail(by, format_args!("{wrong}, for {}, made at {}", node.name(), node.line())),
    }
}
