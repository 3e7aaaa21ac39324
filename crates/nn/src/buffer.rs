//! State that is saved with a model and that no optimizer touches.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Element, Number, TensorOf};

use crate::copy::cloned;
use crate::repr::Shown;
use crate::{AnyTensor, Module, Part, State, Visitor};

/// A tensor that is part of a model's state and isn't learnt, such as the running mean of a batch normalisation.
/// PyTorch: `register_buffer`. Cloning shares it.
///
/// ```
/// use deltarule_nn::{Buffer, Module};
/// use deltarule_tensor::Tensor;
///
/// #[derive(Module)]
/// struct Counter {
///     seen: Buffer,
/// }
///
/// let counter = Counter { seen: Buffer::new(Tensor::from([0.0])) };
/// counter.seen.set(counter.seen.tensor() + 1.0);
/// assert_eq!(counter.state_dict().names().collect::<Vec<_>>(), ["seen"]);
/// assert!(counter.parameters().is_empty());
/// ```
pub struct BufferOf<E: Element>(Arc<RwLock<TensorOf<E>>>);

/// A buffer of `f32`.
pub type Buffer = BufferOf<f32>;
/// A buffer of `i64`: counters.
pub type LongBuffer = BufferOf<i64>;

impl<E: Element> BufferOf<E> {
    /// A buffer with this value.
    pub fn new(value: TensorOf<E>) -> Self {
        BufferOf(Arc::new(RwLock::new(value.detach())))
    }

    /// The value as it is now, outside of any graph.
    pub fn tensor(&self) -> TensorOf<E> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the value.
    ///
    /// # Panics
    /// If the shape changes.
    #[track_caller]
    pub fn set(&self, value: TensorOf<E>) {
        let mut slot = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if value.shape() != slot.shape() {
            fail(
                "set",
                format_args!(
                    "a value of shape {:?} can't replace that of a buffer of shape {:?}",
                    value.shape(),
                    slot.shape()
                ),
            );
        }
        *slot = value.detach();
    }
}

impl<E: Element> Clone for BufferOf<E> {
    fn clone(&self) -> Self {
        let share = |buffer: &Self| BufferOf(Arc::clone(&buffer.0));
        cloned(Arc::as_ptr(&self.0).addr(), self, share, || Self::new(self.tensor()))
    }
}

impl<E: Element> fmt::Debug for BufferOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer")
            .field("dtype", &E::DTYPE)
            .field("shape", &self.tensor().shape())
            .finish_non_exhaustive()
    }
}

impl<E: Number> Module for BufferOf<E> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.part(Part::Buffer(self));
    }

    fn shown(&self) -> Shown {
        Shown::Nothing
    }
}

impl<E: Number> State for BufferOf<E> {
    fn get(&self) -> AnyTensor {
        self.tensor().into()
    }

    #[track_caller]
    fn put(&self, value: AnyTensor) {
        self.set(value.expect());
    }

    fn slot(&self) -> Option<usize> {
        Some(Arc::as_ptr(&self.0).addr())
    }
}
