//! Puts listings, outputs, numbers and figures into a chapter.

use std::path::Path;

use crate::figure::{self, image};
use crate::listing::{language, listing};
use crate::markdown::{Part, parts};
use crate::output::Output;
use crate::{Result, math, message, read};

/// What a chapter takes from the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive<'a> {
    /// Lines of a file.
    Listing {
        /// From the repository's root.
        path: &'a str,
        /// Between which anchors; the whole file if there is none.
        anchor: Option<&'a str>,
    },
    /// A paragraph of an output, or all of it.
    Output(&'a str, &'a str),
    /// A paragraph of an output as a table.
    Table(&'a str, &'a str),
    /// A word of an output.
    Out(&'a str, &'a str),
    /// What a wrong use says: a theme of `tests/messages.rs`, and the code.
    Message(&'a str, &'a str),
}

impl<'a> Directive<'a> {
    /// What stands between `{{` and `}}`.
    ///
    /// # Errors
    /// If it is unknown.
    pub fn parse(inside: &'a str) -> Result<Self> {
        let (kind, rest) = inside.trim().split_once(' ').unwrap_or((inside, ""));
        let (name, words) = rest.split_once(':').unwrap_or((rest, ""));
        let (name, words) = (name.trim(), words.trim());
        match kind {
            "listing" => Ok(Directive::Listing { path: name, anchor: (!words.is_empty()).then_some(words) }),
            "output" => Ok(Directive::Output(name, words)),
            "table" => Ok(Directive::Table(name, words)),
            "out" if !words.is_empty() => Ok(Directive::Out(name, words)),
            "message" => Ok(Directive::Message(name, words)),
            _ => Err(format!("{{{{{inside}}}}} is no directive: there are listing, output, table, out and message")),
        }
    }

    /// What stands in its place.
    ///
    /// # Errors
    /// If a file, an anchor or the words aren't there.
    pub fn expand(&self, root: &Path) -> Result<String> {
        match *self {
            Directive::Listing { path, anchor } => {
                let code = listing(root, path, anchor)?;
                Ok(format!("```{}\n{code}\n```\n\n<p class=\"source\">{path}</p>\n", language(path)))
            }
            Directive::Output(name, words) => {
                let output = Output::load(root, name)?;
                let text = output.paragraph(words)?;
                let command = if words.is_empty() { format!("{}\n", output.command()) } else { String::new() };
                Ok(format!("```console\n{command}{text}\n```\n"))
            }
            Directive::Table(name, words) => Output::load(root, name)?.table(words),
            Directive::Out(name, words) => Output::load(root, name)?.word_after(words),
            Directive::Message(theme, code) => message::quote(root, theme, code),
        }
    }
}

/// The directives in a chapter, in order, outside of code.
///
/// # Errors
/// If one doesn't end, or is unknown.
pub fn directives(source: &str) -> Result<Vec<Directive<'_>>> {
    let mut found = Vec::new();
    for part in parts(source) {
        let Part::Text(mut text) = part else { continue };
        while let Some((_, inside, rest)) = next(text)? {
            found.push(Directive::parse(inside)?);
            text = rest;
        }
    }
    Ok(found)
}

/// The text before the first directive, what it says, and the text after it.
fn next(text: &str) -> Result<Option<(&str, &str, &str)>> {
    let Some((before, rest)) = text.split_once("{{") else { return Ok(None) };
    match rest.split_once("}}") {
        Some((inside, after)) => Ok(Some((before, inside, after))),
        None => Err(format!("{{{{{} has no end", rest.lines().next().unwrap_or(""))),
    }
}

/// A chapter as mdBook gets it.
///
/// # Errors
/// Says which directive, figure or formula is wrong.
pub fn chapter(root: &Path, source: &str) -> Result<String> {
    let mut out = String::with_capacity(2 * source.len());
    for part in parts(source) {
        match part {
            Part::Text(mut text) => {
                while let Some((before, inside, after)) = next(text)? {
                    out.push_str(before);
                    out.push_str(&Directive::parse(inside)?.expand(root)?);
                    text = after;
                }
                out.push_str(text);
            }
            Part::Code(source) | Part::Block { source, .. } => out.push_str(source),
        }
    }
    figures(root, &math::render(&out)?)
}

fn figures(root: &Path, source: &str) -> Result<String> {
    let mut out = String::with_capacity(2 * source.len());
    for part in parts(source) {
        let text = match part {
            Part::Text(text) => text,
            Part::Code(source) | Part::Block { source, .. } => {
                out.push_str(source);
                continue;
            }
        };
        for line in text.split_inclusive('\n') {
            match image(line).filter(|(_, path, _)| path.starts_with("figures/")) {
                Some((alt, path, caption)) => {
                    let svg = read(&root.join("book/src").join(path))?;
                    out.push_str(&figure::inline(&svg, path, alt, caption));
                }
                None => out.push_str(line),
            }
        }
    }
    Ok(out)
}

/// The book as mdBook hands it to a preprocessor (JSON: the context and the book), with every chapter expanded.
///
/// # Errors
/// Names the chapter.
pub fn book(root: &Path, input: &str) -> Result<String> {
    let input: serde_json::Value = serde_json::from_str(input).map_err(|error| format!("mdBook's input: {error}"))?;
    let mut book = input[1].clone();
    items(root, &mut book["items"])?;
    Ok(book.to_string())
}

fn items(root: &Path, items: &mut serde_json::Value) -> Result<()> {
    for item in items.as_array_mut().into_iter().flatten() {
        // Else a separator, or the title of a part.
        let Some(chapter) = item.get_mut("Chapter") else { continue };
        if let Some(content) = chapter["content"].as_str() {
            let expanded = self::chapter(root, content).map_err(|error| format!("{}: {error}", chapter["path"]))?;
            chapter["content"] = expanded.into();
        }
        self::items(root, &mut chapter["sub_items"])?;
    }
    Ok(())
}
