//! deltarule against PyTorch: values, gradients, defaults and steps, from what `tests/torch/generate.py` wrote down.
//!
//! A module for each theme.

mod fixture;
mod optim;
mod schedules;
