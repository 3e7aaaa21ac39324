//! Files: weights that other programs read too, and checkpoints that training goes on from.

mod atomic;
mod binary;
pub(crate) mod checkpoint;
mod crc;
pub(crate) mod error;
pub(crate) mod safetensors;
