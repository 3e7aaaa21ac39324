//! What computes: plain loops over slices, compiled for each instruction set, cut into pieces for threads. Kernels know
//! neither tensors nor gradients.

pub(crate) mod isa;
pub(crate) mod map;
pub(crate) mod math;
pub(crate) mod matmul;
pub(crate) mod optim;
pub(crate) mod parallel;
pub(crate) mod reduce;
pub(crate) mod scratch;
pub(crate) mod sort;
pub(crate) mod transpose;
