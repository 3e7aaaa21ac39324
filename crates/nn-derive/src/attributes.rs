//! The options in `#[module(...)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Path, Result, Token};

/// The options of a struct.
#[derive(Default)]
pub(crate) struct Options {
    /// Where the crate is.
    pub(crate) path: Option<Path>,
    /// What writes the options of the module when it is printed.
    pub(crate) extra_repr: Option<Path>,
}

/// The options of a struct.
pub(crate) fn of_struct(attributes: &[Attribute]) -> Result<Options> {
    let mut options = Options::default();
    for_each(attributes, |option| {
        if option.path.is_ident("crate") {
            option.input.parse::<Token![=]>()?;
            options.path = Some(option.input.call(Path::parse_mod_style)?);
            return Ok(());
        }
        if option.path.is_ident("extra_repr") {
            option.input.parse::<Token![=]>()?;
            options.extra_repr = Some(option.input.parse()?);
            return Ok(());
        }
        if option.path.is_ident("skip") {
            return Err(option.error("`skip` belongs on a field, above the one to leave out"));
        }
        Err(option.error("unknown option: a struct takes `#[module(crate = path)]` and `#[module(extra_repr = path)]`"))
    })?;
    Ok(options)
}

/// The options of a field: whether it is left out.
pub(crate) fn skips(attributes: &[Attribute]) -> Result<bool> {
    let mut skip = false;
    for_each(attributes, |option| {
        if option.path.is_ident("skip") {
            skip = true;
            return Ok(());
        }
        Err(option.error("unknown option: a field takes `#[module(skip)]` alone, and its name is that of its entries"))
    })?;
    Ok(skip)
}

/// Calls `option` with each option in the `module` attributes.
fn for_each(attributes: &[Attribute], mut option: impl FnMut(ParseNestedMeta<'_>) -> Result<()>) -> Result<()> {
    for attribute in attributes {
        if attribute.path().is_ident("module") {
            attribute.parse_nested_meta(&mut option)?;
        }
    }
    Ok(())
}
