//! How a summary is printed.

use std::fmt;

use super::{Row, Summary};

const HEADS: [&str; 5] = ["layer", "output shape", "parameters", "multiply-adds", "memory"];
/// The label of the longest total.
const LABEL: usize = "multiply-adds".len();

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![HEADS.map(str::to_owned)];
        lines.extend(self.rows.iter().map(cells));
        let mut widths = [LABEL, 0, 0, 0, 0];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let [a, b, c, d, e] = widths;
        for [layer, shape, parameters, multiply_adds, memory] in &lines {
            writeln!(f, "{layer:a$}  {shape:b$}  {parameters:>c$}  {multiply_adds:>d$}  {memory:>e$}")?;
        }
        let learnt = match self.parameters - self.learnt {
            0 => "all learnt".to_owned(),
            frozen => format!("{} learnt and {} frozen", grouped(self.learnt), grouped(frozen)),
        };
        writeln!(f, "\n{:a$}  {}, {learnt}", "parameters", grouped(self.parameters))?;
        writeln!(f, "{:a$}  {}", "multiply-adds", grouped(self.multiply_adds()))?;
        let (input, parameters, outputs) = (self.input_bytes(), self.parameter_bytes(), self.output_bytes());
        writeln!(
            f,
            "{:a$}  input {}, parameters {}, outputs and their gradients {}: {}",
            "memory",
            size(input),
            size(parameters),
            size(outputs),
            size(input + parameters + outputs)
        )
    }
}

/// What stands in the columns of a layer.
fn cells(row: &Row) -> [String; 5] {
    let number = |number: usize| if row.parameters == 0 { "--".to_owned() } else { grouped(number) };
    [
        format!("{:1$}{2}", "", 2 * row.depth, row.name),
        format!("{:?}", row.output_shape),
        number(row.parameters),
        number(row.multiply_adds()),
        if row.is_container { "--".to_owned() } else { size(row.output_bytes()) },
    ]
}

/// `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `512 B`, `1.02 kB`.
fn size(bytes: usize) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.2} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.2} TB")
}

#[cfg(test)]
mod tests {
    use super::{grouped, size};

    #[test]
    fn numbers_are_grouped_and_sizes_have_units() {
        assert_eq!([0, 12, 123, 1234, 1_234_567].map(grouped), ["0", "12", "123", "1,234", "1,234,567"]);
        assert_eq!([0, 999, 1024, 5_000_000, 3 << 40].map(size), ["0 B", "999 B", "1.02 kB", "5.00 MB", "3.30 TB"]);
    }
}
