//! Layers, losses and optimizers of `f64`: an option or a constant that went through an `f32` would show in the last digits.

use deltarule::nn::{
    BatchNorm1dOf, BceLossOf, BceWithLogitsLossOf, CrossEntropyLossOf, Elu, EmbeddingOf, Forward, Gelu, HuberLoss,
    L1Loss, LayerNormOf, LeakyRelu, LinearOf, LogSoftmax, Module, MseLoss, NllLossOf, ParameterOf, Relu, Sigmoid, Silu,
    SmoothL1Loss, Softmax, Softplus, StateDict, Tanh, sequential,
};
use deltarule::optim::clip_grad_norm;
use deltarule::{DoubleTensor, LongTensor, Options};

use crate::fixture::{Fixture, json};
use crate::optim::one_group;

type Layer = (&'static str, Box<dyn Forward<f64>>);

fn layers() -> Vec<Layer> {
    let linear = LinearOf::<f64>::new;
    let model =
        sequential![linear(4, 5), Tanh, BatchNorm1dOf::new(5), sequential![linear(5, 3), Sigmoid], linear(3, 2)];
    vec![
        ("linear", Box::new(linear(4, 3))),
        ("linear without bias", Box::new(LinearOf::without_bias(4, 3))),
        ("batch norm", Box::new(BatchNorm1dOf::new(4).momentum(0.3).eps(1e-3))),
        ("batch norm of all", Box::new(BatchNorm1dOf::new(4).momentum(None))),
        ("layer norm", Box::new(LayerNormOf::new([4]).eps(1e-3))),
        ("sigmoid", Box::new(Sigmoid)),
        ("tanh", Box::new(Tanh)),
        ("relu", Box::new(Relu)),
        ("leaky relu", Box::new(LeakyRelu::new(0.3))),
        ("leaky relu by default", Box::new(LeakyRelu::default())),
        ("elu", Box::new(Elu::new(0.7))),
        ("softplus", Box::new(Softplus { beta: 0.3, threshold: 0.9 })),
        ("gelu", Box::new(Gelu::default())),
        ("gelu by tanh", Box::new(Gelu::default().approximate_tanh())),
        ("silu", Box::new(Silu)),
        ("softmax", Box::new(Softmax::new(1))),
        ("log softmax", Box::new(LogSoftmax::new(1))),
        ("model", Box::new(model)),
    ]
}

/// 32 roundings of an f64, relative to the value or to 1: the products of a layer, and functions whose last digit differs. An
/// `f32` on the way would make it 10⁸ of them.
#[track_caller]
fn near(what: &str, found: &DoubleTensor, expected: &DoubleTensor) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for (found, expected) in found.to_vec().into_iter().zip(expected.to_vec()) {
        let apart = (found - expected).abs() / (f64::EPSILON * expected.abs().max(1.0));
        assert!(apart <= 32.0, "{what}: {found} for {expected}, {apart:.1} roundings apart");
    }
}

#[test]
fn layers_give_pytorchs_values_and_gradients() {
    let fixture = Fixture::read("double");
    let (names, tensor) = (fixture.names(), |name: &str| fixture.tensor::<f64>(name));
    let layers = layers();
    assert_eq!(names.iter().filter(|name| name.ends_with(".0.output")).count(), layers.len());
    for (name, layer) in layers {
        let mut dict = StateDict::new();
        for entry in &names {
            let Some(key) = entry.strip_prefix(&format!("{name}.state.")) else { continue };
            if key.ends_with("num_batches_tracked") {
                dict.insert(key, fixture.tensor::<i64>(entry));
            } else {
                dict.insert(key, tensor(entry));
            }
        }
        layer.load_state_dict(&dict).unwrap();
        for step in 0..3 {
            if step < 2 {
                layer.train()
            } else {
                layer.eval()
            }
            layer.zero_grad();
            let at = |what: &str| tensor(&format!("{name}.{step}.{what}"));
            let x = at("input").requires_grad_();
            let y = layer.forward(&x);
            y.backward_with(Some(&at("output_grad")), Options::new());
            near(&format!("{name}, step {step}: output"), &y, &at("output"));
            near(&format!("{name}, step {step}: gradient"), &x.grad().unwrap(), &at("input_grad"));
            for (key, parameter) in layer.named_parameters_of::<f64>() {
                near(&format!("{name}.{key}, step {step}"), &parameter.grad().unwrap(), &at(&format!("grad.{key}")));
            }
        }
        for (key, value) in layer.state_dict().iter() {
            if let (Ok(value), true) = (DoubleTensor::try_from(value.clone()), key.contains("running")) {
                near(&format!("{name}.{key}"), &value, &tensor(&format!("{name}.end.{key}")));
            }
        }
    }
}

#[test]
fn an_embedding_gives_pytorchs_gradient() {
    let fixture = Fixture::read("double");
    let tensor = |name: &str| fixture.tensor::<f64>(&format!("embedding.{name}"));
    let layer = EmbeddingOf::<f64>::new(5, 3).padding_idx(1);
    layer.weight.set(tensor("weight"));
    let y = layer.forward(&fixture.tensor::<i64>("embedding.input"));
    y.backward_with(Some(&tensor("output_grad")), Options::new());
    near("output", &y, &tensor("output"));
    near("gradient", &layer.weight.grad().unwrap(), &tensor("grad"));
}

#[test]
fn losses_give_pytorchs_values_and_gradients() {
    let weight = || DoubleTensor::from([0.3, 2.1, 1.7]);
    let mut cross_entropy = CrossEntropyLossOf::default();
    type OfValues = Box<dyn Fn(&DoubleTensor, &DoubleTensor) -> DoubleTensor>;
    let smooth = CrossEntropyLossOf::default().label_smoothing(0.1);
    let of_values: [(&str, OfValues); 7] = [
        ("mse", Box::new(|x, t| MseLoss::default().forward(x, t))),
        ("l1", Box::new(|x, t| L1Loss::default().forward(x, t))),
        ("huber", Box::new(|x, t| HuberLoss::default().delta(0.7).forward(x, t))),
        ("smooth l1", Box::new(|x, t| SmoothL1Loss::default().beta(0.3).forward(x, t))),
        ("bce", Box::new(move |x, t| BceLossOf::default().weight(weight()).forward(x, t))),
        (
            "bce with logits",
            Box::new(move |x, t| {
                BceWithLogitsLossOf::default().weight(weight()).pos_weight(weight() + 1.0).forward(x, t)
            }),
        ),
        ("cross entropy of probabilities", Box::new(move |x, t| smooth.forward(x, t))),
    ];
    type OfClasses = Box<dyn Fn(&DoubleTensor, &LongTensor) -> DoubleTensor>;
    let plain = cross_entropy.clone();
    cross_entropy = cross_entropy.weight(weight()).label_smoothing(0.1).ignore_index(1);
    let of_classes: [(&str, OfClasses); 3] = [
        ("nll", Box::new(move |x, t| NllLossOf::default().weight(weight()).forward(x, t))),
        ("cross entropy", Box::new(move |x, t| plain.forward(x, t))),
        ("cross entropy with options", Box::new(move |x, t| cross_entropy.forward(x, t))),
    ];

    let fixture = Fixture::read("double");
    let tensor = |name: &str, what: &str| fixture.tensor::<f64>(&format!("{name}.{what}"));
    let check = |name: &str, loss: &dyn Fn(&DoubleTensor) -> DoubleTensor| {
        let x = tensor(name, "input").requires_grad_();
        let y = loss(&x);
        y.backward();
        near(name, &y, &tensor(name, "value"));
        near(name, &x.grad().unwrap(), &tensor(name, "input_grad"));
    };
    for (name, loss) in of_values {
        check(name, &|x| loss(x, &tensor(name, "target")));
    }
    for (name, loss) in of_classes {
        check(name, &|x| loss(x, &fixture.tensor(&format!("{name}.target"))));
    }
}

#[test]
fn optimizers_step_as_pytorchs() {
    let (fixture, description) = (Fixture::read("double"), json("double"));
    let (start, gradients) = (fixture.tensor::<f64>("optim.start"), fixture.tensor::<f64>("optim.gradients"));
    let runs = description["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 31);
    for (index, run) in runs.iter().enumerate() {
        let p = ParameterOf::new(start.clone());
        let options = run["options"].as_object().unwrap();
        let (_, mut optimizer) = one_group(run["optimizer"].as_str().unwrap(), options, std::slice::from_ref(&p));
        for step in 0..description["steps"].as_u64().unwrap() {
            p.set_grad(Some(gradients.select(0, step as isize)));
            optimizer.step();
        }
        near(&run.to_string(), &p.value(), &fixture.tensor(&format!("optim.{index}")));
    }
    let p = ParameterOf::new(start);
    p.set_grad(Some(gradients.select(0, 0)));
    let norm = clip_grad_norm([p.clone()], 0.3, 3.0);
    near("norm", &DoubleTensor::from(norm), &fixture.tensor("clip.norm"));
    near("clipped", &p.grad().unwrap(), &fixture.tensor("clip.grad"));
}
