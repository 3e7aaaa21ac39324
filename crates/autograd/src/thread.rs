//! What the tape keeps for each thread, in one variable: in a library, to find a variable of the thread costs what a call
//! does, so an operation should look for one only.

use std::cell::Cell;
use std::ptr;

use crate::call_site::Lines;
use crate::node::Counter;

/// The state of one thread. The modules that its parts belong to say what they mean.
pub(crate) struct Thread {
    pub(crate) recording: Cell<bool>,
    pub(crate) anomaly: Cell<bool>,
    pub(crate) watching: Cell<bool>,
    /// Whether a release of nodes is under way.
    pub(crate) releasing: Cell<bool>,
    pub(crate) counter: Counter,
    pub(crate) lines: Lines,
}

thread_local! {
    // Without a destructor: then it is there as long as the thread is.
    static THREAD: Thread = const {
        Thread {
            recording: Cell::new(true),
            anomaly: Cell::new(false),
            watching: Cell::new(false),
            releasing: Cell::new(false),
            counter: Counter::new(),
            lines: Lines::new(),
        }
    };
}

/// Looks at this thread's state, or changes it.
#[inline(always)]
pub(crate) fn here<R>(f: impl FnOnce(&Thread) -> R) -> R {
    THREAD.with(f)
}

/// A number that no other living thread has, and which isn't 0: a lock that remembers by whom it is held tells a thread that
/// it would wait for itself.
#[doc(hidden)]
#[inline]
pub fn this_thread() -> usize {
    here(|thread| ptr::from_ref(thread).addr())
}
