//! The picture in Graphviz's language.

use std::fmt::Write;

use crate::graph::Graph;
use crate::label::Label;
use crate::show::Show;

pub(crate) fn write<V: Show>(graph: &Graph<'_, V>, labels: &[Label]) -> String {
    let mut text = String::from("digraph {\n  node [shape=box, fontname=\"monospace\"];\n");
    for (number, label) in labels.iter().enumerate() {
        let lines = std::iter::once(label.head()).chain(label.value.iter().cloned()).chain(label.gradient_lines());
        let lines: Vec<_> = lines.map(|line| line.replace('\\', "\\\\").replace('"', "\\\"")).collect();
        let style = if label.leaf { ", style=rounded" } else { "" };
        // Writing to a string can't fail.
        let _ = writeln!(text, "  n{number} [label=\"{}\"{style}];", lines.join("\\n"));
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(text, "  n{from} -> n{to};");
    }
    text.push_str("}\n");
    text
}
