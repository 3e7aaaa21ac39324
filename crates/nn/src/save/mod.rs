//! Files: weights that other programs read too, and checkpoints that training goes on from. Both are safetensors files.

mod atomic;
mod cbor;
pub(crate) mod checkpoint;
mod crc;
mod elements;
pub(crate) mod error;
mod layout;
pub(crate) mod safetensors;
