//! A function of the plane: as colours, or by the lines along which it is constant.

use std::collections::{BTreeMap, VecDeque};

use super::frame::Frame;
use crate::svg::{COLORS, N, Svg, polyline, rectangle};

type Point = (f64, f64);

/// The values of a function at the corners of a grid.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    /// Cells along each axis.
    cells: usize,
    values: Vec<f64>,
}

impl Field {
    /// Looks at a function on a grid of that many cells along each axis.
    pub(super) fn new(x: (f64, f64), y: (f64, f64), cells: usize, f: impl Fn(f64, f64) -> f64) -> Self {
        let mut field = Field { x, y, cells, values: Vec::new() };
        for row in 0..=cells {
            for column in 0..=cells {
                let (x, y) = field.corner(column as f64, row as f64);
                field.values.push(f(x, y));
            }
        }
        field
    }

    fn corner(&self, column: f64, row: f64) -> (f64, f64) {
        let along = |(low, high): (f64, f64), cells: f64| low + (high - low) * cells / self.cells as f64;
        (along(self.x, column), along(self.y, row))
    }

    fn value(&self, column: usize, row: usize) -> f64 {
        self.values[row * (self.cells + 1) + column]
    }

    /// Colours: the first where the function is positive, the second where it is negative, strongest at 1 and −1.
    pub(super) fn draw_heat(&self, svg: &mut Svg, frame: &Frame) {
        // Runs of cells of the same strength are one rectangle, and each strength is one path.
        const STRENGTHS: i32 = 8;
        for strength in (-STRENGTHS..=STRENGTHS).filter(|&strength| strength != 0) {
            let mut path = String::new();
            for row in 0..self.cells {
                let mut column = 0;
                while column < self.cells {
                    let start = column;
                    while column < self.cells && self.strength(column, row, STRENGTHS) == strength {
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

    /// The lines along which the function is `level`, by marching squares.
    pub(super) fn draw_contour(&self, svg: &mut Svg, frame: &Frame, level: f64, style: &str) {
        let mut segments = Vec::new();
        for row in 0..self.cells {
            for column in 0..self.cells {
                for segment in self.crossings(column, row, level).chunks_exact(2) {
                    segments.push([frame.at(segment[0]), frame.at(segment[1])]);
                }
            }
        }
        let path: String = joined(segments).into_iter().map(polyline).collect();
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

/// Segments as lines that are as long as can be: dashes run on from one to the next.
fn joined(segments: Vec<[Point; 2]>) -> Vec<VecDeque<Point>> {
    // Ends that are the same place differ by rounding.
    let key = |(x, y): Point| ((x * 100.0).round() as i64, (y * 100.0).round() as i64);
    let mut at = BTreeMap::<_, Vec<usize>>::new();
    for (index, segment) in segments.iter().enumerate() {
        for &end in segment {
            at.entry(key(end)).or_default().push(index);
        }
    }
    let mut free = vec![true; segments.len()];
    let mut lines = Vec::new();
    for start in 0..segments.len() {
        if !std::mem::take(&mut free[start]) {
            continue;
        }
        let mut line = VecDeque::from(segments[start]);
        for forwards in [true, false] {
            while let Some(&end) = if forwards { line.back() } else { line.front() } {
                let Some(&next) = at[&key(end)].iter().find(|&&index| free[index]) else { break };
                free[next] = false;
                let [a, b] = segments[next];
                let point = if key(a) == key(end) { b } else { a };
                if forwards { line.push_back(point) } else { line.push_front(point) }
            }
        }
        lines.push(line);
    }
    lines
}

/// The style of a contour line.
pub(super) fn contour_style(bold: bool, dashed: bool) -> String {
    let (width, opacity) = match (bold, dashed) {
        (_, true) => (1.5, 0.6),
        (true, false) => (2.0, 0.9),
        (false, false) => (1.0, 0.5),
    };
    let dash = if dashed { r#" stroke-dasharray="4 4""# } else { "" };
    format!(r#"fill="none" stroke="currentColor" stroke-width="{}" stroke-opacity="{}"{dash}"#, N(width), N(opacity))
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn segments_become_lines() {
        let [a, b, c, d, far] = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 1.0), (9.0, 9.0)];
        let lines = joined(vec![[b, c], [far, (9.0, 8.0)], [d, c], [a, b]]);
        assert_eq!(
            lines.iter().map(|line| Vec::from(line.clone())).collect::<Vec<_>>(),
            [vec![a, b, c, d], vec![far, (9.0, 8.0)]]
        );
    }
}
