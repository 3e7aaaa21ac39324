//! A value and the node that made it: what operations take and give.

use std::fmt;

use crate::Value;
use crate::call_site::fail;
use crate::hook::HookHandle;
use crate::node::NodeRef;
use crate::walk::{Options, backward, grad};

/// A value with its place in the graph. Cloning shares both.
///
/// ```
/// use deltarule_autograd::Var;
/// let x = Var::leaf(2.0);
/// assert!(x.requires_grad() && x.is_leaf());
/// assert!(!x.detach().requires_grad());
/// ```
#[derive(Clone)]
pub struct Var<V: Value> {
    value: V,
    node: Option<NodeRef<V>>,
}

impl<V: Value> Var<V> {
    /// A value without a gradient.
    #[inline]
    pub fn constant(value: V) -> Self {
        Var { value, node: None }
    }

    /// A value that collects its gradient.
    #[track_caller]
    pub fn leaf(value: V) -> Self {
        let node = NodeRef::leaf(value.meta());
        Var { value, node: Some(node) }
    }

    /// A value that `node` made; a constant if there is none.
    #[inline]
    pub fn with_node(value: V, node: Option<NodeRef<V>>) -> Self {
        Var { value, node }
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> &V {
        &self.value
    }

    /// The node that made the value; `None` for a constant.
    #[inline]
    pub fn node(&self) -> Option<&NodeRef<V>> {
        self.node.as_ref()
    }

    /// The value and its node.
    #[inline]
    pub fn into_parts(self) -> (V, Option<NodeRef<V>>) {
        (self.value, self.node)
    }

    /// Whether gradients flow to this value.
    pub fn requires_grad(&self) -> bool {
        self.node.is_some()
    }

    /// Whether no recorded operation made this value.
    pub fn is_leaf(&self) -> bool {
        self.node.as_ref().is_none_or(NodeRef::is_leaf)
    }

    /// The same value, cut off from the graph.
    #[must_use]
    pub fn detach(&self) -> Self {
        Var::constant(self.value.clone())
    }

    /// The gradient collected so far.
    #[track_caller]
    pub fn grad(&self) -> Option<Var<V>> {
        self.node.as_ref()?.grad()
    }

    /// Sets the collected gradient to none.
    #[track_caller]
    pub fn zero_grad(&self) {
        if let Some(node) = &self.node {
            node.set_grad(None);
        }
    }

    /// Makes a value that is no leaf collect its gradient too.
    ///
    /// # Panics
    /// If the value requires no gradient.
    #[track_caller]
    pub fn retain_grad(&self) {
        self.node_or_fail("retain_grad").retain_grad();
    }

    /// Calls `hook` with the whole gradient of this value, in each backward pass; what it returns replaces the
    /// gradient.
    ///
    /// # Panics
    /// If the value requires no gradient.
    #[track_caller]
    pub fn register_hook(&self, hook: impl Fn(&Var<V>) -> Option<Var<V>> + Send + Sync + 'static) -> HookHandle<V> {
        self.node_or_fail("register_hook").register_hook(hook)
    }

    /// Computes the gradient of this value with respect to each leaf that it was made of, and adds it to the leaf's.
    ///
    /// # Panics
    /// If the value has no graph or an earlier backward freed it, or if it is no scalar.
    #[track_caller]
    pub fn backward(&self) {
        self.backward_with(None, Options::new());
    }

    /// As [`backward`](Var::backward), from the gradient `gradient` of this value (1 for a scalar by default).
    ///
    /// # Panics
    /// As [`backward`](Var::backward), or if `gradient` doesn't fit the value.
    #[track_caller]
    pub fn backward_with(&self, gradient: Option<Var<V>>, options: Options) {
        let node = self.node_or_fail("backward");
        // No closures here: a panic within one would name its line, not the caller's.
        let gradient = match gradient {
            Some(gradient) => gradient,
            None => self.seed("backward"),
        };
        backward([(node, gradient)], options);
    }

    /// The gradients of this value with respect to `inputs`, without touching what leaves have collected; `None` for
    /// an input that this value doesn't depend on.
    ///
    /// # Panics
    /// As [`backward`](Var::backward), or if an input requires no gradient.
    #[track_caller]
    pub fn grad_of(&self, inputs: &[&Var<V>], options: Options) -> Vec<Option<Var<V>>> {
        let node = self.node_or_fail("grad");
        let mut nodes = Vec::with_capacity(inputs.len());
        for input in inputs {
            nodes.push(input.node_or_fail("grad"));
        }
        grad([(node, self.seed("grad"))], &nodes, options)
    }

    #[track_caller]
    fn node_or_fail(&self, operation: &str) -> &NodeRef<V> {
        match &self.node {
            Some(node) => node,
            None => fail(operation, NO_GRAPH),
        }
    }

    #[track_caller]
    fn seed(&self, operation: &str) -> Var<V> {
        match self.value.seed() {
            Ok(seed) => Var::constant(seed),
            Err(wrong) => fail(operation, wrong),
        }
    }
}

impl<V: Value> From<&Var<V>> for Var<V> {
    fn from(value: &Var<V>) -> Self {
        value.clone()
    }
}

/// What to do about a value that has no graph.
pub const NO_GRAPH: &str = "this value has no graph: it requires no gradient, and neither does anything that it was \
                            made of. Mark an input with requires_grad_(). On the way, look for no_grad, detach, frozen \
                            parameters, and operations without a gradient, such as argmax. A gradient has a graph only \
                            if its own pass was given create_graph(true)";

impl<V: Value + fmt::Debug> fmt::Debug for Var<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Var").field("value", &self.value).field("node", &self.node).finish()
    }
}
