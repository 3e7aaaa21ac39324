//! Random numbers, bit for bit those of PyTorch's CPU generator.
//!
//! The functions fill slices from a [`Generator`]. Tensors of random numbers have constructors of their own, such as
//! [`Tensor::rand`](crate::TensorOf::rand), which draw from the process's default generator; [`manual_seed`] seeds it,
//! and [`with_seed`] gives a thread one of its own.

mod box_muller;
mod default;
mod distributions;
mod generator;
mod integers;
mod mt19937;
mod state;

pub(crate) use default::ask_for;
pub use default::{initial_seed, manual_seed, seed, with_default, with_seed};
pub use distributions::{Sample, bernoulli, bernoulli_each, exponential, normal, uniform};
pub use generator::Generator;
pub use integers::{randint, randperm};
pub use state::{GeneratorState, InvalidState};
