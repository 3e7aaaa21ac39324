//! Crews: how many jobs wait, who lets whom in, and that nobody is left inside.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use super::super::for_each;
use super::{IDLE, LEFT_BEHIND, lock};

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// How many jobs of this thread's crews wait, and how many crews it has.
fn waiting() -> (usize, usize) {
    IDLE.with(|idle| {
        let crews = idle.0.borrow();
        (crews.iter().map(|crew| crew.waiting.load(Ordering::Relaxed)).sum(), crews.len())
    })
}

/// While nobody takes jobs, a thousand loops leave as many as one, and nested ones as many for each depth.
#[test]
fn jobs_that_nobody_takes_are_bounded() {
    let pool = pool(3);
    let everybody = Barrier::new(3);
    pool.scope(|scope| {
        for thread in 0..3 {
            let everybody = &everybody;
            scope.spawn(move |_| {
                // From here on no thread of the pool is free.
                everybody.wait();
                let runs = AtomicU32::new(0);
                for _ in 0..1_000 {
                    for_each(4, |_| {
                        runs.fetch_add(1, Ordering::Relaxed);
                    });
                }
                assert_eq!((waiting(), runs.into_inner()), ((2, 1), 4_000), "thread {thread}");
                // Fewer helpers than wait already.
                for_each(2, |_| {});
                assert_eq!(waiting(), (2, 1));
                (0..1_000).for_each(|_| for_each(4, |_| for_each(2, |_| {})));
                assert_eq!(waiting(), (3, 2));
                everybody.wait();
            });
        }
    });
}

/// A job that waited for long helps with the loop that it finds.
#[test]
fn a_job_that_waited_helps_a_later_loop() {
    let pool = pool(2);
    let (busy, free) = (Barrier::new(2), AtomicBool::new(false));
    pool.scope(|scope| {
        scope.spawn(|_| {
            busy.wait();
            while !free.load(Ordering::Relaxed) {
                thread::yield_now();
            }
        });
        scope.spawn(|_| {
            busy.wait();
            (0..100).for_each(|_| for_each(2, |_| {}));
            assert_eq!(waiting(), (1, 1));
            free.store(true, Ordering::Relaxed);
            // Each task waits for the other, so one thread alone can't run both.
            let (begun, start) = (AtomicUsize::new(0), Instant::now());
            for_each(2, |_| {
                begun.fetch_add(1, Ordering::Relaxed);
                while begun.load(Ordering::Relaxed) < 2 {
                    assert!(start.elapsed() < Duration::from_secs(60), "nobody helped");
                    thread::yield_now();
                }
            });
        });
    });
}

/// What is thrown: its owner panics once more by dropping it.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("a payload that panics when it is dropped");
        }
    }
}

/// Two threads of a loop panic, and the third is at work for longer: nobody unwinds out of the loop before it has left. A loop
/// that drops the second payload does, and the third thread runs a closure that is gone.
#[test]
fn nobody_is_left_inside_when_payloads_panic() {
    pool(3).install(|| {
        for _ in 0..5 {
            let (everybody, panicked) = (Barrier::new(3), AtomicUsize::new(0));
            let has_left = AtomicBool::new(false);
            let caller = thread::current().id();
            let body = |_| {
                // Three tasks that wait for each other are on three threads.
                everybody.wait();
                if thread::current().id() == caller {
                    thread::sleep(Duration::from_millis(20));
                    panic_any(Bomb);
                }
                if panicked.fetch_add(1, Ordering::Relaxed) == 0 {
                    panic_any(Bomb);
                }
                thread::sleep(Duration::from_millis(60));
                has_left.store(true, Ordering::Relaxed);
            };
            let thrown = catch_unwind(AssertUnwindSafe(|| for_each(3, body))).unwrap_err();
            assert!(has_left.load(Ordering::Relaxed) && thrown.is::<Bomb>());
            std::mem::forget(thrown);
        }
        for_each(10, |_| {});
        assert_eq!(waiting().1, 1);
    });
}

/// Threads outside of any pool that come and go, with loops that nest and that panic.
#[test]
fn threads_that_come_and_go() {
    let sum = AtomicUsize::new(0);
    for round in 0..20 {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for_each(5, |i| {
                        for_each(5, |j| {
                            sum.fetch_add(i * j, Ordering::Relaxed);
                        });
                    });
                    let panicked = catch_unwind(|| for_each(5, |i| assert_ne!(i, round % 5)));
                    assert!(panicked.is_err());
                });
            }
        });
    }
    assert_eq!(sum.into_inner(), 20 * 4 * 100);
}

/// While the global pool is busy, a thousand threads that come and go leave no more crews than there were at a time.
#[test]
fn threads_that_come_and_go_beside_a_busy_pool() {
    let threads = rayon::current_num_threads();
    let (all_busy, done) = (Arc::new(Barrier::new(threads + 1)), Arc::new(AtomicBool::new(false)));
    rayon::spawn_broadcast({
        let (all_busy, done) = (Arc::clone(&all_busy), Arc::clone(&done));
        move |_| {
            all_busy.wait();
            while !done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
    all_busy.wait();
    (0..1_000).for_each(|_| thread::spawn(|| for_each(4, |_| {})).join().unwrap());
    // Other tests' threads may have left some of theirs.
    let left = lock(&LEFT_BEHIND).len();
    done.store(true, Ordering::Relaxed);
    assert!(left < 100, "{left} crews");
}
