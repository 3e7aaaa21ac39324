//! Pictures of a live graph: what a loss was made of, as SVG or as DOT. No program needs to be installed.
//!
//! ```
//! use deltarule_draw::{draw, watch};
//! use deltarule_tensor::Tensor;
//!
//! let w = Tensor::from([0.5, -1.0]).requires_grad_();
//! let loss = watch(|| (&w * &w).sum());
//! loss.backward();
//!
//! let picture = draw(&loss).name("w", &w);
//! assert!(picture.svg().contains("[0.5, −1]"));
//! assert!(picture.dot().starts_with("digraph"));
//! ```
//!
//! The graph itself knows names and shapes. Values are known of what was made while [`watch`]ed, and of the tensors that
//! get a [name](Drawing::name). Gradients are known of leaves after a backward pass, and of all that was watched.

#![forbid(unsafe_code)]

mod dot;
mod drawing;
mod graph;
mod label;
mod layout;
mod show;
mod svg;

pub use deltarule_autograd::watch;
pub use drawing::{Drawing, draw};
pub use show::Show;
