//! How far a loop has come: a bar on a terminal, and the same few lines everywhere.

use std::cell::Cell;
use std::io::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The progress of a loop of a known number of steps. Some ten of them print a line; on a terminal a bar moves beneath.
#[derive(Debug)]
pub struct Progress {
    unit: &'static str,
    total: usize,
    every: usize,
    done: Cell<usize>,
    bar: ProgressBar,
}

impl Progress {
    /// A loop of `total` steps, each a `unit`: "epoch", "step".
    pub fn new(unit: &'static str, total: usize) -> Self {
        // Hidden by itself where the error stream is no terminal.
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left") {
            bar.set_style(style);
        }
        Progress { unit, total, every: total.div_ceil(10).max(1), done: Cell::new(0), bar }
    }

    /// Prints a line every `steps` steps instead.
    #[must_use]
    pub fn every(mut self, steps: usize) -> Self {
        self.every = steps.max(1);
        self
    }

    /// One step is done. `state` says how things stand, and is called only when a line is due: at the first step, at
    /// the last, and at regular ones between.
    pub fn step(&self, state: impl FnOnce() -> String) {
        let done = self.done.get() + 1;
        self.done.set(done);
        self.bar.inc(1);
        if done == 1 || done == self.total || done.is_multiple_of(self.every) {
            let (unit, width, state) = (self.unit, self.total.to_string().len(), state());
            // What reads the lines may have enough of them, as `head` does: that is no reason to fail in here.
            self.bar.suspend(|| drop(writeln!(std::io::stdout(), "{unit} {done:>width$}  {state}")));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
