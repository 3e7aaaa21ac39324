//! Reads tensors and the text that PyTorch prints for them. `tests/torch/cases/_display.py` describes the file.

use std::collections::HashMap;
use std::str::FromStr;

use super::{PrintOptions, Scalar};

const FIXTURE: &str = include_str!("../../../../tests/torch/fixtures/display.txt");

/// A tensor, how to print it, and the text.
#[derive(Default)]
pub(super) struct Case {
    /// The number of the case's first line.
    pub(super) line: usize,
    pub(super) shape: Vec<usize>,
    pub(super) options: PrintOptions,
    /// The elements that are shown, by their row-major positions.
    pub(super) elements: HashMap<usize, Scalar>,
    pub(super) suffixes: Vec<String>,
    pub(super) text: String,
}

/// All cases of the file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut element_type = "";
    let mut positions = None;
    for (number, line) in (1..).zip(FIXTURE.lines()) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix("case ") {
            let (name, rest) = header.split_once(' ').expect("an element type and a shape");
            element_type = name;
            positions = None;
            cases.push(Case { line: number, ..head(rest) });
            continue;
        }
        let case = cases.last_mut().expect("a case before its parts");
        if let Some(line) = line.strip_prefix('|') {
            if !case.text.is_empty() {
                case.text.push('\n');
            }
            case.text.push_str(line);
        } else if let Some(suffix) = line.strip_prefix("suffix ") {
            case.suffixes.push(suffix.to_string());
        } else if let Some(list) = line.strip_prefix("at ") {
            positions = Some(numbers(list));
        } else if let Some(values) = line.strip_prefix("values") {
            let values = values.split_whitespace().map(|value| element(element_type, value));
            case.elements = match positions.take() {
                Some(positions) => positions.into_iter().zip(values).collect(),
                None => values.enumerate().collect(),
            };
        } else {
            panic!("line {number} of the fixture: {line}");
        }
    }
    cases
}

/// Shape and options.
fn head(text: &str) -> Case {
    let mut words = text.split(' ');
    let shape = numbers(words.next().expect("a shape"));
    let mut options = PrintOptions::default();
    for word in words {
        let (name, value) = word.split_once('=').expect("name=value");
        match name {
            "precision" => options.precision = parse(value),
            "threshold" => options.threshold = parse(value),
            "edgeitems" => options.edgeitems = parse(value),
            "linewidth" => options.linewidth = parse(value),
            "sci_mode" => options.sci_mode = Some(parse(value)),
            _ => panic!("there is no option {name}"),
        }
    }
    Case { shape, options, ..Case::default() }
}

fn element(element_type: &str, value: &str) -> Scalar {
    let bits = || u64::from_str_radix(value, 16).expect("bits in hexadecimal");
    match element_type {
        "f32" => Scalar::Float(f32::from_bits(bits() as u32).into()),
        "f64" => Scalar::Float(f64::from_bits(bits())),
        "i64" => Scalar::Int(parse(value)),
        "bool" => Scalar::Bool(value == "1"),
        _ => panic!("there is no element type {element_type}"),
    }
}

fn numbers(list: &str) -> Vec<usize> {
    match list {
        "-" => Vec::new(),
        _ => list.split(',').map(parse).collect(),
    }
}

fn parse<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no {}", std::any::type_name::<T>()))
}
