//! The helpers that a caller has called for: jobs in the queues of rayon's pool, which stay the same from loop to loop.
//!
//! While all threads of a pool are busy with a program of the user's, nobody takes a job out of its queues. So a job
//! belongs to no loop. It belongs to a crew, and helps with whatever loop the crew has when a thread takes it; and a
//! caller spawns only as many as are missing from the queues. However many loops there are, as many jobs wait as one loop
//! has helpers.
//!
//! A thread has one crew for each loop that it is inside of: one, or more where loops nest. A thread calls for helpers
//! of one pool only (its own, or the global one), so a crew's jobs wait where the next loop needs them.

use std::cell::RefCell;
use std::hint::spin_loop;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Fork;

/// How often the caller looks whether the last helper is done before it sleeps.
const SPINS: usize = 2_000;
/// Set in [`Crew::gate`] while no helper may enter.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// The helpers of one caller.
pub(super) struct Crew {
    /// How many helpers are inside; [`CLOSED`] is added while there is no loop that they may enter.
    gate: AtomicUsize,
    /// The loop. Valid for a helper that is inside of the gate.
    fork: AtomicPtr<Fork<'static>>,
    /// How many jobs no thread has taken out of the pool's queues yet.
    waiting: AtomicUsize,
    /// Whether the caller sleeps until the last helper has left.
    asleep: Mutex<bool>,
    left: Condvar,
}

/// The crews of this thread that have no loop.
struct Idle(RefCell<Vec<Arc<Crew>>>);

thread_local! {
    static IDLE: Idle = const { Idle(RefCell::new(Vec::new())) };
}

/// The crews of ended threads outside of any pool. Their jobs may wait in the global pool's queue still, so the next such
/// thread takes them over: else each that comes and goes would leave some.
static LEFT_BEHIND: Mutex<Vec<Arc<Crew>>> = Mutex::new(Vec::new());

impl Drop for Idle {
    fn drop(&mut self) {
        if is_outside() {
            let crews = self.0.get_mut().drain(..).filter(|crew| crew.waiting.load(Ordering::Relaxed) > 0);
            lock(&LEFT_BEHIND).extend(crews);
        }
    }
}

/// Whether this thread belongs to no pool.
fn is_outside() -> bool {
    rayon::current_thread_index().is_none()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crew {
    /// A crew of this thread that has no loop.
    #[inline]
    pub(super) fn idle() -> Arc<Self> {
        // When the thread is ending the list may be gone.
        IDLE.try_with(|idle| idle.0.borrow_mut().pop()).ok().flatten().unwrap_or_else(Self::another)
    }

    #[cold]
    fn another() -> Arc<Self> {
        let left_behind = if is_outside() { lock(&LEFT_BEHIND).pop() } else { None };
        left_behind.unwrap_or_else(|| {
            Arc::new(Crew {
                gate: AtomicUsize::new(CLOSED),
                fork: AtomicPtr::new(ptr::null_mut()),
                waiting: AtomicUsize::new(0),
                asleep: Mutex::new(false),
                left: Condvar::new(),
            })
        })
    }

    /// Gives back what [`idle`](Crew::idle) gave.
    #[inline]
    pub(super) fn rest(self: Arc<Self>) {
        let _ = IDLE.try_with(|idle| idle.0.borrow_mut().push(self));
    }

    /// Lets helpers into `fork` until the guard is dropped, however that comes about.
    #[inline]
    pub(super) fn open<'a>(&'a self, fork: &'a Fork<'a>) -> Open<'a> {
        self.fork.store(ptr::from_ref(fork).cast::<Fork<'static>>().cast_mut(), Ordering::Relaxed);
        // Nobody is inside, for the last loop has closed the gate. Release: who enters sees the loop.
        debug_assert_eq!(self.gate.load(Ordering::Relaxed), CLOSED);
        self.gate.store(0, Ordering::Release);
        Open { crew: self }
    }

    /// Sees to it that so many jobs wait in the queues. One that is taken at this moment may be counted still, and come
    /// too early for this loop: then the loop has a helper less.
    #[inline]
    pub(super) fn call(self: &Arc<Self>, helpers: usize) {
        let missing = helpers.saturating_sub(self.waiting.load(Ordering::Relaxed));
        if missing > 0 {
            self.waiting.fetch_add(missing, Ordering::Relaxed);
            for _ in 0..missing {
                let crew = Arc::clone(self);
                rayon::spawn(move || crew.help());
            }
        }
    }

    /// What a job does: enter unless the gate is closed, work, leave.
    fn help(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let enter = |gate| (gate & CLOSED == 0).then_some(gate + 1);
        let Ok(others) = self.gate.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter) else { return };
        let _inside = Inside { crew: self };
        // SAFETY: `open` stored the loop before it opened the gate, which this thread has entered. The loop outlives its
        // guard, which waits, however it is dropped, until `Inside` is.
        let fork = unsafe { &*self.fork.load(Ordering::Relaxed) };
        fork.work(others + 1);
    }
}

/// A helper inside of the gate, which leaves when this is dropped.
struct Inside<'a> {
    crew: &'a Crew,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // Release: what the tasks wrote is seen by the caller once it sees the count.
        if self.crew.gate.fetch_sub(1, Ordering::Release) == CLOSED + 1 && *lock(&self.crew.asleep) {
            self.crew.left.notify_one();
        }
    }
}

/// A loop that helpers may enter. When it is dropped none may any more, and all who are inside have left.
pub(super) struct Open<'a> {
    crew: &'a Crew,
}

impl Drop for Open<'_> {
    #[inline]
    fn drop(&mut self) {
        let gate = &self.crew.gate;
        let mut inside = gate.fetch_or(CLOSED, Ordering::Acquire) | CLOSED;
        for _ in 0..SPINS {
            if inside == CLOSED {
                return;
            }
            spin_loop();
            inside = gate.load(Ordering::Acquire);
        }
        self.sleep();
    }
}

impl Open<'_> {
    #[cold]
    fn sleep(&self) {
        let mut asleep = lock(&self.crew.asleep);
        *asleep = true;
        while self.crew.gate.load(Ordering::Acquire) != CLOSED {
            asleep = self.crew.left.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        }
        *asleep = false;
    }
}

#[cfg(test)]
mod tests;
