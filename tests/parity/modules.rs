//! Each layer with each of its options, in training and in evaluation: outputs, gradients, and the state after each step,
//! under PyTorch's names.
//!
//! Rows of the conventions that are tested here: BatchNorm (normalises with the biased variance, stores the unbiased one;
//! momentum 0.1, ε 1e-5) by the cases without options; Linear (the weight is `[out, in]`, y = x·Wᵀ + b).

use deltarule::nn::{AnyTensor, BatchNorm1d, Embedding, Forward, LayerNorm, Linear, Module, StateDict};
use deltarule::{LongTensor, Options, Tensor};
use serde_json::Value;

use crate::compared::{Compared, type_name};
use crate::fixture::{self, Fixture};
use crate::near::largest;

/// What a case runs.
enum Layer {
    OfValues(Box<dyn Forward>),
    OfIndices(Embedding),
}

impl Layer {
    fn new(description: &Value) -> Self {
        let (arguments, options) = (&description["arguments"], &description["options"]);
        let size = |value: &Value| value.as_u64().expect("a size") as usize;
        let off = |option: &str| options[option] == Value::Bool(false);
        let eps = options["eps"].as_f64();
        match description["module"].as_str() {
            Some("BatchNorm1d") => {
                let mut layer = BatchNorm1d::new(size(&arguments[0]));
                if let Some(momentum) = options.get("momentum") {
                    layer = layer.momentum(momentum.as_f64());
                }
                if let Some(eps) = eps {
                    layer = layer.eps(eps);
                }
                if off("affine") {
                    layer = layer.without_affine();
                }
                if off("track_running_stats") {
                    layer = layer.without_running_stats();
                }
                Layer::OfValues(Box::new(layer))
            }
            Some("LayerNorm") => {
                let shape: Vec<_> = arguments[0].as_array().expect("a shape").iter().map(size).collect();
                let mut layer = LayerNorm::new(shape);
                if let Some(eps) = eps {
                    layer = layer.eps(eps);
                }
                if off("bias") {
                    layer = layer.without_bias();
                }
                if off("elementwise_affine") {
                    layer = layer.without_affine();
                }
                Layer::OfValues(Box::new(layer))
            }
            Some("Linear") => {
                let new = if off("bias") { Linear::without_bias } else { Linear::new };
                Layer::OfValues(Box::new(new(size(&arguments[0]), size(&arguments[1]))))
            }
            Some("Embedding") => {
                let layer = Embedding::new(size(&arguments[0]), size(&arguments[1]));
                Layer::OfIndices(match options.get("padding_idx") {
                    Some(index) => layer.padding_idx(size(index)),
                    None => layer,
                })
            }
            other => panic!("no module {other:?}"),
        }
    }

    fn name(&self) -> String {
        match self {
            Layer::OfValues(layer) => format!("nn::{}", layer.name()),
            Layer::OfIndices(layer) => type_name(layer, "nn"),
        }
    }

    fn module(&self) -> &dyn Module {
        match self {
            Layer::OfValues(layer) => layer,
            Layer::OfIndices(layer) => layer,
        }
    }
}

/// The entries whose names start with `prefix`, which is taken off.
fn state(fixture: &Fixture, names: &[String], prefix: &str) -> StateDict {
    let mut dict = StateDict::new();
    for name in names {
        if let Some(key) = name.strip_prefix(prefix) {
            let value: AnyTensor = if key == "num_batches_tracked" {
                fixture.tensor::<i64>(name).into()
            } else {
                fixture.tensor::<f32>(name).into()
            };
            dict.insert(key, value);
        }
    }
    dict
}

/// 1e-6 relative is 8 roundings.
const ROUNDINGS: f32 = 8.0;

pub(crate) fn compare() -> Compared {
    let (cases, fixture) = (fixture::json("modules"), Fixture::read("modules"));
    let (names, mut compared) = (fixture.names(), Compared::default());
    let cases = cases.as_array().expect("a list");
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for (number, description) in cases.iter().enumerate() {
        let layer = Layer::new(description);
        let module = layer.module();
        let torch = format!("torch.nn.{}", description["module"].as_str().expect("a name"));
        let differences = compared.case(&torch, &layer.name(), &description["options"]);
        let begin = state(&fixture, &names, &format!("{number}.state."));
        module.load_state_dict(&begin).unwrap_or_else(|error| panic!("case {number}: {error}"));
        for (step, mode) in description["steps"].as_array().expect("a list").iter().enumerate() {
            let (what, prefix) = (format!("case {number}, {description}, step {step}"), format!("{number}.{step}"));
            let tensor = |name: &str| fixture.tensor::<f32>(&format!("{prefix}.{name}"));
            if mode == "train" {
                module.train()
            } else {
                module.eval()
            }
            module.zero_grad();
            let (x, y) = match &layer {
                Layer::OfValues(layer) => {
                    let x = tensor("input").requires_grad_();
                    let y = layer.forward(&x);
                    (Some(x), y)
                }
                Layer::OfIndices(layer) => {
                    (None, layer.forward(&fixture.tensor::<i64>(&format!("{prefix}.input")) as &LongTensor))
                }
            };
            // Sums and differences round as the largest of their terms do: for gradients these are products of g and y.
            let terms = largest(&y) * largest(&tensor("output_grad"));
            let mut near = |part: &str, found: &Tensor, expected: &Tensor| {
                let scale = largest(expected).max(if part.starts_with("gradient") { terms } else { 0.0 });
                differences.near(&format!("{what}: {part}"), found, expected, ROUNDINGS, scale);
            };
            near("output", &y, &tensor("output"));
            y.backward_with(Some(&tensor("output_grad")), Options::new());
            if let Some(x) = x {
                near("gradient of the input", &x.grad().expect("a gradient"), &tensor("input_grad"));
            }
            for (name, parameter) in module.named_parameters() {
                let gradient = parameter.grad().expect("a gradient");
                near(&format!("gradient of {name}"), &gradient, &tensor(&format!("grad.{name}")));
            }
            let now = module.state_dict();
            for (name, expected) in state(&fixture, &names, &format!("{prefix}.state.")).iter() {
                match (now.get(name), expected) {
                    (Some(AnyTensor::F32(found)), AnyTensor::F32(expected)) => near(name, found, expected),
                    (found, expected) => assert_eq!(found, Some(expected), "{what}: {name}"),
                }
            }
        }
    }
    compared
}

#[test]
fn outputs_gradients_and_state_are_pytorchs() {
    compare().expect_none();
}
