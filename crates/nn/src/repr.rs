//! Modules as text, in PyTorch's form.

use std::fmt;

use deltarule_tensor::Float;

use crate::{
    BatchNorm1dOf, Dropout, Elu, EmbeddingOf, Flatten, Gelu, Identity, LayerNormOf, LeakyRelu, LinearOf, LogSoftmax,
    Module, Relu, SequentialOf, Sigmoid, Silu, Softmax, Softplus, Tanh, Visitor,
};

/// The text of a module: its type, its options and its submodules, as PyTorch prints them. PyTorch: `repr(model)`,
/// `print(model)`.
///
/// Layers have the names and the options that they have in PyTorch, so that two printouts can be compared. Vectors, arrays,
/// slices and tuples of modules are a `ModuleList`, maps a `ModuleDict`; equal neighbours in a list are written once.
/// Parameters, buffers and plain values are no submodules, nor are collections that hold no module.
///
/// A [`Sequential`](crate::Sequential) and each layer implement `Display` by this text. A module of your own shows its
/// options by [`extra_repr`](Module::extra_repr).
///
/// ```
/// use deltarule_nn::{Linear, Module, Sequential, Sigmoid, repr, sequential};
///
/// #[derive(Module)]
/// struct Model {
///     encoder: Sequential,
///     heads: Vec<Linear>,
///     rate: f64,
/// }
///
/// let model = Model {
///     encoder: sequential![Linear::new(2, 2), Sigmoid],
///     heads: vec![Linear::new(2, 1), Linear::new(2, 1)],
///     rate: 0.1,
/// };
/// let expected = "\
/// Model(
///   (encoder): Sequential(
///     (0): Linear(in_features=2, out_features=2, bias=True)
///     (1): Sigmoid()
///   )
///   (heads): ModuleList(
///     (0-1): 2 x Linear(in_features=2, out_features=1, bias=True)
///   )
/// )";
/// assert_eq!(repr(&model), expected);
/// assert_eq!(model.heads[0].to_string(), "Linear(in_features=2, out_features=1, bias=True)");
/// ```
pub fn repr<M: Module + ?Sized>(module: &M) -> String {
    let mut tree = Tree { open: Vec::new() };
    // A value, too, is shown if it is what was asked for.
    let root = match module.shown() {
        Shown::Nothing => Shown::Module(module.name()),
        shown => shown,
    };
    tree.enter(String::new(), root, module.extra_repr());
    module.visit(&mut Visitor::of_tree(&mut |_, _| {}, &mut tree));
    tree.open.pop().map(|root| root.text()).unwrap_or_default()
}

/// What a module is in a printout.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A module, by its name there.
    Module(&'static str),
    /// A list of whatever is shown of its elements.
    List,
    /// The same, with names.
    Dict,
    /// Values are not shown.
    Nothing,
}

/// The modules that have been entered, from the root on.
#[derive(Debug)]
pub(crate) struct Tree {
    open: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    key: String,
    shown: Shown,
    extra: String,
    /// The names and the texts of the submodules.
    children: Vec<(String, String)>,
}

impl Tree {
    pub(crate) fn enter(&mut self, key: String, shown: Shown, extra: String) {
        self.open.push(Node { key, shown, extra, children: Vec::new() });
    }

    pub(crate) fn leave(&mut self) {
        let Some(node) = self.open.pop() else { return };
        let shown = match node.shown {
            Shown::Module(_) => true,
            Shown::List | Shown::Dict => !node.children.is_empty(),
            Shown::Nothing => false,
        };
        if let (true, Some(parent)) = (shown, self.open.last_mut()) {
            let text = node.text();
            parent.children.push((node.key, text));
        }
    }
}

impl Node {
    /// As `torch.nn.Module.__repr__` puts it together.
    fn text(&self) -> String {
        let name = match self.shown {
            Shown::Module(name) => name,
            Shown::List => "ModuleList",
            Shown::Dict => "ModuleDict",
            Shown::Nothing => "",
        };
        let extra = &self.extra;
        if self.children.is_empty() && !extra.contains('\n') {
            return format!("{name}({extra})");
        }
        let children = match self.shown {
            Shown::List => repeated(&self.children),
            _ => self.children.iter().map(|(key, text)| format!("({key}): {text}")).collect(),
        };
        let children = children.iter().map(|child| child.replace('\n', "\n  "));
        let lines: Vec<_> = extra.lines().map(str::to_owned).chain(children).collect();
        format!("{name}(\n  {}\n)", lines.join("\n  "))
    }
}

/// The elements of a list, where equal ones whose indices follow each other are one: `(0-2): 3 x Linear(…)`.
fn repeated(children: &[(String, String)]) -> Vec<String> {
    let index = |key: &String| key.parse::<usize>().ok();
    let runs = children.chunk_by(|(key, text), (next, other)| {
        text == other && index(key).is_some_and(|key| index(next) == Some(key + 1))
    });
    runs.map(|run| match run {
        [(key, text)] => format!("({key}): {text}"),
        _ => format!("({}-{}): {} x {}", run[0].0, run[run.len() - 1].0, run.len(), run[0].1),
    })
    .collect()
}

/// A truth value as Python prints it.
pub(crate) fn python_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// A number as Python prints it: `0.1`, `1e-05`, `1.0`. Both have the shortest digits that give the number back, and an
/// exponent at the same sizes.
pub(crate) fn python_float(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        _ if value.is_nan() => "nan".to_owned(),
        None => text,
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{digits}e-{exponent:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
    }
}

/// A shape as Python prints a tuple: `(4,)`, `(2, 3)`.
pub(crate) fn python_tuple(sizes: &[usize]) -> String {
    match sizes {
        [size] => format!("({size},)"),
        _ => {
            let sizes: Vec<_> = sizes.iter().map(ToString::to_string).collect();
            format!("({})", sizes.join(", "))
        }
    }
}

/// Layers print as in PyTorch.
macro_rules! displayed {
    ($($plain:ident)*; $($generic:ident)*) => {
        $(
            impl fmt::Display for $plain {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&repr(self))
                }
            }
        )*
        $(
            impl<E: Float> fmt::Display for $generic<E> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&repr(self))
                }
            }
        )*
    };
}

displayed! {
    Dropout Elu Flatten Gelu Identity LeakyRelu LogSoftmax Relu Sigmoid Silu Softmax Softplus Tanh;
    BatchNorm1dOf EmbeddingOf LayerNormOf LinearOf SequentialOf
}

#[cfg(test)]
mod tests {
    use super::{python_float, python_tuple};

    #[test]
    fn numbers_are_pythons() {
        let numbers = [0.0, 1.0, 0.1, 1e-4, 1e-5, 1.5e-5, 1e-12, 1e15, 1e16, 2.5e100, -1e-5, f64::INFINITY, f64::NAN];
        let expected = [
            "0.0",
            "1.0",
            "0.1",
            "0.0001",
            "1e-05",
            "1.5e-05",
            "1e-12",
            "1000000000000000.0",
            "1e+16",
            "2.5e+100",
            "-1e-05",
            "inf",
            "nan",
        ];
        assert_eq!(numbers.map(python_float), expected);
    }

    #[test]
    fn a_tuple_of_one_has_a_comma() {
        assert_eq!([&[4][..], &[2, 3]].map(python_tuple), ["(4,)", "(2, 3)"]);
    }
}
