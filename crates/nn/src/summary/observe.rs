//! Watching a forward pass: which layers of containers it runs, and what they give.
//!
//! Layers don't know of it. A container tells when it enters and leaves one; unless a summary is being made on this
//! thread, that costs a look at a flag.

use std::cell::{Cell, RefCell};

use deltarule_tensor::{DType, Element, TensorOf};

use super::Row;
use crate::Module;

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static ROWS: RefCell<Vec<Row>> = const { RefCell::new(Vec::new()) };
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A layer that was entered, and its row if somebody watches.
#[must_use = "a layer that was entered is left"]
pub(crate) struct Entered(Option<usize>);

/// Whether a summary is being made on this thread.
#[inline]
pub(crate) fn is_watching() -> bool {
    WATCHED.get()
}

/// Says that a layer is about to run, at this index of its container.
#[inline]
pub(crate) fn enter<M: Module + ?Sized>(index: impl Into<Option<usize>>, layer: &M) -> Entered {
    if !WATCHED.get() {
        return Entered(None);
    }
    let depth = DEPTH.replace(DEPTH.get() + 1);
    let name = match index.into() {
        Some(index) => format!("{index} {}", layer.name()),
        None => layer.name().to_owned(),
    };
    // Shape and kind are known when the layer is left.
    let (output_shape, output_dtype) = (Vec::new(), DType::F32);
    let parameters = layer.num_parameters();
    let row = Row { name, depth, output_shape, output_dtype, parameters, is_container: false };
    Entered(Some(ROWS.with_borrow_mut(|rows| {
        rows.push(row);
        rows.len() - 1
    })))
}

impl Entered {
    /// Says what the layer gave.
    #[inline]
    pub(crate) fn leave<E: Element>(self, output: &TensorOf<E>) {
        if let Some(number) = self.0 {
            DEPTH.set(DEPTH.get() - 1);
            ROWS.with_borrow_mut(|rows| finish(&mut rows[number..], output));
        }
    }
}

/// The first row is of the layer that was left, the others are of layers inside of it. What these hold is counted there.
fn finish<E: Element>(rows: &mut [Row], output: &TensorOf<E>) {
    let Some((row, inner)) = rows.split_first_mut() else { return };
    let held: usize = inner.iter().map(|inner| inner.parameters).sum();
    row.is_container = !inner.is_empty();
    row.parameters = row.parameters.saturating_sub(held);
    (row.output_shape, row.output_dtype) = (output.shape().to_vec(), E::DTYPE);
}

/// Watches this thread until it is dropped, by a panic too.
pub(super) struct Watch(());

impl Watch {
    pub(super) fn begin() -> Self {
        ROWS.with_borrow_mut(Vec::clear);
        DEPTH.set(0);
        WATCHED.set(true);
        Watch(())
    }

    /// The rows of the layers that ran, in order.
    pub(super) fn rows(self) -> Vec<Row> {
        ROWS.take()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        WATCHED.set(false);
    }
}
