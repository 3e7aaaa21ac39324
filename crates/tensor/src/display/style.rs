//! How the elements of one tensor are written: all in one notation, all of one width.

use super::{PrintOptions, Scalar};

/// How floats are written. Integers and truth values are written the same in each.
#[derive(Clone, Copy)]
enum Notation {
    /// `2.`: every element is a whole number.
    Whole,
    /// `2.5000`
    Fixed,
    /// `2.5000e+00`
    Scientific,
}

/// The notation and the width that the elements of a tensor share.
pub(super) struct Style {
    notation: Notation,
    precision: usize,
    width: usize,
}

impl Style {
    /// The style for `elements`. PyTorch: `_Formatter`.
    ///
    /// Zeros, infinities and NaN have no say, neither in the notation nor in the width: beside
    /// short numbers, `-inf` is wider than its column.
    pub(super) fn of(elements: &[Scalar], options: &PrintOptions) -> Self {
        let counted = || elements.iter().copied().filter(counts);
        let notation = notation(counted(), options.sci_mode);
        let mut style = Style { notation, precision: options.precision, width: 1 };
        let widths = counted().map(|element| style.text(element).len());
        style.width = widths.max().unwrap_or(1);
        style
    }

    /// The columns that an element fills.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The element, with blanks before it up to the width.
    pub(super) fn padded(&self, element: Scalar) -> String {
        format!("{:>width$}", self.text(element), width = self.width)
    }

    fn text(&self, element: Scalar) -> String {
        match element {
            Scalar::Int(value) => value.to_string(),
            Scalar::Bool(true) => "True".to_string(),
            Scalar::Bool(false) => "False".to_string(),
            Scalar::Float(value) if value.is_nan() => "nan".to_string(),
            Scalar::Float(value) if value.is_infinite() => value.to_string(),
            Scalar::Float(value) => match self.notation {
                Notation::Whole => format!("{value:.0}."),
                Notation::Fixed => format!("{value:.*}", self.precision),
                Notation::Scientific => scientific(value, self.precision),
            },
        }
    }
}

/// Whether an element has a say in the style.
fn counts(element: &Scalar) -> bool {
    match *element {
        Scalar::Float(value) => value.is_finite() && value != 0.0,
        Scalar::Int(_) | Scalar::Bool(_) => true,
    }
}

fn notation(elements: impl Iterator<Item = Scalar>, sci_mode: Option<bool>) -> Notation {
    let (mut min, mut max, mut whole) = (f64::INFINITY, 0.0_f64, true);
    for element in elements {
        if let Scalar::Float(value) = element {
            min = min.min(value.abs());
            max = max.max(value.abs());
            whole &= value.fract() == 0.0;
        }
    }
    // No float counts, so no option turns `0.` into `0.0000e+00`.
    if max == 0.0 {
        return Notation::Whole;
    }
    if sci_mode.unwrap_or(max / min > 1000.0 || max > 1e8 || min < 1e-4) {
        Notation::Scientific
    } else if whole {
        Notation::Whole
    } else {
        Notation::Fixed
    }
}

/// `value` with an exponent as C writes it: with a sign and at least two digits.
fn scientific(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes the exponent in decimal");
    format!("{mantissa}e{exponent:+03}")
}
