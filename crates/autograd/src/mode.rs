//! Whether this thread records: `no_grad` and its guards.

use std::marker::PhantomData;

use crate::thread::here;

/// Whether operations on this thread are recorded. True when a thread starts. PyTorch: `torch.is_grad_enabled`.
#[inline]
pub fn is_grad_enabled() -> bool {
    here(|thread| thread.recording.get())
}

/// Keeps a setting of the recording until it is dropped, by a panic too. It belongs to the thread that made it.
///
/// Guards nest: each restores what it found, so drop them in the reverse order of their making, as scopes do.
#[derive(Debug)]
#[must_use = "the setting ends when the guard is dropped"]
pub struct GradGuard {
    previous: bool,
    // Not `Send`: the setting belongs to one thread.
    thread: PhantomData<*const ()>,
}

impl GradGuard {
    /// Sets the recording of this thread until the guard is dropped. PyTorch: `torch.set_grad_enabled`.
    pub fn set(enabled: bool) -> Self {
        GradGuard { previous: here(|thread| thread.recording.replace(enabled)), thread: PhantomData }
    }
}

impl Drop for GradGuard {
    fn drop(&mut self) {
        here(|thread| thread.recording.set(self.previous));
    }
}

/// Turns recording off on this thread until the guard is dropped.
///
/// ```
/// use deltarule_autograd::{is_grad_enabled, no_grad_guard};
/// {
///     let _guard = no_grad_guard();
///     assert!(!is_grad_enabled());
/// }
/// assert!(is_grad_enabled());
/// ```
pub fn no_grad_guard() -> GradGuard {
    GradGuard::set(false)
}

/// Runs `f` without recording: what it makes requires no gradient. PyTorch: `torch.no_grad`.
///
/// ```
/// use deltarule_autograd::{Var, no_grad, record};
/// let x = Var::leaf(3.0);
/// let y = no_grad(|| record("double", 2.0 * x.value(), &[x.node()], |_| |g, to| {
///     to.input(0, || Var::constant(2.0 * g.value()));
/// }));
/// assert!(!y.requires_grad());
/// ```
pub fn no_grad<T>(f: impl FnOnce() -> T) -> T {
    let _guard = GradGuard::set(false);
    f()
}

/// Runs `f` with recording on, inside of a [`no_grad`] too. PyTorch: `torch.enable_grad`.
pub fn enable_grad<T>(f: impl FnOnce() -> T) -> T {
    let _guard = GradGuard::set(true);
    f()
}
