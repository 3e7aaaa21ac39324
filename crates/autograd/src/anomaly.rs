//! The anomaly mode: finds the operation where the first NaN or infinity appeared.

use std::marker::PhantomData;

use crate::call_site::fail;
use crate::thread::here;

/// Whether this thread looks for anomalies.
#[inline]
pub fn is_anomaly_enabled() -> bool {
    here(|thread| thread.anomaly.get())
}

/// Runs `f` in the anomaly mode: the first operation whose value holds a NaN or an infinity panics, forward or
/// backward, and names itself and the line that recorded it. It reads every value once more, so it is for debugging.
///
/// PyTorch: `torch.autograd.detect_anomaly`, which looks at gradients alone, and at NaN alone.
///
/// ```should_panic
/// use deltarule_autograd::{Var, detect_anomaly, record};
///
/// fn ln(x: &Var<f64>) -> Var<f64> {
///     record("ln", x.value().ln(), &[x.node()], |keep| {
///         let x = keep.input(0, *x.value());
///         move |g, to| {
///             let x = to.open(x);
///             to.input(0, || Var::constant(g.value() / x.value()))
///         }
///     })
/// }
/// // anomaly: ln gave a value that isn't finite
/// detect_anomaly(|| ln(&Var::leaf(0.0)));
/// ```
pub fn detect_anomaly<T>(f: impl FnOnce() -> T) -> T {
    let _guard = AnomalyGuard::set(true);
    f()
}

/// Keeps the anomaly mode of this thread until it is dropped, by a panic too.
#[derive(Debug)]
#[must_use = "the mode ends when the guard is dropped"]
pub struct AnomalyGuard {
    previous: bool,
    thread: PhantomData<*const ()>,
}

impl AnomalyGuard {
    /// Turns the anomaly mode of this thread on or off until the guard is dropped.
    pub fn set(enabled: bool) -> Self {
        AnomalyGuard { previous: here(|thread| thread.anomaly.replace(enabled)), thread: PhantomData }
    }
}

impl Drop for AnomalyGuard {
    fn drop(&mut self) {
        here(|thread| thread.anomaly.set(self.previous));
    }
}

#[cold]
#[track_caller]
pub(crate) fn forward_anomaly(operation: &'static str) -> ! {
    fail("anomaly", format_args!("{operation} gave a value that isn't finite"))
}

#[cold]
#[track_caller]
pub(crate) fn backward_anomaly(input: usize) -> ! {
    // Which rule it was is added by `fail`.
    fail("anomaly", format_args!("the gradient of input {input} isn't finite"))
}
