//! The legend: the series with names, in as many rows as they need.

use super::{Layer, color_of, dash, draw_mark};
use crate::svg::{N, Svg};

/// Where each name stands under the title.
#[derive(Debug)]
pub(super) struct Legend<'a> {
    entries: Vec<(f64, usize, &'a Layer, &'a str)>,
    pub(super) rows: usize,
}

impl<'a> Legend<'a> {
    pub(super) const ROW: f64 = 22.0;
    const LEFT: f64 = 16.0;
    /// The sign before a name.
    const SIGN: f64 = 30.0;

    /// The names of these series, in rows that are about as wide as the chart.
    pub(super) fn new(layers: &'a [Layer], width: f64) -> Self {
        let mut entries = Vec::new();
        let (mut x, mut row) = (Self::LEFT, 0);
        for layer in layers {
            let (Layer::Line { name, .. } | Layer::Points { name, .. }) = layer else { continue };
            if name.is_empty() {
                continue;
            }
            // About the width of the text: there is no font here to ask.
            let step = Self::SIGN + 8.0 * name.chars().count() as f64 + 16.0;
            if x > Self::LEFT && x + step > width + 64.0 {
                (x, row) = (Self::LEFT, row + 1);
            }
            entries.push((x, row, layer, name.as_str()));
            x += step;
        }
        let rows = if entries.is_empty() { 0 } else { row + 1 };
        Legend { entries, rows }
    }

    pub(super) fn draw(&self, svg: &mut Svg) {
        for &(x, row, layer, name) in &self.entries {
            let y = 44.0 + Self::ROW * row as f64;
            match layer {
                Layer::Line { color, dashed, .. } => svg.put(format_args!(
                    r#"<path d="M{},{}h24" stroke="{}" stroke-width="3"{}/>"#,
                    N(x),
                    N(y),
                    color_of(*color),
                    dash(*dashed)
                )),
                Layer::Points { color, .. } => draw_mark(svg, (x + 14.0, y), *color),
                _ => {}
            }
            svg.text(x + Self::SIGN, y + 4.0, "start", name);
        }
    }
}
