//! What hangs on a node besides its rule: the gradient that it collects, and hooks.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use crate::call_site::fail;
use crate::lock::{Guard, Lock};
use crate::node::NodeRef;
use crate::thread::this_thread;
use crate::walk::sum;
use crate::{Value, Var};

pub(crate) type Hook<V> = Arc<dyn Fn(&Var<V>) -> Option<Var<V>> + Send + Sync>;

/// The rare parts of a node; a leaf always has them.
pub(crate) struct Extras<V: Value> {
    grad: Lock<Option<Var<V>>>,
    /// The thread that [looks](NodeRef::with_grad) at the gradient with the lock held, or 0.
    looking: AtomicUsize,
    retains_grad: AtomicBool,
    hooks: OnceLock<Arc<Hooks<V>>>,
    /// The value that the operation made, if it was watched.
    pub(crate) watched: Lock<Option<V>>,
}

/// The hooks of a node, in the order of their registration, each with its number.
pub(crate) struct Hooks<V: Value>(Lock<Registered<V>>);

struct Registered<V: Value> {
    list: Vec<(u64, Hook<V>)>,
    next: u64,
}

impl<V: Value> Default for Extras<V> {
    fn default() -> Self {
        Extras {
            grad: Lock::new(None),
            looking: AtomicUsize::new(0),
            retains_grad: AtomicBool::new(false),
            hooks: OnceLock::new(),
            watched: Lock::new(None),
        }
    }
}

impl<V: Value> Extras<V> {
    pub(crate) fn retains_grad(&self) -> bool {
        self.retains_grad.load(Ordering::Relaxed)
    }

    /// The hooks, if there ever were any.
    pub(crate) fn hooks(&self) -> Option<&Hooks<V>> {
        self.hooks.get().map(Arc::as_ref)
    }

    /// The collected gradient, locked.
    #[inline]
    #[track_caller]
    fn grad(&self) -> Guard<'_, Option<Var<V>>> {
        match self.grad.try_lock() {
            Some(grad) => grad,
            None => self.wait_for_grad(),
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn wait_for_grad(&self) -> Guard<'_, Option<Var<V>>> {
        if self.looking.load(Ordering::Relaxed) == this_thread() {
            fail(
                "grad",
                "this thread is inside of a closure that has borrowed the gradient, and would wait for itself. An \
                 optimizer's update uses the gradient that it is given",
            );
        }
        self.grad.lock()
    }

    /// Adds `g` to the collected gradient. The first to arrive is moved in.
    #[inline]
    #[track_caller]
    pub(crate) fn accumulate(&self, g: Var<V>) {
        let mut grad = self.grad();
        if grad.is_none() {
            *grad = Some(g);
        } else {
            add(grad, g);
        }
    }
}

/// Adds `g` to a collected gradient, in its memory. The lock is held, so that nobody sees the gradient gone meanwhile.
#[cold]
#[inline(never)]
#[track_caller]
fn add<V: Value>(mut grad: Guard<'_, Option<Var<V>>>, g: Var<V>) {
    // The graphs of both are freed after the lock: they may hold values of the user's, whose drop may lead back here.
    let graphs = (grad.as_ref().and_then(Var::node).cloned(), g.node().cloned());
    if let Some(earlier) = grad.take() {
        *grad = Some(sum(earlier, g));
    }
    drop(grad);
    drop(graphs);
}

/// The gradient is looked at until this is dropped.
struct Looking<'a>(&'a AtomicUsize);

impl<'a> Looking<'a> {
    #[inline]
    fn begin(looking: &'a AtomicUsize) -> Self {
        looking.store(this_thread(), Ordering::Relaxed);
        Looking(looking)
    }
}

impl Drop for Looking<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl<V: Value> Hooks<V> {
    fn new() -> Self {
        Hooks(Lock::new(Registered { list: Vec::new(), next: 0 }))
    }

    /// The hooks, to be called without the lock.
    pub(crate) fn all(&self) -> Vec<Hook<V>> {
        self.0.lock().list.iter().map(|(_, hook)| Arc::clone(hook)).collect()
    }
}

impl<V: Value> NodeRef<V> {
    /// The gradient collected so far: of a leaf, or of a value that [retains](NodeRef::retain_grad) it.
    #[track_caller]
    pub fn grad(&self) -> Option<Var<V>> {
        self.extras()?.grad().clone()
    }

    /// Looks at the collected gradient without taking part in it: the cheapest way, for an optimizer.
    ///
    /// The gradient is locked meanwhile, and other threads wait.
    ///
    /// # Panics
    /// If `f` asks for the gradient again, or changes it.
    #[inline]
    #[track_caller]
    pub fn with_grad<R>(&self, f: impl FnOnce(Option<&Var<V>>) -> R) -> R {
        match self.extras() {
            Some(extras) => {
                let grad = extras.grad();
                let _looking = Looking::begin(&extras.looking);
                f(grad.as_ref())
            }
            None => f(None),
        }
    }

    /// Replaces the collected gradient and gives the old one back. `None` is what PyTorch's `zero_grad` sets.
    #[track_caller]
    pub fn set_grad(&self, grad: Option<Var<V>>) -> Option<Var<V>> {
        match (self.extras(), grad) {
            (None, None) => None,
            (_, grad) => std::mem::replace(&mut *self.extras_or_new().grad(), grad),
        }
    }

    /// Makes a value that is no leaf collect its gradient too. PyTorch: `Tensor.retain_grad`.
    pub fn retain_grad(&self) {
        self.extras_or_new().retains_grad.store(true, Ordering::Relaxed);
    }

    /// Whether a value that is no leaf collects its gradient too.
    pub fn retains_grad(&self) -> bool {
        self.extras().is_some_and(Extras::retains_grad)
    }

    /// Calls `hook` with the value's whole gradient, in each backward pass that reaches it, before it is used. What the
    /// hook returns replaces the gradient. What the hook does is recorded only if the pass is. A hook that holds its own
    /// value keeps it alive until it is [removed](HookHandle::remove). PyTorch: `Tensor.register_hook`.
    ///
    /// A backward pass panics if what a hook returns has another shape.
    pub fn register_hook(&self, hook: impl Fn(&Var<V>) -> Option<Var<V>> + Send + Sync + 'static) -> HookHandle<V> {
        let hooks = self.extras_or_new().hooks.get_or_init(|| Arc::new(Hooks::new()));
        let mut registered = hooks.0.lock();
        let id = registered.next;
        registered.next += 1;
        registered.list.push((id, Arc::new(hook)));
        HookHandle { hooks: Arc::downgrade(hooks), id }
    }
}

/// Removes a hook. Dropping the handle leaves the hook in place.
pub struct HookHandle<V: Value> {
    hooks: Weak<Hooks<V>>,
    id: u64,
}

impl<V: Value> HookHandle<V> {
    /// Removes the hook; no effect if its value is gone.
    pub fn remove(self) {
        if let Some(hooks) = self.hooks.upgrade() {
            let mut hooks = hooks.0.lock();
            let place = hooks.list.iter().position(|(id, _)| *id == self.id);
            let hook = place.map(|place| hooks.list.remove(place));
            // What the hook holds is dropped without the lock: it may lead back here.
            drop(hooks);
            drop(hook);
        }
    }
}

impl<V: Value> fmt::Debug for HookHandle<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookHandle").field("id", &self.id).finish_non_exhaustive()
    }
}
