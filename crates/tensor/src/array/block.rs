//! A shared block: one piece of memory that holds a count of owners, a description and the elements.
//!
//! This is `Arc<(M, [E])>` behind a thin pointer, in memory from the [pool](super::pool). A handle of one word keeps small
//! operations fast: the description (shape and strides) lies beside the elements and not in the handle.

use std::marker::PhantomData;
use std::mem::size_of;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering, fence};

use super::pool::{self, Origin, Piece};
use crate::element::{DType, Element};

/// The first bytes of each block. The elements start at [`DATA`].
struct Header<M> {
    owners: AtomicU32,
    origin: Origin,
    len: usize,
    description: M,
}

/// Where the elements start: one place for all blocks, so that the bytes from there on only ever hold elements and
/// stay initialised from one use to the next.
const DATA: usize = 2 * pool::ALIGN;

/// A shared handle to a description of type `M` and a slice of elements. The last owner frees them.
pub(super) struct Block<M, E: Element> {
    header: NonNull<Header<M>>,
    owns: PhantomData<(M, E)>,
}

// SAFETY: a block is an `Arc` of `M` and elements: it shares `&M` and `&[E]` between threads, and the last owner drops
// both, so it may be sent and shared if they may be.
unsafe impl<M: Send + Sync, E: Element> Send for Block<M, E> {}
// SAFETY: as above.
unsafe impl<M: Send + Sync, E: Element> Sync for Block<M, E> {}

impl<M, E: Element> Block<M, E> {
    /// A block of `len` elements whose values have no meaning yet.
    #[inline]
    pub(super) fn new(description: M, len: usize) -> Self {
        let block = Self::place(pool::take(Self::bytes(len)), description, len);
        if E::DTYPE == DType::Bool {
            // A `bool` must be 0 or 1, and the memory may have held numbers.
            // SAFETY: the block is new, so nobody else can reach it, and it has room for `len` elements.
            unsafe { block.data_pointer().write_bytes(0, len) };
        }
        block
    }

    /// A block of `len` zeros.
    pub(super) fn zeroed(description: M, len: usize) -> Self {
        let bytes = Self::bytes(len);
        if pool::is_large(bytes) {
            return Self::place(pool::take_zeroed(bytes), description, len);
        }
        let mut block = Self::new(description, len);
        if let Some((_, data)) = block.get_mut() {
            data.fill(E::default());
        }
        block
    }

    fn bytes(len: usize) -> usize {
        match len.checked_mul(size_of::<E>()).and_then(|bytes| bytes.checked_add(DATA)) {
            Some(bytes) if bytes <= isize::MAX as usize / 2 => bytes,
            _ => panic!("an array of {len} elements is larger than the address space"),
        }
    }

    /// Makes a block in `piece`, which has at least `bytes(len)` bytes.
    #[inline]
    fn place(piece: Piece, description: M, len: usize) -> Self {
        const { assert!(size_of::<Header<M>>() <= DATA && align_of::<Header<M>>() <= pool::ALIGN) };
        let header = piece.start.cast::<Header<M>>();
        let origin = piece.origin();
        // SAFETY: the piece is owned, aligned to ALIGN, and has at least DATA bytes, which a header fits into.
        unsafe { header.write(Header { owners: AtomicU32::new(1), origin, len, description }) };
        Block { header, owns: PhantomData }
    }

    #[inline]
    fn header(&self) -> &Header<M> {
        // SAFETY: `place` wrote the header, and it lives until the last owner is gone; while there are several owners
        // there is no `&mut` to it.
        unsafe { self.header.as_ref() }
    }

    #[inline]
    fn data_pointer(&self) -> NonNull<E> {
        // SAFETY: the piece has at least DATA bytes.
        unsafe { self.header.byte_add(DATA) }.cast()
    }

    /// The description.
    #[inline]
    pub(super) fn description(&self) -> &M {
        &self.header().description
    }

    /// The elements.
    #[inline]
    pub(super) fn data(&self) -> &[E] {
        // SAFETY: the piece has room for `len` elements from DATA on, aligned to 64; all bytes are initialised (see
        // pool), and every bit pattern is valid for the numbers, while `new` cleared blocks of `bool`. While `&self`
        // lives nobody writes: `get_mut` needs the only handle.
        unsafe { slice::from_raw_parts(self.data_pointer().as_ptr(), self.header().len) }
    }

    /// Whether this handle is the only one.
    #[inline]
    pub(super) fn is_unique(&self) -> bool {
        // Acquire: what other owners did before they let go is seen by whoever writes next.
        self.header().owners.load(Ordering::Acquire) == 1
    }

    /// The description and the elements, to be changed, if this handle is the only one.
    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<(&mut M, &mut [E])> {
        if !self.is_unique() {
            return None;
        }
        let data = self.data_pointer();
        // SAFETY: there is one owner and it is borrowed mutably, so nobody else can reach the block. The header and the
        // elements don't overlap. The elements are initialised as `data` argues.
        unsafe {
            let header = self.header.as_mut();
            Some((&mut header.description, slice::from_raw_parts_mut(data.as_ptr(), header.len)))
        }
    }
}

impl<M, E: Element> Clone for Block<M, E> {
    #[inline]
    fn clone(&self) -> Self {
        // Relaxed: a new owner comes from an old one, which keeps the block alive.
        let owners = self.header().owners.fetch_add(1, Ordering::Relaxed);
        // As in `Arc`: so many owners can only come from leaked handles, and an overflow would free what is in use.
        if owners > u32::MAX / 2 {
            std::process::abort();
        }
        Block { header: self.header, owns: PhantomData }
    }
}

impl<M, E: Element> Drop for Block<M, E> {
    #[inline]
    fn drop(&mut self) {
        // The only owner needs no read-modify-write: nobody is left to race with.
        if !self.is_unique() {
            if self.header().owners.fetch_sub(1, Ordering::Release) != 1 {
                return;
            }
            // What the other owners did happens before the block is freed.
            fence(Ordering::Acquire);
        }
        let origin = self.header().origin;
        // SAFETY: this was the last owner, so the description is dropped once and nobody can reach it any more.
        unsafe { (&raw mut (*self.header.as_ptr()).description).drop_in_place() };
        pool::give(Piece::from_origin(self.header.cast(), origin));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_last_owner_frees_the_description() {
        let witness = Arc::new(());
        let block = Block::<_, f32>::new(Arc::clone(&witness), 10);
        let other = block.clone();
        drop(block);
        assert_eq!(Arc::strong_count(&witness), 2);
        drop(other);
        assert_eq!(Arc::strong_count(&witness), 1);
    }

    #[test]
    fn only_one_owner_may_write() {
        let mut block = Block::<_, i64>::zeroed((), 3);
        block.get_mut().unwrap().1[1] = 5;
        let other = block.clone();
        assert!(block.get_mut().is_none());
        assert_eq!(other.data(), [0, 5, 0]);
        drop(other);
        assert!(block.get_mut().is_some());
    }

    #[test]
    fn a_block_of_bools_is_valid_in_memory_that_held_numbers() {
        let mut block = Block::<_, i64>::new((), 100);
        block.get_mut().unwrap().1.fill(-1);
        drop(block);
        let block = Block::<_, bool>::new((), 800);
        assert!(block.data().iter().all(|value| !value));
    }

    #[test]
    fn owners_on_many_threads() {
        let block = Block::<_, f64>::zeroed(vec![1, 2, 3], 1000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let block = block.clone();
                scope.spawn(move || {
                    for _ in 0..10_000 {
                        assert_eq!(block.clone().description().len(), 3);
                    }
                });
            }
        });
        assert!(block.is_unique());
    }
}
