//! The table of vectors.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, LongTensor, TensorOf, check_size};

use crate::{Module, ParameterOf};

/// A vector for each index, as for the words of a vocabulary. PyTorch: `torch.nn.Embedding`.
///
/// Input: indices of any shape. Output: that shape, and a last axis of `dim`. Weight: `[count, dim]`. A row's gradient
/// is the sum over all places that name it.
///
/// Its input is a [`LongTensor`], so it doesn't implement [`Forward`](crate::Forward): it stands in front of a
/// [`Sequential`](crate::Sequential), not inside.
///
/// ```
/// use deltarule_nn::{Embedding, Forward, Linear, Module, Sequential, sequential};
/// use deltarule_tensor::{LongTensor, Tensor};
///
/// #[derive(Module)]
/// struct Tagger {
///     words: Embedding,
///     tags: Sequential,
/// }
///
/// impl Tagger {
///     fn forward(&self, sentences: &LongTensor) -> Tensor {
///         self.tags.forward(&self.words.forward(sentences))
///     }
/// }
///
/// let model = Tagger { words: Embedding::new(100, 8), tags: sequential![Linear::new(8, 3)] };
/// assert_eq!(model.forward(&LongTensor::from([[5, 99], [7, 0]])).shape(), [2, 2, 3]);
/// assert_eq!(model.state_dict().names().next(), Some("words.weight"));
/// ```
#[derive(Debug, Clone, Module)]
#[module(extra_repr = Self::options)]
pub struct EmbeddingOf<E: Float> {
    /// The vectors: `[count, dim]`.
    pub weight: ParameterOf<E>,
    padding: Option<i64>,
}

/// The table of `f32`.
pub type Embedding = EmbeddingOf<f32>;

impl<E: Float> EmbeddingOf<E> {
    /// `count` vectors of `dim` values each, drawn from N(0, 1).
    #[track_caller]
    pub fn new(count: usize, dim: usize) -> Self {
        check_size::<E>("Embedding", &[count, dim]);
        EmbeddingOf { weight: ParameterOf::new(TensorOf::randn([count, dim])), padding: None }
    }

    /// The index that fills up sequences which are too short: its vector starts as zeros and isn't learnt.
    /// PyTorch: `padding_idx`.
    ///
    /// # Panics
    /// If there is no such index.
    #[track_caller]
    #[must_use]
    pub fn padding_idx(mut self, index: usize) -> Self {
        let &[count, dim] = self.weight.shape() else { unreachable!("a weight is a matrix") };
        if index >= count {
            fail("Embedding", format_args!("padding_idx is {index}, and indices go from 0 to {count} − 1"));
        }
        self.weight.update(|values| values[index * dim..][..dim].fill(E::default()));
        self.padding = Some(index as i64);
        self
    }

    /// The vectors of these indices.
    ///
    /// # Panics
    /// If an index isn't in 0..count.
    #[inline(never)]
    #[track_caller]
    pub fn forward(&self, input: &LongTensor) -> TensorOf<E> {
        let mut shape = input.shape().to_vec();
        shape.push(self.weight.shape()[1]);
        check_size::<E>("Embedding", &shape);
        let indices = input.reshape([input.numel()]);
        let mut rows = self.weight.tensor().index_select_as("Embedding", 0, &indices);
        if let Some(padding) = self.padding {
            rows = indices.eq_scalar(padding).unsqueeze(1).where_(&rows.detach(), &rows);
        }
        rows.reshape(shape)
    }

    /// As PyTorch prints them.
    fn options(&self) -> String {
        let shape = self.weight.shape();
        let padding = self.padding.map(|index| format!(", padding_idx={index}")).unwrap_or_default();
        format!("{}, {}{padding}", shape[0], shape[1])
    }
}
