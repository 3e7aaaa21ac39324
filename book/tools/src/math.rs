//! LaTeX to MathML, which browsers draw without a script.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

use crate::Result;
use crate::markdown::{Part, parts};

/// Replaces `$…$` and `$$…$$` in Markdown by MathML. Code is left alone; `\$` is a dollar.
///
/// # Errors
/// If a formula doesn't end, or isn't LaTeX.
pub fn render(source: &str) -> Result<String> {
    let mut out = String::with_capacity(source.len());
    for part in parts(source) {
        match part {
            Part::Text(text) => render_text(text, &mut out)?,
            Part::Code(source) | Part::Block { source, .. } => out.push_str(source),
        }
    }
    Ok(out)
}

fn render_text(mut text: &str, out: &mut String) -> Result<()> {
    while let Some(start) = text.find('$') {
        if text[..start].ends_with('\\') {
            out.push_str(&text[..start - 1]);
            out.push('$');
            text = &text[start + 1..];
            continue;
        }
        let mark = if text[start..].starts_with("$$") { "$$" } else { "$" };
        let formula = &text[start + mark.len()..];
        let length = formula.find(mark).ok_or_else(|| format!("a formula doesn't end: {}", first_line(formula)))?;
        out.push_str(&text[..start]);
        let html = mathml(&formula[..length], mark == "$$")?;
        text = &formula[length + mark.len()..];
        // A line may break after a formula, but not before the full stop that ends its sentence.
        let end = text.find(|c| !matches!(c, '.' | ',' | ';' | ':' | '?' | '!' | ')')).unwrap_or(text.len());
        if mark == "$" && end > 0 {
            out.push_str(&format!("<span class=\"formula\">{html}{}</span>", &text[..end]));
            text = &text[end..];
        } else {
            out.push_str(&html);
        }
    }
    out.push_str(text);
    Ok(())
}

/// The MathML of a formula, as HTML that Markdown leaves alone.
///
/// # Errors
/// If it isn't LaTeX.
pub fn mathml(latex: &str, display: bool) -> Result<String> {
    let storage = Storage::new();
    // The error of an event comes here first: pushed, it would be drawn into the formula.
    if let Some(Err(error)) = Parser::new(latex, &storage).find(std::result::Result::is_err) {
        return Err(format!("{latex}: {error}"));
    }
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut mathml = String::new();
    push_mathml(&mut mathml, Parser::new(latex, &storage), config).map_err(|error| format!("{latex}: {error}"))?;
    Ok(shield(&mathml))
}

/// Writes what Markdown would take as markup, between the tags, as character references.
fn shield(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut tag = false;
    for c in html.chars() {
        match c {
            '<' => tag = true,
            '>' => {
                tag = false;
                out.push('>');
                continue;
            }
            '\n' => {
                out.push(' ');
                continue;
            }
            _ => {}
        }
        if !tag && c.is_ascii_punctuation() && !matches!(c, '&' | ';' | '#') {
            out.push_str(&format!("&#{};", c as u32));
        } else {
            out.push(c);
        }
    }
    out
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_mathml_and_code_stays() {
        let html = render("The sum $w_1 x_1$ costs `$5` and \\$6.").unwrap();
        assert!(html.starts_with("The sum <math"), "{html}");
        assert!(html.contains("<msub>") && html.ends_with("</math> costs `$5` and $6."), "{html}");
    }

    #[test]
    fn a_formula_keeps_its_full_stop() {
        let html = render("Here is $x$. There is $y$").unwrap();
        assert!(
            html.contains("<span class=\"formula\"><math") && html.contains("</math>.</span> There is <math"),
            "{html}"
        );
    }

    #[test]
    fn what_is_no_formula_is_refused() {
        assert!(render("It costs $5.").is_err());
        assert!(render(r"$\nosuchcommand$").is_err());
    }

    #[test]
    fn markdown_finds_no_markup_in_a_formula() {
        let html = mathml("a * b * c", false).unwrap();
        assert!(!html.contains('*'), "{html}");
    }
}
