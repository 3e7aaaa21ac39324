//! The picture as SVG.

use std::fmt::Write;

use crate::graph::Graph;
use crate::label::{LINE, Label, PADDING};
use crate::layout::Layout;
use crate::show::Show;

/// Of leaves and of gradients: they stand out on a light page and on a dark one.
const LEAF: &str = "#3b82c4";
const GRADIENT: &str = "#d9822b";

pub(crate) fn write<V: Show>(graph: &Graph<'_, V>, labels: &[Label], layout: &Layout) -> String {
    let (width, height) = (layout.width, layout.height);
    // Writing to a string can't fail, here and below.
    let mut text = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" font-family="ui-monospace, monospace" font-size="12" fill="currentColor">
<title>The graph of {}</title>
<desc>{} boxes: inputs above, what is made of them below, an arrow from each input.</desc>
<style>svg:root {{ color: #1f2328; background: #ffffff; }}
@media (prefers-color-scheme: dark) {{ svg:root {{ color: #e6edf3; background: #0d1117; }} }}</style>
"#,
        escape(&labels[0].name),
        labels.len()
    );
    for (points, _) in layout.edges.iter().zip(&graph.edges) {
        edge(&mut text, points);
    }
    for (label, &(x, y)) in labels.iter().zip(&layout.boxes) {
        node(&mut text, label, x, y);
    }
    text.push_str("</svg>\n");
    text
}

/// A curve that leaves downwards and arrives from above, with an arrow at its end.
fn edge(text: &mut String, points: &[(f64, f64)]) {
    let mut path = format!("M{:.1},{:.1}", points[0].0, points[0].1);
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let middle = (y0 + y1) / 2.0;
        let _ = write!(path, "C{x0:.1},{middle:.1} {x1:.1},{middle:.1} {x1:.1},{y1:.1}");
    }
    let (x, y) = points[points.len() - 1];
    let _ = writeln!(text, r#"<path d="{path}" fill="none" stroke="currentColor" opacity="0.5"/>"#);
    let _ = writeln!(text, r#"<path d="M{x:.1},{y:.1}l-4,-8h8Z" opacity="0.7"/>"#);
}

fn node(text: &mut String, label: &Label, x: f64, y: f64) {
    let (width, height) = label.size();
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    let (stroke, corner) = if label.leaf { (LEAF, 12) } else { ("currentColor", 2) };
    let _ = writeln!(
        text,
        r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" rx="{corner}" fill="none" stroke="{stroke}" stroke-width="1.5"/>"#
    );
    let mut line = top + PADDING + 9.0;
    let mut put = |style: &str, content: &str| {
        let content = escape(content);
        let _ = writeln!(text, r#"<text x="{x:.1}" y="{line:.1}" text-anchor="middle"{style}>{content}</text>"#);
        line += LINE;
    };
    put(r#" font-weight="bold""#, &label.head());
    for value in &label.value {
        put("", value);
    }
    for gradient in label.gradient_lines() {
        put(&format!(r#" fill="{GRADIENT}" xml:space="preserve""#), &gradient);
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
