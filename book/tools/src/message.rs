//! Messages: what a wrong use says, from the snapshots of `tests/messages.rs`. The book explains them.

use std::path::Path;

use crate::{Result, files, read};

const FOLDER: &str = "tests/snapshots";
const PREFIX: &str = "messages__";
/// The page that explains them all, in the book.
const PAGE: &str = "book/src/errors.md";
/// The same for readers of the repository.
pub const READABLE: &str = "docs/errors.md";

/// A wrong use, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The code.
    pub code: String,
    /// The message; the line numbers in it are cut out.
    pub text: String,
}

/// The messages of one theme: `tests/snapshots/messages__THEME.snap`.
///
/// # Errors
/// If there is no such theme.
pub fn theme(root: &Path, theme: &str) -> Result<Vec<Message>> {
    let snapshot = read(&root.join(FOLDER).join(format!("{PREFIX}{theme}.snap")))?;
    Ok(parse(&snapshot))
}

/// A snapshot has a head between lines of three dashes, then paragraphs: the code, and under it what it says.
fn parse(snapshot: &str) -> Vec<Message> {
    let body = snapshot.splitn(3, "---\n").nth(2).unwrap_or("");
    let messages = body.trim().split("\n\n").filter_map(|paragraph| paragraph.split_once('\n'));
    let place = |text: &str| text.replace("tests/messages.rs:LINE", "src/main.rs:9:5");
    messages.map(|(code, text)| Message { code: code.to_owned(), text: place(text) }).collect()
}

fn find(root: &Path, name: &str, code: &str) -> Result<Message> {
    let message = theme(root, name)?.into_iter().find(|message| message.code == code);
    message.ok_or_else(|| format!("{PREFIX}{name}.snap has no \"{code}\""))
}

/// What one piece of code says, as a listing and a quotation.
///
/// # Errors
/// If the theme has no such code.
pub fn quote(root: &Path, name: &str, code: &str) -> Result<String> {
    let Message { code, text } = find(root, name, code)?;
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<br>");
    Ok(format!("```rs\n{code}\n```\n\n<blockquote class=\"message\">{text}</blockquote>\n"))
}

/// The page of messages for whoever reads it in the repository: with each quotation in its place, and links from there.
///
/// # Errors
/// If a quotation has no message.
pub fn readable(root: &Path) -> Result<String> {
    let mut page =
        String::from("<!-- Written by `deltarule-book errors` out of book/src/errors.md: change that. -->\n");
    for line in read(&root.join(PAGE))?.lines() {
        let quotation = line.strip_prefix("{{message ").and_then(|rest| rest.strip_suffix("}}")?.split_once(": "));
        match quotation {
            Some((theme, code)) => {
                let Message { code, text } = find(root, theme, code)?;
                page += &format!("```text\n{code}\n```\n");
                text.lines().for_each(|line| page += &format!("> {line}  \n"));
            }
            // The chapters lie beside the source, and not beside this page.
            None => page += &format!("{}\n", line.replace("](1", "](../book/src/1")),
        }
    }
    Ok(page)
}

/// The messages of all themes that a text leaves out, or quotes without a word under the quotation. Messages in a row
/// may share their words.
///
/// # Errors
/// If a snapshot can't be read, or there is none.
pub fn unexplained(root: &Path, text: &str) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let snapshots = files(&root.join(FOLDER), "snap");
    let names = snapshots.iter().filter_map(|path| path.file_stem()?.to_str()?.strip_prefix(PREFIX));
    for name in names {
        for Message { code, .. } in theme(root, name)? {
            let quotation = format!("{{{{message {name}: {code}}}}}");
            match text.split_once(&quotation) {
                None => wrong.push(format!("{quotation} is missing: explain what that message means")),
                Some((_, rest)) if !explains(rest) => wrong.push(format!("{quotation} is quoted and not explained")),
                Some(_) => {}
            }
        }
    }
    if snapshots.is_empty() { Err(format!("no snapshots in {FOLDER}")) } else { Ok(wrong) }
}

/// Whether the first paragraph that is no quotation is text, and not a heading.
fn explains(rest: &str) -> bool {
    let mut paragraphs = rest.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let first = paragraphs.find(|paragraph| !paragraph.starts_with("{{message "));
    first.is_some_and(|paragraph| !paragraph.starts_with(['#', '<']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_code_and_what_it_says() {
        let snapshot =
            "---\nsource: tests/messages.rs\nexpression: m.0\n---\na.t()\nt: no\n  at tests/messages.rs:LINE\n\nb\nc\n";
        let messages = parse(snapshot);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].text, "t: no\n  at src/main.rs:9:5");
        assert_eq!((&*messages[1].code, &*messages[1].text), ("b", "c"));
    }

    #[test]
    fn a_message_without_an_entry_is_found() {
        let root = crate::root();
        let text = read(&root.join("book/src/errors.md")).unwrap();
        assert_eq!(unexplained(&root, &text).unwrap(), Vec::<String>::new());

        let quotation = "{{message shapes: a.item()}}";
        let wrong = unexplained(&root, &text.replace(quotation, "")).unwrap();
        assert_eq!(wrong, [format!("{quotation} is missing: explain what that message means")]);
        let wrong = unexplained(&root, &text.replace(quotation, &format!("{quotation}\n\n## Next\n\n"))).unwrap();
        assert_eq!(wrong, [format!("{quotation} is quoted and not explained")]);
    }

    #[test]
    fn quotations_in_a_row_share_their_words() {
        assert!(explains("\n\n{{message t: b}}\n\nBoth mean this.\n"));
        assert!(!explains("\n\n{{message t: b}}\n\n## Next\n\nWords.\n"));
        assert!(!explains("\n"));
    }
}
