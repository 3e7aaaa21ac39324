//! Neural networks: modules, parameters, layers, losses and optimizers, as PyTorch's `torch.nn` and `torch.optim` have
//! them.
//!
//! A [`Module`] says which parts it is made of; names, state dicts, modes and gradients follow from that. A
//! [`Parameter`] is a slot whose value changes between steps, under one place in the graph. An
//! [`Optimizer`](optim::Optimizer) goes over parameters and their gradients.
//!
//! ```
//! use deltarule_nn::optim::{Optimizer, Sgd};
//! use deltarule_nn::{Forward, Linear, Module, MseLoss, Tanh, sequential};
//! use deltarule_tensor::Tensor;
//!
//! // XOR: no single layer can do it.
//! let x = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
//! let y = Tensor::from([[0.], [1.], [1.], [0.]]);
//!
//! let model = sequential![Linear::new(2, 8), Tanh, Linear::new(8, 1)];
//! let criterion = MseLoss::default();
//! let mut optimizer = Sgd::new(model.parameters(), 0.1).momentum(0.9);
//! for _ in 0..500 {
//!     let loss = criterion.forward(&model.forward(&x), &y);
//!     optimizer.zero_grad();
//!     loss.backward();
//!     optimizer.step();
//! }
//! assert!(criterion.forward(&model.forward(&x), &y).item() < 1e-3);
//! ```

#![forbid(unsafe_code)]

// The derive macro names this crate from outside; its uses in here need the name too.
extern crate self as deltarule_nn;

mod activation;
mod any_parameter;
mod any_tensor;
mod batch_norm;
mod buffer;
mod compiled;
mod copy;
mod dropout;
mod embedding;
mod forward;
mod functional;
mod held;
mod impls;
pub mod init;
mod layer_norm;
mod linear;
mod load;
mod loss;
mod mode;
mod module;
mod operators;
pub mod optim;
mod parameter;
mod repr;
mod save;
mod saved;
mod sequential;
mod state_dict;
mod summary;
mod visitor;

pub use activation::{
    Elu, Flatten, Gelu, Identity, LeakyRelu, LogSoftmax, Relu, Sigmoid, Silu, Softmax, Softplus, Tanh,
};
pub use any_parameter::AnyParameter;
pub use any_tensor::AnyTensor;
pub use batch_norm::{BatchNorm1d, BatchNorm1dOf};
pub use buffer::{Buffer, BufferOf, LongBuffer};
/// The derive macro of the trait of the same name.
///
/// ```
/// use deltarule_nn::{Linear, Module, Parameter};
/// use deltarule_tensor::Tensor;
///
/// #[derive(Module)]
/// struct Net<H> {
///     body: Vec<Linear>,
///     head: H,
///     scale: Option<Parameter>,
///     rate: f32,
///     #[module(skip)]
///     started: std::time::Instant,
/// }
///
/// #[derive(Module)]
/// struct Pair<A, B>(A, B);
///
/// let net = Net {
///     body: vec![Linear::new(2, 2)],
///     head: Pair(Linear::new(2, 1), "no part"),
///     scale: Some(Parameter::new(Tensor::from(1.0))),
///     rate: 0.5,
///     started: std::time::Instant::now(),
/// };
/// let dict = net.state_dict();
/// let names: Vec<_> = dict.names().collect();
/// assert_eq!(names, ["body.0.weight", "body.0.bias", "head.0.weight", "head.0.bias", "scale"]);
/// ```
///
/// A field that is no module must be skipped:
///
/// ```compile_fail,E0277
/// #[derive(deltarule_nn::Module)]
/// struct Timed {
///     started: std::time::Instant,
/// }
/// ```
///
/// An enum has no derive, and options that don't exist are refused:
///
/// ```compile_fail
/// #[derive(deltarule_nn::Module)]
/// enum Head {
///     Linear(deltarule_nn::Linear),
/// }
/// ```
///
/// ```compile_fail
/// #[derive(deltarule_nn::Module)]
/// struct Net {
///     #[module(ignore)]
///     linear: deltarule_nn::Linear,
/// }
/// ```
pub use deltarule_nn_derive::Module;
pub use dropout::Dropout;
pub use embedding::{Embedding, EmbeddingOf};
pub use forward::Forward;
pub use functional::functional_call;
pub use layer_norm::{LayerNorm, LayerNormOf};
pub use linear::{Linear, LinearOf};
pub use load::{IncompatibleKeys, LoadError, Mismatch};
pub use loss::{
    BceLoss, BceLossOf, BceWithLogitsLoss, BceWithLogitsLossOf, ClassTarget, CrossEntropyLoss, CrossEntropyLossOf,
    HuberLoss, L1Loss, MseLoss, NllLoss, NllLossOf, Reduction, SmoothL1Loss,
};
pub use mode::Mode;
pub use module::Module;
pub use parameter::{Parameter, ParameterOf, ParameterRef};
#[doc(hidden)]
pub use repr::Shown;
pub use repr::repr;
pub use save::checkpoint::{Checkpoint, RestoreError};
pub use save::error::{FileError, FileProblem};
pub use saved::{SavedState, Stateful};
#[doc(hidden)]
pub use sequential::boxed_layer;
pub use sequential::{Sequential, SequentialOf};
pub use state_dict::{State, StateDict};
pub use summary::{Row, Summary, summary};
pub use visitor::{Part, Visitor};

/// What stands elsewhere here, under PyTorch's path.
#[doc(hidden)]
pub mod utils {
    pub use crate::optim::{clip_grad_norm as clip_grad_norm_, clip_grad_value as clip_grad_value_};
}
