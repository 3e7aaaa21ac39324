//! What the programs printed: `book/output/NAME.txt`, the command in the first line and its output under it.

use std::path::Path;

use crate::{Result, read};

/// A committed output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The name of the file, without its extension.
    pub name: String,
    /// The example that was run.
    pub example: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What it printed.
    pub text: String,
}

const COMMAND: &str = "$ cargo run --release --example ";

impl Output {
    /// Reads `book/output/NAME.txt`.
    ///
    /// # Errors
    /// If there is none, or if its first line isn't a command that runs an example.
    pub fn load(root: &Path, name: &str) -> Result<Self> {
        let path = root.join("book/output").join(format!("{name}.txt"));
        Self::parse(name, &read(&path)?)
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// If its first line isn't a command that runs an example.
    pub fn parse(name: &str, file: &str) -> Result<Self> {
        let (command, text) = file.split_once('\n').unwrap_or((file, ""));
        let command = command
            .strip_prefix(COMMAND)
            .ok_or_else(|| format!("output/{name}.txt must begin with \"{COMMAND}NAME\", not \"{command}\""))?;
        let mut words = command.split_whitespace().filter(|word| *word != "--").map(str::to_owned);
        let example = words.next().ok_or_else(|| format!("output/{name}.txt names no example"))?;
        Ok(Output { name: name.to_owned(), example, arguments: words.collect(), text: text.to_owned() })
    }

    /// The first line of the file.
    pub fn command(&self) -> String {
        let mut command = format!("{COMMAND}{}", self.example);
        if !self.arguments.is_empty() {
            command += " -- ";
            command += &self.arguments.join(" ");
        }
        command
    }

    /// The paragraph (the lines up to an empty one) that begins with these words; all of it if there are none.
    ///
    /// # Errors
    /// If no paragraph begins so, or several do.
    pub fn paragraph(&self, words: &str) -> Result<&str> {
        if words.is_empty() {
            return Ok(self.text.trim_matches('\n'));
        }
        let begins = |paragraph: &&str| squeeze(paragraph).starts_with(&squeeze(words));
        let mut found = self.text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(begins);
        match (found.next(), found.next()) {
            (Some(paragraph), None) => Ok(paragraph),
            (None, _) => Err(format!("no paragraph of output/{}.txt begins with \"{words}\"", self.name)),
            (Some(_), Some(_)) => Err(format!("several paragraphs of output/{}.txt begin with \"{words}\"", self.name)),
        }
    }

    /// The word that follows `words`, without the punctuation around it.
    ///
    /// # Errors
    /// If the words don't occur, or if they are followed by different words in different places.
    pub fn word_after(&self, words: &str) -> Result<String> {
        let wanted: Vec<&str> = words.split_whitespace().collect();
        let mut found: Option<&str> = None;
        for line in self.text.lines() {
            let line: Vec<&str> = line.split_whitespace().collect();
            for window in line.windows(wanted.len() + 1) {
                let (last, start) = window.split_last().expect("a window isn't empty");
                if !start.iter().zip(&wanted).all(|(found, wanted)| bare(found) == bare(wanted)) {
                    continue;
                }
                let last = bare(last);
                if found.is_some_and(|earlier| earlier != last) {
                    return Err(format!("\"{words}\" stands in several places of output/{}.txt", self.name));
                }
                found = Some(last);
            }
        }
        let found = found.ok_or_else(|| format!("\"{words}\" doesn't stand in output/{}.txt", self.name))?;
        Ok(found.replace('-', "−"))
    }

    /// A paragraph whose lines are columns, as a table in Markdown. A first line without columns is a title, and is left
    /// out. Columns are two spaces apart, at the least.
    ///
    /// # Errors
    /// As [`paragraph`](Output::paragraph), or if the lines have different numbers of columns.
    pub fn table(&self, words: &str) -> Result<String> {
        let rows: Vec<Vec<&str>> = self.paragraph(words)?.lines().map(columns).collect();
        let rows = if rows.first().is_some_and(|first| first.len() == 1) { &rows[1..] } else { &rows[..] };
        let Some((head, body)) = rows.split_first().filter(|(_, body)| !body.is_empty()) else {
            return Err(format!("\"{words}\" in output/{}.txt is no table: no rows", self.name));
        };
        if let Some(row) = body.iter().find(|row| row.len() != head.len()) {
            return Err(format!("\"{words}\" in output/{}.txt: {row:?} doesn't fit {head:?}", self.name));
        }
        let line = |cells: &[&str]| {
            let cells: Vec<String> = cells.iter().map(|cell| unbroken(cell)).collect();
            format!("| {} |\n", cells.join(" | ").replace('-', "−"))
        };
        let rule = format!("|{}\n", "---|".repeat(head.len()));
        Ok(line(head) + &rule + &body.iter().map(|row| line(row)).collect::<String>())
    }
}

/// A number keeps its unit on its line.
fn unbroken(cell: &str) -> String {
    if cell.starts_with(|c: char| c.is_ascii_digit()) { cell.replace(' ', "\u{a0}") } else { cell.to_owned() }
}

fn columns(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn bare(word: &str) -> &str {
    word.trim_matches([',', ';', ':', '(', ')', '=', '"']).trim_end_matches('.')
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> Output {
        let text = "epoch 1000, loss: 0.2499\nepoch 5000, loss: -0.5.\n\nAll four:\nx1  x2   output\n0   1    0.99\n1   1    -3\n";
        Output::parse("xor", &format!("{COMMAND}xor -- --quick\n{text}")).unwrap()
    }

    #[test]
    fn a_command_survives_the_round_trip() {
        let output = output();
        assert_eq!((output.example.as_str(), output.arguments.as_slice()), ("xor", ["--quick".to_owned()].as_slice()));
        assert_eq!(output.command(), "$ cargo run --release --example xor -- --quick");
        assert!(Output::parse("xor", "$ rm -r book\n").is_err());
    }

    #[test]
    fn a_word_is_found_by_those_before_it() {
        let output = output();
        assert_eq!(output.word_after("epoch 1000 loss").unwrap(), "0.2499");
        assert_eq!(output.word_after("epoch 5000 loss").unwrap(), "−0.5");
        assert!(output.word_after("epoch 3000 loss").is_err());
        assert!(output.word_after("loss").is_err(), "two different losses follow it");
    }

    #[test]
    fn a_paragraph_and_its_table() {
        let output = output();
        assert!(output.paragraph("All four:").unwrap().ends_with("-3"));
        assert!(output.paragraph("None").is_err());
        assert_eq!(
            output.table("All four").unwrap(),
            "| x1 | x2 | output |\n|---|---|---|\n| 0 | 1 | 0.99 |\n| 1 | 1 | −3 |\n"
        );
        let untitled = Output { text: "x1  x2\n0   1\n".into(), ..output };
        assert_eq!(untitled.table("x1").unwrap(), "| x1 | x2 |\n|---|---|\n| 0 | 1 |\n");
        let text = Output { text: "loss 0.1\n".into(), ..untitled };
        assert!(text.table("loss").is_err());
    }
}
