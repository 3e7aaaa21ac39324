//! The rules of the house that a compiler doesn't know: read from the sources, so that they hold without anybody's care.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use deltarule_tensor::OPERATIONS;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Files of the project with one of these extensions, by their paths from the root.
fn files(extension: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                // Built, fetched or hidden: not ours.
                if !name.starts_with('.') && name != "target" && name != "node_modules" && !path.ends_with("book/book")
                {
                    walk(&path, extension, found);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(ROOT), extension, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(ROOT).unwrap().to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(path).unwrap())
    };
    found.into_iter().map(read).collect()
}

/// Fails with all that is wrong at once.
fn assert_none(rule: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

#[test]
fn each_file_says_what_it_is_for() {
    let wrong = files("rs").into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(name, _)| name);
    assert_none("these don't open with a line `//! …`", wrong.collect());
}

#[test]
fn a_long_file_says_why() {
    let long = files("rs").into_iter().filter(|(_, text)| text.lines().count() > 400 && !text.contains("\n// long: "));
    let wrong = long.map(|(name, text)| format!("{name}, {} lines", text.lines().count()));
    assert_none("over 400 lines: split them, or say why not in a line `// long: …`", wrong.collect());
}

#[test]
fn unsafe_code_is_fenced() {
    let allowed = |name: &str| {
        name.starts_with("crates/tensor/src/kernels/")
            || matches!(name, "crates/tensor/src/array/block.rs" | "crates/tensor/src/array/pool.rs")
            // A test or bench that counts allocations needs it.
            || !name.contains("src/")
    };
    let mut wrong = Vec::new();
    for (name, text) in files("rs").into_iter().filter(|(name, _)| !allowed(name)) {
        for (index, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            if words.into_iter().any(|word| word == "unsafe") {
                wrong.push(format!("{name}:{}", index + 1));
            }
        }
    }
    assert_none("`unsafe` stands only in the kernels and the buffer (ARCHITECTURE.md)", wrong);
}

#[test]
fn no_test_is_ignored() {
    let attribute = concat!("#[", "ignore");
    let wrong = files("rs").into_iter().filter(|(_, text)| text.contains(attribute)).map(|(name, _)| name);
    assert_none("an ignored test tests nothing", wrong.collect());
}

#[test]
fn no_merge_has_left_its_marks() {
    let mark = concat!("<<<<", "<<< ");
    let wrong = ["rs", "py", "md", "toml", "snap"].into_iter().flat_map(files).filter(|(_, text)| text.contains(mark));
    assert_none("the marks of a merge", wrong.map(|(name, _)| name).collect());
}

/// The names under `[section]` of a manifest.
fn dependencies(manifest: &str, section: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(ROOT).join(manifest)).unwrap();
    let lines = text.lines().skip_while(|line| line.trim() != format!("[{section}]")).skip(1);
    let own = lines.take_while(|line| !line.starts_with('['));
    let name = |line: &str| line.split(['.', '=', ' ']).next().unwrap_or_default().to_owned();
    own.filter(|line| !line.is_empty() && !line.starts_with('#')).map(name).collect()
}

#[test]
fn arrows_between_crates_go_one_way() {
    let may_use: [(&str, &[&str]); 6] = [
        ("crates/autograd/Cargo.toml", &[]),
        ("crates/tensor/Cargo.toml", &["deltarule-autograd"]),
        ("crates/nn-derive/Cargo.toml", &[]),
        ("crates/nn/Cargo.toml", &["deltarule-autograd", "deltarule-tensor", "deltarule-nn-derive"]),
        ("crates/draw/Cargo.toml", &["deltarule-autograd", "deltarule-tensor"]),
        ("Cargo.toml", &["deltarule-autograd", "deltarule-tensor", "deltarule-nn", "deltarule-draw"]),
    ];
    let mut wrong = Vec::new();
    for (manifest, may_use) in may_use {
        let found = dependencies(manifest, "dependencies");
        let ours = found.iter().filter(|name| name.starts_with("deltarule"));
        wrong.extend(ours.filter(|name| !may_use.contains(&&name[..])).map(|name| format!("{manifest}: {name}")));
    }
    assert_none("an arrow that ARCHITECTURE.md doesn't have", wrong);
}

#[test]
fn the_tape_depends_on_four_small_crates_alone() {
    let found = dependencies("crates/autograd/Cargo.toml", "dependencies");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["smallbox", "smallvec", "spin", "triomphe"]);
}

/// The functions in `text` that record an operation: those that take its name for the graph, `name: &'static str`.
fn recorders(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).filter_map(|function| {
        let signature = function.split('{').next()?;
        let name = signature.split(['<', '(']).next()?;
        signature.contains("name: &'static str").then_some(name)
    })
}

/// The literals that `text` passes to `function` as its first argument.
fn first_literals<'a>(text: &'a str, function: &str) -> impl Iterator<Item = &'a str> {
    let call = format!("{function}(");
    text.match_indices(&call).collect::<Vec<_>>().into_iter().filter_map(move |(start, call)| {
        let whole_word = !text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let argument = text[start + call.len()..].trim_start().strip_prefix('"').filter(|_| whole_word)?;
        argument.split('"').next()
    })
}

#[test]
fn each_recorded_operation_stands_in_the_table() {
    let table: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(table.len(), OPERATIONS.len(), "an operation stands in the table twice");

    let sources: Vec<_> = files("rs").into_iter().filter(|(name, _)| name.starts_with("crates/tensor/src/")).collect();
    let recorders: BTreeSet<_> = sources.iter().flat_map(|(_, text)| recorders(text)).collect();
    assert!(recorders.contains("record_any") && recorders.contains("by_output"), "{recorders:?}");
    let mut recorded = BTreeSet::new();
    for (name, text) in sources.iter().filter(|(name, _)| name.starts_with("crates/tensor/src/ops/")) {
        for recorder in &recorders {
            recorded.extend(first_literals(text, recorder).map(|operation| (operation, name)));
        }
    }
    assert!(recorded.len() > 60, "the test doesn't see how operations are recorded any more: {recorded:?}");
    let missing = recorded.into_iter().filter(|(operation, _)| !table.contains(operation));
    let missing = missing.map(|(operation, file)| format!("{operation}, in {file}"));
    assert_none("recorded, but not in OPERATIONS", missing.collect());
}

#[test]
fn links_to_files_lead_somewhere() {
    let mut wrong = Vec::new();
    for (name, text) in files("md") {
        let folder = Path::new(ROOT).join(&name).parent().unwrap().to_owned();
        for (index, line) in text.lines().enumerate() {
            // What stands between backticks is no link: the even pieces do not.
            let prose: String = line.split('`').step_by(2).collect();
            for part in prose.split("](").skip(1) {
                let link = part.split([')', '#', ' ']).next().unwrap_or_default();
                let outside = link.is_empty() || link.contains("://") || link.starts_with("mailto:");
                if !outside && !folder.join(link).exists() {
                    wrong.push(format!("{name}:{}: {link}", index + 1));
                }
            }
        }
    }
    assert_none("links to files that are not there", wrong);
}

/// The messages that no user of the public interface can meet.
const UNREACHABLE: [&str; 5] = [
    // Memory that runs out in an operation: a test would have to use it up.
    "the system has no {} bytes for a tensor",
    // A leaf checks its value before, and so does a state its element type.
    "the value was made by {} and belongs to a graph. Detach it first",
    // A parameter attaches its values itself.
    "the value isn't attached to this leaf",
    "the state has another element type than {}",
    // The rule of an optimizer of one's own that keeps other values than its parameter has.
    "state_dict",
];

#[test]
fn each_message_is_in_a_snapshot() {
    let told: String = files("snap").into_iter().map(|(_, text)| text).collect();
    let mut wrong = Vec::new();
    let library = ["autograd", "tensor", "nn", "draw"].map(|name| format!("crates/{name}/src/"));
    for (name, text) in
        files("rs").into_iter().filter(|(name, _)| library.iter().any(|folder| name.starts_with(folder)))
    {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in code.split(" fail(").skip(1) {
            // Up to the end of the statement or of the arm of a `match`.
            let end = call.find(");").into_iter().chain(call.find("),\n")).chain(call.find(")\n")).min();
            let Some(literal) = strings(&call[..end.unwrap_or(call.len())]).into_iter().max_by_key(String::len) else {
                continue; // the message is made elsewhere
            };
            let fixed = literal.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
            let longest = fixed.max_by_key(|part| part.len()).unwrap_or_default();
            if !told.contains(longest) && !UNREACHABLE.contains(&&*literal) {
                wrong.push(format!("{name}: {literal}"));
            }
        }
    }
    assert_none("no snapshot of tests/messages.rs shows these messages", wrong);
}

/// The string literals of a piece of code, with continued lines joined.
fn strings(code: &str) -> Vec<String> {
    let inside = code.split('"').skip(1).step_by(2);
    inside.map(|text| text.split("\\\n").map(str::trim_start).collect()).collect()
}
