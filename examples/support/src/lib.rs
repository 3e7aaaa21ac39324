//! What the examples share, so that each of them is about its own subject: arguments, progress, outcome, pictures, data.
//!
//! ```no_run
//! use clap::Parser;
//! use deltarule_examples::{Chart, Common, Outcome, Progress, reached};
//!
//! /// Halves a number until it is small
//! #[derive(Parser)]
//! struct Args {
//!     /// How often to halve it
//!     #[arg(long, default_value_t = 100)]
//!     epochs: usize,
//!     #[command(flatten)]
//!     common: Common,
//! }
//!
//! fn main() -> Outcome {
//!     let args = Args::parse();
//!     let (mut x, mut curve) = (1.0, Vec::new());
//!     let progress = Progress::new("epoch", args.epochs);
//!     for epoch in 1..=args.epochs {
//!         x /= 2.0;
//!         curve.push((epoch as f64, x));
//!         progress.step(|| format!("x {x:.3e}"));
//!     }
//!     let chart = Chart::new("Halving", "A curve that falls by half at each epoch.").axes("epoch", "x").log_y();
//!     args.common.save("halving", &chart.line("x", curve).svg())?;
//!     reached(x < 1e-9, format!("x is below 1e-9: {x:.3e}"))
//! }
//! ```

#![forbid(unsafe_code)]

mod chart;
mod common;
mod digits;
mod images;
mod net;
mod outcome;
mod progress;
mod svg;

pub use chart::Chart;
pub use common::Common;
pub use digits::{Digits, DigitsError};
pub use images::Images;
pub use net::Net;
pub use outcome::{Failure, Outcome, reached};
pub use progress::Progress;
pub use svg::{COLORS, N, Svg};
