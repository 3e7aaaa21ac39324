//! Runs the examples again: their outputs into `book/output`, their figures into `book/src/figures`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::output::Output;
use crate::{Result, files, read};

/// Runs the program of every committed output. Where `write`, what it prints and draws replaces what is committed.
///
/// Returns what differs from what is committed: with `write` that is news, without it is an error.
///
/// # Errors
/// If a program isn't built, or fails.
pub fn regenerate(root: &Path, write: bool) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    let mut drawn_by: Vec<PathBuf> = Vec::new();
    for path in files(&root.join("book/output"), "txt") {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let committed = read(&path)?;
        let output = Output::parse(&name, &committed)?;
        let scratch = root.join("target/book").join(&name);
        // Left over from an earlier run, if it is there at all.
        let _ = std::fs::remove_dir_all(&scratch);
        std::fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        let printed = format!("{}\n{}", output.command(), run(root, &output, &scratch)?);
        if printed != committed {
            changed.push(format!("output/{name}.txt\n{}", difference(&committed, &printed)));
            if write {
                store(&path, &printed)?;
            }
        }
        let figures = root.join("book/src/figures").join(&name);
        changed.extend(compare(&scratch, &figures, write)?);
        drawn_by.push(figures);
    }
    let figures = std::fs::read_dir(root.join("book/src/figures")).into_iter().flatten().flatten();
    for directory in figures.map(|entry| entry.path()).filter(|path| !drawn_by.contains(path)) {
        changed.push(format!("{} is drawn by no program that has an output", directory.display()));
    }
    Ok(changed)
}

fn run(root: &Path, output: &Output, out: &Path) -> Result<String> {
    let program = root.join("target/release/examples").join(&output.example);
    let ran = Command::new(&program)
        .args(&output.arguments)
        .arg("--out")
        .arg(out)
        .current_dir(root)
        .output()
        .map_err(|error| format!("{}: {error}. Build it: cargo build --release --examples", program.display()))?;
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    if !ran.status.success() {
        let errors = String::from_utf8_lossy(&ran.stderr);
        return Err(format!("{} failed ({}):\n{printed}{errors}", output.command(), ran.status));
    }
    Ok(printed)
}

/// Compares the figures that were drawn with those that are committed.
fn compare(drawn: &Path, committed: &Path, write: bool) -> Result<Vec<String>> {
    let load = |directory: &Path| -> Result<BTreeMap<String, String>> {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files(directory, "svg").iter().map(|path| Ok((name(path), read(path)?))).collect()
    };
    let (new, old) = (load(drawn)?, load(committed)?);
    let mut changed = Vec::new();
    for (name, svg) in &new {
        if old.get(name) != Some(svg) {
            changed.push(committed.join(name).display().to_string());
            if write {
                std::fs::create_dir_all(committed).map_err(|error| format!("{}: {error}", committed.display()))?;
                store(&committed.join(name), svg)?;
            }
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        let path = committed.join(name);
        changed.push(format!("{} is drawn no more", path.display()));
        if write {
            std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(changed)
}

fn store(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The lines that differ, the first few of them.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut shown = String::new();
    let lines = (0..old.len().max(new.len())).filter(|i| old.get(*i) != new.get(*i));
    for i in lines.take(5) {
        for (mark, lines) in [('-', &old), ('+', &new)] {
            if let Some(line) = lines.get(i) {
                shown += &format!("  {mark} {line}\n");
            }
        }
    }
    shown
}
