//! Where the crate of `Module` is, seen from the crate that is being compiled.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::quote;

/// `::deltarule_nn` for crates that depend on it, `::deltarule::nn` for those that depend on `deltarule` alone.
///
/// A macro can't ask which crates are in scope, so the manifest is read. Cargo compiles a crate anew when its manifest
/// changes. Without Cargo, or with a dependency under another name, `#[module(crate = path)]` says it.
pub(crate) fn of_module() -> TokenStream {
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|folder| fs::read_to_string(Path::new(&folder).join("Cargo.toml")).ok());
    match manifest {
        Some(manifest) if !names(&manifest, "deltarule-nn") && names(&manifest, "deltarule") => {
            quote!(::deltarule::nn)
        }
        _ => quote!(::deltarule_nn),
    }
}

/// Whether a manifest has the package `name` as its own or as a dependency: `name = …`, `name.workspace = …`,
/// `[dependencies.name]` or the package's `name = "name"`.
fn names(manifest: &str, name: &str) -> bool {
    manifest.lines().map(str::trim).any(|line| {
        if let Some(table) = line.strip_prefix('[') {
            return table.trim_end_matches(']').rsplit('.').next() == Some(name);
        }
        let Some((key, value)) = line.split_once('=') else {
            return false;
        };
        let key = key.trim().split('.').next().map(|key| key.trim_matches('"'));
        key == Some(name) || (key == Some("name") && value.trim().trim_matches('"') == name)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_dependency_is_found_in_each_of_its_forms() {
        for manifest in [
            "[dependencies]\ndeltarule = \"0.1\"",
            "[dependencies]\ndeltarule.workspace = true",
            "[dependencies]\n\"deltarule\" = { path = \"..\" }",
            "[dependencies.deltarule]\npath = \"..\"",
            "[package]\nname = \"deltarule\"",
        ] {
            assert!(names(manifest, "deltarule"), "{manifest}");
            assert!(!names(manifest, "deltarule-nn"), "{manifest}");
        }
    }

    #[test]
    fn a_longer_name_is_another_crate() {
        let manifest = "[dependencies]\ndeltarule-nn = \"0.1\"\n[dependencies.deltarule-tensor]";
        assert!(names(manifest, "deltarule-nn"));
        assert!(!names(manifest, "deltarule"));
    }
}
