//! Memory for blocks: taken from the system once, then used again and again.
//!
//! Fresh memory is the largest cost of big element-wise work (the system hands out zeroed pages one fault at a time), and
//! a call into the allocator is a large part of a small operation. So freed memory is kept, sorted by size class: small
//! pieces on the thread that freed them, without a lock, and large ones in a list that all threads share. Both lists
//! have a cap; what is over it goes back to the system.
//!
//! Memory is zeroed when it comes from the system and only ever written with whole values after that, so every byte that
//! a caller can reach is initialised.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::hint::black_box;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use deltarule_autograd::call_site::fail;

/// Every piece of memory starts at a multiple of this: the width of a cache line and of the widest vector.
pub(super) const ALIGN: usize = 64;
/// What the system's allocator aligns to by itself. More than that makes it slow, so [`ALIGN`] is reached by hand.
const SYSTEM_ALIGN: usize = 16;

const SMALLEST: usize = 256;
/// Classes up to this size (1 MiB) are kept by the thread that freed them.
const LARGEST_LOCAL: Class = Class::of(1 << 20);
const LOCAL_CLASSES: usize = LARGEST_LOCAL.0 as usize + 1;
/// The sizes of these classes in bytes.
const LOCAL_BYTES: [usize; LOCAL_CLASSES] = {
    let mut bytes = [0; LOCAL_CLASSES];
    let mut class = 0;
    while class < LOCAL_CLASSES {
        bytes[class] = Class(class as u8).bytes();
        class += 1;
    }
    bytes
};
const LOCAL_CAP: usize = 64 << 20;
const SHARED_CAP: usize = 1 << 30;

/// A size class: 5, 6, 7 or 8 times a power of two bytes, so that at most a quarter of a piece is unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class(u8);

impl Class {
    /// The smallest class that holds `bytes`.
    #[inline]
    const fn of(bytes: usize) -> Self {
        if bytes <= SMALLEST { Class::SMALLEST } else { Class::over_smallest(bytes) }
    }

    const SMALLEST: Class = Class::over_smallest(SMALLEST);

    #[inline]
    const fn over_smallest(bytes: usize) -> Self {
        let last = bytes - 1;
        let exponent = last.ilog2() - 2;
        // The three leading bits of `last`: 4 to 7.
        let leading = last >> exponent;
        Class((exponent as usize * 4 + leading - 4) as u8)
    }

    /// The size of the class in bytes.
    #[inline]
    pub(super) const fn bytes(self) -> usize {
        (self.0 as usize % 4 + 5) << (self.0 / 4)
    }
}

/// A piece of memory, aligned to [`ALIGN`]. Whoever holds it owns it.
pub(super) struct Piece {
    pub(super) start: NonNull<u8>,
    pub(super) origin: Origin,
}

// SAFETY: a piece is plain memory that its holder owns alone.
unsafe impl Send for Piece {}

/// The size class of a piece, how far its start is from where the system's piece starts, and whether elements left 0 and 1
/// alone in it: what a block remembers, to be a piece again. One number, so that a piece travels in two registers.
#[derive(Clone, Copy)]
pub(super) struct Origin(u16);

impl Origin {
    /// A shift is less than [`ALIGN`], which leaves the highest bit free.
    const BOOLS: u16 = 1 << 15;

    /// Of new memory, which is zero.
    fn new(class: Class, shift: u8) -> Self {
        Origin(u16::from_le_bytes([class.0, shift]) | Self::BOOLS)
    }

    /// Whether each byte for elements is a valid `bool`.
    pub(super) fn has_bools(self) -> bool {
        self.0 & Self::BOOLS != 0
    }

    #[inline]
    pub(super) fn set_bools(&mut self, bools: bool) {
        self.0 = if bools { self.0 | Self::BOOLS } else { self.0 & !Self::BOOLS };
    }

    #[inline]
    pub(super) fn class(self) -> Class {
        Class(self.0.to_le_bytes()[0])
    }

    #[inline]
    fn shift(self) -> usize {
        (self.0 & !Self::BOOLS).to_le_bytes()[1] as usize
    }
}

impl Piece {
    #[cold]
    fn from_system(class: Class) -> Self {
        let layout = Self::system_layout(class);
        // SAFETY: the layout's size isn't zero.
        let system = unsafe { alloc_zeroed(layout) };
        let Some(system) = NonNull::new(system) else {
            // Not an abort: a program may go on with less.
            fail("memory", format_args!("the system has no {} bytes for a tensor", layout.size()))
        };
        RESERVED.fetch_add(class.bytes(), Relaxed);
        SYSTEM_CALLS.fetch_add(1, Relaxed);
        let shift = system.align_offset(ALIGN);
        debug_assert!(shift < ALIGN);
        // SAFETY: the layout has room for ALIGN more bytes than the class, and `shift` is less than that.
        Piece { start: unsafe { system.add(shift) }, origin: Origin::new(class, shift as u8) }
    }

    fn free(self) {
        let class = self.origin.class();
        RESERVED.fetch_sub(class.bytes(), Relaxed);
        // SAFETY: `from_system` took it with this layout and moved its start by `shift`; the holder owns it alone.
        unsafe { dealloc(self.start.sub(self.origin.shift()).as_ptr(), Self::system_layout(class)) }
    }

    fn system_layout(class: Class) -> Layout {
        match Layout::from_size_align(class.bytes() + ALIGN, SYSTEM_ALIGN) {
            Ok(layout) => layout,
            Err(_) => panic!("an array of {} bytes is larger than the address space", class.bytes()),
        }
    }
}

/// The large pieces that all threads share, by class.
struct Lists {
    classes: Vec<Vec<Piece>>,
    bytes: usize,
}

impl Lists {
    const fn new() -> Self {
        Lists { classes: Vec::new(), bytes: 0 }
    }

    fn pop(&mut self, class: Class) -> Option<Piece> {
        let piece = self.classes.get_mut(class.0 as usize)?.pop()?;
        self.bytes -= class.bytes();
        Some(piece)
    }

    fn has(&self, class: Class) -> bool {
        self.classes.get(class.0 as usize).is_some_and(|pieces| !pieces.is_empty())
    }

    /// Keeps the piece, or gives it back if that would exceed `cap`.
    fn push(&mut self, piece: Piece, cap: usize) -> Result<(), Piece> {
        let class = piece.origin.class();
        let bytes = self.bytes + class.bytes();
        if bytes > cap {
            return Err(piece);
        }
        let class = class.0 as usize;
        if self.classes.len() <= class {
            self.classes.resize_with(class + 1, Vec::new);
        }
        self.bytes = bytes;
        self.classes[class].push(piece);
        Ok(())
    }

    fn clear(&mut self) {
        self.bytes = 0;
        self.classes.drain(..).flatten().for_each(Piece::free);
    }
}

/// The small pieces that a thread keeps: for each class a list whose links lie in the free pieces themselves.
///
/// It has no destructor, so that reaching it costs one instruction; [`AtExit`] empties it when the thread ends.
pub(super) struct Local {
    classes: [Cell<Option<NonNull<Free>>>; LOCAL_CLASSES],
    /// How many more bytes may be kept: none before the first piece was freed, and none when the thread is ending.
    room: Cell<usize>,
    started: Cell<bool>,
}

/// What stands at the start of a free piece.
struct Free {
    next: Option<NonNull<Free>>,
    origin: Origin,
}

/// Empties the thread's lists when the thread ends.
struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        with_local(|local| {
            local.clear();
            local.room.set(0);
        });
    }
}

thread_local! {
    static LOCAL: Local = const {
        Local { classes: [const { Cell::new(None) }; LOCAL_CLASSES], room: Cell::new(0), started: Cell::new(false) }
    };
    static AT_EXIT: AtExit = const { AtExit };
}

impl Local {
    /// Keeps the piece, if it is one of these and there is room. Else it is still the caller's.
    #[inline]
    pub(super) fn keep(&self, piece: &Piece) -> bool {
        let class = piece.origin.class().0 as usize;
        let (Some(list), Some(bytes)) = (self.classes.get(class), LOCAL_BYTES.get(class)) else { return false };
        let Some(room) = self.room.get().checked_sub(*bytes) else { return false };
        let start = piece.start.cast::<Free>();
        // SAFETY: the piece is owned, aligned to ALIGN, and larger than a `Free`. What is written lies before the bytes
        // that must stay initialised.
        unsafe { start.write(Free { next: list.get(), origin: piece.origin }) };
        list.set(Some(start));
        self.room.set(room);
        true
    }

    #[inline]
    fn pop(&self, class: Class) -> Option<Piece> {
        let list = &self.classes[class.0 as usize];
        let start = list.get()?;
        // SAFETY: `keep` wrote a `Free` there, and the piece has been nobody's since.
        let Free { next, origin } = unsafe { start.read() };
        list.set(next);
        self.room.set(self.room.get() + LOCAL_BYTES[class.0 as usize]);
        Some(Piece { start: start.cast(), origin })
    }

    /// Keeps the first piece that this thread frees.
    #[cold]
    fn keep_first(&self, piece: &Piece) -> bool {
        if self.started.replace(true) || AT_EXIT.try_with(|_| ()).is_err() {
            return false;
        }
        self.room.set(LOCAL_CAP);
        self.keep(piece)
    }

    fn clear(&self) {
        for class in 0..LOCAL_CLASSES {
            while let Some(piece) = self.pop(Class(class as u8)) {
                piece.free();
            }
        }
    }

    /// How many bytes are kept.
    fn bytes(&self) -> usize {
        if self.started.get() { LOCAL_CAP.saturating_sub(self.room.get()) } else { 0 }
    }
}

static SHARED: Mutex<Lists> = Mutex::new(Lists::new());
/// Bytes that were taken from the system and not given back.
static RESERVED: AtomicUsize = AtomicUsize::new(0);
static SYSTEM_CALLS: AtomicUsize = AtomicUsize::new(0);

/// What this thread keeps.
#[inline(always)]
pub(super) fn with_local<R>(f: impl FnOnce(&Local) -> R) -> R {
    LOCAL.with(f)
}

/// Memory of at least `bytes` bytes, all of them initialised, with contents of no meaning.
#[inline]
pub(super) fn take(bytes: usize) -> Piece {
    match take_kept(bytes) {
        Some(piece) => piece,
        None => take_new(bytes),
    }
}

/// Memory of at least `bytes` bytes that is kept, with contents of no meaning.
#[inline]
pub(super) fn take_kept(bytes: usize) -> Option<Piece> {
    let class = Class::of(bytes);
    if class <= LARGEST_LOCAL { with_local(|local| local.pop(class)) } else { shared(|lists| lists.pop(class)) }
}

/// Memory of at least `bytes` bytes from the system, all zero: its pages cost nothing until they are touched.
#[cold]
pub(super) fn take_new(bytes: usize) -> Piece {
    Piece::from_system(Class::of(bytes))
}

/// Whether there are `bytes` bytes of large memory: kept, or to be had from the system, which is asked and gets them back.
pub(crate) fn has(bytes: usize) -> bool {
    // More than that is no size of a class.
    if bytes > isize::MAX as usize / 4 {
        return false;
    }
    // A block has a header before its elements.
    let class = Class::of(bytes + 2 * ALIGN);
    if shared(|lists| lists.has(class)) {
        return true;
    }
    let mut asked = Vec::<u8>::new();
    let there_is = asked.try_reserve_exact(class.bytes() + ALIGN).is_ok();
    // An allocation that nobody looks at is left out by the compiler, as if it had succeeded.
    black_box(&asked);
    there_is
}

/// Gives memory back.
pub(super) fn give(piece: Piece) {
    if piece.origin.class() <= LARGEST_LOCAL {
        if !with_local(|local| local.keep(&piece) || local.keep_first(&piece)) {
            piece.free();
        }
    } else if let Err(piece) = shared(|lists| lists.push(piece, SHARED_CAP)) {
        piece.free();
    }
}

fn shared<T>(f: impl FnOnce(&mut Lists) -> T) -> T {
    f(&mut SHARED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What the memory pool holds, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryStats {
    /// Taken from the system by the whole process: in use by tensors, or kept for later.
    pub reserved: usize,
    /// Kept for later, as far as this thread can use it: its own list and the shared one.
    pub cached: usize,
    /// How often memory was asked of the system since the process started.
    pub system_calls: usize,
}

/// What the memory pool holds.
///
/// ```
/// use deltarule_tensor::{Tensor, memory_stats};
/// let before = memory_stats().system_calls;
/// for _ in 0..1_000 {
///     let _ = Tensor::zeros([64]);
/// }
/// assert!(memory_stats().system_calls - before < 10); // the same memory, again and again
/// ```
pub fn memory_stats() -> MemoryStats {
    let local = with_local(Local::bytes);
    MemoryStats {
        reserved: RESERVED.load(Relaxed),
        cached: local + shared(|lists| lists.bytes),
        system_calls: SYSTEM_CALLS.load(Relaxed),
    }
}

/// Gives the memory that is kept for later back to the system: this thread's and the shared one. Other threads' lists
/// stay. PyTorch: `torch.cuda.empty_cache`.
pub fn empty_cache() {
    with_local(Local::clear);
    shared(Lists::clear);
}

#[cfg(test)]
mod tests;
