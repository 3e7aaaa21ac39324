//! Reductions of truth values.

use super::fold::{Monoid, fold};

#[derive(Clone, Copy)]
struct Any;

impl Monoid<bool> for Any {
    #[inline(always)]
    fn identity(self) -> bool {
        false
    }

    #[inline(always)]
    fn combine(self, a: bool, b: bool) -> bool {
        a | b
    }
}

#[derive(Clone, Copy)]
struct All;

impl Monoid<bool> for All {
    #[inline(always)]
    fn identity(self) -> bool {
        true
    }

    #[inline(always)]
    fn combine(self, a: bool, b: bool) -> bool {
        a & b
    }
}

/// Whether one is true.
pub(crate) fn any(x: &[bool], sizes: [usize; 3], out: &mut [bool]) {
    fold(Any, x, sizes, out);
}

/// Whether all are true.
pub(crate) fn all(x: &[bool], sizes: [usize; 3], out: &mut [bool]) {
    fold(All, x, sizes, out);
}
