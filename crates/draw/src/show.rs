//! What can be written about a value.

use deltarule_autograd::Value;
use deltarule_tensor::AnyArray;

/// A value whose graph can be drawn.
pub trait Show: Value {
    /// The shape of a value, as it stands under the name of its operation; empty for a number.
    fn shape(meta: &Self::Meta) -> String;

    /// The value in a few short lines; `None` if it is too large for a picture.
    fn lines(&self) -> Option<Vec<String>>;
}

impl Show for f64 {
    fn shape((): &()) -> String {
        String::new()
    }

    fn lines(&self) -> Option<Vec<String>> {
        Some(vec![number(*self)])
    }
}

/// The largest tensor whose elements are shown.
const ROWS: usize = 4;
const COLUMNS: usize = 4;

impl Show for AnyArray {
    fn shape(kind: &Self::Meta) -> String {
        format!("{:?}", kind.shape())
    }

    fn lines(&self) -> Option<Vec<String>> {
        let kind = self.meta();
        let (rows, columns) = match *kind.shape() {
            [] => (1, 1),
            [columns] => (1, columns),
            [rows, columns] => (rows, columns),
            _ => return None,
        };
        if rows > ROWS || !(1..=COLUMNS).contains(&columns) {
            return None;
        }
        let elements = self.to_f64_vec();
        if kind.shape().is_empty() {
            return Some(vec![number(elements[0])]);
        }
        let row = |row: &[f64]| format!("[{}]", row.iter().copied().map(number).collect::<Vec<_>>().join(", "));
        Some(elements.chunks(columns).map(row).collect())
    }
}

/// A number with four digits that count.
fn number(x: f64) -> String {
    let size = x.abs();
    let text = if x == 0.0 || !x.is_finite() {
        format!("{}", x + 0.0)
    } else if (1e-3..1e5).contains(&size) {
        let decimals = (3.0 - size.log10().floor()).max(0.0) as usize;
        let text = format!("{x:.decimals$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        format!("{x:.2e}")
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits_at_the_most() {
        let shown: Vec<_> = [0.0, -11.0, 0.25, 0.011_234_5, 1234.56, 1e-7, 3e9].into_iter().map(number).collect();
        assert_eq!(shown, ["0", "−11", "0.25", "0.01123", "1235", "1.00e−7", "3.00e9"]);
    }
}
