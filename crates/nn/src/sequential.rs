//! Layers one after the other.

use std::panic::Location;

use deltarule_autograd::call_site::Layer;
use deltarule_autograd::is_inspecting;
use deltarule_tensor::{Float, TensorOf};

use crate::summary::observe;
use crate::{Forward, Module, Visitor};

/// Layers that are applied one after the other. PyTorch: `torch.nn.Sequential`.
///
/// The layers are named "0", "1", …. When one of them fails, the message names it and the line that called the
/// outermost container, and the panic is at the user's own line: there, or in the user's layer.
///
/// A [`Linear`](crate::Linear) takes a [`Tanh`](crate::Tanh), [`Sigmoid`](crate::Sigmoid) or [`Relu`](crate::Relu) after it along: the
/// graph has one operation for the two, such as `linear_tanh`, with the same bits. They stay apart while a summary is made, while the
/// graph is watched for a drawing, and in the anomaly mode.
///
/// ```
/// use deltarule_nn::{Forward, Linear, Module, Relu, sequential};
/// use deltarule_tensor::Tensor;
///
/// let model = sequential![Linear::new(2, 8), Relu, Linear::new(8, 1)];
/// assert_eq!(model.forward(&Tensor::ones([5, 2])).shape(), [5, 1]);
/// assert_eq!(
///     model.state_dict().names().collect::<Vec<_>>(),
///     ["0.weight", "0.bias", "2.weight", "2.bias"],
/// );
/// ```
///
/// It prints its layers as PyTorch does; see [`repr`](crate::repr()) for modules of other kinds:
///
/// ```
/// use deltarule_nn::{Linear, Sigmoid, sequential};
///
/// let model = sequential![Linear::new(2, 2), Sigmoid];
/// let expected = "\
/// Sequential(
///   (0): Linear(in_features=2, out_features=2, bias=True)
///   (1): Sigmoid()
/// )";
/// assert_eq!(model.to_string(), expected);
/// ```
pub struct SequentialOf<E: Float> {
    layers: Vec<Box<dyn Forward<E>>>,
}

/// The container of layers of `f32`.
pub type Sequential = SequentialOf<f32>;

impl<E: Float> Default for SequentialOf<E> {
    fn default() -> Self {
        SequentialOf { layers: Vec::new() }
    }
}

impl<E: Float> SequentialOf<E> {
    /// A container without layers, which gives its input back.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer at the end. PyTorch: `append`.
    pub fn push(&mut self, layer: impl Forward<E> + 'static) {
        self.layers.push(Box::new(layer));
    }

    /// The number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether there are no layers.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// The layer at `index`.
    pub fn get(&self, index: usize) -> Option<&dyn Forward<E>> {
        self.layers.get(index).map(Box::as_ref)
    }

    /// The layers in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &dyn Forward<E>> {
        self.layers.iter().map(Box::as_ref)
    }
}

impl<E: Float> Module for SequentialOf<E> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.layers.visit(visitor);
    }
}

impl<E: Float> Forward<E> for SequentialOf<E> {
    #[inline(never)]
    #[track_caller]
    fn forward(&self, input: &TensorOf<E>) -> TensorOf<E> {
        let line = Location::caller();
        // A layer takes its activation with it, which saves a node of the graph, unless somebody looks at each of them.
        let apart = is_inspecting() || observe::is_watching();
        let (mut x, mut index) = (None, 0);
        // No closure around a layer: it would be the layer's caller.
        while let Some(layer) = self.layers.get(index) {
            let _layer = Layer::enter(line, index, layer.full_name());
            let entered = observe::enter(index, layer);
            let activation = match self.layers.get(index + 1) {
                Some(next) if !apart => next.activation(),
                _ => None,
            };
            let y = match (x.take(), activation) {
                (None, None) => layer.forward_dyn(input),
                (Some(x), None) => layer.forward_owned(x),
                (x, Some(activation)) => layer.forward_activated(x.unwrap_or_else(|| input.clone()), activation),
            };
            entered.leave(&y);
            x = Some(y);
            index += if activation.is_some() { 2 } else { 1 };
        }
        match x {
            None => input.clone(),
            Some(y) => y,
        }
    }
}

impl<E: Float> FromIterator<Box<dyn Forward<E>>> for SequentialOf<E> {
    fn from_iter<I: IntoIterator<Item = Box<dyn Forward<E>>>>(layers: I) -> Self {
        SequentialOf { layers: layers.into_iter().collect() }
    }
}

impl<E: Float> Extend<Box<dyn Forward<E>>> for SequentialOf<E> {
    fn extend<I: IntoIterator<Item = Box<dyn Forward<E>>>>(&mut self, layers: I) {
        self.layers.extend(layers);
    }
}

/// As it is displayed: a layer's `Debug` isn't known here.
impl<E: Float> std::fmt::Debug for SequentialOf<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// A [`Sequential`](crate::Sequential) of the layers listed.
///
/// ```
/// use deltarule_nn::{Linear, Sigmoid, sequential};
/// let model = sequential![Linear::new(2, 2), Sigmoid, Linear::new(2, 1), Sigmoid];
/// assert_eq!(model.len(), 4);
/// ```
#[macro_export]
macro_rules! sequential {
    ($($layer:expr),* $(,)?) => {
        <$crate::SequentialOf<_> as ::core::iter::FromIterator<_>>::from_iter([
            $($crate::boxed_layer($layer),)*
        ])
    };
}

/// A layer as [`sequential!`](crate::sequential) collects it. Not a cast: the compiler looks at casts last, and what follows would
/// not know the type of the layers' elements.
#[doc(hidden)]
pub fn boxed_layer<E: Float>(layer: impl Forward<E> + 'static) -> Box<dyn Forward<E>> {
    Box::new(layer)
}
