//! What a theme of layers or losses compared, gathered under the names of PyTorch: for its test, and for the page.

use serde_json::Value;

use crate::near::Differences;
use crate::page::Row;

/// All cases of a theme.
#[derive(Default)]
pub(crate) struct Compared {
    groups: Vec<Group>,
}

/// The cases of one name.
struct Group {
    torch: String,
    deltarule: String,
    options: Options,
    differences: Differences,
}

impl Compared {
    /// Where the differences of a case go. `torch` is a name, and `options` an object of PyTorch's options.
    pub(crate) fn case(&mut self, torch: &str, deltarule: &str, options: &Value) -> &mut Differences {
        let place = self.groups.iter().position(|group| group.torch == torch).unwrap_or_else(|| {
            let (torch, deltarule) = (torch.to_owned(), deltarule.to_owned());
            self.groups.push(Group {
                torch,
                deltarule,
                options: Options::default(),
                differences: Differences::default(),
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[place];
        assert_eq!(group.deltarule, deltarule, "{torch} has one name");
        group.options.add(options);
        &mut group.differences
    }

    /// Fails with all that was found.
    #[track_caller]
    pub(crate) fn expect_none(&self) {
        self.groups.iter().for_each(|group| group.differences.expect_none());
    }

    /// The lines of the page.
    pub(crate) fn rows(self) -> Vec<Row> {
        let row = |group: Group| Row {
            short: None,
            torch: group.torch,
            deltarule: group.deltarule,
            options: Some(group.options.text()),
            errors: vec![Some((group.differences.largest.into(), group.differences.limit.into()))],
            notes: Vec::new(),
        };
        self.groups.into_iter().map(row).collect()
    }
}

/// The values that each option had, in the order in which they came.
#[derive(Default)]
pub(crate) struct Options(Vec<(String, Vec<String>)>);

impl Options {
    /// Adds those of one case, an object.
    pub(crate) fn add(&mut self, options: &Value) {
        for (name, value) in options.as_object().into_iter().flatten() {
            let place = self.0.iter().position(|(other, _)| other == name).unwrap_or_else(|| {
                self.0.push((name.clone(), Vec::new()));
                self.0.len() - 1
            });
            let value = as_in_python(value);
            if !self.0[place].1.contains(&value) {
                self.0[place].1.push(value);
            }
        }
    }

    /// For the page: `eps` 0.1, 0.001; `affine` False.
    pub(crate) fn text(&self) -> String {
        let each = self.0.iter().map(|(name, values)| format!("`{name}` {}", values.join(", ")));
        each.collect::<Vec<_>>().join("; ")
    }
}

fn as_in_python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("({})", values.iter().map(as_in_python).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The name of a value's type, as users of `deltarule` write it: `nn::Linear` for what stands in the module `nn`.
pub(crate) fn type_name<T>(_: &T, module: &str) -> String {
    format!("{module}::{}", deltarule::autograd::call_site::short_name(std::any::type_name::<T>()))
}
