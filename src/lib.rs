//! deltarule: PyTorch's training loop, in Rust.
//!
//! A small autodiff tensor framework. People write forward, loss, backward and step as they would in PyTorch, get its
//! numbers, and can read all of it.
//!
//! ```
//! use deltarule::prelude::*;
//!
//! manual_seed(0);
//! let x_data = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
//! let y_data = Tensor::from([[0.], [1.], [1.], [0.]]);
//!
//! let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
//! let criterion = nn::MseLoss::default();
//! let mut optimizer = optim::Sgd::new(model.parameters(), 2.0);
//!
//! for epoch in 0..5000 {
//!     let y_pred = model.forward(&x_data); // 1. forward
//!     let loss = criterion.forward(&y_pred, &y_data); // 2. loss
//!     optimizer.zero_grad();
//!     loss.backward(); // 3. backward
//!     optimizer.step(); // 4. update
//!
//!     if epoch == 4999 {
//!         assert!(loss.item() < 0.001);
//!     }
//! }
//! ```
//!
//! What stands where:
//! - [`tensor`]: the values, and every differentiable operation ([`Tensor`] and its methods).
//! - [`nn`]: modules, parameters, layers, losses; [`optim`]: what takes the steps.
//! - [`autograd`]: the tape that all of it runs on. It knows nothing of tensors.
//! - [`draw`](mod@draw): the graph of a loss as a picture.

#![forbid(unsafe_code)]

pub use deltarule_autograd as autograd;
pub use deltarule_draw as draw;
pub use deltarule_draw::draw;
pub use deltarule_nn as nn;
pub use deltarule_nn::optim;
pub use deltarule_tensor as tensor;

pub use deltarule_tensor::{
    BoolTensor, DoubleTensor, LongTensor, Options, Tensor, TensorOf, cat, detect_anomaly, enable_grad, grad, gradcheck,
    gradgradcheck, manual_seed, no_grad, record, stack, step, with_seed,
};

/// README's programs, which the tests run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// What a training program needs: `use deltarule::prelude::*;`.
pub mod prelude {
    pub use deltarule_nn::optim::schedule::Schedule;
    pub use deltarule_nn::optim::{self, Optimizer};
    pub use deltarule_nn::{self as nn, Checkpoint, Forward, Module, StateDict};
    pub use deltarule_tensor::{
        BoolTensor, DoubleTensor, LongTensor, Options, Tensor, cat, grad, manual_seed, no_grad, stack, with_seed,
    };
}
