//! Pictures as text: SVG with a fixed number of decimals, so that equal data gives equal files.

use std::fmt::{self, Write};

/// Colours of data, which stand out on a light background and on a dark one, and from each other in any kind of sight.
pub const COLORS: [&str; 6] = ["#3b82c4", "#d9822b", "#2f9e6e", "#cf4f6c", "#8f6bd1", "#8a8f3c"];

/// A number in a picture: one decimal at most.
///
/// ```
/// use deltarule_examples::N;
/// assert_eq!(format!("{} {} {}", N(1.25), N(-0.01), N(30.0)), "1.2 0 30");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct N(pub f64);

impl fmt::Display for N {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The sum with 0 makes 0 of -0.
        let tenths = (self.0 * 10.0).round_ties_even() + 0.0;
        write!(f, "{}", tenths / 10.0)
    }
}

/// A picture that is being drawn. Text and axes take the text colour of the page that they stand in; a picture that
/// stands alone follows the reader's light or dark theme.
#[derive(Debug)]
pub struct Svg {
    text: String,
}

impl Svg {
    /// An empty picture. `title` names it; `description` says what it shows to those who can't see it.
    pub fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        let (width, height, title, description) = (N(width), N(height), escape(title), escape(description));
        let text = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="13" fill="currentColor">
<title>{title}</title>
<desc>{description}</desc>
<style>
svg.figure {{ max-width: 100%; height: auto; }}
svg:root {{ color: #1f2328; background: #ffffff; }}
@media (prefers-color-scheme: dark) {{ svg:root {{ color: #e6edf3; background: #0d1117; }} }}
</style>
"#
        );
        Svg { text }
    }

    /// Adds an element as it is written: `svg.put(format_args!(r#"<circle cx="{}" … />"#, N(x)))`.
    pub fn put(&mut self, element: fmt::Arguments<'_>) {
        // Writing to a string can't fail.
        let _ = writeln!(self.text, "{element}");
    }

    /// Adds the title above the picture.
    pub(crate) fn heading(&mut self, title: &str) {
        self.put(format_args!(r#"<text x="16" y="24" font-size="15" font-weight="600">{}</text>"#, escape(title)));
    }

    /// Adds text at a point. `anchor` is "start", "middle" or "end".
    pub fn text(&mut self, x: f64, y: f64, anchor: &str, content: &str) {
        self.put(format_args!(r#"<text x="{}" y="{}" text-anchor="{anchor}">{}</text>"#, N(x), N(y), escape(content)));
    }

    /// The finished picture.
    pub fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// The path through points: `M0,0L1,1…`.
pub(crate) fn polyline(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        let command = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{command}{},{}", N(x), N(y));
    }
    path
}

/// Leaves out points that lie within half a unit of the last one kept: nobody would see them.
pub(crate) fn thinned(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut skipped = None;
    for point in points {
        let far = |last: &(f64, f64)| (last.0 - point.0).abs() + (last.1 - point.1).abs() >= 0.5;
        skipped = if kept.last().is_none_or(far) {
            kept.push(point);
            None
        } else {
            Some(point)
        };
    }
    kept.extend(skipped);
    kept
}

/// The path of an upright rectangle.
pub(crate) fn rectangle(x: f64, y: f64, width: f64, height: f64) -> String {
    format!("M{},{}H{}V{}H{}Z", N(x), N(y), N(x + width), N(y + height), N(x))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
