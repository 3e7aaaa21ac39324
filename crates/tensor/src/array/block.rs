//! A shared block: one piece of memory that holds a count of owners, the layout and the elements.
//!
//! This is an `Arc` of a header and a slice behind a thin pointer, in memory from the [pool](super::pool). A handle of one
//! word keeps small operations fast: shape and strides lie beside the elements and not in the handle. The element type
//! stands in the header, so that the tape can hold arrays of any type by one kind of handle.

use std::marker::PhantomData;
use std::mem::size_of;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering, fence};

use super::pool::{self, Origin, Piece};
use crate::element::{DType, Element};
use crate::kernels::parallel::in_tasks;
use crate::layout::{Layout, Small};

/// The first bytes of each block. The elements start at [`DATA`].
struct Header {
    owners: AtomicU32,
    origin: Origin,
    dtype: DType,
    /// How many elements lie in this block.
    len: usize,
    layout: Layout,
    /// Whose elements these are, for a view; a view's block holds none. An owner is never a view itself, and of the same
    /// element type.
    owner: Option<Handle>,
}

/// Where the elements start: one place for all blocks, so that the bytes from there on only ever hold elements and
/// stay initialised from one use to the next.
const DATA: usize = 2 * pool::ALIGN;

/// A shared handle to a block of elements of any type. The last handle frees the block.
pub(super) struct Handle {
    header: NonNull<Header>,
}

// SAFETY: a handle is an `Arc` of a layout and numbers, and shares `&` of both between threads. They may be sent and
// shared, and so may the handle.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: `place` wrote the header, and it lives until the last handle is gone; while there are several
        // handles there is no `&mut` to it.
        unsafe { self.header.as_ref() }
    }

    #[inline]
    pub(super) fn dtype(&self) -> DType {
        self.header().dtype
    }

    #[inline]
    pub(super) fn layout(&self) -> &Layout {
        &self.header().layout
    }

    /// Whether this handle is the only one.
    #[inline]
    fn is_unique(&self) -> bool {
        // Acquire: what other owners did before they let go is seen by whoever writes next.
        self.header().owners.load(Ordering::Acquire) == 1
    }

    /// A new block for elements of this shape in row-major order, whose values have no meaning yet.
    ///
    /// This function and those below are compiled once, for arrays of any type, and never inlined: else each operation has
    /// all this code of its own, and a step of a small net no longer fits into the processor's cache of instructions.
    #[inline(never)]
    fn with_shape(shape: &[usize], dtype: DType) -> Self {
        match Small::of(shape) {
            Some(small) => {
                // Memory first: then the layout is made in its place.
                let piece = pool::take(bytes(small.len, dtype));
                Self::place(piece, small.layout(), small.len, dtype, None)
            }
            None => Self::with_layout(Layout::large(shape), dtype),
        }
    }

    /// As [`with_shape`](Handle::with_shape), with this layout.
    #[inline(never)]
    fn with_layout(layout: Layout, dtype: DType) -> Self {
        let len = layout.len();
        Self::place(pool::take(bytes(len, dtype)), layout, len, dtype, None)
    }

    /// As [`with_shape`](Handle::with_shape), with the axes of `other` in the same order.
    #[inline(never)]
    fn like(other: &Handle, dtype: DType) -> Self {
        let layout = other.layout();
        let len = layout.len();
        Self::place(pool::take(bytes(len, dtype)), layout.at_start(), len, dtype, None)
    }

    /// The same elements with another layout.
    #[inline(never)]
    fn view(&self, layout: Layout) -> Self {
        let owner = self.header().owner.as_ref().unwrap_or(self);
        Self::place(pool::take(bytes(0, self.dtype())), layout, 0, self.dtype(), Some(owner.clone()))
    }

    /// Makes a block in `piece`, which has at least `bytes(len, dtype)` bytes. An owner has elements of the same type.
    #[inline(always)]
    fn place(piece: Piece, layout: Layout, len: usize, dtype: DType, owner: Option<Handle>) -> Self {
        const { assert!(size_of::<Header>() <= DATA && align_of::<Header>() <= pool::ALIGN) };
        let Piece { start, origin } = piece;
        let header = start.cast::<Header>();
        // SAFETY: the piece is owned, aligned to ALIGN, and has at least DATA bytes, which a header fits into.
        unsafe { header.write(Header { owners: AtomicU32::new(1), origin, dtype, len, layout, owner }) };
        Handle { header }
    }

    /// Sees to it that all the memory of a new block is valid as `bool`s, of which each must be 0 or 1: it may have held
    /// numbers.
    #[inline(never)]
    fn make_bools(&mut self) {
        let origin = self.header().origin;
        if !origin.has_bools() {
            self.clear(origin.class().bytes() - DATA);
        }
    }

    /// A new block of zeros, or `false`.
    #[inline(never)]
    fn zeroed(layout: Layout, dtype: DType) -> Self {
        let len = layout.len();
        let bytes = bytes(len, dtype);
        // Of what is kept, if there is any: memory that is always new would be kept once more by whoever frees it.
        let Some(piece) = pool::take_kept(bytes) else {
            return Self::place(pool::take_new(bytes), layout, len, dtype, None);
        };
        let is_valid = dtype != DType::Bool || piece.origin.has_bools();
        let mut handle = Self::place(piece, layout, len, dtype, None);
        // If it isn't valid as `bool`s yet, `make_bools` is what clears it.
        if is_valid {
            handle.clear(bytes - DATA);
        }
        handle
    }

    /// Sets the first `bytes` bytes for elements of a new block to zero.
    fn clear(&mut self, bytes: usize) {
        // Of one type, and so compiled once: a zero of each is made of zero bytes.
        // SAFETY: the block is new, so nobody else can reach it. Its piece has so many bytes from DATA on, aligned to 64
        // and initialised: the size of each class is a multiple of 64, as DATA is.
        let numbers = unsafe {
            let start = self.header.byte_add(DATA).cast::<f32>();
            slice::from_raw_parts_mut(start.as_ptr(), bytes.div_ceil(size_of::<f32>()))
        };
        in_tasks(numbers, false, |_, numbers| numbers.fill(0.0));
    }

    /// Frees the block of the last handle.
    #[inline(never)]
    fn free(&mut self) {
        // The thread's memory first, and what is rare in a function that ends this one: in a library, finding a variable of
        // the thread is a call for the compiler, and around a call it saves registers.
        let is_kept = pool::with_local(|local| {
            let Header { origin, layout, owner, .. } = self.header();
            // Such a header has nothing to drop.
            let is_plain = layout.is_plain() && owner.is_none();
            is_plain && local.keep(&Piece { start: self.header.cast(), origin: *origin })
        });
        if !is_kept {
            self.free_any();
        }
    }

    #[inline(never)]
    fn free_any(&mut self) {
        let origin = self.header().origin;
        // SAFETY: this was the last handle, so the header is dropped once and nobody can reach it any more.
        unsafe { self.header.drop_in_place() };
        pool::give(Piece { start: self.header.cast(), origin });
    }
}

impl Clone for Handle {
    #[inline]
    fn clone(&self) -> Self {
        // Relaxed: a new owner comes from an old one, which keeps the block alive.
        let owners = self.header().owners.fetch_add(1, Ordering::Relaxed);
        // As in `Arc`: so many owners can only come from leaked handles, and an overflow would free what is in use.
        if owners > u32::MAX / 2 {
            std::process::abort();
        }
        Handle { header: self.header }
    }
}

impl Drop for Handle {
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
        self.free();
    }
}

/// An array of any shape: a shared, strided view of elements.
#[repr(transparent)]
pub(crate) struct Array<E: Element> {
    handle: Handle,
    elements: PhantomData<E>,
}

impl<E: Element> Clone for Array<E> {
    #[inline]
    fn clone(&self) -> Self {
        Array { handle: self.handle.clone(), elements: PhantomData }
    }
}

impl<E: Element> Array<E> {
    /// An array of this shape in new memory, in row-major order. The values have no meaning yet.
    #[inline]
    pub(super) fn new(shape: &[usize]) -> Self {
        Self::cleared(Handle::with_shape(shape, E::DTYPE))
    }

    /// An array in new memory, whose axes are those of `other` and in the same order. The values have no meaning yet.
    #[inline]
    pub(super) fn like<O: Element>(other: &Array<O>) -> Self {
        Self::cleared(Handle::like(&other.handle, E::DTYPE))
    }

    /// A new array, whose elements are valid whatever its memory held before.
    #[inline]
    fn cleared(mut handle: Handle) -> Self {
        if E::DTYPE == DType::Bool {
            handle.make_bools();
        }
        // SAFETY: the block is new, so nobody else can reach it.
        unsafe { handle.header.as_mut() }.origin.set_bools(E::DTYPE == DType::Bool);
        Array { handle, elements: PhantomData }
    }

    /// Zeros, or `false`.
    pub(super) fn zeroed(layout: Layout) -> Self {
        Self::cleared(Handle::zeroed(layout, E::DTYPE))
    }

    /// The same elements with another layout.
    #[inline]
    pub(crate) fn view(&self, layout: Layout) -> Self {
        Array { handle: self.handle.view(layout), elements: PhantomData }
    }

    /// Where the elements of the block itself start.
    #[inline]
    fn own_start(&self) -> NonNull<E> {
        // SAFETY: the piece has at least DATA bytes.
        unsafe { self.handle.header.byte_add(DATA) }.cast()
    }

    /// Where the elements lie.
    #[inline]
    pub(crate) fn layout(&self) -> &Layout {
        self.handle.layout()
    }

    /// Whether the elements belong to another array.
    #[inline]
    pub(super) fn is_view(&self) -> bool {
        self.handle.header().owner.is_some()
    }

    /// All elements of the memory that this is a view of; [`Layout::position`] says where each element is.
    #[inline]
    pub(crate) fn memory(&self) -> &[E] {
        let owner = self.handle.header().owner.as_ref().unwrap_or(&self.handle);
        // SAFETY: the owner's elements are of type `E` as this block's are, and its piece has room for `len` of them
        // from DATA on, aligned to 64. All bytes are initialised (see pool), and every bit pattern is valid for the
        // numbers, while `cleared` has seen to those of `bool`. While `&self` lives, and with it the owner, nobody writes:
        // `own_memory_mut` needs the only handle.
        unsafe { slice::from_raw_parts(owner.header.byte_add(DATA).cast().as_ptr(), owner.header().len) }
    }

    /// The elements of this array's own memory, to be changed, if nobody else sees them. A view has none.
    #[inline]
    pub(super) fn own_memory_mut(&mut self) -> Option<&mut [E]> {
        if !self.handle.is_unique() {
            return None;
        }
        // SAFETY: there is one handle and it is borrowed mutably, so nobody else can reach the block. The elements are
        // initialised as `memory` argues.
        Some(unsafe { slice::from_raw_parts_mut(self.own_start().as_ptr(), self.handle.header().len) })
    }

    /// The layout, to be changed, if this handle is the only one. The memory stays as large as it is.
    pub(super) fn layout_mut(&mut self) -> Option<&mut Layout> {
        if !self.handle.is_unique() {
            return None;
        }
        // SAFETY: there is one handle and it is borrowed mutably, so nobody else can reach the header.
        Some(unsafe { &mut self.handle.header.as_mut().layout })
    }

    /// The handle without its type.
    #[inline]
    pub(super) fn erase(self) -> Handle {
        self.handle
    }

    /// The array of a handle, if its elements are of type `E`.
    #[inline]
    pub(super) fn from_handle(handle: Handle) -> Option<Self> {
        (handle.dtype() == E::DTYPE).then_some(Array { handle, elements: PhantomData })
    }

    /// As [`from_handle`](Array::from_handle), of a borrowed handle.
    #[inline]
    pub(super) fn from_handle_ref(handle: &Handle) -> Option<&Self> {
        if handle.dtype() != E::DTYPE {
            return None;
        }
        // SAFETY: an array is a handle and nothing else (`repr(transparent)`), and the element type is right.
        Some(unsafe { &*(&raw const *handle).cast::<Self>() })
    }
}

/// How many bytes a block of `len` elements takes.
#[inline]
fn bytes(len: usize, dtype: DType) -> usize {
    match len.checked_mul(dtype.size()).and_then(|bytes| bytes.checked_add(DATA)) {
        Some(bytes) if bytes <= isize::MAX as usize / 2 => bytes,
        _ => too_large(len),
    }
}

#[cold]
fn too_large(len: usize) -> ! {
    panic!("an array of {len} elements is larger than the address space")
}

#[cfg(test)]
mod tests;
