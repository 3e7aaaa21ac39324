//! rustc, run on small programs against the library as cargo has it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The file of the library that programs are checked against. Cargo says where it is, and brings it up to date.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let arguments = ["check", "--quiet", "--offline", "--package", "deltarule", "--lib", "--message-format=json"];
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(ROOT).output().unwrap();
        let messages = String::from_utf8(output.stdout).unwrap();
        let files = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
            let ours = message["reason"] == "compiler-artifact" && message["target"]["name"] == "deltarule";
            ours.then(|| message["filenames"][0].as_str().map(PathBuf::from)).flatten()
        });
        files.unwrap_or_else(|| panic!("cargo check: {}", String::from_utf8_lossy(&output.stderr)))
    })
}

/// The errors of each program, the body of a function with the arguments `context`, in its order: those that rustc finds while others are there, and those that it finds
/// after these are gone, for it stops at names that it doesn't know.
pub(crate) fn errors(context: &str, programs: &[&str]) -> Vec<Vec<Value>> {
    let mut errors = vec![Vec::new(); programs.len()];
    loop {
        let left: Vec<usize> = (0..programs.len()).filter(|&index| errors[index].is_empty()).collect();
        let mut found = false;
        for (line, error) in check(context, &left.iter().map(|&index| programs[index]).collect::<Vec<_>>()) {
            errors[left[line]].push(error);
            found = true;
        }
        if !found {
            return errors;
        }
    }
}

/// Errors with the index of the program that they are in.
fn check(context: &str, programs: &[&str]) -> Vec<(usize, Value)> {
    let mut source = String::from("#![allow(warnings)] use deltarule::prelude::*; fn main() {}\n");
    let first = 2;
    for (index, program) in programs.iter().enumerate() {
        let result = "Result<(), Box<dyn std::error::Error>>";
        source += &format!("fn program_{index}({context}) -> {result} {{ {program}; Ok(()) }}\n");
    }

    // Beside cargo, the rustc of the same version.
    let mut rustc = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    rustc.args(["-", "--crate-name=programs", "--edition=2024", "--emit=metadata", "--error-format=json"]);
    rustc.arg(format!("--out-dir={}", env!("CARGO_TARGET_TMPDIR")));
    rustc.arg(format!("--extern=deltarule={}", library().display()));
    rustc.arg(format!("-Ldependency={}", library().parent().unwrap().display()));
    let rustc = rustc.current_dir(ROOT).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut rustc = rustc.spawn().unwrap();
    rustc.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = rustc.wait_with_output().unwrap();

    let messages = String::from_utf8(output.stderr).unwrap();
    let errors = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut found = Vec::new();
    for error in errors.filter(|message| message["level"] == "error") {
        let spans = error["spans"].as_array().unwrap();
        let inside = |span: &&Value| span["file_name"] == "<anon>" && span["is_primary"] == true;
        let line = spans.iter().find(inside).and_then(|span| span["line_start"].as_u64());
        match line.and_then(|line| (line as usize).checked_sub(first)) {
            Some(index) => found.push((index, error)),
            // "aborting due to 3 errors" stands nowhere.
            None => assert!(spans.is_empty() && !found.is_empty(), "{}", error["rendered"]),
        }
    }
    found
}
