//! The nested brackets around the elements, and where their lines break.

use super::style::Style;
use super::{PREFIX, Scalar, places};

/// Writes the elements of one tensor.
pub(super) struct Brackets<'a> {
    pub(super) text: &'a mut String,
    pub(super) shape: &'a [usize],
    pub(super) edge: usize,
    /// Those that a summary of `edge` places at each end shows, in row-major order.
    pub(super) elements: std::slice::Iter<'a, Scalar>,
    pub(super) style: &'a Style,
    pub(super) linewidth: usize,
}

impl Brackets<'_> {
    /// Appends what stands at one place of the axes before `axis`: for axis 0, everything.
    pub(super) fn push(&mut self, axis: usize) {
        let Some(&size) = self.shape.get(axis) else {
            return self.push_element();
        };
        let last = axis + 1 == self.shape.len();
        let indent = PREFIX.len() + axis;
        let per_line = if last { self.elements_per_line(indent) } else { 1 };
        // Matrices are a blank line apart, stacks of matrices two, and so on.
        let line_breaks = if last { 1 } else { self.shape.len() - axis - 1 };

        self.text.push('[');
        for (item, place) in places(size, self.edge).enumerate() {
            if item > 0 && item % per_line == 0 {
                self.text.push(',');
                self.push_repeated('\n', line_breaks);
                self.push_repeated(' ', indent + 1);
            } else if item > 0 {
                self.text.push_str(", ");
            }
            match place {
                Some(_) => self.push(axis + 1),
                // PyTorch sets the dots of a row off by a second blank, unless they are alone.
                None if last && self.edge > 0 => self.text.push_str(" ..."),
                None => self.text.push_str("..."),
            }
        }
        self.text.push(']');
    }

    fn push_element(&mut self) {
        let element = *self.elements.next().expect("one element for each place that is shown");
        self.text.push_str(&self.style.padded(element));
    }

    /// How many elements fit in a line, each with a comma and a blank. At least one.
    fn elements_per_line(&self, indent: usize) -> usize {
        (self.linewidth.saturating_sub(indent) / (self.style.width() + 2)).max(1)
    }

    fn push_repeated(&mut self, character: char, count: usize) {
        self.text.extend(std::iter::repeat_n(character, count));
    }
}
