//! What stands in the box of a node.

use deltarule_autograd::NodeRef;

use crate::show::Show;

/// The text of a box, line by line.
pub(crate) struct Label {
    /// The name of the operation, or the user's name of the value.
    pub(crate) name: String,
    pub(crate) shape: String,
    pub(crate) value: Vec<String>,
    pub(crate) gradient: Vec<String>,
    /// Whether no operation made it.
    pub(crate) leaf: bool,
}

/// About the width of a character, and the height of a line.
const CHARACTER: f64 = 7.4;
pub(crate) const LINE: f64 = 17.0;
pub(crate) const PADDING: f64 = 9.0;

impl Label {
    pub(crate) fn new<V: Show>(node: &NodeRef<V>, named: Option<(&str, &V)>) -> Self {
        let leaf = node.is_leaf();
        let name = match named {
            Some((name, _)) if leaf => name.to_owned(),
            Some((name, _)) => format!("{name} = {}", node.name()),
            None => node.name().to_owned(),
        };
        let value = match named {
            Some((_, value)) => value.lines(),
            None => node.watched().as_ref().and_then(Show::lines),
        };
        let gradient = node.grad().and_then(|gradient| gradient.value().lines());
        Label {
            name,
            shape: V::shape(node.meta()),
            value: value.unwrap_or_default(),
            gradient: gradient.unwrap_or_default(),
            leaf,
        }
    }

    pub(crate) fn left_out(count: usize) -> Self {
        let name = format!("… and {count} more");
        Label { name, shape: String::new(), value: Vec::new(), gradient: Vec::new(), leaf: true }
    }

    /// The first line: name and shape.
    pub(crate) fn head(&self) -> String {
        format!("{} {}", self.name, self.shape).trim_end().to_owned()
    }

    /// The lines of the gradient, the first with a word before it.
    pub(crate) fn gradient_lines(&self) -> impl Iterator<Item = String> {
        self.gradient.iter().enumerate().map(|(i, line)| format!("{}{line}", if i == 0 { "grad " } else { "     " }))
    }

    /// Width and height of the box.
    pub(crate) fn size(&self) -> (f64, f64) {
        let lines = 1 + self.value.len() + self.gradient.len();
        let widest = std::iter::once(self.head())
            .chain(self.value.iter().cloned())
            .chain(self.gradient_lines())
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0);
        (2.0 * PADDING + CHARACTER * widest as f64, 2.0 * PADDING + LINE * lines as f64 - 4.0)
    }
}
