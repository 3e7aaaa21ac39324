//! Whose line it was: where a value was made, and in which layer.
//!
//! `#[track_caller]` carries the user's line down to the operation. A container enters a [`Layer`] before it calls one:
//! which layer it was is not to be seen from the line that called the container. [`fail`] adds that line and the layer's
//! path to the message.

use std::cell::Cell;
use std::fmt::Write;
use std::marker::PhantomData;
use std::panic::Location;

use crate::thread::{Thread, here};

/// How many layers within each other a message can name.
const DEEPEST: usize = 16;

/// The index of a layer in its container, and its type.
type Frame = (usize, &'static str);
/// An operation's name and the user's line that recorded it.
type Recorded = (&'static str, &'static Location<'static>);

/// Where a thread is: in which layers, and in which gradient rule.
pub(crate) struct Lines {
    /// The line that called the outermost container.
    location: Cell<Option<&'static Location<'static>>>,
    /// The layers that are being run, the outermost first: an array of cells, which costs less to enter than a list.
    frames: [Cell<Frame>; DEEPEST],
    depth: Cell<usize>,
    rule: Cell<Option<Recorded>>,
}

impl Lines {
    pub(crate) const fn new() -> Self {
        Lines {
            location: Cell::new(None),
            frames: [const { Cell::new((0, "")) }; DEEPEST],
            depth: Cell::new(0),
            rule: Cell::new(None),
        }
    }
}

/// A layer of a container that is being run on this thread; left when dropped.
#[derive(Debug)]
#[must_use = "the layer is left when the value is dropped"]
pub struct Layer {
    previous: Option<&'static Location<'static>>,
    // Not `Send`: the layer was entered on one thread.
    thread: PhantomData<*const ()>,
}

impl Layer {
    /// Enters the layer at `index`, of the type `name`, which messages [shorten](short_name). `line` is the line that
    /// called the container; an outer container's line stays in force, for it is nearer to the user.
    #[inline]
    pub fn enter(line: &'static Location<'static>, index: usize, name: &'static str) -> Self {
        here(|Thread { lines, .. }| {
            let previous = lines.location.get();
            lines.location.set(previous.or(Some(line)));
            let depth = lines.depth.replace(lines.depth.get() + 1);
            if let Some(frame) = lines.frames.get(depth) {
                frame.set((index, name));
            }
            Layer { previous, thread: PhantomData }
        })
    }
}

impl Drop for Layer {
    #[inline]
    fn drop(&mut self) {
        here(|Thread { lines, .. }| {
            lines.location.set(self.previous);
            lines.depth.set(lines.depth.get() - 1);
        });
    }
}

/// The gradient rules that one backward pass runs on this thread. When it is dropped, the rule that called that pass, if
/// one did, is in force again.
///
/// While a rule runs, [`fail`] names the operation that it belongs to, and new nodes carry the line that recorded the
/// operation: the rule's own lines are not the user's.
pub(crate) struct Rules {
    previous: Option<Recorded>,
}

impl Rules {
    pub(crate) fn new() -> Self {
        Rules { previous: here(|thread| thread.lines.rule.take()) }
    }

    /// Begins the rule of the operation `name`, recorded at `line`.
    #[inline]
    pub(crate) fn enter(&self, name: &'static str, line: &'static Location<'static>) {
        here(|thread| thread.lines.rule.set(Some((name, line))));
    }

    /// Ends the rule: what follows is no part of one.
    #[inline]
    pub(crate) fn leave(&self) {
        here(|thread| thread.lines.rule.set(None));
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        here(|thread| thread.lines.rule.set(self.previous));
    }
}

/// The user's line: the one that recorded the operation whose rule is being run, else the caller's.
#[inline]
#[track_caller]
pub fn caller() -> &'static Location<'static> {
    // Not `unwrap_or_else`: within a closure `Location::caller` is the closure's own line.
    match here(|thread| thread.lines.rule.get()) {
        Some((_, line)) => line,
        None => Location::caller(),
    }
}

/// The path of the layer being run, such as `layer 1.0 (Linear)`, outermost index first.
pub fn layer_path() -> Option<String> {
    here(|Thread { lines, .. }| {
        let depth = lines.depth.get();
        let frames = &lines.frames[..depth.min(DEEPEST)];
        let (_, name) = frames.last()?.get();
        let mut path: Vec<_> = frames.iter().map(|frame| frame.get().0.to_string()).collect();
        if depth > DEEPEST {
            path.push("…".to_owned());
        }
        Some(format!("layer {} ({})", path.join("."), short_name(name)))
    })
}

/// The line that called the outermost container.
fn location() -> Option<&'static Location<'static>> {
    here(|thread| thread.lines.location.get())
}

/// A type's name without the paths of crates and modules: `Relu` of `deltarule_nn::activation::Relu`, `Pair` of
/// `model::Pair<model::A>`; and `Linear` of `LinearOf<f32>`, whose alias it is.
pub fn short_name(name: &'static str) -> &'static str {
    let (path, arguments) = name.split_once('<').unwrap_or((name, ""));
    let name = path.rsplit("::").next().unwrap_or(path);
    if arguments.is_empty() { name } else { name.strip_suffix("Of").unwrap_or(name) }
}

/// Panics with `operation: message` at the caller's line; inside of a container it adds the layer's path and the line
/// that called the container, inside of a gradient rule whose rule it is. Every wrong use of an operation ends here.
#[cold]
#[track_caller]
pub fn fail(operation: &str, message: impl std::fmt::Display) -> ! {
    let mut text = format!("{operation}: {message}");
    if let (Some(path), Some(line)) = (layer_path(), location()) {
        let _ = write!(text, "\n  in {path}, called at {line}");
    }
    if let Some((name, line)) = here(|thread| thread.lines.rule.get()) {
        let _ = write!(text, "\n  in the gradient rule of {name}, recorded at {line}");
    }
    panic!("{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_named_down_to_a_depth_and_left_from_any() {
        let line = Location::caller();
        let mut layers: Vec<_> = (0..DEEPEST + 3).map(|index| Layer::enter(line, index, "model::Deep")).collect();
        assert_eq!(layer_path().unwrap(), "layer 0.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.… (Deep)");
        // Each guard restores what it found: in the reverse order of their making.
        layers.truncate(2);
        drop(layers.pop());
        assert_eq!(layer_path().unwrap(), "layer 0 (Deep)");
        layers.clear();
        assert_eq!((layer_path(), location()), (None, None));
    }

    #[test]
    fn a_short_name_has_neither_path_nor_arguments() {
        assert_eq!(short_name("deltarule_nn::linear::Linear"), "Linear");
        assert_eq!(short_name("model::Pair<model::A, alloc::vec::Vec<u8>>"), "Pair");
        assert_eq!(short_name("Plain"), "Plain");
    }
}
