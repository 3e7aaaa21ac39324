//! Neural networks: modules, parameters, layers, losses and optimizers, as PyTorch's `torch.nn` and `torch.optim` have
//! them.
#![forbid(unsafe_code)]

// The derive macro names this crate from outside; its uses in here need the name too.
extern crate self as deltarule_nn;

mod activation;
mod any_tensor;
mod buffer;
mod forward;
mod impls;
pub mod init;
mod linear;
mod load;
mod loss;
mod mode;
mod module;
pub mod optim;
mod parameter;
mod pending;
mod sequential;
mod state_dict;
mod visitor;

pub use activation::{
    Elu, Flatten, Gelu, Identity, LeakyRelu, LogSoftmax, Relu, Sigmoid, Silu, Softmax, Softplus,
    Tanh,
};
pub use any_tensor::AnyTensor;
pub use buffer::{Buffer, BufferOf, LongBuffer};
pub use deltarule_nn_derive::Module;
pub use forward::Forward;
pub use linear::Linear;
pub use load::{LoadError, Mismatch};
pub use loss::{BceWithLogitsLoss, CrossEntropyLoss, L1Loss, MseLoss, Reduction};
pub use mode::Mode;
pub use module::Module;
pub use parameter::Parameter;
pub use sequential::Sequential;
pub use state_dict::{State, StateDict};
pub use visitor::{Part, Visitor};
