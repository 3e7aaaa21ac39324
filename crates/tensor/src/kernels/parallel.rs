//! Work on several threads: the caller takes tasks itself, and the threads of rayon's pool help if they come.
//!
//! Waking a thread takes 10 to 50 microseconds. A fork that waits for its helpers pays that each time; this one never
//! waits for a helper that has not started. Who takes which task changes from run to run, so tasks must not depend on
//! each other, and their cuts must not depend on the number of threads: then the results are the same bits.
//!
//! Each thread starts with a share of its own, neighbouring tasks, and the same ones the next time: what one loop leaves
//! in a core's cache is there for the next. Only who is done with its own takes from the others' shares.

mod crew;

use std::any::Any;
use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use smallvec::SmallVec;

use crew::Crew;

/// One parallel loop.
struct Fork<'a> {
    /// The loop's body.
    run: &'a (dyn Fn(usize) + Sync),
    tasks: usize,
    /// For each thread's share, the next task that nobody has taken.
    next: SmallVec<[AtomicUsize; 8]>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// Calls `run` once for each number below `tasks`, on the threads of the current rayon pool.
///
/// A panic of `run` reaches the caller, after all threads have left; of several panics the first one.
#[inline]
pub(crate) fn for_each(tasks: usize, run: impl Fn(usize) + Sync) {
    fork(tasks, &run);
}

/// [`for_each`], compiled once and not anew for each loop.
#[inline(never)]
fn fork(tasks: usize, run: &(dyn Fn(usize) + Sync)) {
    // A pool of one thread is the caller's wish to stay alone.
    let threads = if tasks > 1 { rayon::current_num_threads() } else { 1 };
    if threads <= 1 {
        return (0..tasks).for_each(run);
    }
    let threads = threads.min(tasks);
    #[cfg(feature = "samples")]
    FORKS.with(|forks| forks.set(forks.get() + 1));
    let next = (0..threads).map(|share| AtomicUsize::new(share * tasks / threads)).collect();
    let fork = Fork { run, tasks, next, panic: Mutex::new(None) };
    let crew = Crew::idle();
    {
        let _open = crew.open(&fork);
        crew.call(threads - 1);
        fork.work(0);
    }
    crew.rest();
    HELPERS.with(|helpers| helpers.have_helped(Instant::now()));
    if let Some(panic) = fork.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
        resume_unwind(panic);
    }
}

impl Fork<'_> {
    /// Takes tasks until there are none, those of its own share first. It never unwinds.
    fn work(&self, own: usize) {
        let shares = self.next.len();
        let work = || {
            for share in (own..own + shares).map(|share| share % shares) {
                let end = (share + 1) * self.tasks / shares;
                loop {
                    let task = self.next[share].fetch_add(1, Ordering::Relaxed);
                    if task >= end {
                        break;
                    }
                    (self.run)(task);
                }
            }
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            // Nobody takes another task: the loop has failed.
            self.next.iter().for_each(|next| next.store(self.tasks, Ordering::Relaxed));
            let mut first = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
            if first.is_none() {
                *first = Some(panic);
            } else {
                // What somebody panicked with may panic again when it is dropped.
                mem::forget(panic);
            }
        }
    }
}

#[cfg(feature = "samples")]
thread_local! {
    static FORKS: Cell<usize> = const { Cell::new(0) };
}

/// How many loops this thread has shared with others so far: the test of threads shows by it that there is something to
/// test.
#[cfg(feature = "samples")]
#[doc(hidden)]
pub fn forks() -> usize {
    FORKS.get()
}

/// Whether a loop over `len` elements is worth sharing with other threads; `heavy` if one costs more to compute than to
/// load.
///
/// A helper that sleeps takes 10 microseconds of the caller's to wake, and more until it comes; one that has just helped is
/// still awake, and costs half a microsecond. So a loop of middling length is shared by a caller that shares one after the
/// other, and only a long one wakes helpers by itself. This decides who computes, and never what.
#[inline]
pub(crate) fn pays(len: usize, heavy: bool) -> bool {
    let (middling, long) = if heavy { (MIDDLING, 300_000) } else { (2 * MIDDLING, 400_000) };
    len >= middling && (len >= long || HELPERS.with(|helpers| helpers.are_awake(Instant::now())))
}

/// From how many elements on a loop is worth sharing at all.
const MIDDLING: usize = 50_000;

/// What a thread guesses of its helpers.
struct Helpers {
    /// Until when another loop follows the last one closely.
    until: Cell<Option<Instant>>,
    /// How many loops have followed each other closely.
    row: Cell<u32>,
}

/// After how many loops in a row the caller wakes its helpers: by then the loops have taken longer than that.
const ROW: u32 = 8;
/// How long helpers surely stay awake after a loop: rayon's look for work for about twice as long.
const AWAKE: Duration = Duration::from_micros(30);
/// The same from the start of a loop that the caller does alone, as long as its end isn't known.
const ALONE: Duration = Duration::from_micros(60);

thread_local! {
    static HELPERS: Helpers = const { Helpers::new() };
}

impl Helpers {
    const fn new() -> Self {
        Helpers { until: Cell::new(None), row: Cell::new(0) }
    }

    /// Whether a loop that starts now is one of so many in a row that helpers are awake, or should be.
    fn are_awake(&self, now: Instant) -> bool {
        let follows = self.until.replace(Some(now + ALONE)).is_some_and(|until| now < until);
        self.row.set(if follows { self.row.get() + 1 } else { 0 });
        self.row.get() >= ROW
    }

    /// A loop that the caller did alone ends now. It may have taken longer than [`ALONE`].
    fn have_waited(&self, now: Instant) {
        if self.until.get().is_some() {
            self.until.set(Some(now + AWAKE));
        }
    }

    /// A loop that was shared ends now.
    fn have_helped(&self, now: Instant) {
        self.until.set(Some(now + AWAKE));
        self.row.set(ROW);
    }
}

/// How many of `len` elements are one task, if they may be cut anywhere: equal pieces of up to 32,768 elements, as many for
/// each of two or four threads.
pub(crate) fn piece(len: usize) -> usize {
    let pieces = len.div_ceil(32_768).next_multiple_of(4).max(4);
    len.div_ceil(pieces).next_multiple_of(64).max(64)
}

/// Runs `run(start, piece)` over `out`, whose elements may be cut anywhere: on several threads if that [pays].
#[inline]
pub(crate) fn in_tasks<T: Send>(out: &mut [T], heavy: bool, run: impl Fn(usize, &mut [T]) + Sync) {
    let len = out.len();
    let pays = pays(len, heavy);
    in_pieces(out, pays, if pays { piece(len) } else { len }, run);
}

/// Runs `run(start, piece)` over `out`: in pieces of `chunk` elements on several threads if `parallel`, else whole on this
/// one. The cuts don't depend on the number of threads.
#[inline]
pub(crate) fn in_pieces<T: Send>(out: &mut [T], parallel: bool, chunk: usize, run: impl Fn(usize, &mut [T]) + Sync) {
    if parallel {
        fork_chunks(out, chunk, &|task, piece| run(task * chunk, piece));
    } else {
        run(0, out);
        if out.len() >= MIDDLING {
            HELPERS.with(|helpers| helpers.have_waited(Instant::now()));
        }
    }
}

/// Calls `run` with the number of each piece of `chunk` elements of `out`, and the piece; the last may be shorter.
#[inline]
pub(crate) fn for_each_chunk<T: Send>(out: &mut [T], chunk: usize, run: impl Fn(usize, &mut [T]) + Sync) {
    fork_chunks(out, chunk, &run);
}

/// [`for_each_chunk`], compiled once for each type of elements.
#[inline(never)]
fn fork_chunks<T: Send>(out: &mut [T], chunk: usize, run: &(dyn Fn(usize, &mut [T]) + Sync)) {
    for_each_piece(out.chunks_mut(chunk), |task, out| run(task, out));
}

/// Calls `run` with the number of each piece, and the piece.
pub(crate) fn for_each_piece<P: Send>(pieces: impl Iterator<Item = P>, run: impl Fn(usize, &mut P) + Sync) {
    // Each piece is taken once; the locks are never waited for.
    let pieces: Vec<Mutex<P>> = pieces.map(Mutex::new).collect();
    for_each(pieces.len(), |task| {
        run(task, &mut pieces[task].lock().unwrap_or_else(PoisonError::into_inner));
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use std::thread;

    use super::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn each_task_runs_once_on_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            pool(threads).install(|| {
                for tasks in [0, 1, 2, 7, 1000] {
                    let counts: Vec<_> = (0..tasks).map(|_| AtomicU32::new(0)).collect();
                    for_each(tasks, |task| {
                        counts[task].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
                }
            });
        }
    }

    #[test]
    fn pieces_are_disjoint_and_complete() {
        let mut out = vec![0; 1003];
        for_each_chunk(&mut out, 10, |number, piece| piece.fill(number + 1));
        assert!(out.iter().enumerate().all(|(i, &value)| value == i / 10 + 1));
    }

    /// Helpers are woken when loops follow each other, and left asleep after a pause.
    #[test]
    fn a_row_of_loops_wakes_helpers() {
        let helpers = Helpers::new();
        let start = Instant::now();
        let at = |micros| start + Duration::from_micros(micros);
        let answers: Vec<bool> = (0..=10).map(|i| helpers.are_awake(at(50 * i))).collect();
        assert_eq!(answers.iter().position(|&awake| awake), Some(8));
        assert!(answers[8..].iter().all(|&awake| awake));
        assert!(!helpers.are_awake(at(600)));
        // Slow loops follow each other as well.
        let answers: Vec<bool> = (0..=8)
            .map(|i| {
                let awake = helpers.are_awake(at(610 + 200 * i));
                helpers.have_waited(at(800 + 200 * i));
                awake
            })
            .collect();
        assert_eq!(answers.iter().position(|&awake| awake), Some(7));
        assert!(!helpers.are_awake(at(2_600)));
        // A loop that was shared for its length counts as a row.
        helpers.have_helped(at(3_000));
        assert!(helpers.are_awake(at(3_029)));
        helpers.have_helped(at(3_040));
        assert!(!helpers.are_awake(at(3_071)));
    }

    #[test]
    fn loops_nest() {
        let sum = AtomicUsize::new(0);
        for_each(20, |i| {
            for_each(20, |j| {
                sum.fetch_add(i * 20 + j, Ordering::Relaxed);
            });
        });
        assert_eq!(sum.into_inner(), 400 * 399 / 2);
    }

    #[test]
    fn many_small_loops_from_several_threads() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        let sum = AtomicUsize::new(0);
                        for_each(3, |task| {
                            sum.fetch_add(task, Ordering::Relaxed);
                        });
                        assert_eq!(sum.into_inner(), 3);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_after_all_have_left() {
        pool(3).install(|| {
            for failing in [0, 50, 99] {
                let message = catch_unwind(|| for_each(100, |task| assert!(task != failing, "task {task}")));
                let message = message.unwrap_err().downcast::<String>().unwrap();
                assert_eq!(*message, format!("task {failing}"));
            }
            // The pool still works.
            for_each(10, |_| {});
        });
    }
}
