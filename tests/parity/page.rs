//! The book's page of all comparisons: PyTorch's name, deltarule's, and the largest error that was seen.
//!
//! Each theme gives its rows, from the table or the fixture that its test goes through. The committed page is stale if
//! anything but an error differs, or if an error is larger than it says: so a kernel that became more exact, or another
//! processor, doesn't fail the test. Tables have four columns at the most, to be read on a telephone: what is to be said
//! of a row stands under its table.

use std::fmt::Write;

use crate::differences::DIFFERENCES;
use crate::optim::has_fma;
use crate::{ROOT, check_file};

/// One line of a table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// As it is called in PyTorch, on several lines if there are several expressions: `torch.nn.Linear`.
    pub(crate) torch: String,
    /// As it is called here: `nn::Linear`.
    pub(crate) deltarule: String,
    /// What the notes call it, if that isn't its name in the table.
    pub(crate) short: Option<String>,
    /// The options that were compared, in Markdown, in the tables that have a column for them.
    pub(crate) options: Option<String>,
    /// The largest error, and what is allowed: in the order of the table's columns.
    pub(crate) errors: Vec<Option<(f64, f64)>>,
    /// What its errors are relative to, why a limit is wide: each a sentence's part.
    pub(crate) notes: Vec<String>,
}

/// One table.
struct Section {
    title: &'static str,
    introduction: &'static str,
    /// What all names begin with, in PyTorch and here: it isn't repeated in each row.
    prefixes: [&'static str; 2],
    /// The heads of its columns, after those of the names.
    columns: &'static [&'static str],
    rows: Vec<Row>,
}

const PAGE: &str = "book/src/appendix/pytorch.md";

const INTRODUCTION: &str = "# PyTorch to deltarule

Every operation, module, loss, optimizer and schedule under its name in PyTorch, with the largest difference between the
two that the tests saw. The tests compare with what PyTorch VERSION computed on a CPU (`tests/torch`), and write this page
(`PARITY_UPDATE=1 cargo test -p deltarule-tests --test parity`); they fail when it is stale. `a`, `b` and `c` are tensors, and a bare name is of a step inside of others' gradients,
which has no name of its own. `F` stands for `torch.nn.functional`, and `aten`
for `torch.ops.aten`.

Errors are in units in the last place (ulp): 2⁻²³ of a number in `f32`, 2⁻⁵² in `f64`, up to a factor of two. In
parentheses stands what the tests allow, and *equal* means equal to the last bit. Where nothing else is said, a wrong NaN or
infinity is never allowed, nor is a wrong sign of a zero where errors are relative to the number itself. In `f32`, where PyTorch's result is further
from its own `f64` result, that one counts.
";

/// The introduction, with the version that the fixtures are of.
fn introduction() -> String {
    let pinned = include_str!("../torch/requirements.txt").lines().find_map(|line| line.strip_prefix("torch=="));
    INTRODUCTION.replace("VERSION", pinned.expect("PyTorch's version"))
}

/// The themes' tables.
fn sections() -> Vec<Section> {
    const BOTH: &[&str] = &["f32", "f64"];
    const OPTIONS: &[&str] = &["options", "error"];
    vec![
        Section {
            title: "Operations",
            introduction: "Values and gradients, at random inputs and at corners, with strides and broadcasting.",
            prefixes: ["", ""],
            columns: BOTH,
            rows: crate::ops::rows(),
        },
        Section {
            title: "Operations without a gradient",
            introduction: "",
            prefixes: ["", ""],
            columns: BOTH,
            rows: crate::discrete::rows(),
        },
        Section {
            title: "Activations",
            introduction: "Of `torch.nn` and of `nn`: outputs and gradients of the layers, with PyTorch's defaults and with each of these options. \
                           Layers, losses and optimizers are of `f32`. Errors are relative to the number itself or, of a \
                           gradient, to the largest that came in.",
            prefixes: ["torch.nn.", "nn::"],
            columns: OPTIONS,
            rows: crate::activations::compare().rows(),
        },
        Section {
            title: "Layers",
            introduction: "Of `torch.nn` and of `nn`: outputs, gradients, and the state after each step, in training and in evaluation, with \
                           PyTorch's defaults and with each of these options. Errors are relative to the largest number \
                           of the same tensor.",
            prefixes: ["torch.nn.", "nn::"],
            columns: OPTIONS,
            rows: crate::modules::compare().rows(),
        },
        Section {
            title: "Losses",
            introduction: "Of `torch.nn` and of `nn`: values, and the gradients of inputs and targets, with PyTorch's defaults and with each of \
                           these options. Errors are relative to the number itself and, where logits are subtracted, to \
                           the largest of them.",
            prefixes: ["torch.nn.", "nn::"],
            columns: OPTIONS,
            rows: crate::losses::compare().rows(),
        },
        Section {
            title: "Optimizers",
            introduction: "Of `torch.optim` and of `optim`: thirty steps, with missing and with zero gradients and with two groups. Errors are relative \
                           to the value or to 1. They are those of PyTorch's square root, which rounds one number in six \
                           the wrong way: with a right one all values are equal to the last bit.",
            prefixes: ["torch.optim.", "optim::"],
            columns: OPTIONS,
            rows: crate::optim::compare().rows(),
        },
        Section {
            title: "Schedules",
            introduction: "Of `torch.optim.lr_scheduler` and of `optim::schedule`: rates and momenta of 45 epochs, in `f64`, alone and several on one optimizer. Errors are \
                           relative to the rate or to 10⁻⁴.",
            prefixes: ["torch.optim.lr_scheduler.", "optim::schedule::"],
            columns: OPTIONS,
            rows: crate::schedules::compare().rows(),
        },
        Section {
            title: "What the seed decides",
            introduction: "Names of layers and of `init` are in `torch.nn` and in `nn`. With the same seed, equal to the last bit, and as many numbers are drawn.",
            prefixes: ["torch.nn.", "nn::"],
            columns: &["cases"],
            rows: crate::seeded::rows(),
        },
    ]
}

/// An error and its limit: `0.5 (2)`.
fn cell(error: Option<(f64, f64)>) -> String {
    match error {
        None => "–".to_owned(),
        Some((_, 0.0)) => "equal".to_owned(),
        Some((error, limit)) => format!("{:.1} ({limit})", (error * 10.0).ceil() / 10.0),
    }
}

fn line(row: &Row, prefixes: [&str; 2]) -> String {
    let strip = |text: &str, prefix: &str| text.strip_prefix(prefix).unwrap_or(text).to_owned();
    let code = |text: &str| {
        text.split('\n').map(|each| format!("`{}`", each.replace('|', "\\|"))).collect::<Vec<_>>().join("<br>")
    };
    let torch = row.torch.replace("torch.nn.functional.", "F.").replace("torch.ops.aten.", "aten.");
    let cells = [code(&strip(&torch, prefixes[0])), code(&strip(&row.deltarule, prefixes[1]))]
        .into_iter()
        .chain(row.options.clone());
    let cells: Vec<_> = cells.chain(row.errors.iter().map(|&error| cell(error))).collect();
    format!("| {} |", cells.join(" | "))
}

/// The row, with the errors of the committed line at its place where these are larger.
fn as_committed(row: &Row, line: Option<&str>) -> Row {
    let mut row = row.clone();
    let stated = line.unwrap_or_default().trim_end_matches(" |").rsplit(" | ");
    for (error, stated) in row.errors.iter_mut().rev().zip(stated) {
        let stated = stated.split(' ').next().and_then(|stated| stated.parse().ok());
        if let (Some((error, _)), Some(stated)) = (error, stated) {
            *error = error.max(stated);
        }
    }
    row
}

/// What is to be said of rows, once for all of which it is true.
fn notes(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut all: Vec<_> = rows.iter().flat_map(|row| &row.notes).collect();
    let mut seen = Vec::new();
    all.retain(|note| {
        !seen.contains(note) && {
            seen.push(note);
            true
        }
    });
    for note in all {
        let names = rows
            .iter()
            .filter(|row| row.notes.contains(note))
            .map(|row| format!("`{}`", row.short.as_ref().unwrap_or(&row.deltarule)));
        writeln!(text, "- {}: {note}.", names.collect::<Vec<_>>().join(", ")).unwrap();
    }
    text
}

#[test]
fn the_page_is_right() {
    if !has_fma() {
        // Its errors are those of processors with a fused multiply-add.
        return;
    }
    let update = std::env::var_os("PARITY_UPDATE").is_some();
    let file = std::path::Path::new(ROOT).join(PAGE);
    let old = std::fs::read_to_string(file).unwrap_or_default();
    let mut page = introduction();
    for Section { title, introduction, prefixes, columns, rows } in sections() {
        write!(page, "\n## {title}\n\n").unwrap();
        if !introduction.is_empty() {
            write!(page, "{introduction}\n\n").unwrap();
        }
        write!(page, "| PyTorch | deltarule | {} |\n|---|---|{}\n", columns.join(" | "), "---|".repeat(columns.len()))
            .unwrap();
        for row in &rows {
            let place = page.lines().count();
            let row = if update { row.clone() } else { as_committed(row, old.lines().nth(place)) };
            writeln!(page, "{}", line(&row, prefixes)).unwrap();
        }
        let notes = notes(&rows);
        if !notes.is_empty() {
            write!(page, "\n{notes}").unwrap();
        }
    }
    page.push_str("\n## Where deltarule differs\n\n");
    for difference in DIFFERENCES {
        writeln!(page, "- {}", difference.text).unwrap();
    }
    check_file(PAGE, &page);
}

/// What is built later gets its fixture too: every layer, loss, optimizer, schedule and init function has its row.
/// (Operations without one fail in `ops`.)
#[test]
fn everything_that_nets_are_built_of_is_on_the_page() {
    let source = std::path::Path::new(ROOT).join("crates/nn/src");
    let page = std::fs::read_to_string(std::path::Path::new(ROOT).join(PAGE)).expect("the page");
    let (mut folders, mut found, mut missing) = (vec![source], 0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            for name in text.lines().filter_map(name) {
                found += 1;
                if !page.contains(&format!("`{name}`")) && !page.contains(&format!("::{name}`")) {
                    missing.push(name.to_owned());
                }
            }
        }
    }
    assert!(found >= 40, "only {found} are found");
    assert!(missing.is_empty(), "tests/torch/cases has no fixture of {}", missing.join(", "));
}

/// The name that this line of nn's source gives to something that a net is built of.
fn name(line: &str) -> Option<&str> {
    let word = |rest: &'_ str| rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let starts = ["impl<E: Float> Forward<E> for ", "    const NAME: &'static str = \"", "pub fn ", "pub struct "];
    let (start, rest) = starts.iter().find_map(|start| Some((*start, line.strip_prefix(start)?)))?;
    let name = &rest[..word(rest)?];
    // By the alias for f32.
    let name = name.strip_suffix("Of").unwrap_or(name);
    let wanted = match start {
        "pub fn " => name.ends_with('_'),
        "pub struct " => name.ends_with("Loss"),
        _ => true,
    };
    wanted.then_some(name)
}
