//! What is drawn: a graph, the names of some of its tensors, and how much of it.

use deltarule_autograd::{NO_GRAPH, NodeRef, Var, call_site::fail};
use deltarule_tensor::{AnyArray, Float, TensorOf};

use crate::graph::Graph;
use crate::label::Label;
use crate::show::Show;
use crate::{dot, layout, svg};

/// The picture of the graph that `loss` was made by. PyTorch has none; the package `torchviz` draws the names alone.
///
/// # Panics
/// If the tensor has no graph.
#[track_caller]
pub fn draw<E: Float>(loss: &TensorOf<E>) -> Drawing<AnyArray> {
    Drawing::of(&loss.clone().into())
}

/// A picture of a graph: of tensors, or of any other [value](Show).
#[derive(Debug)]
pub struct Drawing<V: Show> {
    root: NodeRef<V>,
    named: Vec<(NodeRef<V>, String, V)>,
    limit: usize,
}

/// More nodes than a person reads.
const LIMIT: usize = 100;

impl<V: Show> Drawing<V> {
    /// The picture of the graph that `root` was made by.
    ///
    /// # Panics
    /// If the value has no graph.
    #[track_caller]
    pub fn of(root: &Var<V>) -> Self {
        match root.node() {
            Some(node) => Drawing { root: node.clone(), named: Vec::new(), limit: LIMIT },
            None => fail("draw", NO_GRAPH),
        }
    }

    /// Names a value of the graph, and shows it. A value without a graph isn't in the picture, so its name isn't either.
    #[must_use]
    pub fn name(mut self, name: &str, value: impl Into<Var<V>>) -> Self
    where
        V: Clone,
    {
        if let (value, Some(node)) = value.into().into_parts() {
            self.named.push((node, name.to_owned(), value));
        }
        self
    }

    /// Draws the `nodes` that are nearest to the result, 100 by default, and tells how many are left out.
    #[must_use]
    pub fn limit(mut self, nodes: usize) -> Self {
        self.limit = nodes.max(1);
        self
    }

    /// The picture as SVG. It takes the text colour of the page that it stands in.
    pub fn svg(&self) -> String {
        let graph = Graph::new(&self.root, self.limit);
        let labels = self.labels(&graph);
        let sizes: Vec<_> = labels.iter().map(Label::size).collect();
        svg::write(&graph, &labels, &layout::Layout::new(&graph, &sizes))
    }

    /// The picture in the language of Graphviz.
    pub fn dot(&self) -> String {
        let graph = Graph::new(&self.root, self.limit);
        dot::write(&graph, &self.labels(&graph))
    }

    /// A label for each node, and one for what is left out.
    fn labels(&self, graph: &Graph<'_, V>) -> Vec<Label> {
        let label = |node: &&NodeRef<V>| {
            let named = self.named.iter().find(|(named, ..)| named == *node);
            Label::new(node, named.map(|(_, name, value)| (name.as_str(), value)))
        };
        let mut labels: Vec<_> = graph.nodes.iter().map(label).collect();
        labels.extend((graph.left_out > 0).then(|| Label::left_out(graph.left_out)));
        labels
    }
}
