//! What hangs on a node besides its rule: the gradient that it collects, and hooks.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use crate::lock::Lock;
use crate::node::NodeRef;
use crate::walk::sum;
use crate::{Value, Var};

pub(crate) type Hook<V> = Arc<dyn Fn(&Var<V>) -> Option<Var<V>> + Send + Sync>;

/// The rare parts of a node; a leaf always has them.
pub(crate) struct Extras<V: Value> {
    grad: Lock<Option<Var<V>>>,
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

    /// Adds `g` to the collected gradient. The first to arrive is moved in.
    #[inline]
    #[track_caller]
    pub(crate) fn accumulate(&self, g: Var<V>) {
        let mut grad = self.grad.lock();
        if grad.is_none() {
            *grad = Some(g);
        } else {
            drop(grad);
            self.add(g);
        }
    }

    /// The sum is made outside of the lock; what another thread put in meanwhile is added in the next round.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn add(&self, g: Var<V>) {
        let earlier = self.grad.lock().take();
        let g = match earlier {
            Some(earlier) => sum(earlier, g),
            None => g,
        };
        self.accumulate(g);
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
    pub fn grad(&self) -> Option<Var<V>> {
        self.extras()?.grad.lock().clone()
    }

    /// Looks at the collected gradient without taking part in it: the cheapest way, for an optimizer.
    ///
    /// The gradient is locked meanwhile: `f` must not ask for it again.
    #[inline]
    pub fn with_grad<R>(&self, f: impl FnOnce(Option<&Var<V>>) -> R) -> R {
        match self.extras() {
            Some(extras) => f(extras.grad.lock().as_ref()),
            None => f(None),
        }
    }

    /// Replaces the collected gradient and gives the old one back. `None` is what PyTorch's `zero_grad` sets.
    pub fn set_grad(&self, grad: Option<Var<V>>) -> Option<Var<V>> {
        match (self.extras(), grad) {
            (None, None) => None,
            (_, grad) => std::mem::replace(&mut *self.extras_or_new().grad.lock(), grad),
        }
    }

    /// Makes a value that is no leaf collect its gradient too. PyTorch: `Tensor.retain_grad`.
    pub fn retain_grad(&self) {
        self.extras_or_new().retains_grad.store(true, Ordering::Relaxed);
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
