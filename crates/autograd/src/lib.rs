//! Reverse-mode automatic differentiation: the tape of deltarule.
//!
//! The tape knows nothing of tensors. It records operations on any [`Value`], walks them in reverse, and adds up
//! gradients. A number will do, and then this is all of a micrograd:
//!
//! ```
//! use deltarule_autograd::{Var, record};
//!
//! type Scalar = Var<f64>;
//!
//! fn add(a: &Scalar, b: &Scalar) -> Scalar {
//!     record("add", a.value() + b.value(), &[a.node(), b.node()], |_| {
//!         |g, to| {
//!             to.input(0, || g.clone());
//!             to.input(1, || g);
//!         }
//!     })
//! }
//!
//! fn mul(a: &Scalar, b: &Scalar) -> Scalar {
//!     record("mul", a.value() * b.value(), &[a.node(), b.node()], |keep| {
//!         let (a, b) = (keep.input(0, *a.value()), keep.input(1, *b.value()));
//!         move |g, to| {
//!             let (a, b) = (to.open(a), to.open(b));
//!             to.input(0, || mul(&g, &b));
//!             to.input(1, || mul(&g, &a));
//!         }
//!     })
//! }
//!
//! fn tanh(x: &Scalar) -> Scalar {
//!     record("tanh", x.value().tanh(), &[x.node()], |keep| {
//!         let y = keep.output(x.value().tanh());
//!         move |g, to| {
//!             let y = to.open(y);
//!             let minus_y = mul(&y, &Var::constant(-1.0));
//!             to.input(0, || mul(&g, &add(&Var::constant(1.0), &mul(&y, &minus_y)))); // 1 − y²
//!         }
//!     })
//! }
//!
//! // A neuron: y = tanh(w·x + b).
//! let (w, x, b) = (Var::leaf(0.5), Var::constant(2.0), Var::leaf(-0.3));
//! let y = tanh(&add(&mul(&w, &x), &b));
//! y.backward();
//! let slope = 1.0 - 0.7_f64.tanh().powi(2);
//! assert!((w.grad().unwrap().value() - 2.0 * slope).abs() < 1e-15);
//! assert!((b.grad().unwrap().value() - slope).abs() < 1e-15);
//! ```

mod anomaly;
pub mod call_site;
mod edges;
mod hook;
mod lock;
mod mode;
mod node;
mod queue;
mod record;
mod spare;
mod thread;
mod value;
mod var;
mod walk;
mod watch;

pub use anomaly::{AnomalyGuard, detect_anomaly, is_anomaly_enabled};
pub use hook::HookHandle;
pub use mode::{GradGuard, enable_grad, is_grad_enabled, no_grad, no_grad_guard};
pub use node::NodeRef;
pub use record::{Keep, Saved, record, record_owned};
pub use spare::Spare;
#[doc(hidden)]
pub use thread::this_thread;
pub use value::Value;
pub use var::{NO_GRAPH, Var};
pub use walk::{Attach, Backward, Options, backward, grad};
pub use watch::{is_inspecting, watch};
