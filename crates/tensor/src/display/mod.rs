//! Printing of tensors, character by character as PyTorch prints them (`torch/_tensor_str.py`).
//!
//! All elements of a tensor share one notation and one width, which the shown elements decide.
//! So printing has three steps: fetch what is shown, choose the `Style`, write the `Brackets`.

mod brackets;
#[cfg(test)]
mod fixture;
mod style;
#[cfg(test)]
mod tests;

use std::fmt;

use brackets::Brackets;
use style::Style;

/// What the text opens with. Lines after the first are indented by its length.
const PREFIX: &str = "tensor(";

/// An element as it is printed. An `f32` is widened, so its digits are those of the exact value.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub enum Scalar {
    Float(f64),
    Int(i64),
    Bool(bool),
}

/// How tensors are printed. PyTorch: `torch.set_printoptions`, with the same defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintOptions {
    /// Digits after the decimal point, 4 by default. A precision in the format string, as in
    /// `{:.2}`, has precedence. Tensors of whole numbers show no digits in any case.
    pub precision: usize,
    /// The largest number of elements that is printed in full, 1000 by default. Larger tensors
    /// are summarised.
    pub threshold: usize,
    /// How many places a summary shows at each end of an axis, 3 by default.
    pub edgeitems: usize,
    /// Columns after which a line is broken, 80 by default.
    pub linewidth: usize,
    /// Whether floats are printed as `1.0000e+00`. By default, `None`, the values decide: they
    /// are when the largest magnitude is above 10⁸ or above 1000 times the smallest, or the
    /// smallest below 10⁻⁴, where zeros, infinities and NaN don't count.
    pub sci_mode: Option<bool>,
}

impl Default for PrintOptions {
    fn default() -> Self {
        PrintOptions { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80, sci_mode: None }
    }
}

/// What is printed.
pub(crate) struct Source<'a> {
    pub(crate) shape: &'a [usize],
    /// The element at an index. Called once for each element that is shown, in row-major order.
    pub(crate) get: &'a dyn Fn(&[usize]) -> Scalar,
    /// What follows the elements, such as `dtype=f32`: separated by commas, on a new line where
    /// the next doesn't fit.
    pub(crate) suffixes: &'a [String],
}

/// Writes `tensor(`, the elements in nested brackets, the suffixes and `)`.
///
/// ```text
/// tensor([[1., 2.],
///         [3., 4.]], shape=[2, 2], dtype=f32)
/// ```
pub(crate) fn write(f: &mut fmt::Formatter<'_>, source: &Source<'_>, options: &PrintOptions) -> fmt::Result {
    let precision = f.precision().unwrap_or(options.precision);
    let options = PrintOptions { precision, ..*options };

    let mut text = PREFIX.to_string();
    // Without elements there is nothing to nest: PyTorch prints one pair of brackets.
    if source.shape.contains(&0) {
        text.push_str("[]");
    } else {
        let edge = edge(source.shape, &options);
        let mut elements = Vec::new();
        fetch(source, edge, &mut Vec::new(), &mut elements);
        let style = Style::of(&elements, &options);
        let mut brackets = Brackets {
            text: &mut text,
            shape: source.shape,
            edge,
            elements: elements.iter(),
            style: &style,
            linewidth: options.linewidth,
        };
        brackets.push(0);
    }
    push_suffixes(&mut text, source.suffixes, options.linewidth);
    text.push(')');
    f.write_str(&text)
}

/// How many places are shown at each end of an axis.
fn edge(shape: &[usize], options: &PrintOptions) -> usize {
    let len: usize = shape.iter().product();
    if len > options.threshold { options.edgeitems } else { usize::MAX }
}

/// The places of an axis that are shown; `None` stands for those left out.
fn places(size: usize, edge: usize) -> impl Iterator<Item = Option<usize>> {
    let cut = size > edge.saturating_mul(2);
    let (head, tail) = if cut { (edge, size - edge) } else { (size, size) };
    (0..head).map(Some).chain(cut.then_some(None)).chain((tail..size).map(Some))
}

/// Appends the shown elements below `index`, in row-major order.
fn fetch(source: &Source<'_>, edge: usize, index: &mut Vec<usize>, elements: &mut Vec<Scalar>) {
    let Some(&size) = source.shape.get(index.len()) else {
        elements.push((source.get)(index));
        return;
    };
    for place in places(size, edge).flatten() {
        index.push(place);
        fetch(source, edge, index, elements);
        index.pop();
    }
}

/// Appends `, suffix` for each suffix, on a new line where it would pass `linewidth`.
fn push_suffixes(text: &mut String, suffixes: &[String], linewidth: usize) {
    // Until the first break PyTorch counts two columns more than the line has, so a line can
    // break two columns early. Kept, for the same breaks.
    let mut column = text.rsplit('\n').next().map_or(0, columns) + 2;
    for suffix in suffixes {
        if column + columns(suffix) + 2 > linewidth {
            text.push_str(",\n");
            text.extend(std::iter::repeat_n(' ', PREFIX.len()));
            column = PREFIX.len() + columns(suffix);
        } else {
            text.push_str(", ");
            column += columns(suffix) + 2;
        }
        text.push_str(suffix);
    }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}
