//! Watching: the graph keeps the values and gradients of what is made meanwhile, for a look at it.

use crate::Value;
use crate::node::NodeRef;
use crate::thread::here;

#[inline]
pub(crate) fn is_watching() -> bool {
    here(|thread| thread.watching.get())
}

/// Whether this thread looks at each operation by itself: it [watches](watch), or looks for [anomalies](crate::detect_anomaly).
/// Then operations that could be one are to stay apart.
#[doc(hidden)]
#[inline]
pub fn is_inspecting() -> bool {
    here(|thread| thread.watching.get() || thread.anomaly.get())
}

/// Runs `f`; the operations that this thread records meanwhile keep their values and collect their gradients, so that a
/// drawing of the graph can show them. The values live as long as the graph.
///
/// ```
/// use deltarule_autograd::{Var, record, watch};
///
/// let x = Var::leaf(3.0);
/// let y = watch(|| record("double", 2.0 * x.value(), &[x.node()], |_| |g: Var<f64>, to: &mut _| {
///     to.input(0, || Var::constant(2.0 * g.value()));
/// }));
/// assert_eq!(y.node().unwrap().watched(), Some(6.0));
/// ```
pub fn watch<T>(f: impl FnOnce() -> T) -> T {
    /// Ends the watch, by a panic too.
    struct Watch(bool);
    impl Drop for Watch {
        fn drop(&mut self) {
            here(|thread| thread.watching.set(self.0));
        }
    }
    let _watch = Watch(here(|thread| thread.watching.replace(true)));
    f()
}

impl<V: Value> NodeRef<V> {
    /// The value that the operation made, if it was [watched](watch).
    pub fn watched(&self) -> Option<V> {
        self.extras()?.watched.lock().clone()
    }

    #[cold]
    pub(crate) fn keep_watched(&self, value: &V) {
        self.retain_grad();
        *self.extras_or_new().watched.lock() = Some(value.clone());
    }
}
