//! What the layers of normalisation, dropout and embedding refuse. `tests/parity/modules.rs` compares them with PyTorch.

use deltarule_nn::{BatchNorm1d, Dropout, Embedding, Forward, LayerNorm, Module};
use deltarule_tensor::{LongTensor, Tensor};

#[test]
#[should_panic(expected = "BatchNorm1d: a batch of shape [1, 3] has one value for each feature")]
fn batch_norm_is_not_trained_with_one_example() {
    BatchNorm1d::new(3).forward(&Tensor::zeros([1, 3]));
}

#[test]
#[should_panic(expected = "BatchNorm1d: a batch of shape [1, 3, 1] has one value for each feature")]
fn nor_without_running_statistics_in_evaluation() {
    let norm = BatchNorm1d::new(3).without_running_stats();
    norm.eval();
    norm.forward(&Tensor::zeros([1, 3, 1]));
}

#[test]
fn batch_norm_evaluates_one_example() {
    let norm = BatchNorm1d::new(3);
    norm.eval();
    assert_eq!(norm.forward(&Tensor::zeros([1, 3])).to_vec(), [0.0; 3]);
    assert_eq!(norm.num_batches_tracked.unwrap().tensor().item(), 0);
}

#[test]
#[should_panic(expected = "BatchNorm1d: an input of shape [2, 4] doesn't fit 3 features")]
fn batch_norm_names_the_shape() {
    BatchNorm1d::new(3).forward(&Tensor::zeros([2, 4]));
}

#[test]
#[should_panic(expected = "LayerNorm: an input of shape [2, 4] doesn't end with the layer's shape [3]")]
fn layer_norm_names_both_shapes() {
    LayerNorm::new([3]).forward(&Tensor::zeros([2, 4]));
}

#[test]
#[should_panic(expected = "Dropout: a probability is in [0, 1], and it is 1.5")]
fn dropout_refuses_what_is_no_probability() {
    Dropout::new(1.5);
}

#[test]
#[should_panic(expected = "Embedding: padding_idx is 3, and indices go from 0 to 3 − 1")]
fn embedding_has_its_padding() {
    let _ = Embedding::new(3, 2).padding_idx(3);
}

#[test]
#[should_panic(expected = "index 3 isn't in axis 0")]
fn embedding_refuses_an_unknown_index() {
    Embedding::new(3, 2).forward(&LongTensor::from([3]));
}
