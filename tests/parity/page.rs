//! The book's page of all comparisons: PyTorch's name, deltarule's, and the largest error that was seen.
//!
//! Each theme gives its rows. The committed page is stale if anything but an error differs, or if an error is larger
//! than it says: so a kernel that became more exact, or another processor, doesn't fail the test.

use std::fmt::Write;

use crate::check_file;

/// One line of the page.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// As it is called in PyTorch: `torch.nn.Linear`.
    pub(crate) torch: String,
    /// As it is called here: `nn::Linear`.
    pub(crate) deltarule: String,
    /// The options and cases that were compared; may be empty.
    pub(crate) options: String,
    /// The largest error in `f32` and in `f64`, where there is one, in units in the last place.
    pub(crate) errors: [Option<f64>; 2],
    /// What is allowed.
    pub(crate) limits: [f64; 2],
    /// Why a limit is wide, or where deltarule differs on purpose; may be empty.
    pub(crate) remark: String,
}

const PAGE: &str = "book/src/appendix/pytorch.md";

const INTRODUCTION: &str = "# PyTorch to deltarule

Every operation, module, loss and optimizer under its name in PyTorch, with the largest difference between the two that
the tests saw. The tests compare with what PyTorch 2.15 computed on a CPU (`tests/torch`), and write this page
(`PARITY_UPDATE=1 cargo test --test parity`); they fail when it is stale.

Errors are in units in the last place (ulp): 2⁻²³ of a number in `f32`, 2⁻⁵² in `f64`, up to a factor of two. In
parentheses stands what the tests allow. NaN, infinities and signs of zeros are the same, unless a remark says otherwise.
In `f32`, where PyTorch's result is further from its own `f64` result, that one counts.
";

/// The themes' tables.
fn sections() -> Vec<(&'static str, Vec<Row>)> {
    vec![("Operations", crate::ops::rows()), ("Without a gradient", crate::discrete::rows())]
}

/// An error and its limit: `0.5 (2)`.
fn cell(error: Option<f64>, limit: f64) -> String {
    error.map_or_else(|| "–".to_owned(), |error| format!("{:.1} ({limit})", (error * 10.0).ceil() / 10.0))
}

fn line(row: &Row, errors: [Option<f64>; 2]) -> String {
    let code = |text: &str| {
        text.split('\n').map(|each| format!("`{}`", each.replace('|', "\\|"))).collect::<Vec<_>>().join("<br>")
    };
    let [f32, f64] = [0, 1].map(|i| cell(errors[i], row.limits[i]));
    let remark = [row.options.as_str(), row.remark.as_str()].into_iter().filter(|text| !text.is_empty());
    let remark = remark.collect::<Vec<_>>().join("; ");
    format!("| {} | {} | {f32} | {f64} | {remark} |", code(&row.torch), code(&row.deltarule))
}

/// The errors of the committed line at this place, if it is the row's.
fn committed(row: &Row, line: Option<&str>) -> [Option<f64>; 2] {
    let cells: Vec<_> = line.unwrap_or_default().split(" | ").collect();
    let from_the_end =
        |i: usize| cells.len().checked_sub(i).and_then(|i| cells.get(i)?.split(' ').next()?.parse().ok());
    let stated: [Option<f64>; 2] = [from_the_end(3), from_the_end(2)];
    [0, 1].map(|i| row.errors[i].map(|error| stated[i].map_or(error, |stated| stated.max(error))))
}

#[test]
fn the_page_is_right() {
    let update = std::env::var_os("PARITY_UPDATE").is_some();
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let old = std::fs::read_to_string(file).unwrap_or_default();
    let mut page = INTRODUCTION.to_owned();
    for (title, rows) in sections() {
        write!(page, "\n## {title}\n\n| PyTorch | deltarule | f32 | f64 | remarks |\n|---|---|---|---|---|\n").unwrap();
        for row in &rows {
            let place = page.lines().count();
            let errors = if update { row.errors } else { committed(row, old.lines().nth(place)) };
            writeln!(page, "{}", line(row, errors)).unwrap();
        }
    }
    check_file(PAGE, &page);
}
