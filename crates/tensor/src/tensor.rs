//! The tensor: an array and its place in the graph.

use deltarule_autograd::call_site::fail;
use deltarule_autograd::{Attach, HookHandle, NO_GRAPH, Options, Value, Var};

use crate::array::{AnyArray, Array};
use crate::element::{DType, Element, Float};
use crate::leaf::collected;

/// A node of the graph of tensors.
pub type Node = deltarule_autograd::NodeRef<AnyArray>;

/// An n-dimensional array of `E` that knows how it was made.
///
/// Cloning shares the elements and the place in the graph. Elements never change while somebody else sees them: what
/// writes in place copies first if it must. So a graph's saved values can't be corrupted, and tensors are `Send + Sync`.
///
/// Use it by its aliases: [`Tensor`], [`DoubleTensor`], [`LongTensor`], [`BoolTensor`].
#[derive(Clone)]
pub struct TensorOf<E: Element> {
    array: Array<E>,
    node: Option<Node>,
}

/// A tensor of `f32`: data, activations, weights. PyTorch: `torch.FloatTensor`, the default.
pub type Tensor = TensorOf<f32>;
/// A tensor of `f64`. PyTorch: `torch.DoubleTensor`.
pub type DoubleTensor = TensorOf<f64>;
/// A tensor of `i64`: labels and indices. PyTorch: `torch.LongTensor`.
///
/// The element type is part of the type. So labels can't be taken for activations, and where PyTorch reports a wrong
/// dtype when the program runs, the compiler names both types at the line:
///
/// ```compile_fail,E0308
/// # use deltarule_tensor::{LongTensor, Tensor};
/// Tensor::from([[1., 2.]]).matmul(&LongTensor::from([[1], [2]]));
/// ```
///
/// ```compile_fail,E0308
/// # use deltarule_tensor::Tensor;
/// Tensor::from([1., 2.]).index_select(0, &Tensor::from([0.])); // indices are whole numbers
/// ```
///
/// ```compile_fail,E0308
/// # use deltarule_tensor::Tensor;
/// Tensor::from([1., 2.]).masked_fill(&Tensor::from([0., 1.]), 0.); // a mask is of `bool`
/// ```
///
/// A cast is named: [`float`](LongTensor::float), [`long`](Tensor::long), [`bool`](Tensor::bool).
pub type LongTensor = TensorOf<i64>;
/// A tensor of `bool`: masks. PyTorch: `torch.BoolTensor`.
pub type BoolTensor = TensorOf<bool>;

impl<E: Element> TensorOf<E> {
    /// A tensor outside of any graph.
    #[inline]
    pub(crate) fn new(array: Array<E> /* from outside: Tensor::from([[1., 2.]]) */) -> Self {
        TensorOf { array, node: None }
    }

    #[inline]
    pub(crate) fn with_node(array: Array<E>, node: Option<Node>) -> Self {
        TensorOf { array, node }
    }

    #[inline]
    pub(crate) fn array(&self) -> &Array<E> {
        &self.array
    }

    #[inline]
    pub(crate) fn array_mut(&mut self) -> &mut Array<E> {
        &mut self.array
    }

    #[inline]
    pub(crate) fn into_parts(self) -> (Array<E>, Option<Node>) {
        (self.array, self.node)
    }

    /// What the tape holds, as a tensor.
    #[inline]
    pub(crate) fn from_var(var: Var<AnyArray>) -> Self {
        let (array, node) = var.into_parts();
        TensorOf { array: array.expect(), node }
    }

    /// The tensor as the tape holds it.
    #[inline]
    pub(crate) fn into_var(self) -> Var<AnyArray> {
        Var::with_node(self.array.into(), self.node)
    }

    /// The sizes of the axes. PyTorch: `Tensor.shape`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([2, 3]).shape(), [2, 3]);
    /// ```
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.array.shape()
    }

    /// The size of axis `dim`; a negative `dim` counts from the last. PyTorch: `Tensor.size(dim)`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn size(&self, dim: isize /* all sizes: shape() */) -> usize {
        self.shape()[crate::dim::axis("size", dim, self.shape())]
    }

    /// The number of axes. PyTorch: `Tensor.ndim`.
    #[inline]
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements. PyTorch: `Tensor.numel`.
    #[inline]
    pub fn numel(&self) -> usize {
        self.array.len()
    }

    /// How far apart in memory neighbours along each axis lie, in elements. PyTorch: `Tensor.stride`.
    pub fn strides(&self) -> &[usize] {
        self.array.layout().strides()
    }

    /// Whether the elements lie in row-major order without gaps. PyTorch: `Tensor.is_contiguous`.
    pub fn is_contiguous(&self) -> bool {
        self.array.layout().is_contiguous()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        E::DTYPE
    }

    /// The node of the graph that made this tensor; `None` if no gradient flows to it.
    #[inline]
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// Whether gradients flow to this tensor. PyTorch: `Tensor.requires_grad`.
    #[inline]
    pub fn requires_grad(&self) -> bool {
        self.node.is_some()
    }

    /// Whether no recorded operation made this tensor. PyTorch: `Tensor.is_leaf`.
    pub fn is_leaf(&self) -> bool {
        self.node.as_ref().is_none_or(Node::is_leaf)
    }

    /// The same values, outside of the graph. PyTorch: `Tensor.detach`.
    #[inline]
    #[must_use]
    pub fn detach(&self) -> Self {
        TensorOf::new(self.array.clone())
    }

    /// The only element of a tensor of one element. PyTorch: `Tensor.item`.
    ///
    /// # Panics
    /// If there isn't exactly one.
    #[track_caller]
    pub fn item(&self) -> E {
        match self.array.first() {
            Some(value) if self.numel() == 1 => value,
            _ => fail(
                "item",
                format_args!(
                    "only a tensor of one element has an item, and this one's shape is {:?}. Take one with at, or all \
                     with to_vec",
                    self.shape()
                ),
            ),
        }
    }

    /// The element at `index`, one number per axis.
    ///
    /// # Panics
    /// If the index has the wrong length or is out of range.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1., 2.], [3., 4.]]).at([1, 0]), 3.0);
    /// ```
    #[track_caller]
    pub fn at<const N: usize>(&self, index: [usize; N]) -> E {
        let shape = self.shape();
        if N != shape.len() || index.iter().zip(shape).any(|(index, size)| index >= size) {
            let advice = if N == shape.len() { "" } else { ": an element has an index for each axis" };
            fail("at", format_args!("there is no element {index:?} in a tensor of shape {shape:?}{advice}"));
        }
        self.array.memory()[self.array.layout().position(&index)]
    }

    /// The elements in row-major order. PyTorch: `Tensor.flatten().tolist()`.
    ///
    /// # Panics
    /// If there is no memory for them: views may be larger than any.
    #[track_caller]
    pub fn to_vec(&self) -> Vec<E> {
        self.check_room::<E>("to_vec");
        self.array.to_vec()
    }
}

impl<E: Float> TensorOf<E> {
    /// This tensor as a leaf of the graph that collects its gradient. PyTorch: `Tensor.requires_grad_()`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([3.0]).requires_grad_();
    /// (&x * &x).sum().backward();
    /// assert_eq!(x.grad().unwrap().item(), 6.0);
    /// ```
    ///
    /// # Panics
    /// If a recorded operation made it: what comes out of an operation requires a gradient already, and is no leaf.
    /// Detach it first.
    #[track_caller]
    #[must_use]
    pub fn requires_grad_(self) -> Self {
        match &self.node {
            Some(node) if node.is_leaf() => self,
            Some(node) => fail(
                "requires_grad_",
                format_args!(
                    "this tensor was made by {} and is no leaf. Detach it first, or use retain_grad",
                    node.name()
                ),
            ),
            None => {
                let any = AnyArray::from(self.array.clone());
                TensorOf { node: Some(Node::leaf(any.meta())), array: self.array }
            }
        }
    }

    /// The gradient that backward passes have added up: of a leaf, or of a tensor that [retains](TensorOf::retain_grad)
    /// it. `None` before the first pass, and if the tensor requires no gradient. A panic if an operation made the tensor
    /// and it doesn't retain its gradient, for it never has one: PyTorch warns. PyTorch: `Tensor.grad`.
    #[track_caller]
    pub fn grad(&self) -> Option<Self> {
        collected(self.node.as_ref()?).map(TensorOf::from_var)
    }

    /// Sets the collected gradient to none, PyTorch's default.
    #[track_caller]
    pub fn zero_grad(&self) {
        if let Some(node) = &self.node {
            node.set_grad(None);
        }
    }

    /// Makes a tensor that is no leaf collect its gradient too. PyTorch: `Tensor.retain_grad`.
    ///
    /// # Panics
    /// If the tensor has no graph.
    #[track_caller]
    pub fn retain_grad(&self) {
        self.graph("retain_grad").retain_grad();
    }

    /// Calls `hook` with this tensor's whole gradient in each backward pass; what it returns replaces the gradient.
    /// PyTorch: `Tensor.register_hook`.
    ///
    /// A backward pass panics if what the hook returns has another shape.
    ///
    /// # Panics
    /// If the tensor has no graph.
    #[track_caller]
    pub fn register_hook(&self, hook: impl Fn(&Self) -> Option<Self> + Send + Sync + 'static) -> HookHandle<AnyArray> {
        self.graph("register_hook").register_hook(move |g| hook(&TensorOf::from_var(g.clone())).map(TensorOf::into_var))
    }

    /// Computes the gradient of this scalar with respect to each leaf that it was made of, and adds it to the leaf's.
    /// PyTorch: `Tensor.backward`.
    ///
    /// # Panics
    /// If this tensor has no graph or an earlier backward freed it, or if it has more than one element.
    #[track_caller]
    pub fn backward(&self /* options: backward_with(None, Options::new().retain_graph(true)) */) {
        self.backward_with(None, Options::new());
    }

    /// As [`backward`](TensorOf::backward), from the gradient `gradient` of this tensor (1 for a scalar by default).
    /// PyTorch: `Tensor.backward(gradient, retain_graph, create_graph)`.
    ///
    /// # Panics
    /// As [`backward`](TensorOf::backward), and if the gradient's shape is another.
    #[track_caller]
    pub fn backward_with(&self, gradient: Option<&Self>, options: Options) {
        let node = self.graph("backward");
        let gradient = self.start("backward", gradient);
        deltarule_autograd::backward([(node, gradient)], options);
    }

    /// The node, for an operation that needs a graph.
    #[track_caller]
    pub(crate) fn graph(&self, operation: &str) -> &Node {
        match &self.node {
            Some(node) => node,
            None => fail(operation, NO_GRAPH),
        }
    }

    /// The gradient that a backward pass starts with.
    #[track_caller]
    pub(crate) fn start(&self, operation: &str, gradient: Option<&Self>) -> Var<AnyArray> {
        let Some(gradient) = gradient else {
            return match self.array.seed() {
                Ok(seed) => TensorOf::new(seed).into_var(),
                Err(wrong) => fail(operation, format_args!("{wrong} to {operation}_with")),
            };
        };
        if gradient.shape() != self.shape() {
            fail(
                operation,
                format_args!(
                    "the gradient's shape {:?} isn't that of the tensor, {:?}",
                    gradient.shape(),
                    self.shape()
                ),
            );
        }
        gradient.clone().into_var()
    }
}

impl<E: Element> From<TensorOf<E>> for Var<AnyArray> {
    #[inline]
    fn from(tensor: TensorOf<E>) -> Self {
        tensor.into_var()
    }
}

impl<E: Element> From<&TensorOf<E>> for Var<AnyArray> {
    fn from(tensor: &TensorOf<E>) -> Self {
        tensor.clone().into_var()
    }
}

impl<E: Element> Attach<AnyArray> for TensorOf<E> {
    type Output = TensorOf<E>;

    #[inline]
    fn attach(self, node: Option<Node>) -> TensorOf<E> {
        TensorOf { array: self.array, node }
    }
}

impl<E: Element> Attach<AnyArray> for Array<E> {
    type Output = TensorOf<E>;

    #[inline]
    fn attach(self, node: Option<Node>) -> TensorOf<E> {
        TensorOf { array: self, node }
    }
}
