//! What every chapter must hold, checked on its source.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::expand::{Directive, directives};
use crate::figure::image;
use crate::markdown::{Part, parts};
use crate::output::Output;
use crate::{Result, files, message, read};

/// Where the messages of wrong uses are explained.
const MESSAGES: &str = "book/src/errors.md";

/// 15 minutes at 200 words a minute.
const WORDS: usize = 3000;

/// The chapters of the book: `book/src/*.md`, without the summary.
pub fn chapters(root: &Path) -> Vec<PathBuf> {
    files(&root.join("book/src"), "md").into_iter().filter(|path| !path.ends_with("SUMMARY.md")).collect()
}

/// Everything that is wrong with the sources of the book.
pub fn check(root: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut shown = BTreeSet::new();
    for path in chapters(root) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !crate::TESTED.contains(&name.as_str()) {
            wrong.push(format!(
                "{name} isn't in the list of chapters in book/tools/src/lib.rs: its blocks aren't tested"
            ));
        }
        let source = match read(&path) {
            Ok(source) => source,
            Err(error) => {
                wrong.push(error);
                continue;
            }
        };
        let numbered = name.starts_with(|c: char| c.is_ascii_digit());
        match check_chapter(root, &source, numbered, &mut shown) {
            Ok(found) => wrong.extend(found.into_iter().map(|error| format!("{name}: {error}"))),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    match read(&root.join(MESSAGES)).and_then(|text| message::unexplained(root, &text)) {
        Ok(found) => wrong.extend(found.into_iter().map(|error| format!("{MESSAGES}: {error}"))),
        Err(error) => wrong.push(error),
    }
    for path in files(&root.join("examples"), "rs") {
        let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let excused = read(&root.join(&path)).is_ok_and(|source| source.contains("Not in the book:"));
        if !shown.contains(&path) && !excused {
            wrong.push(format!(
                "{path} is in no chapter. Show it, or say why not: \"Not in the book: …\" in its header"
            ));
        }
    }
    wrong
}

fn check_chapter(root: &Path, source: &str, numbered: bool, shown: &mut BTreeSet<String>) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut sources = Vec::new();
    for directive in directives(source)? {
        if let Err(error) = directive.expand(root) {
            wrong.push(error);
            continue;
        }
        match directive {
            Directive::Listing { path, .. } => {
                shown.insert(path.to_owned());
                sources.push(read(&root.join(path))?);
            }
            Directive::Output(name, _) | Directive::Table(name, _) | Directive::Out(name, _) => {
                sources.push(Output::load(root, name)?.text);
            }
            Directive::Message(_, code) => sources.push(code.to_owned()),
        }
    }
    wrong.extend(blocks(root, source));
    wrong.extend(figures(root, source));
    for name in drawn(source) {
        // A picture shows the program that drew it.
        if let Ok(output) = Output::load(root, name) {
            shown.insert(format!("examples/{}.rs", output.example));
        }
    }
    for number in decimals(source) {
        if !sources.iter().any(|source| source.contains(&number)) {
            wrong.push(format!("{number} stands in no listing and no output of this chapter: take it from one"));
        }
    }
    if numbered {
        for (what, part) in [("a listing", "{{listing "), ("a figure", "](figures/"), ("exercises", "\n## Exercises\n")]
        {
            if !source.contains(part) {
                wrong.push(format!("the chapter has no {what}: {:?}", part.trim()));
            }
        }
        let exercises = source.split("\n## Exercises\n").nth(1).unwrap_or("");
        let (asked, solved) = (exercises.matches("\n### ").count(), exercises.matches("<details>").count());
        if asked == 0 || asked != solved {
            wrong.push(format!("{asked} exercises (### …) and {solved} solutions (<details>)"));
        }
        let words = source.split_whitespace().count();
        if words > WORDS {
            wrong.push(format!("{words} words take more than a quarter of an hour ({WORDS})"));
        }
    }
    Ok(wrong)
}

/// A block of code is a doc test, or a command that exists. All else comes from a file.
fn blocks(root: &Path, source: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for part in parts(source) {
        let Part::Block { info, source } = part else { continue };
        match info {
            "rust" | "rust,should_panic" | "rust,compile_fail" => {}
            "console" => {
                for line in source.lines().filter(|line| !line.starts_with("```")) {
                    let example = line.split_once("--example ").and_then(|(_, rest)| rest.split_whitespace().next());
                    match example {
                        Some(example) if root.join("examples").join(format!("{example}.rs")).exists() => {}
                        Some(example) => wrong.push(format!("there is no example {example}: {line}")),
                        None if line.starts_with("$ ") => {}
                        None => wrong.push(format!("\"{line}\" is typed by hand: {{{{output NAME}}}} brings outputs")),
                    }
                }
            }
            other => wrong.push(format!("a block of \"{other}\" that nothing checks: use {{{{listing FILE:ANCHOR}}}}")),
        }
    }
    wrong
}

fn figures(root: &Path, source: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in source.lines().filter(|line| line.contains("](figures/")) {
        match image(line) {
            Some((alt, path, _)) => {
                if alt.split_whitespace().count() < 4 {
                    wrong.push(format!("{path}: the alternative text \"{alt}\" says too little"));
                }
                if !root.join("book/src").join(path).exists() {
                    wrong.push(format!("there is no {path}"));
                }
            }
            None => wrong.push(format!("a figure stands alone on its line: {line}")),
        }
    }
    wrong
}

/// The names of the outputs whose programs drew the figures: `figures/NAME/…`.
fn drawn(source: &str) -> impl Iterator<Item = &str> {
    source.split("](figures/").skip(1).filter_map(|rest| rest.split_once('/').map(|(name, _)| name))
}

/// The decimal numbers that are typed in text and formulas: digits, a point, digits.
fn decimals(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in parts(source) {
        let Part::Text(text) = part else { continue };
        // Neither directives nor the targets of links.
        let text: String =
            text.split("{{").map(|piece| piece.split_once("}}").map_or(piece, |(_, rest)| rest)).collect();
        let text: String =
            text.split("](").enumerate().map(|(i, piece)| if i == 0 { piece } else { after_link(piece) }).collect();
        for word in text.split(|c: char| !(c.is_ascii_digit() || c == '.')) {
            let word = word.trim_matches('.');
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if word.split_once('.').is_some_and(|(whole, rest)| digits(whole) && digits(rest)) {
                found.insert(word.to_owned());
            }
        }
    }
    found
}

fn after_link(piece: &str) -> &str {
    piece.split_once(')').map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_decimals_are_found_outside_of_code_links_and_directives() {
        let source = "From 0.5 to $-1.25$, not `3.5`, not {{out xor: loss 2.5}}, not [v](https://x.org/1.0), in 2024.";
        assert_eq!(decimals(source).into_iter().collect::<Vec<_>>(), ["0.5", "1.25"]);
    }

    #[test]
    fn an_output_typed_by_hand_is_refused() {
        let root = crate::root();
        assert_eq!(blocks(&root, "```console\n$ cargo test\n```\n"), Vec::<String>::new());
        assert_eq!(blocks(&root, "```console\nloss 0.1\n```\n").len(), 1);
        assert_eq!(blocks(&root, "```console\n$ cargo run --example none\n```\n").len(), 1);
        assert_eq!(blocks(&root, "```rust,ignore\nlet x = 1;\n```\n").len(), 1);
    }

    #[test]
    fn a_figure_needs_words() {
        let wrong = figures(&crate::root(), "![A plot](figures/none.svg)\n");
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}
