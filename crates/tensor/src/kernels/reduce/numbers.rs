//! Numbers that are known of each output, such as means, while its elements are read once more.

use smallvec::SmallVec;

use super::fold::{LANES, LONG, WIDTH};
use super::source::Table;
use crate::element::Number;

/// One number for each output of `[outer, inner]`.
pub(super) struct Numbers<E> {
    values: SmallVec<[E; 64]>,
    inner: usize,
    /// The same, repeated, where a line has few columns.
    repeated: Vec<E>,
}

impl<E: Number> Numbers<E> {
    /// Filled by `fill`.
    #[inline]
    pub(super) fn new([outer, _, inner]: [usize; 3], fill: impl FnOnce(&mut [E])) -> Self {
        let mut values = SmallVec::from_elem(E::default(), outer * inner);
        fill(&mut values);
        let mut repeated = Vec::new();
        if inner > 1 && inner < LANES {
            repeated.reserve(outer * (LONG + WIDTH));
            for line in values.chunks_exact(inner) {
                repeated.extend(line.iter().cycle().take(LONG + WIDTH));
            }
        }
        Numbers { values, inner, repeated }
    }

    pub(super) fn values(&self) -> &[E] {
        &self.values
    }

    #[inline]
    pub(super) fn table(&self) -> Table<'_, E> {
        if self.repeated.is_empty() {
            return Table { values: &self.values, width: self.inner };
        }
        Table { values: &self.repeated, width: LONG + WIDTH }
    }
}
