//! Each loss with each of its options: values, the gradients of inputs and targets, and the inputs' second ones.
//!
//! Rows of the conventions that are tested here, by name of the loss and note of the case: MSE, L1 (reductions); SmoothL1,
//! Huber (the strict < at β: "ties"); BCE (logarithms from −100 on: "certain probabilities"); BCEWithLogits (the stable
//! form: "large logits", and `pos_weight`); CrossEntropy (`ignore_index`, the weighted mean, label smoothing, "all
//! ignored", "probabilities").

use std::panic::{AssertUnwindSafe, catch_unwind};

use deltarule::nn::{
    BceLoss, BceWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MseLoss, NllLoss, Reduction, SmoothL1Loss,
};
use deltarule::tensor::grad_with;
use deltarule::{LongTensor, Options, Tensor};
use serde_json::Value;

use crate::compared::{Compared, type_name};
use crate::fixture::{self, Fixture};
use crate::near::largest;

/// One case of `losses.json`.
struct Case<'a> {
    fixture: &'a Fixture,
    names: &'a [String],
    number: usize,
    loss: &'a str,
    options: &'a Value,
}

impl Case<'_> {
    fn tensor(&self, what: &str) -> Tensor {
        self.fixture.tensor(&format!("{}.{what}", self.number))
    }

    fn has(&self, what: &str) -> bool {
        self.names.binary_search(&format!("{}.{what}", self.number)).is_ok()
    }

    /// The tensor, if the case has it.
    fn option(&self, what: &str) -> Option<Tensor> {
        self.has(what).then(|| self.tensor(what))
    }

    fn reduction(&self) -> Reduction {
        match self.options["reduction"].as_str() {
            Some("none") => Reduction::None,
            Some("sum") => Reduction::Sum,
            _ => Reduction::Mean,
        }
    }

    fn number(&self, option: &str) -> Option<f64> {
        self.options[option].as_f64()
    }

    /// The name of the loss here, and the loss of input and target.
    fn forward(&self, x: &Tensor, target: &Target) -> (String, Tensor) {
        let reduction = self.reduction();
        match (self.loss, target) {
            ("MSELoss", Target::Values(t)) => {
                let loss = MseLoss::default().reduction(reduction);
                (type_name(&loss, "nn"), loss.forward(x, t))
            }
            ("L1Loss", Target::Values(t)) => {
                let loss = L1Loss::default().reduction(reduction);
                (type_name(&loss, "nn"), loss.forward(x, t))
            }
            ("SmoothL1Loss", Target::Values(t)) => {
                let loss = SmoothL1Loss::default().reduction(reduction);
                let loss = self.number("beta").map_or(loss.clone(), |beta| loss.beta(beta));
                (type_name(&loss, "nn"), loss.forward(x, t))
            }
            ("HuberLoss", Target::Values(t)) => {
                let loss = HuberLoss::default().reduction(reduction);
                let loss = self.number("delta").map_or(loss.clone(), |delta| loss.delta(delta));
                (type_name(&loss, "nn"), loss.forward(x, t))
            }
            ("BCELoss", Target::Values(t)) => {
                let loss = BceLoss::default().reduction(reduction);
                let loss = self.option("weight").map_or(loss.clone(), |weight| loss.weight(weight));
                (type_name(&loss, "nn"), loss.forward(x, t))
            }
            ("BCEWithLogitsLoss", Target::Values(t)) => {
                let mut loss = BceWithLogitsLoss::default().reduction(reduction);
                if let Some(weight) = self.option("weight") {
                    loss = loss.weight(weight);
                }
                if let Some(weight) = self.option("pos_weight") {
                    loss = loss.pos_weight(weight);
                }
                (type_name(&loss, "nn"), loss.forward(x, t))
            }
            ("NLLLoss", Target::Classes(t)) => {
                let mut loss = NllLoss::default().reduction(reduction);
                if let Some(weight) = self.option("weight") {
                    loss = loss.weight(weight);
                }
                if let Some(index) = self.options["ignore_index"].as_i64() {
                    loss = loss.ignore_index(index);
                }
                (type_name(&loss, "nn"), loss.forward(x, t))
            }
            ("CrossEntropyLoss", target) => {
                let mut loss = CrossEntropyLoss::default().reduction(reduction);
                if let Some(weight) = self.option("weight") {
                    loss = loss.weight(weight);
                }
                if let Some(index) = self.options["ignore_index"].as_i64() {
                    loss = loss.ignore_index(index);
                }
                if let Some(share) = self.number("label_smoothing") {
                    loss = loss.label_smoothing(share);
                }
                let y = match target {
                    Target::Classes(t) => loss.forward(x, t),
                    Target::Values(t) => loss.forward(x, t),
                };
                (type_name(&loss, "nn"), y)
            }
            (loss, _) => panic!("{loss} has no such target"),
        }
    }
}

enum Target {
    Values(Tensor),
    Classes(LongTensor),
}

/// 1e-6 relative is 8 roundings.
const ROUNDINGS: f32 = 8.0;

pub(crate) fn compare() -> Compared {
    let (cases, fixture) = (fixture::json("losses"), Fixture::read("losses"));
    let (names, mut compared) = (fixture.names(), Compared::default());
    let cases = cases.as_array().expect("a list");
    assert!(cases.len() > 300, "{} cases", cases.len());
    for (number, description) in cases.iter().enumerate() {
        let loss = description["loss"].as_str().expect("a name");
        let case = Case { fixture: &fixture, names: &names, number, loss, options: &description["options"] };
        let what = format!("case {number}, {description}");
        let x = case.tensor("input").requires_grad_();
        // A target of numbers has a gradient, but for those of NLL and cross-entropy that are classes.
        let target = if case.has("target_grad") {
            Target::Values(case.tensor("target").requires_grad_())
        } else {
            Target::Classes(fixture.tensor(&format!("{number}.target")))
        };
        let (name, y) = case.forward(&x, &target);
        let mut options = description["options"].clone();
        for tensor in ["weight", "pos_weight"].into_iter().filter(|tensor| case.has(tensor)) {
            options[tensor] = "given".into();
        }
        if matches!(target, Target::Values(_)) && loss == "CrossEntropyLoss" {
            options["target"] = "probabilities".into();
        }
        let logits = matches!(loss, "CrossEntropyLoss" | "BCEWithLogitsLoss");
        let differences = compared.case(&format!("torch.nn.{loss}"), &name, &options);
        let value_grad = case.tensor("value_grad");
        y.backward_with(Some(&value_grad), Options::new().retain_graph(true));
        if case.has("input_bend") {
            let first = grad_with(&y, Some(&value_grad), &[&x], Options::new().create_graph(true)).remove(0);
            let first = first.expect("a gradient");
            let weights = Tensor::arange(1.0, x.numel() as f64 + 1.0, 1.0).reshape(x.shape()) + 0.5;
            let bend = match first.requires_grad() {
                true => grad_with(&(first * weights).sum(), None, &[&x], Options::new()).remove(0),
                false => None,
            };
            let (bend, expected) = (bend.unwrap_or_else(|| x.zeros_like()), case.tensor("input_bend"));
            // That of a logit is a difference of probabilities, each times both weights.
            let scale = if logits { largest(&value_grad) * (x.numel() as f32 + 0.5) } else { 0.0 };
            // That of a probability is a quotient of differences, (x − t) by x·(1 − x), and of their slopes.
            let roundings = if loss == "BCELoss" { 3.0 * ROUNDINGS } else { ROUNDINGS };
            differences.near(&format!("{what}: second gradient"), &bend, &expected, roundings, scale);
        }

        // A logarithm of a softmax is a difference of logits, and rounds as they do. So is a loss of differences.
        let scale = if logits { largest(&x) } else { 0.0 };
        differences.near(&format!("{what}: value"), &y, &case.tensor("value"), ROUNDINGS, scale);
        // The gradient of a logit is a difference of probabilities: it rounds as 1 does.
        let scale = if logits { largest(&value_grad) } else { 0.0 };
        let gradient = x.grad().expect("a gradient");
        differences.near(&format!("{what}: gradient"), &gradient, &case.tensor("input_grad"), ROUNDINGS, scale);
        if let Target::Values(target) = target {
            // Differences too: of logarithms.
            let scale = match loss {
                "BCELoss" => largest(&value_grad),
                _ if logits => largest(&x) * largest(&value_grad),
                _ => 0.0,
            };
            let gradient = target.grad().expect("a gradient");
            let expected = case.tensor("target_grad");
            differences.near(&format!("{what}: gradient of the target"), &gradient, &expected, ROUNDINGS, scale);
        }
    }
    compared
}

#[test]
fn values_and_gradients_are_pytorchs() {
    compare().expect_none();
}

/// What is no probability would give NaN, or an infinity without a sign of what is wrong.
#[test]
fn binary_cross_entropy_refuses_what_pytorch_refuses() {
    let fixture = Fixture::read("losses_refused");
    let all = |name: &str| fixture.tensor::<f32>(name).to_vec();
    let refused = fixture.tensor::<bool>("refused").to_vec();
    assert!(refused.iter().filter(|&&refused| refused).count() >= 12);
    for ((x, target), refused) in all("input").into_iter().zip(all("target")).zip(refused) {
        let forward = || BceLoss::default().forward(&Tensor::from([x]), &Tensor::from([target]));
        assert_eq!(catch_unwind(AssertUnwindSafe(forward)).is_err(), refused, "{x} and {target}");
    }
}
