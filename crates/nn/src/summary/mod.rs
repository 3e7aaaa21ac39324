//! What a model is made of and what it costs: torchinfo's table.

pub(crate) mod observe;
mod table;

use deltarule_tensor::{DType, Float, IntoShape, TensorOf, no_grad_guard};

use crate::module::for_each_parameter;
use crate::{Forward, Mode, Module, Part, Visitor};
use observe::Watch;

/// The layers of a model with the shapes they give, and what they hold and compute: print it. PyTorch: the package
/// `torchinfo`.
///
/// A [`Sequential`](crate::Sequential) shows its layers, at any depth; any other module is one row, with all that it
/// holds and the layers of the containers that it runs. Shapes come from a forward pass of zeros in evaluation mode,
/// without a graph; the model is as it was afterwards.
///
/// - multiply-adds: the number of parameters, times the number of vectors along the output's last axis: each parameter
///   is used once for each of them, as a linear layer's are.
/// - memory: the bytes of the layer's output. The total counts outputs twice, for their gradients.
///
/// ```
/// use deltarule_nn::{Linear, Relu, sequential, summary};
///
/// let model = sequential![Linear::new(784, 128), Relu, sequential![Linear::new(128, 64), Relu], Linear::new(64, 10)];
/// let expected = "\
/// layer           output shape  parameters  multiply-adds    memory
/// Sequential      [32, 10]              --             --        --
///   0 Linear      [32, 128]        100,480      3,215,360  16.38 kB
///   1 Relu        [32, 128]             --             --  16.38 kB
///   2 Sequential  [32, 64]              --             --        --
///     0 Linear    [32, 64]           8,256        264,192   8.19 kB
///     1 Relu      [32, 64]              --             --   8.19 kB
///   3 Linear      [32, 10]             650         20,800   1.28 kB
///
/// parameters      109,386, all learnt
/// multiply-adds   3,500,352
/// memory          input 100.35 kB, parameters 437.54 kB, outputs and their gradients 100.86 kB: 638.76 kB
/// ";
/// assert_eq!(summary(&model, [32, 784]).to_string(), expected);
/// ```
///
/// # Panics
/// If the model doesn't take an input of this shape.
#[track_caller]
pub fn summary<E: Float, M: Forward<E>>(model: &M, input_shape: impl IntoShape) -> Summary {
    let input = TensorOf::<E>::zeros(input_shape);
    let _modes = Evaluated::new(model);
    let watch = Watch::begin();
    let _no_graph = no_grad_guard();
    let entered = observe::enter(None, model);
    entered.leave(&model.forward(&input));

    let (mut learnt, mut parameter_bytes) = (0, 0);
    for_each_parameter(model, |_, parameter| {
        parameter_bytes += parameter.numel() * parameter.dtype().size();
        learnt += if parameter.requires_grad() { parameter.numel() } else { 0 };
    });
    Summary {
        rows: watch.rows(),
        input_shape: input.shape().to_vec(),
        parameters: model.num_parameters(),
        learnt,
        input_dtype: E::DTYPE,
        parameter_bytes,
    }
}

/// What [`summary`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The model, and the layers of containers in the order in which they ran.
    pub rows: Vec<Row>,
    /// The shape of the input.
    pub input_shape: Vec<usize>,
    /// The number of parameters; those that several layers share count once.
    pub parameters: usize,
    /// How many of them aren't frozen.
    pub learnt: usize,
    input_dtype: DType,
    parameter_bytes: usize,
}

/// One layer in a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Its name in its container and its type: `0 Linear`.
    pub name: String,
    /// How many containers it is in.
    pub depth: usize,
    /// The shape of what it gave.
    pub output_shape: Vec<usize>,
    /// The element type of what it gave.
    pub output_dtype: DType,
    /// The number of its parameters, without those of layers that have rows of their own.
    pub parameters: usize,
    /// Whether layers inside of it have rows of their own.
    pub is_container: bool,
}

impl Row {
    /// The estimated number of multiplications with an addition.
    pub fn multiply_adds(&self) -> usize {
        let vectors: usize = self.output_shape.split_last().map_or(1, |(_, others)| others.iter().product());
        self.parameters * vectors
    }

    /// The bytes of the output; none for a container, whose last layer gave it.
    pub fn output_bytes(&self) -> usize {
        if self.is_container { 0 } else { bytes(&self.output_shape, self.output_dtype) }
    }
}

impl Summary {
    /// The estimated number of multiplications with an addition, of all layers.
    pub fn multiply_adds(&self) -> usize {
        self.rows.iter().map(Row::multiply_adds).sum()
    }

    /// The bytes of the input.
    pub fn input_bytes(&self) -> usize {
        bytes(&self.input_shape, self.input_dtype)
    }

    /// The bytes of the parameters.
    pub fn parameter_bytes(&self) -> usize {
        self.parameter_bytes
    }

    /// The bytes of all outputs and of their gradients.
    pub fn output_bytes(&self) -> usize {
        2 * self.rows.iter().map(Row::output_bytes).sum::<usize>()
    }
}

fn bytes(shape: &[usize], dtype: DType) -> usize {
    shape.iter().product::<usize>() * dtype.size()
}

/// The parts of a model that act differently in training, switched to evaluation until this is dropped.
struct Evaluated(Vec<(Mode, bool)>);

impl Evaluated {
    fn new<M: Module + ?Sized>(model: &M) -> Self {
        let mut modes = Vec::new();
        model.visit(&mut Visitor::new(&mut |_, part| {
            if let Part::Mode(mode) = part {
                modes.push((mode.clone(), mode.is_training()));
            }
        }));
        model.eval();
        Evaluated(modes)
    }
}

impl Drop for Evaluated {
    fn drop(&mut self) {
        // A mode that is shared comes several times, with what it was each time.
        self.0.iter().for_each(|(mode, training)| mode.set_training(*training));
    }
}
