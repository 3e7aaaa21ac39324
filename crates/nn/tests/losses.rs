//! What the losses refuse, and what their extremes give. `tests/parity/losses.rs` compares them with PyTorch.

use deltarule_nn::{BceLoss, BceWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MseLoss, NllLoss, SmoothL1Loss};
use deltarule_tensor::{LongTensor, Tensor};
#[test]
fn logits_of_one_example_need_no_batch() {
    let logits = [0.5, -1.0, 2.0];
    let loss = CrossEntropyLoss::default();
    let one = loss.forward(&Tensor::from(logits), &LongTensor::from(2));
    let batch = loss.forward(&Tensor::from([logits]), &LongTensor::from([2]));
    assert_eq!((one.shape(), one.item()), (&[][..], batch.item()));
}

#[test]
fn large_logits_give_finite_losses() {
    let x = Tensor::from([[1000.0, -1000.0]]).requires_grad_();
    let bce = BceWithLogitsLoss::default().forward(&x, &Tensor::from([[0.0, 1.0]]));
    assert_eq!(bce.item(), 1000.0);
    let ce = CrossEntropyLoss::default().forward(&x, &LongTensor::from([1]));
    assert_eq!(ce.item(), 2000.0);
    (bce + ce).backward();
    assert_eq!(x.grad().unwrap().to_vec(), [1.5, -1.5]);
}

#[test]
fn a_class_that_is_impossible_costs_nothing_unless_it_is_the_target() {
    let logits = Tensor::from([[0.0, f32::NEG_INFINITY]]);
    let loss = CrossEntropyLoss::default();
    assert_eq!(loss.forward(&logits, &LongTensor::from([0])).item(), 0.0);
    assert_eq!(loss.forward(&logits, &LongTensor::from([1])).item(), f32::INFINITY);
}

#[test]
fn the_mean_over_no_example_is_nan() {
    let loss = CrossEntropyLoss::default();
    assert!(loss.forward(&Tensor::zeros([2, 3]), &LongTensor::from([-100, -100])).item().is_nan());
}

#[test]
#[should_panic(expected = "MseLoss: the input's shape [4, 1] isn't the target's, [4]")]
fn mse_does_not_broadcast() {
    MseLoss::default().forward(&Tensor::zeros([4, 1]), &Tensor::zeros([4]));
}

#[test]
#[should_panic(expected = "L1Loss: the input's shape [2] isn't the target's, [3]")]
fn l1_names_both_shapes() {
    L1Loss::default().forward(&Tensor::zeros([2]), &Tensor::zeros([3]));
}

#[test]
#[should_panic(expected = "BceWithLogitsLoss: pos_weight of shape [2, 3] can't be broadcast to the input's shape [3]")]
fn bce_refuses_a_weight_larger_than_the_input() {
    let loss = BceWithLogitsLoss::default().pos_weight(Tensor::ones([2, 3]));
    loss.forward(&Tensor::zeros([3]), &Tensor::zeros([3]));
}

#[test]
#[should_panic(expected = "CrossEntropyLoss: target 1 is class 3, and there are 3 classes")]
fn cross_entropy_refuses_a_class_out_of_range() {
    CrossEntropyLoss::default().forward(&Tensor::zeros([2, 3]), &LongTensor::from([0, 3]));
}

#[test]
#[should_panic(expected = "an input of shape [2, 3] doesn't fit classes of shape [2, 1]")]
fn cross_entropy_names_both_shapes() {
    CrossEntropyLoss::default().forward(&Tensor::zeros([2, 3]), &LongTensor::from([[0], [1]]));
}

#[test]
#[should_panic(expected = "a weight of shape [2] doesn't fit 3 classes")]
fn cross_entropy_refuses_a_weight_of_another_length() {
    let loss = CrossEntropyLoss::default().weight(Tensor::ones([2]));
    loss.forward(&Tensor::zeros([2, 3]), &LongTensor::from([0, 1]));
}

#[test]
#[should_panic(expected = "logits of shape [2, 3] don't fit probabilities of shape [2, 1]")]
fn cross_entropy_does_not_broadcast_probabilities() {
    CrossEntropyLoss::default().forward(&Tensor::zeros([2, 3]), &Tensor::zeros([2, 1]));
}

#[test]
#[should_panic(expected = "CrossEntropyLoss: probabilities have no ignore_index")]
fn cross_entropy_refuses_an_ignore_index_of_probabilities() {
    CrossEntropyLoss::default().ignore_index(1).forward(&Tensor::zeros([2, 3]), &Tensor::zeros([2, 3]));
}

#[test]
#[should_panic(expected = "NllLoss: an input of shape [2, 3, 4] doesn't fit classes of shape [2, 3]")]
fn nll_names_both_shapes() {
    NllLoss::default().forward(&Tensor::zeros([2, 3, 4]), &LongTensor::zeros([2, 3]));
}

#[test]
#[should_panic(expected = "BceLoss: value 1 is 1.5, and must be a probability")]
fn bce_refuses_logits() {
    BceLoss::default().forward(&Tensor::from([0.5, 1.5]), &Tensor::from([1.0, 0.0]));
}

#[test]
#[should_panic(expected = "BceLoss: value 0 is NaN")]
fn bce_refuses_nan() {
    BceLoss::default().forward(&Tensor::from([f32::NAN]), &Tensor::from([1.0]));
}

#[test]
#[should_panic(expected = "HuberLoss: delta must be positive, and is 0")]
fn huber_needs_a_delta() {
    let _ = HuberLoss::default().delta(0.0);
}

#[test]
#[should_panic(expected = "SmoothL1Loss: beta can't be negative, and is -1")]
fn smooth_l1_refuses_a_negative_beta() {
    let _ = SmoothL1Loss::default().beta(-1.0);
}
