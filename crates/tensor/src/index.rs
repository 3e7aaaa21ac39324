//! What stands between the brackets of PyTorch's `x[…]`: places, ranges, steps.

use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use deltarule_autograd::call_site::fail;
use smallvec::SmallVec;

use crate::dim::Size;

/// What is taken of one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slice {
    /// One place: the axis goes. A negative number counts from the end.
    Index(isize),
    /// A range, each `step`-th element. Negative bounds count from the end; bounds over the end stop there.
    Range {
        /// The first place; the start if `None`.
        start: Option<isize>,
        /// The place after the last; the end if `None`.
        end: Option<isize>,
        /// The distance from one place to the next, at least 1.
        step: usize,
    },
}

/// Each `step`-th element of a range: `step(.., 2)`, `step(1..7, 3)`. PyTorch: `x[1:7:3]`.
///
/// # Panics
/// If `step` is 0.
#[track_caller]
pub fn step(range: impl Into<Slice>, step: usize) -> Slice {
    if step == 0 {
        fail("step", "the step of a slice is at least 1");
    }
    match range.into() {
        Slice::Range { start, end, .. } => Slice::Range { start, end, step },
        index => index,
    }
}

impl Slice {
    /// Start and length of the range in an axis of `size`, as Python clips them.
    pub(crate) fn clip(start: Option<isize>, end: Option<isize>, step: usize, size: usize) -> (usize, usize) {
        let place = |bound: isize| {
            let bound = if bound < 0 { bound + size as isize } else { bound };
            bound.clamp(0, size as isize) as usize
        };
        let (start, end) = (start.map_or(0, place), end.map_or(size, place));
        (start, end.saturating_sub(start).div_ceil(step))
    }

    fn from_bounds(start: Bound<isize>, end: Bound<isize>) -> Self {
        let start = match start {
            Bound::Included(start) => Some(start),
            Bound::Excluded(before) => Some(before.saturating_add(1)),
            Bound::Unbounded => None,
        };
        let end = match end {
            // The place after the last element, −1, is the end.
            Bound::Included(-1) | Bound::Unbounded => None,
            // No axis has so many places that this would fail.
            Bound::Included(last) => Some(last.saturating_add(1)),
            Bound::Excluded(end) => Some(end),
        };
        Slice::Range { start, end, step: 1 }
    }
}

impl From<RangeFull> for Slice {
    fn from(_: RangeFull) -> Self {
        Slice::from_bounds(Bound::Unbounded, Bound::Unbounded)
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Slice {
            fn from(index: $integer) -> Self {
                Slice::Index(index.signed())
            }
        }

        from_integers!(@range $integer, Range<$integer>, RangeFrom<$integer>, RangeTo<$integer>,
            RangeInclusive<$integer>, RangeToInclusive<$integer>);
    )*};
    (@range $integer:ty, $($range:ty),+) => {$(
        impl From<$range> for Slice {
            fn from(range: $range) -> Self {
                use std::ops::RangeBounds;
                let signed = |bound: Bound<&$integer>| bound.map(|&place| place.signed());
                Slice::from_bounds(signed(range.start_bound()), signed(range.end_bound()))
            }
        }
    )+};
}

from_integers!(i32 isize usize);

/// A slice for each of the first axes: `1..3`, `(.., 0)`, `(0..2, step(.., 2))`.
pub trait IntoSlices {
    #[doc(hidden)]
    fn into_slices(self) -> SmallVec<[Slice; 4]>;
}

impl<T: Into<Slice>> IntoSlices for T {
    fn into_slices(self) -> SmallVec<[Slice; 4]> {
        SmallVec::from_iter([self.into()])
    }
}

macro_rules! from_tuples {
    ($(($($name:ident)+))+) => {$(
        impl<$($name: Into<Slice>),+> IntoSlices for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_slices(self) -> SmallVec<[Slice; 4]> {
                let ($($name,)+) = self;
                SmallVec::from_iter([$($name.into()),+])
            }
        }
    )+};
}

from_tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::reversed_empty_ranges, reason = "as in Python, −1 is the last")]
    fn ranges_are_clipped_as_in_python() {
        let clip = |slice: Slice, size| match slice {
            Slice::Range { start, end, step } => Slice::clip(start, end, step, size),
            Slice::Index(_) => unreachable!(),
        };
        assert_eq!(clip((1..3).into(), 5), (1, 2));
        assert_eq!(clip((-2..).into(), 5), (3, 2));
        assert_eq!(clip((..-1).into(), 5), (0, 4));
        assert_eq!(clip((0..=-1).into(), 5), (0, 5));
        assert_eq!(clip((2..100).into(), 5), (2, 3));
        assert_eq!(clip((4..2).into(), 5), (4, 0));
        assert_eq!(clip(step(1.., 3), 8), (1, 3));
        assert_eq!(clip(step(1.., usize::MAX), 8), (1, 1));
    }

    /// A `usize` is never negative, however large, and no end is so far that it comes around.
    #[test]
    fn the_largest_bounds_are_beyond_each_axis() {
        let clip = |slice: Slice| match slice {
            Slice::Range { start, end, step } => Slice::clip(start, end, step, 4),
            Slice::Index(_) => unreachable!(),
        };
        for huge in [usize::MAX, usize::MAX - 1, isize::MAX as usize, isize::MAX as usize + 1] {
            assert_eq!(clip((0..huge).into()), (0, 4), "..{huge}");
            assert_eq!(clip((1..=huge).into()), (1, 3), "..={huge}");
            assert_eq!(clip((huge..).into()), (4, 0), "{huge}..");
            assert_eq!(Slice::from(huge), Slice::Index(isize::MAX));
        }
        assert_eq!(clip((..=isize::MAX).into()), (0, 4));
        assert_eq!(clip((isize::MIN..).into()), (0, 4));
        assert_eq!(clip((..isize::MIN).into()), (0, 0));
    }
}
