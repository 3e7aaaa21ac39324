//! The part of a graph that is drawn: its nodes by number, and the edges between them.

use std::collections::{HashMap, VecDeque};

use deltarule_autograd::NodeRef;

use crate::show::Show;

/// The nodes nearest to the result, and how they hang together.
pub(crate) struct Graph<'n, V: Show> {
    /// The result first.
    pub(crate) nodes: Vec<&'n NodeRef<V>>,
    /// From an input to what was made of it. What is left out has the number after the last node.
    pub(crate) edges: Vec<(usize, usize)>,
    pub(crate) left_out: usize,
}

impl<'n, V: Show> Graph<'n, V> {
    /// Breadth first, so that what is left out is what is far.
    pub(crate) fn new(root: &'n NodeRef<V>, limit: usize) -> Self {
        let mut nodes = Vec::new();
        let mut numbers = HashMap::from([(root, 0)]);
        let mut queue = VecDeque::from([root]);
        let mut edges = Vec::new();
        while let Some(node) = queue.pop_front() {
            let to = numbers[node];
            if to < limit {
                nodes.push(node);
            }
            for input in node.inputs().flatten() {
                let next = numbers.len();
                let from = *numbers.entry(input).or_insert_with(|| {
                    queue.push_back(input);
                    next
                });
                let edge = (from.min(limit), to);
                // Of the edges out of what is left out, one to each node.
                if to < limit && !(from >= limit && edges.contains(&edge)) {
                    edges.push(edge);
                }
            }
        }
        let left_out = numbers.len() - nodes.len();
        Graph { nodes, edges, left_out }
    }
}
