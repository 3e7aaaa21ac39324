//! Listings: parts of source files between anchors.

use std::path::Path;

use crate::{Result, read};

/// The lines of `path` (from the repository's root) between `ANCHOR: name` and `ANCHOR_END: name`, moved to the left
/// margin; the whole file without its anchors if there is no name.
///
/// # Errors
/// If there is no such file or anchor.
pub fn listing(root: &Path, path: &str, anchor: Option<&str>) -> Result<String> {
    let source = read(&root.join(path))?;
    let mut inside = anchor.is_none();
    let mut lines = Vec::new();
    let mut found = inside;
    for line in source.lines() {
        if let Some(name) = mark(line, "ANCHOR:") {
            inside |= Some(name) == anchor;
            found |= inside;
        } else if let Some(name) = mark(line, "ANCHOR_END:") {
            inside &= Some(name) != anchor;
        } else if inside {
            lines.push(line);
        }
    }
    if !found || lines.iter().all(|line| line.trim().is_empty()) {
        return Err(format!("{path} has no lines between ANCHOR: {0} and ANCHOR_END: {0}", anchor.unwrap_or("")));
    }
    let margin = |line: &&str| line.len() - line.trim_start().len();
    let margin = lines.iter().filter(|line| !line.trim().is_empty()).map(margin).min().unwrap_or(0);
    let moved: Vec<&str> = lines.iter().map(|line| line.get(margin..).unwrap_or("")).collect();
    Ok(moved.join("\n").trim_matches('\n').to_owned())
}

fn mark<'a>(line: &'a str, kind: &str) -> Option<&'a str> {
    line.trim_start_matches([' ', '/', '#']).strip_prefix(kind).map(str::trim)
}

/// The language of a listing, by the name of its file.
pub fn language(path: &str) -> &str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        // Not `rust`: that has a button that runs the block, and is a doc test.
        Some("rs") => "rs",
        Some("py") => "python",
        Some(other) => other,
        None => "text",
    }
}
