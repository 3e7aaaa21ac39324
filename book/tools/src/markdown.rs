//! Telling code from text in Markdown.

/// A run of Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text, with its markup.
    Text(&'a str),
    /// Code in a line, with its backticks.
    Code(&'a str),
    /// A fenced block with its fences.
    Block {
        /// What stands behind the opening fence: the language.
        info: &'a str,
        /// The whole block.
        source: &'a str,
    },
}

/// Cuts Markdown into text and code. The parts in order are the whole.
pub fn parts(source: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut text, mut position) = (0, 0);
    let mut lines = source.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let start = position;
        position += line.len();
        let trimmed = line.trim_start();
        let fence = trimmed.len() - trimmed.trim_start_matches('`').len();
        if fence < 3 {
            continue;
        }
        inline(&source[text..start], &mut parts);
        for line in lines.by_ref() {
            position += line.len();
            let closing = line.trim();
            if closing.len() >= fence && closing.bytes().all(|byte| byte == b'`') {
                break;
            }
        }
        parts.push(Part::Block { info: trimmed.trim_matches('`').trim(), source: &source[start..position] });
        text = position;
    }
    inline(&source[text..], &mut parts);
    parts
}

/// Cuts text that holds no blocks.
fn inline<'a>(mut text: &'a str, parts: &mut Vec<Part<'a>>) {
    let mut from = 0;
    while let Some(found) = text[from..].find('`') {
        let start = from + found;
        let ticks = text[start..].len() - text[start..].trim_start_matches('`').len();
        let fence = &text[start..start + ticks];
        match text[start + ticks..].find(fence) {
            Some(length) => {
                let end = start + ticks + length + ticks;
                parts.push(Part::Text(&text[..start]));
                parts.push(Part::Code(&text[start..end]));
                text = &text[end..];
                from = 0;
            }
            None => from = start + ticks,
        }
    }
    parts.push(Part::Text(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole() {
        let source =
            "Text with `code` in it.\n\n```rust\nlet x = `1`;\n```\n\nA ``tick ` inside``, and a lone ` here.\n";
        let parts = parts(source);
        let whole: String = parts
            .iter()
            .map(|part| match part {
                Part::Text(source) | Part::Code(source) | Part::Block { source, .. } => *source,
            })
            .collect();
        assert_eq!(whole, source);
        assert!(parts.contains(&Part::Code("`code`")) && parts.contains(&Part::Code("``tick ` inside``")));
        assert!(parts.contains(&Part::Block { info: "rust", source: "```rust\nlet x = `1`;\n```\n" }));
    }
}
