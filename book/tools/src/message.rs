//! Messages: what a wrong use says, from the snapshots of `tests/messages.rs`. The book explains them.

use std::path::Path;

use crate::{Result, read};

const FOLDER: &str = "tests/snapshots";

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
    let snapshot = read(&root.join(FOLDER).join(format!("messages__{theme}.snap")))?;
    Ok(parse(&snapshot))
}

/// A snapshot has a head between lines of three dashes, then paragraphs: the code, and under it what it says.
fn parse(snapshot: &str) -> Vec<Message> {
    let body = snapshot.splitn(3, "---\n").nth(2).unwrap_or("");
    let messages = body.trim().split("\n\n").filter_map(|paragraph| paragraph.split_once('\n'));
    let place = |text: &str| text.replace("tests/messages.rs:LINE", "src/main.rs:9:5");
    messages.map(|(code, text)| Message { code: code.to_owned(), text: place(text) }).collect()
}

/// What one piece of code says, as a listing and a quotation.
///
/// # Errors
/// If the theme has no such code.
pub fn quote(root: &Path, name: &str, code: &str) -> Result<String> {
    let messages = theme(root, name)?;
    let Some(Message { code, text }) = messages.into_iter().find(|message| message.code == code) else {
        return Err(format!("messages__{name}.snap has no \"{code}\""));
    };
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<br>");
    Ok(format!("```rs\n{code}\n```\n\n<blockquote class=\"message\">{text}</blockquote>\n"))
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
}
