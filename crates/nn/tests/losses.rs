//! The losses and their gradients against PyTorch, and what they refuse.

use deltarule_nn::{BceWithLogitsLoss, CrossEntropyLoss, L1Loss, MseLoss, Reduction};
use deltarule_tensor::{LongTensor, Tensor};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    input: [[f32; 3]; 4],
    target: [[f32; 3]; 4],
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    kind: String,
    classes: [i64; 4],
    options: Options,
    shape: Vec<usize>,
    value: Vec<f32>,
    grad: Vec<f32>,
}

#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
struct Options {
    reduction: String,
    weight: Option<[f32; 3]>,
    pos_weight: Option<[f32; 3]>,
    #[serde(default)]
    label_smoothing: f64,
    #[serde(default = "ignore_index")]
    ignore_index: i64,
}

fn ignore_index() -> i64 {
    -100
}

impl Options {
    fn reduction(&self) -> Reduction {
        match self.reduction.as_str() {
            "none" => Reduction::None,
            "mean" => Reduction::Mean,
            _ => Reduction::Sum,
        }
    }

    fn bce(&self) -> BceWithLogitsLoss {
        let mut loss = BceWithLogitsLoss::default().reduction(self.reduction());
        if let Some(weight) = self.weight {
            loss = loss.weight(Tensor::from(weight));
        }
        if let Some(weight) = self.pos_weight {
            loss = loss.pos_weight(Tensor::from(weight));
        }
        loss
    }

    fn cross_entropy(&self) -> CrossEntropyLoss {
        let loss = CrossEntropyLoss::default()
            .reduction(self.reduction())
            .ignore_index(self.ignore_index)
            .label_smoothing(self.label_smoothing);
        match self.weight {
            Some(weight) => loss.weight(Tensor::from(weight)),
            None => loss,
        }
    }
}

/// Equal within 4 roundings of a number of the size of `scale`: PyTorch subtracts logits of that size on the way.
fn assert_close(what: &str, values: &[f32], expected: &[f32], scale: f32) {
    assert_eq!(values.len(), expected.len(), "{what}");
    for (value, expected) in values.iter().zip(expected) {
        let bound = 4.0 * f32::EPSILON * expected.abs().max(scale);
        assert!((value - expected).abs() <= bound, "{what}: {values:?} for {expected}");
    }
}

#[test]
fn values_and_gradients_are_pytorchs() {
    let fixture: Fixture = serde_json::from_str(include_str!("fixtures/losses.json")).unwrap();
    assert_eq!(fixture.runs.len(), 33);
    let target = Tensor::from(fixture.target);
    for Run { kind, classes, options, shape, value, grad } in fixture.runs {
        let x = Tensor::from(fixture.input).requires_grad_();
        let y = match kind.as_str() {
            "mse" => MseLoss::default().reduction(options.reduction()).forward(&x, &target),
            "l1" => L1Loss::default().reduction(options.reduction()).forward(&x, &target),
            "bce" => options.bce().forward(&x, &target),
            "cross_entropy" => options.cross_entropy().forward(&x, &LongTensor::from(classes)),
            other => panic!("no loss {other}"),
        };
        assert_eq!(y.shape(), shape, "{kind} {options:?}");
        let counts = (1..=y.numel()).map(|count| count as f32).collect();
        (&y * Tensor::from_vec(counts, y.shape()).unwrap()).sum().backward();
        assert_close(&format!("{kind} {options:?}"), &y.to_vec(), &value, 30.0);
        // A gradient is at most the count of its element.
        let gradient = x.grad().unwrap().to_vec();
        assert_close(&format!("gradient of {kind} {options:?}"), &gradient, &grad, 1.0);
    }
}

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
