//! What rustc says of programs that are written as for PyTorch, and don't compile.
//!
//! All of them are compiled against the library, a function each. The snapshot keeps what this library says there: the
//! messages of `hints.rs`, the comments in the signatures that rustc shows, and the names that it offers. What rustc says
//! by itself differs from one version to the next.

mod compiler;
mod idioms;
mod right;
mod wrong;

use std::fmt::Write;

use serde_json::Value;

/// What a program has at hand.
const CONTEXT: &str = "x: &Tensor, labels: &LongTensor, model: &nn::Sequential";

#[test]
fn wrong_programs_are_told_what_to_write() {
    let mut told = String::new();
    for (theme, programs) in wrong::THEMES {
        writeln!(told, "# {theme}").unwrap();
        let mut before = None;
        for (program, errors) in programs.iter().zip(compiler::errors(CONTEXT, programs)) {
            assert!(!errors.is_empty(), "this compiles: {program}");
            let lines: Vec<String> = errors.iter().flat_map(said).collect();
            assert!(!lines.is_empty(), "nothing helps with: {program}\n{}", errors[0]["rendered"]);
            // Programs in a row of which the same is said share it.
            if before.as_ref() != Some(&lines) {
                before.iter().flatten().for_each(|line| writeln!(told, "    {line}").unwrap());
            }
            writeln!(told, "{program}").unwrap();
            before = Some(lines);
        }
        before.iter().flatten().for_each(|line| writeln!(told, "    {line}").unwrap());
        told.push('\n');
    }
    insta::assert_snapshot!("hints", told);
}

/// What is right keeps its meaning: hints hide no method, and leave types to be inferred as before.
#[test]
fn right_programs_compile() {
    for (program, errors) in right::PROGRAMS.iter().zip(compiler::errors(CONTEXT, right::PROGRAMS)) {
        let rendered: Vec<_> = errors.iter().filter_map(|error| error["rendered"].as_str()).collect();
        assert!(errors.is_empty(), "{program}\n{}", rendered.join("\n"));
    }
}

/// The right side of the book's page of idioms.
#[test]
fn idioms_compile() {
    let idioms = idioms::programs();
    assert!(idioms.len() >= 30, "the test doesn't see the lines of the table any more: {idioms:?}");
    let programs: Vec<_> = idioms.iter().map(String::as_str).collect();
    for (program, errors) in programs.iter().zip(compiler::errors(idioms::CONTEXT, &programs)) {
        let rendered: Vec<_> = errors.iter().filter_map(|error| error["rendered"].as_str()).collect();
        assert!(errors.is_empty(), "{program}\n{}", rendered.join("\n"));
    }
}

/// The comment between the parentheses of the library's line that rustc shows.
fn comment(span: &Value) -> Option<String> {
    let line = span["text"][0]["text"].as_str()?;
    let (_, comment) = line.split_once("/* ")?;
    Some(comment.split_once(" */")?.0.to_owned())
}

/// The lines of an error that are the library's, or lead to it.
fn said(error: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let code = text(&error["code"]["code"]);
    let mut lines = Vec::new();
    let own = code == "E0277";
    if own {
        lines.push(text(&error["message"]));
        let labels = each(&error["spans"]).into_iter().filter(|span| span["is_primary"] == true);
        lines.extend(labels.map(|span| text(&span["label"])));
    }
    for child in each(&error["children"]) {
        let (level, spans) = (text(&child["level"]), each(&child["spans"]));
        if level == "note" && spans.is_empty() && own {
            lines.push(text(&child["message"]));
        }
        for span in spans {
            lines.extend(comment(&span).filter(|_| level == "note"));
            // How many arguments there are says nothing of what they mean.
            if let Some(offered) = span["suggested_replacement"].as_str().filter(|_| code != "E0061") {
                lines.push(format!("rustc offers: {offered}"));
            }
        }
    }
    lines.retain(|line| !["required for ", "the trait "].iter().any(|own| line.starts_with(own)) && !line.is_empty());
    for span in each(&error["spans"]).iter().filter(|span| span["is_primary"] == false) {
        lines.extend(comment(span));
    }
    lines.dedup();
    lines
}
