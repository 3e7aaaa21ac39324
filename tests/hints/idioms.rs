//! The book's table of idioms: PyTorch on its left, Rust on its right.

use std::fs;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/src/appendix/idioms.md");

/// What the lines on the right speak of.
pub(crate) const CONTEXT: &str = "mut x: Tensor, y: &Tensor, labels: &LongTensor, mask: &BoolTensor, mut w: Tensor, \
    logits: &Tensor, loss: &Tensor, model: &nn::Sequential, optimizer: &mut optim::Sgd, criterion: &nn::MseLoss, \
    path: &str, numbers: Vec<f32>, n: usize, i: usize, j: usize";

/// The code on the right of each line of the table.
pub(crate) fn programs() -> Vec<String> {
    let page = fs::read_to_string(PAGE).unwrap();
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    let right = |line: &str| {
        // A bar inside of code is escaped.
        let cell = line.replace("\\|", "\u{0}").split('|').nth(2).unwrap_or_default().replace('\u{0}', "|");
        cell.split('`').skip(1).step_by(2).map(|code| format!("{code}; ")).collect()
    };
    lines.map(right).collect()
}
