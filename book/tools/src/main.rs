//! `./scripts/book` drives this: it runs the examples again, builds the book and checks it. mdBook calls it too, to put
//! listings, outputs, figures and formulas into the chapters.

use std::io::Read;
use std::process::ExitCode;

use deltarule_book::{Result, chapter, expand, links, message, regenerate, root};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = match arguments[..] {
        // mdBook asks whether this preprocessor serves a renderer.
        ["supports", renderer] => return if renderer == "html" { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        ["preprocess"] => preprocess(),
        ["regenerate"] => regenerate::regenerate(&root(), true).map(|changed| {
            for changed in changed {
                eprintln!("regenerated: {changed}");
            }
        }),
        ["errors"] => message::readable(&root()).and_then(|page| {
            let path = root().join(message::READABLE);
            std::fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()))
        }),
        ["compare"] => regenerate::regenerate(&root(), false).and_then(nothing),
        ["sources"] => nothing(chapter::check(&root())),
        ["links"] => links::check(&root().join("book/book")).and_then(nothing),
        _ => Err("usage: deltarule-book regenerate | errors | compare | sources | links | preprocess".to_owned()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn preprocess() -> Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).map_err(|error| error.to_string())?;
    println!("{}", expand::book(&root(), &input)?);
    Ok(())
}

/// An error if anything is wrong.
fn nothing(wrong: Vec<String>) -> Result<()> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
