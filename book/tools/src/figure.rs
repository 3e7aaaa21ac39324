//! Figures: the examples' SVG files, put into the page itself so that they take its colours.

/// The SVG as part of a page, with its description for those who can't see it.
pub fn inline(svg: &str, name: &str, alt: &str, caption: &str) -> String {
    let svg = svg.find("<svg").map_or(svg, |start| &svg[start..]).trim_end();
    // Names within a picture must be unique on the page, and an empty line would end the block of HTML.
    let prefix = name.trim_end_matches(".svg").replace(['/', '.', '_'], "-");
    let svg = svg
        .replace(" id=\"", &format!(" id=\"{prefix}-"))
        .replace("url(#", &format!("url(#{prefix}-"))
        .replace("href=\"#", &format!("href=\"#{prefix}-"))
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n")
        .replacen("<svg", &format!("<svg aria-label=\"{}\"{}", escape(alt), least_width(svg)), 1);
    let caption =
        if caption.is_empty() { String::new() } else { format!("\n<figcaption>{}</figcaption>", escape(caption)) };
    format!("<figure>\n{svg}{caption}\n</figure>\n")
}

/// A picture shrinks with the page, on a phone, but not so far that its words can't be read: then it scrolls.
fn least_width(svg: &str) -> String {
    let head = svg.split('>').next().unwrap_or("");
    let width = head.split(" width=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse::<f64>().ok());
    width.map_or_else(String::new, |width| format!(" style=\"min-width: {:.0}px\"", 0.66 * width))
}

/// Text as it stands in HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The parts of a line that is one image and nothing else: `![alt](path "caption")`.
pub fn image(line: &str) -> Option<(&str, &str, &str)> {
    let (alt, rest) = line.trim().strip_prefix("![")?.split_once("](")?;
    let target = rest.strip_suffix(')')?;
    match target.split_once(" \"") {
        Some((path, caption)) => Some((alt, path, caption.strip_suffix('"')?)),
        None => Some((alt, target, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_alone_on_its_line() {
        assert_eq!(image("![A curve](figures/a.svg \"The loss\")"), Some(("A curve", "figures/a.svg", "The loss")));
        assert_eq!(image("![A curve](figures/a.svg)"), Some(("A curve", "figures/a.svg", "")));
        assert_eq!(image("See ![A curve](figures/a.svg)"), None);
    }

    #[test]
    fn names_are_made_unique() {
        let html = inline(
            "<?xml?>\n<svg width=\"600\">\n\n<g id=\"a\"/><use href=\"#a\" fill=\"url(#a)\"/></svg>",
            "x/y.svg",
            "alt",
            "",
        );
        assert_eq!(
            html,
            "<figure>\n<svg aria-label=\"alt\" style=\"min-width: 396px\" width=\"600\">\n<g id=\"x-y-a\"/><use href=\"#x-y-a\" \
             fill=\"url(#x-y-a)\"/></svg>\n</figure>\n"
        );
    }
}
