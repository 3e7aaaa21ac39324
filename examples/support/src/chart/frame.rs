//! The frame of a chart: where data lies in the picture, and the axes around it.

use super::scale::Scale;
use crate::svg::{N, Svg};

/// The room around the data, for the title, the legend, ticks and labels.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 52.0;

/// The data's place in the picture, in the picture's units.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Frame {
    pub(super) fn new(x: Scale, y: Scale, (width, height): (f64, f64), top: f64) -> Self {
        Frame { x, y, left: LEFT, top, width, height }
    }

    /// The size of the whole picture.
    pub(super) fn outer(&self) -> (f64, f64) {
        (self.left + self.width + RIGHT, self.top + self.height + BOTTOM)
    }

    /// Where a point of the data lies in the picture.
    pub(super) fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.left + self.width * self.x.place(x), self.top + self.height * (1.0 - self.y.place(y)))
    }

    /// The ticks, grid lines and names of both axes. Bars have names instead of ticks beneath them.
    pub(super) fn draw(&self, svg: &mut Svg, (x_label, y_label): (&str, &str), bars: Option<&[String]>) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        match bars {
            Some(names) => {
                for (index, name) in names.iter().enumerate() {
                    let (x, _) = self.at((index as f64, 0.0));
                    svg.text(x, bottom + 18.0, "middle", name);
                }
            }
            None => {
                for (value, label) in self.x.ticks() {
                    let x = self.left + self.width * self.x.place(value);
                    self.grid(svg, (x, self.top), (x, bottom));
                    svg.text(x, bottom + 18.0, "middle", &minus(&label));
                }
            }
        }
        for (value, label) in self.y.ticks() {
            let y = self.top + self.height * (1.0 - self.y.place(value));
            self.grid(svg, (self.left, y), (right, y));
            svg.text(self.left - 8.0, y + 4.0, "end", &minus(&label));
        }
        svg.put(format_args!(
            r#"<path d="M{},{}V{}H{}" fill="none" stroke="currentColor"/>"#,
            N(self.left),
            N(self.top),
            N(bottom),
            N(right)
        ));
        svg.text(self.left + self.width / 2.0, bottom + 40.0, "middle", x_label);
        // Above the axis rather than along it: nobody likes to turn their head.
        svg.text(16.0, self.top - 12.0, "start", y_label);
    }

    fn grid(&self, svg: &mut Svg, from: (f64, f64), to: (f64, f64)) {
        svg.put(format_args!(
            r#"<path d="M{},{}L{},{}" stroke="currentColor" stroke-opacity="0.15"/>"#,
            N(from.0),
            N(from.1),
            N(to.0),
            N(to.1)
        ));
    }
}

/// A number with the sign that is as wide as a plus.
fn minus(number: &str) -> String {
    number.replace('-', "−")
}
