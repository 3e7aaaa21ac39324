//! The walk over a module's parts, which gives each its name.

use std::fmt::{self, Display, Write};

use crate::repr::Tree;
use crate::{AnyParameter, Mode, Module, State};

/// What a module is made of.
#[non_exhaustive]
pub enum Part<'a> {
    /// A value that is learnt.
    Parameter(&'a dyn AnyParameter),
    /// A value that is saved and isn't learnt.
    Buffer(&'a dyn State),
    /// The switch between training and evaluation.
    Mode(&'a Mode),
}

/// Goes over the parts of a module, and knows the path to each, such as `encoder.0.weight`.
///
/// ```
/// use deltarule_nn::{Linear, Module, Part, Visitor, sequential};
///
/// let model = sequential![Linear::new(2, 3), Linear::new(3, 1)];
/// let mut shapes = Vec::new();
/// let mut each = |path: &str, part: Part<'_>| {
///     if let Part::Parameter(parameter) = part {
///         shapes.push(format!("{path} {:?}", parameter.shape()));
///     }
/// };
/// model.visit(&mut Visitor::new(&mut each));
/// assert_eq!(shapes, ["0.weight [3, 2]", "0.bias [3]", "1.weight [1, 3]", "1.bias [1]"]);
/// ```
pub struct Visitor<'a> {
    path: String,
    each: &'a mut dyn FnMut(&str, Part<'_>),
    /// Is told of the modules too, where these are to be printed.
    tree: Option<&'a mut Tree>,
}

impl<'a> Visitor<'a> {
    /// A visitor that calls `each` with the path and every part.
    pub fn new(each: &'a mut dyn FnMut(&str, Part<'_>)) -> Self {
        Visitor { path: String::new(), each, tree: None }
    }

    /// A visitor that also tells `tree` of each module that it enters and leaves.
    pub(crate) fn of_tree(each: &'a mut dyn FnMut(&str, Part<'_>), tree: &'a mut Tree) -> Self {
        Visitor { path: String::new(), each, tree: Some(tree) }
    }

    /// Visits the module that `name` is the name of: the derive macro calls this for each field.
    pub fn child<M: Module + ?Sized>(&mut self, name: impl Display, module: &M) {
        let len = self.path.len();
        if len > 0 {
            self.path.push('.');
        }
        let start = self.path.len();
        let _ = write!(self.path, "{name}");
        if let Some(tree) = &mut self.tree {
            tree.enter(self.path[start..].to_owned(), module.shown(), module.extra_repr());
        }
        module.visit(self);
        if let Some(tree) = &mut self.tree {
            tree.leave();
        }
        self.path.truncate(len);
    }

    /// Hands over the part that the path has led to.
    pub fn part(&mut self, part: Part<'_>) {
        (self.each)(&self.path, part);
    }
}

impl fmt::Debug for Visitor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("path", &self.path).finish_non_exhaustive()
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Parameter(_) => "Parameter",
            Part::Buffer(_) => "Buffer",
            Part::Mode(_) => "Mode",
        })
    }
}
