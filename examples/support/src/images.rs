//! A grid of small images with captions: digits, filters, what a neuron looks for.

use crate::svg::{COLORS, N, Svg, rectangle};

/// Small images side by side, each of values from −1 to 1: ink is positive, the second colour negative, and the
/// background 0.
#[derive(Debug)]
pub struct Images {
    title: String,
    description: String,
    columns: usize,
    images: Vec<Image>,
}

#[derive(Debug)]
struct Image {
    width: usize,
    values: Vec<f64>,
    caption: String,
}

impl Images {
    const SIDE: f64 = 64.0;
    const GAP: f64 = 32.0;
    const CAPTION: f64 = 20.0;
    const TOP: f64 = 44.0;

    /// An empty grid with `columns` images in a row.
    pub fn new(title: &str, description: &str, columns: usize) -> Self {
        Images { title: title.into(), description: description.into(), columns: columns.max(1), images: Vec::new() }
    }

    /// Adds an image of rows of `width` values.
    #[must_use]
    pub fn image(mut self, width: usize, values: impl Into<Vec<f64>>, caption: &str) -> Self {
        self.images.push(Image { width: width.max(1), values: values.into(), caption: caption.into() });
        self
    }

    /// The picture.
    pub fn svg(&self) -> String {
        let (step_x, step_y) = (Self::SIDE + Self::GAP, Self::SIDE + Self::GAP + Self::CAPTION);
        let columns = self.columns.min(self.images.len()).max(4) as f64;
        let rows = self.images.len().div_ceil(self.columns) as f64;
        let mut svg = Svg::new(columns * step_x + Self::GAP, rows * step_y + Self::TOP, &self.title, &self.description);
        svg.heading(&self.title);
        for (index, image) in self.images.iter().enumerate() {
            let x = Self::GAP + (index % self.columns) as f64 * step_x;
            let y = Self::TOP + (index / self.columns) as f64 * step_y;
            image.draw(&mut svg, x, y);
        }
        svg.finish()
    }
}

impl Image {
    fn draw(&self, svg: &mut Svg, x: f64, y: f64) {
        let side = Images::SIDE;
        let pixel = side / self.width as f64;
        svg.put(format_args!(
            r#"<path d="{}" fill="none" stroke="currentColor" stroke-opacity="0.25"/>"#,
            rectangle(x, y, side, side)
        ));
        for (index, &value) in self.values.iter().enumerate() {
            let strength = (value.abs().min(1.0) * 10.0).round() / 10.0;
            if strength == 0.0 {
                continue;
            }
            let color = if value > 0.0 { "currentColor" } else { COLORS[1] };
            let (column, row) = ((index % self.width) as f64, (index / self.width) as f64);
            let cell = rectangle(x + column * pixel, y + row * pixel, pixel, pixel);
            svg.put(format_args!(r#"<path d="{cell}" fill="{color}" fill-opacity="{}"/>"#, N(strength)));
        }
        svg.text(x + side / 2.0, y + side + 15.0, "middle", &self.caption);
    }
}
