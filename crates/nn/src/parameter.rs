//! The weights of a model: values that change between steps under one place in the graph.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use deltarule_autograd::call_site::fail;
use deltarule_autograd::this_thread;
use deltarule_tensor::{AnyArray, Float, HookHandle, Leaf, TensorOf};

use crate::copy::cloned;
use crate::held::Reading;
use crate::repr::Shown;
use crate::{AnyTensor, Module, Part, State, Visitor};

/// A value that an optimizer learns. PyTorch: `torch.nn.Parameter`.
///
/// A parameter is a slot. The forward pass takes a snapshot of its value with [`tensor`](Parameter::tensor), at the
/// cost of a reference count, and its gradients collect in the parameter. A step changes the value in place if no
/// snapshot is alive, and else puts a new one into the slot: a graph keeps the values that it was made with.
///
/// Cloning shares the slot; [`deep_copy`](crate::Module::deep_copy) of a module doesn't.
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_tensor::Tensor;
///
/// let w = Parameter::new(Tensor::from([3.0]));
/// let x = w.tensor();
/// (&x * &x).sum().backward();
/// assert_eq!(w.grad().unwrap().item(), 6.0); // 2w
///
/// w.update(|values| values[0] = 0.0);
/// assert_eq!((w.tensor().item(), x.item()), (0.0, 3.0)); // the snapshot stays
/// ```
pub struct ParameterOf<E: Float>(Arc<Slot<E>>);

/// A parameter of `f32`.
pub type Parameter = ParameterOf<f32>;

struct Slot<E: Float> {
    /// Attached to the leaf, or outside of any graph while the parameter is frozen.
    value: RwLock<TensorOf<E>>,
    leaf: Leaf<E>,
    /// The thread that is changing the value, or 0.
    writer: AtomicUsize,
}

/// Another handle of the same slot; in a [deep copy](crate::Module::deep_copy) one of a slot of its own.
impl<E: Float> Clone for ParameterOf<E> {
    fn clone(&self) -> Self {
        let share = |parameter: &Self| ParameterOf(Arc::clone(&parameter.0));
        cloned(self.address(), self, share, || {
            let copy = Self::new(self.value());
            copy.set_requires_grad(self.requires_grad());
            copy
        })
    }
}

impl<E: Float> Slot<E> {
    /// What stands in the slot for this value.
    fn enter(&self, value: &TensorOf<E>, requires_grad: bool) -> TensorOf<E> {
        if requires_grad { self.leaf.attach(value) } else { value.clone() }
    }
}

/// The value of a parameter, for as long as it is looked at; see [`ParameterOf::read`].
#[derive(Debug)]
pub struct ParameterRef<'a, E: Float = f32> {
    value: RwLockReadGuard<'a, TensorOf<E>>,
    _reading: Reading,
}

impl<E: Float> Deref for ParameterRef<'_, E> {
    type Target = TensorOf<E>;

    #[inline]
    fn deref(&self) -> &TensorOf<E> {
        &self.value
    }
}

/// The value of a parameter that is being changed. It knows by whom, so that nobody waits for himself.
struct Writing<'a, E: Float> {
    value: RwLockWriteGuard<'a, TensorOf<E>>,
    writer: &'a AtomicUsize,
}

impl<E: Float> Deref for Writing<'_, E> {
    type Target = TensorOf<E>;

    #[inline]
    fn deref(&self) -> &TensorOf<E> {
        &self.value
    }
}

impl<E: Float> DerefMut for Writing<'_, E> {
    #[inline]
    fn deref_mut(&mut self) -> &mut TensorOf<E> {
        &mut self.value
    }
}

impl<E: Float> Drop for Writing<'_, E> {
    #[inline]
    fn drop(&mut self) {
        self.writer.store(0, Ordering::Relaxed);
    }
}

impl<E: Float> ParameterOf<E> {
    /// A parameter with this value, which requires a gradient.
    #[track_caller]
    pub fn new(value: TensorOf<E>) -> Self {
        let leaf = Leaf::new(value.shape());
        let value = RwLock::new(leaf.attach(&value.detach()));
        ParameterOf(Arc::new(Slot { value, leaf, writer: AtomicUsize::new(0) }))
    }

    /// The value as it is now, for a forward pass. Gradients of what is made of it collect in this parameter, unless it
    /// is [frozen](ParameterOf::set_requires_grad).
    #[inline]
    #[track_caller]
    pub fn tensor(&self) -> TensorOf<E> {
        self.lock().clone()
    }

    /// As [`tensor`](ParameterOf::tensor), without a snapshot: the value can't be changed until the result is dropped, which
    /// should be soon. Whoever holds one must not change this parameter, nor read it a second time.
    ///
    /// ```
    /// use deltarule_nn::Parameter;
    /// use deltarule_tensor::Tensor;
    ///
    /// let w = Parameter::new(Tensor::from([[1.0, 2.0]])); // [out, in]
    /// let y = Tensor::from([[3.0, 4.0]]).linear(&w.read(), None);
    /// assert_eq!(y.item(), 11.0);
    /// y.backward();
    /// assert_eq!(w.grad().unwrap().to_vec(), [3.0, 4.0]);
    /// ```
    ///
    /// A thread that would wait for itself panics instead, here and in all that changes the value:
    ///
    /// ```should_panic
    /// use deltarule_nn::Parameter;
    /// use deltarule_tensor::Tensor;
    ///
    /// let p = Parameter::new(Tensor::ones([3]));
    /// let w = p.read();
    /// p.set(Tensor::zeros([3])); // and `w` is still held
    /// # drop(w);
    /// ```
    #[track_caller]
    pub fn read(&self) -> ParameterRef<'_, E> {
        let value = self.lock();
        ParameterRef { value, _reading: Reading::begin(self.address()) }
    }

    /// The value, for an operation of a layer, which calls nobody who could change the parameter meanwhile.
    #[inline]
    #[track_caller]
    pub(crate) fn lock(&self) -> RwLockReadGuard<'_, TensorOf<E>> {
        match self.0.value.try_read() {
            Ok(value) => value,
            // A panic leaves a tensor of the right shape in the slot, whatever its values: a poisoned lock is as good.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => self.wait_to_read(),
        }
    }

    /// The value as it is now, outside of any graph. PyTorch: `parameter.data`, but what is done to it isn't done to the
    /// parameter.
    #[track_caller]
    pub fn value(&self) -> TensorOf<E> {
        self.lock().detach()
    }

    /// The sizes of the axes, which never change.
    pub fn shape(&self) -> &[usize] {
        self.0.leaf.shape()
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.shape().iter().product()
    }

    /// The gradient that backward passes have added up since it was last set. PyTorch: `parameter.grad`.
    #[inline]
    #[track_caller]
    pub fn grad(&self) -> Option<TensorOf<E>> {
        self.0.leaf.grad()
    }

    /// Replaces the gradient.
    ///
    /// # Panics
    /// If its shape isn't the parameter's.
    #[track_caller]
    pub fn set_grad(&self, grad: Option<TensorOf<E>>) {
        self.0.leaf.set_grad(grad);
    }

    /// Sets the gradient to none, PyTorch's default.
    #[inline]
    #[track_caller]
    pub fn zero_grad(&self) {
        self.0.leaf.zero_grad();
    }

    /// Whether gradients flow to this parameter.
    #[inline]
    #[track_caller]
    pub fn requires_grad(&self) -> bool {
        self.lock().requires_grad()
    }

    /// Freezes the parameter (`false`) or thaws it: what later forward passes make of a frozen parameter sends it no
    /// gradient. PyTorch: `parameter.requires_grad = …`.
    ///
    /// A gradient that it has already stays, and an optimizer acts on it: call [`zero_grad`](ParameterOf::zero_grad) too.
    #[track_caller]
    pub fn set_requires_grad(&self, requires_grad: bool) {
        let mut value = self.write("set_requires_grad");
        *value = self.0.enter(&value.detach(), requires_grad);
    }

    /// Calls `hook` with the gradient of this parameter in each backward pass; what it returns replaces the gradient.
    /// PyTorch: `parameter.register_hook`.
    pub fn register_hook(
        &self,
        hook: impl Fn(&TensorOf<E>) -> Option<TensorOf<E>> + Send + Sync + 'static,
    ) -> HookHandle<AnyArray> {
        self.0.leaf.attach(&self.value()).register_hook(hook)
    }

    /// Changes the values, which `f` gets in row-major order: in place, or in a copy if a snapshot is alive. This is
    /// what optimizers are made of.
    ///
    /// # Panics
    /// If this thread [reads](ParameterOf::read) the parameter, or if `f` uses it: it would wait for itself.
    #[inline]
    #[track_caller]
    pub fn update(&self, f: impl FnOnce(&mut [E])) {
        self.0.leaf.update(&mut self.write("update"), f);
    }

    /// Changes the values by the gradient, if there is one: `f` gets the values, to be changed as by
    /// [`update`](ParameterOf::update), and the gradient, both in row-major order. Says whether there was one.
    ///
    /// # Panics
    /// As [`update`](ParameterOf::update).
    #[inline]
    #[track_caller]
    pub fn step(&self, f: impl FnOnce(&mut [E], &[E])) -> bool {
        let Some(gradient) = self.grad() else { return false };
        let gradient = gradient.elements();
        self.0.leaf.update(&mut self.write("step"), |values| f(values, &gradient));
        true
    }

    /// Replaces the value. Its place in the graph and its gradient stay.
    ///
    /// # Panics
    /// If the shape isn't the parameter's.
    #[track_caller]
    pub fn set(&self, value: TensorOf<E>) {
        if value.shape() != self.shape() {
            fail(
                "set",
                format_args!(
                    "a value of shape {:?} can't replace that of a parameter of shape {:?}",
                    value.shape(),
                    self.shape()
                ),
            );
        }
        let mut slot = self.write("set");
        let new = self.0.enter(&value.detach(), slot.requires_grad());
        // The old value is freed when the lock is.
        let _old = std::mem::replace(&mut *slot, new);
    }

    /// Puts a value into the slot as it is, with a graph of its own, and gives back what was there.
    #[track_caller]
    pub(crate) fn replace(&self, value: TensorOf<E>) -> TensorOf<E> {
        std::mem::replace(&mut *self.write("functional_call"), value)
    }

    /// Whether both are handles of one parameter.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// A number that no other living parameter has.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    #[inline]
    #[track_caller]
    fn write(&self, operation: &str) -> Writing<'_, E> {
        let value = match self.0.value.try_write() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => self.wait_to_write(operation),
        };
        let writer = &self.0.writer;
        writer.store(this_thread(), Ordering::Relaxed);
        Writing { value, writer }
    }

    #[cold]
    #[track_caller]
    fn wait_to_read(&self) -> RwLockReadGuard<'_, TensorOf<E>> {
        self.check_writer("read");
        // Who reads already keeps out a writer, who keeps out new readers.
        if let Some(line) = Reading::since(self.address()) {
            let shape = self.shape();
            fail("read", format_args!("this thread reads the parameter of shape {shape:?} already, since {line}"));
        }
        self.0.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    #[track_caller]
    fn wait_to_write(&self, operation: &str) -> RwLockWriteGuard<'_, TensorOf<E>> {
        self.check_writer(operation);
        if let Some(line) = Reading::since(self.address()) {
            fail(
                operation,
                format_args!(
                    "the parameter of shape {:?} can't change while this thread reads it, since {line}; drop what \
                     read() gave, or take a snapshot by tensor()",
                    self.shape()
                ),
            );
        }
        self.0.value.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Panics if it is this thread that is changing the value.
    #[track_caller]
    fn check_writer(&self, operation: &str) {
        if self.0.writer.load(Ordering::Relaxed) == this_thread() {
            fail(
                operation,
                format_args!(
                    "the parameter of shape {:?} is being changed by this thread: a closure that changes it can't use it",
                    self.shape()
                ),
            );
        }
    }
}

impl<E: Float> Module for ParameterOf<E> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.part(Part::Parameter(self));
    }

    fn shown(&self) -> Shown {
        Shown::Nothing
    }
}

impl<E: Float> State for ParameterOf<E> {
    fn get(&self) -> AnyTensor {
        self.value().into()
    }

    #[track_caller]
    fn put(&self, value: AnyTensor) {
        self.set(value.expect());
    }

    fn slot(&self) -> Option<usize> {
        Some(self.address())
    }
}

impl<E: Float> fmt::Debug for ParameterOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameter")
            .field("shape", &self.shape())
            .field("requires_grad", &self.requires_grad())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
