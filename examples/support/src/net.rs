//! Diagrams of small nets: a column of neurons for each layer, a line for each weight.

use crate::svg::{COLORS, N, Svg};

/// A net as a diagram, built up layer by layer from the left.
///
/// ```
/// use deltarule_examples::Net;
/// let net = Net::new("OR", "Two inputs and one neuron.").layer(["x₁", "x₂"]).layer(["ŷ"]).weights([[20.0, 20.0]]);
/// assert!(net.svg().contains(">20<"));
/// ```
#[derive(Debug)]
pub struct Net {
    title: String,
    description: String,
    layers: Vec<Layer>,
}

#[derive(Debug, Default)]
struct Layer {
    names: Vec<String>,
    /// Under each neuron.
    notes: Vec<String>,
    /// On the lines from the layer before: a row per neuron.
    weights: Vec<Vec<f64>>,
}

const RADIUS: f64 = 24.0;
const COLUMN: f64 = 190.0;
const ROW: f64 = 110.0;

impl Net {
    /// A diagram without layers. `description` says what it shows to those who can't see it.
    pub fn new(title: &str, description: &str) -> Self {
        Net { title: title.into(), description: description.into(), layers: Vec::new() }
    }

    /// Adds a layer of neurons with these names, each connected to each of the layer before.
    #[must_use]
    pub fn layer<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.layers.push(Layer { names, ..Layer::default() });
        self
    }

    /// Writes the weights of the layer added last on its lines: a row per neuron, a number per input.
    #[must_use]
    pub fn weights<R: Into<Vec<f64>>>(mut self, rows: impl IntoIterator<Item = R>) -> Self {
        if let Some(layer) = self.layers.last_mut() {
            layer.weights = rows.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Writes a note under each neuron of the layer added last: a bias, an activation.
    #[must_use]
    pub fn notes<S: Into<String>>(mut self, notes: impl IntoIterator<Item = S>) -> Self {
        if let Some(layer) = self.layers.last_mut() {
            layer.notes = notes.into_iter().map(Into::into).collect();
        }
        self
    }

    /// The picture.
    pub fn svg(&self) -> String {
        let rows = self.layers.iter().map(|layer| layer.names.len()).max().unwrap_or(0);
        let (width, height) = (COLUMN * self.layers.len() as f64 - 60.0, ROW * rows as f64 + 10.0);
        let mut svg = Svg::new(width, height, &self.title, &self.description);
        for (column, pair) in self.layers.windows(2).enumerate() {
            for to in 0..pair[1].names.len() {
                for from in 0..pair[0].names.len() {
                    let weight = pair[1].weights.get(to).and_then(|row| row.get(from));
                    let (start, end) = (self.place(column, from, height), self.place(column + 1, to, height));
                    draw_line(&mut svg, start, end, weight.copied());
                }
            }
        }
        for (column, layer) in self.layers.iter().enumerate() {
            for (row, name) in layer.names.iter().enumerate() {
                let (x, y) = self.place(column, row, height);
                svg.put(format_args!(
                    r#"<circle cx="{}" cy="{}" r="{RADIUS}" fill="none" stroke="currentColor" stroke-width="1.5"/>"#,
                    N(x),
                    N(y)
                ));
                svg.text(x, y + 5.0, "middle", name);
                if let Some(note) = layer.notes.get(row) {
                    svg.text(x, y + RADIUS + 17.0, "middle", note);
                }
            }
        }
        svg.finish()
    }

    fn place(&self, column: usize, row: usize, height: f64) -> (f64, f64) {
        let count = self.layers[column].names.len() as f64;
        (65.0 + COLUMN * column as f64, height / 2.0 + (row as f64 + 0.5 - count / 2.0) * ROW - 8.0)
    }
}

/// A line from circle to circle with its weight on it, nearer to its start, where lines of one neuron lie apart.
fn draw_line(svg: &mut Svg, (x0, y0): (f64, f64), (x1, y1): (f64, f64), weight: Option<f64>) {
    let length = (x1 - x0).hypot(y1 - y0);
    let (dx, dy) = ((x1 - x0) / length * RADIUS, (y1 - y0) / length * RADIUS);
    let color = match weight {
        Some(weight) if weight < 0.0 => COLORS[3],
        Some(_) => COLORS[0],
        None => "currentColor",
    };
    svg.put(format_args!(
        r#"<path d="M{},{}L{},{}" stroke="{color}" stroke-width="1.5"/>"#,
        N(x0 + dx),
        N(y0 + dy),
        N(x1 - dx),
        N(y1 - dy)
    ));
    if let Some(weight) = weight {
        let label = format!("{weight}").replace('-', "−");
        svg.text(x0 + 0.36 * (x1 - x0), y0 + 0.36 * (y1 - y0) - 6.0, "middle", &label);
    }
}
