//! A function of the plane: as colours, or by the lines along which it is constant.

use std::fmt::Write;

use super::frame::Frame;
use crate::svg::{COLORS, N, Svg, polyline, rectangle};

/// Cells along each axis of the grid that a function is looked at on.
const CELLS: usize = 48;

/// The values of a function at the corners of a grid.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    values: Vec<f64>,
}

impl Field {
    pub(super) fn new(x: (f64, f64), y: (f64, f64), f: impl Fn(f64, f64) -> f64) -> Self {
        let mut field = Field { x, y, values: Vec::new() };
        for row in 0..=CELLS {
            for column in 0..=CELLS {
                let (x, y) = field.corner(column as f64, row as f64);
                field.values.push(f(x, y));
            }
        }
        field
    }

    fn corner(&self, column: f64, row: f64) -> (f64, f64) {
        let along = |(low, high): (f64, f64), cells: f64| low + (high - low) * cells / CELLS as f64;
        (along(self.x, column), along(self.y, row))
    }

    fn value(&self, column: usize, row: usize) -> f64 {
        self.values[row * (CELLS + 1) + column]
    }

    /// Colours: the first where the function is positive, the second where it is negative, strongest at 1 and −1.
    pub(super) fn draw_heat(&self, svg: &mut Svg, frame: &Frame) {
        // Runs of cells of the same strength are one rectangle, and each strength is one path.
        const STRENGTHS: i32 = 8;
        for strength in (-STRENGTHS..=STRENGTHS).filter(|&strength| strength != 0) {
            let mut path = String::new();
            for row in 0..CELLS {
                let mut column = 0;
                while column < CELLS {
                    let start = column;
                    while column < CELLS && self.strength(column, row, STRENGTHS) == strength {
                        column += 1;
                    }
                    if column > start {
                        let (left, bottom) = frame.at(self.corner(start as f64, row as f64));
                        let (right, top) = frame.at(self.corner(column as f64, row as f64 + 1.0));
                        path.push_str(&rectangle(left, top, right - left, bottom - top));
                    }
                    column = column.max(start + 1);
                }
            }
            if !path.is_empty() {
                let color = COLORS[usize::from(strength < 0)];
                let opacity = 0.7 * f64::from(strength.abs()) / f64::from(STRENGTHS);
                svg.put(format_args!(r#"<path d="{path}" fill="{color}" fill-opacity="{opacity:.2}"/>"#));
            }
        }
    }

    fn strength(&self, column: usize, row: usize, strengths: i32) -> i32 {
        let corners = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(right, up)| self.value(column + right, row + up));
        let mean = corners.iter().sum::<f64>() / 4.0;
        (mean.clamp(-1.0, 1.0) * f64::from(strengths)).round() as i32
    }

    /// The line along which the function is `level`, by marching squares.
    pub(super) fn draw_contour(&self, svg: &mut Svg, frame: &Frame, level: f64, style: &str) {
        let mut path = String::new();
        for row in 0..CELLS {
            for column in 0..CELLS {
                for segment in self.crossings(column, row, level).chunks_exact(2) {
                    let _ = write!(path, "{}", polyline(segment.iter().map(|&point| frame.at(point))));
                }
            }
        }
        if !path.is_empty() {
            svg.put(format_args!(r#"<path d="{path}" {style}/>"#));
        }
    }

    /// Where the level crosses the sides of a cell, in order around it: none, two points, or four.
    fn crossings(&self, column: usize, row: usize, level: f64) -> Vec<(f64, f64)> {
        const AROUND: [(usize, usize); 4] = [(0, 0), (1, 0), (1, 1), (0, 1)];
        let mut points = Vec::new();
        for side in 0..4 {
            let (from, to) = (AROUND[side], AROUND[(side + 1) % 4]);
            let (a, b) = (self.value(column + from.0, row + from.1), self.value(column + to.0, row + to.1));
            if (a < level) != (b < level) {
                let share = (level - a) / (b - a);
                let between = |from: usize, to: usize| from as f64 + share * (to as f64 - from as f64);
                points.push(self.corner(column as f64 + between(from.0, to.0), row as f64 + between(from.1, to.1)));
            }
        }
        points
    }
}

/// The style of a contour line.
pub(super) fn contour_style(bold: bool, dashed: bool) -> String {
    let (width, opacity) = if bold && !dashed { (2.0, 0.9) } else { (1.0, 0.5) };
    let dash = if dashed { r#" stroke-dasharray="4 4""# } else { "" };
    format!(r#"fill="none" stroke="currentColor" stroke-width="{}" stroke-opacity="{}"{dash}"#, N(width), N(opacity))
}
