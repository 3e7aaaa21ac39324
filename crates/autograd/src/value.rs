//! What the tape asks of the values that it differentiates.

use std::thread::LocalKey;

use crate::{Spare, Var};

/// A value that gradients are taken of: a number, an array.
///
/// The tape never computes with a value except to add two gradients that meet. All else is the business of the
/// operations, which are recorded with [`record`](fn@crate::record).
pub trait Value: Clone + Send + Sync + Sized + 'static {
    /// What stays known of a value after it is gone, so that its gradient can be checked: the shape of an array, `()`
    /// for a number.
    type Meta: Send + Sync + 'static;

    /// The meta data of this value.
    fn meta(&self) -> Self::Meta;

    /// The sum of two gradients of the same value.
    fn add(self, other: Self) -> Self;

    /// dz/dz, where a backward pass begins.
    ///
    /// # Errors
    /// A value that isn't a scalar has no such default: the error says so, and what to do.
    fn seed(&self) -> Result<Self, String>;

    /// Whether the value holds neither NaN nor an infinity. The anomaly mode asks.
    fn is_finite(&self) -> bool;

    /// Whether this gradient has the form of the value it belongs to already. If so, [`conform`](Value::conform) is not
    /// asked: a cheap test here makes a backward pass faster.
    #[inline]
    fn fits(&self, meta: &Self::Meta) -> bool {
        let _ = meta;
        false
    }

    /// Brings a gradient into the form of the value it belongs to. Here arrays undo a broadcast, in one place for all
    /// operations.
    ///
    /// `output` is the meta data of what the operation made of the value: what a gradient has more than the value, it has
    /// from there. `None` if no operation sends it, but a hook or whoever starts a backward pass: then nothing was
    /// broadcast.
    ///
    /// # Errors
    /// Says what is wrong with a gradient that can't belong to such a value.
    fn conform(gradient: Var<Self>, meta: &Self::Meta, output: Option<&Self::Meta>) -> Result<Var<Self>, String> {
        let _ = (meta, output);
        Ok(gradient)
    }

    /// Where each thread keeps the nodes of freed graphs for the next operations, so that recording needs no allocator.
    /// By default nowhere.
    #[inline]
    fn spare() -> Option<&'static LocalKey<Spare<Self>>> {
        None
    }
}

impl Value for f64 {
    type Meta = ();

    fn meta(&self) {}

    fn add(self, other: Self) -> Self {
        self + other
    }

    fn seed(&self) -> Result<Self, String> {
        Ok(1.0)
    }

    fn is_finite(&self) -> bool {
        f64::is_finite(*self)
    }

    fn fits(&self, _: &()) -> bool {
        true
    }

    fn spare() -> Option<&'static LocalKey<Spare<Self>>> {
        thread_local! {
            static SPARE: Spare<f64> = const { Spare::new() };
        }
        Some(&SPARE)
    }
}
