//! Charts: lines, points, bars, and functions of the plane.

mod field;
mod frame;
mod legend;
mod scale;

use field::{Field, contour_style};
use frame::Frame;
use legend::Legend;
use scale::Scale;

use crate::svg::{COLORS, N, Svg, polyline, thinned};

/// A chart, built up layer by layer; the first added lies undermost.
///
/// ```
/// use deltarule_examples::Chart;
/// let points = [(0.0, 0.0), (1.0, 1.0), (2.0, 4.0)];
/// let svg = Chart::new("Squares", "The squares of 0, 1 and 2.").axes("x", "x²").line("x²", points).svg();
/// assert!(svg.starts_with("<svg") && svg.contains("<desc>The squares of 0, 1 and 2.</desc>"));
/// ```
#[derive(Debug)]
pub struct Chart {
    title: String,
    description: String,
    labels: (String, String),
    x_range: Option<(f64, f64)>,
    y_range: Option<(f64, f64)>,
    log_x: bool,
    log_y: bool,
    size: (f64, f64),
    layers: Vec<Layer>,
    series: usize,
}

#[derive(Debug)]
enum Layer {
    Line { name: String, points: Vec<(f64, f64)>, color: usize, dashed: bool },
    Points { name: String, points: Vec<(f64, f64)>, color: usize },
    Bars { names: Vec<String>, values: Vec<f64>, color: usize },
    Heat(Field),
    Contours { field: Field, levels: Vec<f64>, dashed: bool },
    Label { at: (f64, f64), text: String },
}

impl Chart {
    /// An empty chart. `description` says what it shows to those who can't see it.
    pub fn new(title: &str, description: &str) -> Self {
        Chart {
            title: title.into(),
            description: description.into(),
            labels: Default::default(),
            x_range: None,
            y_range: None,
            log_x: false,
            log_y: false,
            // Small enough that the words can be read on a phone, where the picture shrinks to the width of the screen.
            size: (400.0, 240.0),
            layers: Vec::new(),
            series: 0,
        }
    }

    /// Names the axes.
    #[must_use]
    pub fn axes(mut self, x: &str, y: &str) -> Self {
        self.labels = (x.into(), y.into());
        self
    }

    /// The part of the first axis to show, instead of what holds all the data.
    #[must_use]
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.x_range = Some((low, high));
        self
    }

    /// The part of the second axis to show, instead of what holds all the data.
    #[must_use]
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high));
        self
    }

    /// Shows the first axis by orders of magnitude.
    #[must_use]
    pub fn log_x(mut self) -> Self {
        self.log_x = true;
        self
    }

    /// Shows the second axis by orders of magnitude.
    #[must_use]
    pub fn log_y(mut self) -> Self {
        self.log_y = true;
        self
    }

    /// Makes the chart as high as wide: for pictures of the plane.
    #[must_use]
    pub fn square(mut self) -> Self {
        self.size = (360.0, 360.0);
        self
    }

    /// A line through points. Series with a name stand in the legend.
    #[must_use]
    pub fn line(mut self, name: &str, points: impl Into<Vec<(f64, f64)>>) -> Self {
        let color = self.next_color();
        self.layers.push(Layer::Line { name: name.into(), points: points.into(), color, dashed: false });
        self
    }

    /// Single points. Each series has a shape of its own besides its colour.
    #[must_use]
    pub fn points(mut self, name: &str, points: impl Into<Vec<(f64, f64)>>) -> Self {
        let color = self.next_color();
        self.layers.push(Layer::Points { name: name.into(), points: points.into(), color });
        self
    }

    /// A bar for each name, from 0 to its value.
    #[must_use]
    pub fn bars<S: Into<String>>(mut self, bars: impl IntoIterator<Item = (S, f64)>) -> Self {
        let color = self.next_color();
        let (names, values) = bars.into_iter().map(|(name, value)| (name.into(), value)).unzip();
        self.layers.push(Layer::Bars { names, values, color });
        self
    }

    /// A function of the plane as colours: the first where it is positive, the second where it is negative, strongest
    /// at 1 and −1.
    #[must_use]
    pub fn heat(mut self, x: (f64, f64), y: (f64, f64), f: impl Fn(f64, f64) -> f64) -> Self {
        self.layers.push(Layer::Heat(Field::new(x, y, 48, f)));
        self
    }

    /// The lines along which a function of the plane has each of the values `levels`. A single one is bold: a border.
    #[must_use]
    pub fn contours(
        mut self,
        x: (f64, f64),
        y: (f64, f64),
        levels: impl Into<Vec<f64>>,
        f: impl Fn(f64, f64) -> f64,
    ) -> Self {
        let field = Field::new(x, y, 96, f);
        self.layers.push(Layer::Contours { field, levels: levels.into(), dashed: false });
        self
    }

    /// Text at a point of the data.
    #[must_use]
    pub fn label(mut self, x: f64, y: f64, text: &str) -> Self {
        self.layers.push(Layer::Label { at: (x, y), text: text.into() });
        self
    }

    /// Gives the series added last the colour of that index in [`COLORS`], the next one the colour after it.
    #[must_use]
    pub fn color(mut self, index: usize) -> Self {
        self.series = index + 1;
        if let Some(Layer::Line { color, .. } | Layer::Points { color, .. } | Layer::Bars { color, .. }) =
            self.layers.last_mut()
        {
            *color = index;
        }
        self
    }

    /// Dashes the line or the contours added last.
    #[must_use]
    pub fn dashed(mut self) -> Self {
        if let Some(Layer::Line { dashed, .. } | Layer::Contours { dashed, .. }) = self.layers.last_mut() {
            *dashed = true;
        }
        self
    }

    /// The picture.
    pub fn svg(&self) -> String {
        let legend = Legend::new(&self.layers, self.size.0);
        let top = 64.0 + Legend::ROW * legend.rows as f64;
        let margin = if self.layers.iter().all(Layer::floats) { 0.03 } else { 0.0 };
        let x = Scale::new(self.x_range, self.corners().map(|(x, _)| x), margin, self.log_x);
        let y = Scale::new(self.y_range, self.corners().map(|(_, y)| y), margin, self.log_y);
        let frame = Frame::new(x, y, self.size, top);
        let (width, height) = frame.outer();

        let mut svg = Svg::new(width, height, &self.title, &self.description);
        svg.heading(&self.title);
        legend.draw(&mut svg);
        let bars = self.layers.iter().find_map(|layer| match layer {
            Layer::Bars { names, .. } => Some(&names[..]),
            _ => None,
        });
        frame.draw(&mut svg, (&self.labels.0, &self.labels.1), bars);
        // A nested picture cuts off what lies outside the ranges, without an id that could clash on a page.
        svg.put(format_args!(
            r#"<svg x="{0}" y="{1}" width="{2}" height="{3}" viewBox="{0} {1} {2} {3}">"#,
            N(frame.left),
            N(frame.top),
            N(frame.width),
            N(frame.height)
        ));
        for layer in &self.layers {
            layer.draw(&mut svg, &frame);
        }
        svg.put(format_args!("</svg>"));
        svg.finish()
    }

    fn next_color(&mut self) -> usize {
        self.series += 1;
        self.series - 1
    }

    /// Points that the ranges must hold.
    fn corners(&self) -> impl Iterator<Item = (f64, f64)> {
        self.layers.iter().flat_map(Layer::corners)
    }
}

impl Layer {
    /// Whether it looks better with some room around it; what fills its ranges doesn't.
    fn floats(&self) -> bool {
        matches!(self, Layer::Line { .. } | Layer::Points { .. } | Layer::Label { .. })
    }

    fn corners(&self) -> Vec<(f64, f64)> {
        match self {
            Layer::Line { points, .. } | Layer::Points { points, .. } => points.clone(),
            Layer::Bars { values, .. } => {
                let mut corners: Vec<_> = values.iter().enumerate().map(|(i, &value)| (i as f64, value)).collect();
                corners.extend([(-0.6, 0.0), (values.len() as f64 - 0.4, 0.0)]);
                corners
            }
            Layer::Heat(field) | Layer::Contours { field, .. } => vec![(field.x.0, field.y.0), (field.x.1, field.y.1)],
            Layer::Label { at, .. } => vec![*at],
        }
    }

    fn draw(&self, svg: &mut Svg, frame: &Frame) {
        match self {
            Layer::Line { points, color, dashed, .. } => {
                let dash = dash(*dashed);
                let finite = points.iter().filter(|(_, y)| y.is_finite());
                let path = polyline(thinned(finite.map(|&point| frame.at(point))));
                let color = color_of(*color);
                svg.put(format_args!(
                    r#"<path d="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-linejoin="round"{dash}/>"#
                ));
            }
            Layer::Points { points, color, .. } => {
                for &point in points {
                    draw_mark(svg, frame.at(point), *color);
                }
            }
            Layer::Bars { values, color, .. } => {
                for (index, &value) in values.iter().enumerate() {
                    let (left, end) = frame.at((index as f64 - 0.35, value));
                    let (right, zero) = frame.at((index as f64 + 0.35, 0.0));
                    svg.put(format_args!(
                        r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>"#,
                        N(left),
                        N(end.min(zero)),
                        N(right - left),
                        N((end - zero).abs()),
                        color_of(*color)
                    ));
                }
            }
            Layer::Heat(field) => field.draw_heat(svg, frame),
            Layer::Contours { field, levels, dashed } => {
                let style = contour_style(levels.len() == 1, *dashed);
                for &level in levels {
                    field.draw_contour(svg, frame, level, &style);
                }
            }
            Layer::Label { at, text } => {
                let (x, y) = frame.at(*at);
                svg.text(x + 8.0, y - 8.0, "start", text);
            }
        }
    }
}

/// How a line is dashed, if it is.
fn dash(dashed: bool) -> &'static str {
    if dashed { r#" stroke-dasharray="6 4""# } else { "" }
}

fn color_of(index: usize) -> &'static str {
    COLORS[index % COLORS.len()]
}

/// A point of a series: its colour's own shape, so that the series differ without colours too.
fn draw_mark(svg: &mut Svg, (x, y): (f64, f64), color: usize) {
    let path = match color % 4 {
        0 => format!("M{},{}a4.5,4.5 0 1 0 9,0a4.5,4.5 0 1 0 -9,0Z", N(x - 4.5), N(y)),
        1 => format!("M{},{}h8v8h-8Z", N(x - 4.0), N(y - 4.0)),
        2 => format!("M{},{}l5,9h-10Z", N(x), N(y - 5.0)),
        _ => format!("M{},{}l5,5l-5,5l-5,-5Z", N(x), N(y - 5.0)),
    };
    let color = color_of(color);
    svg.put(format_args!(r#"<path d="{path}" fill="{color}" stroke="currentColor" stroke-width="1"/>"#));
}
