//! One way to time a step, the same for every framework: warm up, then repeat for a while, and report the fastest and
//! the median repetition and the largest resident size of the process.

use std::time::{Duration, Instant};

/// The sizes of a net's layers, its batch, its activation and its loss.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// What the command line calls it.
    pub name: &'static str,
    /// Inputs, hidden layers, outputs.
    pub sizes: &'static [usize],
    /// Examples in a step.
    pub batch: usize,
    /// What follows each layer, and the last one too if `activate_last`.
    pub activation: Activation,
    /// Whether the output is activated.
    pub activate_last: bool,
    /// What is minimised.
    pub loss: Loss,
    /// The momentum, where the framework has one.
    pub momentum: f64,
}

/// An activation function.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Activation {
    Sigmoid,
    Relu,
    Tanh,
}

/// A loss.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Loss {
    Mse,
    CrossEntropy,
}

/// The nets that are compared.
pub const WORKS: [Work; 4] = [
    Work {
        name: "xor",
        sizes: &[2, 2, 1],
        batch: 4,
        activation: Activation::Sigmoid,
        activate_last: true,
        loss: Loss::Mse,
        momentum: 0.0,
    },
    Work {
        name: "784-128-10",
        sizes: &[784, 128, 10],
        batch: 64,
        activation: Activation::Relu,
        activate_last: false,
        loss: Loss::CrossEntropy,
        momentum: 0.0,
    },
    Work {
        name: "784-512-512-10",
        sizes: &[784, 512, 512, 10],
        batch: 128,
        activation: Activation::Tanh,
        activate_last: false,
        loss: Loss::Mse,
        momentum: 0.9,
    },
    Work {
        name: "4x1024",
        sizes: &[1024, 1024, 1024, 1024, 1024],
        batch: 256,
        activation: Activation::Relu,
        activate_last: false,
        loss: Loss::Mse,
        momentum: 0.0,
    },
];

/// What the command line asks for: a work, and what is done with it.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// The net.
    pub work: Work,
    /// What is done.
    pub mode: Mode,
}

/// What is done with a net.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// Training steps are timed.
    Train,
    /// The forward pass without gradients is timed.
    Eval,
    /// The losses of the first steps are printed: all frameworks should have the same.
    Check,
}

/// Reads `WORK train|eval|check`.
///
/// # Panics
/// If the arguments are others.
pub fn task() -> Task {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, mode] = &arguments[..] else { panic!("usage: WORK train|eval|check") };
    let work = WORKS.into_iter().find(|work| work.name == name).unwrap_or_else(|| panic!("no work {name}"));
    let mode = match mode.as_str() {
        "train" => Mode::Train,
        "eval" => Mode::Eval,
        "check" => Mode::Check,
        _ => panic!("a mode is train, eval or check, and not {mode}"),
    };
    Task { work, mode }
}

/// Numbers without a pattern, from −1 to 1: the inputs and targets of every framework.
pub fn values(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2) + 1;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// The weight, `[outputs, inputs]`, and the bias that each layer starts with.
pub fn parameters(work: &Work) -> Vec<(Vec<f32>, Vec<f32>)> {
    let layers = work.sizes.windows(2).zip(1..);
    let parameters = layers.map(|(pair, number)| {
        let bound = 1.0 / (pair[0] as f32).sqrt();
        let scaled = |count, seed| values(count, seed).into_iter().map(|value| value * bound).collect();
        (scaled(pair[0] * pair[1], 10 * number), scaled(pair[1], 10 * number + 1))
    });
    parameters.collect()
}

/// The inputs of a work: `batch` × the first size. XOR has its own four.
pub fn inputs(work: &Work) -> Vec<f32> {
    if work.name == "xor" {
        return vec![0., 0., 0., 1., 1., 0., 1., 1.];
    }
    values(work.batch * work.sizes[0], 1)
}

/// The targets of a work: `batch` × the last size.
pub fn targets(work: &Work) -> Vec<f32> {
    if work.name == "xor" {
        return vec![0., 1., 1., 0.];
    }
    values(work.batch * work.sizes[work.sizes.len() - 1], 2)
}

/// The classes of a work, one an example.
pub fn classes(work: &Work) -> Vec<i64> {
    let count = work.sizes[work.sizes.len() - 1];
    (0..work.batch).map(|i| (i * 7 % count) as i64).collect()
}

/// Times a training step, or prints the losses of the first three. `step` gives the loss, and `item` reads it.
pub fn train<L>(mode: Mode, mut step: impl FnMut() -> L, item: impl Fn(L) -> f32) {
    if mode == Mode::Check {
        let losses: Vec<f32> = (0..3).map(|_| item(step())).collect();
        println!("{{\"losses\": {losses:?}}}");
    } else {
        measure(|| drop(step()));
    }
}

/// Times `step` and prints `{"best": seconds, "median": seconds, "rss": bytes}`.
pub fn measure(mut step: impl FnMut()) {
    let (best, median) = time(Duration::from_millis(300), Duration::from_millis(1500), &mut step);
    println!("{{\"best\": {best:e}, \"median\": {median:e}, \"rss\": {}}}", peak_rss());
}

/// The fastest and the median time of one call, in seconds. Calls that are short are timed in groups of a millisecond.
pub fn time(warm_up: Duration, budget: Duration, step: &mut dyn FnMut()) -> (f64, f64) {
    let start = Instant::now();
    let mut calls = 0;
    while calls < 2 || start.elapsed() < warm_up {
        step();
        calls += 1;
    }
    let once = start.elapsed().as_secs_f64() / f64::from(calls);
    let group = (1e-3 / once).ceil().max(1.0) as u32;

    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || start.elapsed() < budget {
        let start = Instant::now();
        for _ in 0..group {
            step();
        }
        times.push(start.elapsed().as_secs_f64() / f64::from(group));
    }
    times.sort_by(f64::total_cmp);
    (times[0], times[times.len() / 2])
}

/// The largest resident size so far, in bytes.
fn peak_rss() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}
