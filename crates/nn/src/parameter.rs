//! The weights of a model: values that change between steps under one place in the graph.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{AnyArray, HookHandle, Leaf, Tensor};

use crate::{AnyTensor, Module, Part, State, Visitor};

/// A value that an optimizer learns. PyTorch: `torch.nn.Parameter`.
///
/// A parameter is a slot. The forward pass takes a snapshot of its value with [`tensor`](Parameter::tensor), at the
/// cost of a reference count, and its gradients collect in the parameter. A step changes the value in place if no
/// snapshot is alive, and else puts a new one into the slot: a graph keeps the values that it was made with.
///
/// Cloning shares the slot.
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
#[derive(Clone)]
pub struct Parameter(Arc<Slot>);

struct Slot {
    /// Attached to the leaf, or outside of any graph while the parameter is frozen.
    value: RwLock<Tensor>,
    leaf: Leaf<f32>,
}

impl Slot {
    /// What stands in the slot for this value.
    fn enter(&self, value: &Tensor, requires_grad: bool) -> Tensor {
        if requires_grad { self.leaf.attach(value) } else { value.clone() }
    }
}

/// The value of a parameter, for as long as it is looked at; see [`Parameter::read`].
#[derive(Debug)]
pub struct ParameterRef<'a>(RwLockReadGuard<'a, Tensor>);

impl Deref for ParameterRef<'_> {
    type Target = Tensor;

    #[inline]
    fn deref(&self) -> &Tensor {
        &self.0
    }
}

impl Parameter {
    /// A parameter with this value, which requires a gradient.
    #[track_caller]
    pub fn new(value: Tensor) -> Self {
        let leaf = Leaf::new(value.shape());
        let value = RwLock::new(leaf.attach(&value.detach()));
        Parameter(Arc::new(Slot { value, leaf }))
    }

    /// The value as it is now, for a forward pass. Gradients of what is made of it collect in this parameter, unless it
    /// is [frozen](Parameter::set_requires_grad).
    #[inline]
    pub fn tensor(&self) -> Tensor {
        self.read().clone()
    }

    /// As [`tensor`](Parameter::tensor), without a snapshot: the value can't be changed until the result is dropped, which
    /// should be soon. A layer reads its weights so for its operation.
    ///
    /// Whoever holds one must not change this parameter, nor read it a second time: it could wait for itself.
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
    #[inline]
    pub fn read(&self) -> ParameterRef<'_> {
        // A panic leaves a tensor of the right shape in the slot, whatever its values: a poisoned lock is as good.
        ParameterRef(self.0.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value as it is now, outside of any graph. PyTorch: `parameter.data`, but what is done to it isn't done to the
    /// parameter.
    pub fn value(&self) -> Tensor {
        self.read().detach()
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
    pub fn grad(&self) -> Option<Tensor> {
        self.0.leaf.grad()
    }

    /// Replaces the gradient.
    ///
    /// # Panics
    /// If its shape isn't the parameter's.
    #[track_caller]
    pub fn set_grad(&self, grad: Option<Tensor>) {
        self.0.leaf.set_grad(grad);
    }

    /// Sets the gradient to none, PyTorch's default.
    #[inline]
    pub fn zero_grad(&self) {
        self.0.leaf.zero_grad();
    }

    /// Whether gradients flow to this parameter.
    #[inline]
    pub fn requires_grad(&self) -> bool {
        self.read().requires_grad()
    }

    /// Freezes the parameter (`false`) or thaws it: what later forward passes make of a frozen parameter sends it no
    /// gradient. PyTorch: `parameter.requires_grad = …`.
    ///
    /// A gradient that it has already stays, and an optimizer acts on it: call [`zero_grad`](Parameter::zero_grad) too.
    pub fn set_requires_grad(&self, requires_grad: bool) {
        let mut value = self.write();
        *value = self.0.enter(&value.detach(), requires_grad);
    }

    /// Calls `hook` with the gradient of this parameter in each backward pass; what it returns replaces the gradient.
    /// PyTorch: `parameter.register_hook`.
    pub fn register_hook(
        &self,
        hook: impl Fn(&Tensor) -> Option<Tensor> + Send + Sync + 'static,
    ) -> HookHandle<AnyArray> {
        self.0.leaf.attach(&self.value()).register_hook(hook)
    }

    /// Changes the values, which `f` gets in row-major order: in place, or in a copy if a snapshot is alive. This is
    /// what optimizers are made of.
    ///
    /// The slot is locked meanwhile, so `f` must not use this parameter: it would wait for itself.
    #[inline]
    pub fn update(&self, f: impl FnOnce(&mut [f32])) {
        self.0.leaf.update(&mut self.write(), f);
    }

    /// Changes the values by the gradient, if there is one: `f` gets the values, to be changed as by
    /// [`update`](Parameter::update), and the gradient, both in row-major order. Says whether there was one.
    ///
    /// Value and gradient are locked meanwhile, so `f` must not use this parameter: it would wait for itself.
    #[inline]
    pub fn step(&self, f: impl FnOnce(&mut [f32], &[f32])) -> bool {
        self.0.leaf.with_grad(|gradient| self.update(|values| f(values, gradient))).is_some()
    }

    /// Replaces the value. Its place in the graph and its gradient stay.
    ///
    /// # Panics
    /// If the shape isn't the parameter's.
    #[track_caller]
    pub fn set(&self, value: Tensor) {
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
        let mut slot = self.write();
        let new = self.0.enter(&value.detach(), slot.requires_grad());
        // The old value is freed when the lock is.
        let _old = std::mem::replace(&mut *slot, new);
    }

    /// Whether both are handles of one parameter.
    pub fn is(&self, other: &Parameter) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// A number that no other living parameter has.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    #[inline]
    fn write(&self) -> RwLockWriteGuard<'_, Tensor> {
        self.0.value.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Module for Parameter {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.part(Part::Parameter(self));
    }
}

impl State for Parameter {
    fn get(&self) -> AnyTensor {
        self.value().into()
    }

    #[track_caller]
    fn put(&self, value: AnyTensor) {
        self.set(value.expect());
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameter")
            .field("shape", &self.shape())
            .field("requires_grad", &self.requires_grad())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_in_place_reuses_the_memory_and_a_shared_one_does_not() {
        let w = Parameter::new(Tensor::from([1.0, 2.0]));
        let place = |tensor: &Tensor| tensor.as_slice().map(<[f32]>::as_ptr);
        let before = place(&w.value());
        w.update(|values| values[0] = 5.0);
        assert_eq!(place(&w.value()), before);

        let snapshot = w.tensor();
        w.update(|values| values[0] = 7.0);
        assert_ne!(place(&w.value()), before);
        assert_eq!((snapshot.to_vec(), w.value().to_vec()), (vec![5.0, 2.0], vec![7.0, 2.0]));
    }

    #[test]
    fn a_value_is_read_as_a_snapshot_has_it() {
        let w = Parameter::new(Tensor::from([1.0]));
        assert!(w.read().requires_grad() && w.read().node() == w.tensor().node());
        w.set_requires_grad(false);
        assert!(!w.read().requires_grad() && !w.value().requires_grad());
        w.update(|values| values[0] = 2.0);
        w.set_requires_grad(true);
        w.set(w.value() + 1.0);
        assert_eq!((w.read().item(), w.read().requires_grad()), (3.0, true));
    }

    #[test]
    fn a_frozen_parameter_gets_no_gradient() {
        let w = Parameter::new(Tensor::from([1.0]));
        w.set_requires_grad(false);
        assert!(!(w.tensor() * 2.0).requires_grad());
        w.set_requires_grad(true);
        (w.tensor() * 2.0).sum().backward();
        assert_eq!(w.grad().map(|grad| grad.to_vec()), Some(vec![2.0]));
    }

    #[test]
    fn a_panic_inside_of_an_update_leaves_the_parameter_usable() {
        let w = Parameter::new(Tensor::from([1.0]));
        let other = w.clone();
        std::thread::spawn(move || other.update(|_| panic!("in the closure"))).join().unwrap_err();
        w.update(|values| values[0] += 1.0);
        assert_eq!(w.value().item(), 2.0);
    }

    #[test]
    #[should_panic(expected = "set: a value of shape [3] can't replace that of a parameter of shape [2]")]
    fn a_value_of_another_shape_is_refused() {
        Parameter::new(Tensor::zeros([2])).set(Tensor::zeros([3]));
    }

    #[test]
    fn parameters_and_their_snapshots_cross_threads() {
        fn check<T: Send + Sync>() {}
        check::<Parameter>();
    }
}
