//! The printed text is PyTorch's, and no element is fetched that isn't shown.

use std::cell::RefCell;
use std::fmt;

use super::fixture::{Case, cases};
use super::{PrintOptions, Scalar, Source, write};

/// What a tensor's `Display` would do.
struct Shown<'a>(&'a Source<'a>, PrintOptions);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, &self.1)
    }
}

/// The row-major position of an index.
fn position(shape: &[usize], index: &[usize]) -> usize {
    assert_eq!(shape.len(), index.len());
    shape.iter().zip(index).fold(0, |position, (size, place)| position * size + place)
}

/// The text of a case, and the positions of the elements that it took.
fn print(case: &Case) -> (String, Vec<usize>) {
    let fetched = RefCell::new(Vec::new());
    let get = |index: &[usize]| {
        let position = position(&case.shape, index);
        fetched.borrow_mut().push(position);
        *case.elements.get(&position).unwrap_or_else(|| panic!("{index:?} isn't shown"))
    };
    let source = Source { shape: &case.shape, get: &get, suffixes: &case.suffixes };
    let text = Shown(&source, case.options).to_string();
    (text, fetched.into_inner())
}

/// A vector of floats, by `format`.
fn vector(values: &[f64], format: impl Fn(Shown<'_>) -> String) -> String {
    let shape = [values.len()];
    let get = |index: &[usize]| Scalar::Float(values[index[0]]);
    let source = Source { shape: &shape, get: &get, suffixes: &[] };
    format(Shown(&source, PrintOptions::default()))
}

#[test]
fn the_text_is_that_of_pytorch() {
    let cases = cases();
    assert!(cases.len() >= 200, "only {} cases were read", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let (text, _) = print(case);
        if text != case.text {
            wrong.push(format!("line {}:\n{text}\nPyTorch:\n{}", case.line, case.text));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

#[test]
fn each_shown_element_is_fetched_once_and_no_other() {
    for case in cases() {
        let (_, fetched) = print(&case);
        let mut shown: Vec<_> = case.elements.keys().copied().collect();
        shown.sort_unstable();
        assert_eq!(fetched, shown, "line {} of the fixture", case.line);
    }
}

#[test]
fn a_precision_in_the_format_string_has_precedence() {
    let values = [0.125, 2.5];
    assert_eq!(vector(&values, |shown| format!("{shown}")), "tensor([0.1250, 2.5000])");
    assert_eq!(vector(&values, |shown| format!("{shown:.1}")), "tensor([0.1, 2.5])");
    assert_eq!(vector(&[1e-9], |shown| format!("{shown:.0}")), "tensor([1e-09])");
    assert_eq!(vector(&[1.0, 2.0], |shown| format!("{shown:.3}")), "tensor([1., 2.])");
}
