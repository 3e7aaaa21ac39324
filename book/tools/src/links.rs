//! Checks the built book: every link within it leads somewhere, and nothing is fetched from the network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::{Result, read};

/// Everything that is wrong with the pages under `book`.
///
/// # Errors
/// If a page can't be read.
pub fn check(book: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    let mut queue = vec![book.to_path_buf()];
    while let Some(directory) = queue.pop() {
        let entries = std::fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                queue.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                pages.insert(path.clone(), read(&path)?);
            }
        }
    }
    let ids: BTreeMap<&PathBuf, BTreeSet<&str>> =
        pages.iter().map(|(path, html)| (path, attributes(html, " id=\"").collect())).collect();
    let mut wrong = Vec::new();
    for (page, html) in &pages {
        let name = page.strip_prefix(book).unwrap_or(page).display();
        for source in attributes(html, " src=\"").chain(stylesheets(html)) {
            if source.contains("//") {
                wrong.push(format!("{name}: {source} comes from the network"));
            }
        }
        // The 404 page's links start at the site's root.
        if page.ends_with("404.html") {
            continue;
        }
        for link in attributes(html, " href=\"").filter(|link| !link.contains("//") && !link.starts_with("mailto:")) {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { join(page, file) };
            if !target.exists() {
                wrong.push(format!("{name}: {link} leads nowhere"));
            } else if let Some(ids) = ids.get(&target)
                && !fragment.is_empty()
                && !ids.contains(fragment)
            {
                wrong.push(format!("{name}: {link}: the page has no such place"));
            }
        }
    }
    Ok(wrong)
}

/// The values of an attribute, in order.
fn attributes<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(attribute).skip(1).filter_map(|rest| rest.split_once('"').map(|(value, _)| value))
}

fn stylesheets(html: &str) -> impl Iterator<Item = &str> {
    html.split("<link ").skip(1).filter_map(|rest| {
        let tag = rest.split_once('>')?.0;
        attributes(tag, "href=\"").next()
    })
}

/// The path of a link on a page, without `.` and `..`.
fn join(page: &Path, link: &str) -> PathBuf {
    let mut path = page.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let book = std::env::temp_dir().join(format!("deltarule-links-{}", std::process::id()));
        std::fs::create_dir_all(&book).unwrap();
        std::fs::write(book.join("a.html"), "<h1 id=\"top\"></h1><a href=\"b.html#end\"></a><a href=\"#top\"></a>")
            .unwrap();
        std::fs::write(book.join("b.html"), "<a href=\"c.html\"></a><script src=\"https://cdn/x.js\"></script>")
            .unwrap();
        let wrong = check(&book).unwrap();
        std::fs::remove_dir_all(&book).unwrap();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }
}
