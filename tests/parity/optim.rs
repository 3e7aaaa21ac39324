//! Every optimizer in each of its variants, step by step, and clipped gradients.

use deltarule::Tensor;
use deltarule::nn::{Parameter, ParameterOf};
use deltarule::optim::{
    Adagrad, AdagradOf, AdagradOptions, Adam, AdamOf, AdamOptions, AdamW, AdamWOf, Grouped, Optimizer, RmsProp,
    RmsPropOf, RmsPropOptions, Rule, Sgd, SgdOf, SgdOptions, clip_grad_norm, clip_grad_value,
};
use deltarule::tensor::Float;
use serde_json::{Value, json as value};

use crate::compared::Compared;
use crate::fixture::{Fixture, json};

/// The options as PyTorch names them.
type Options = serde_json::Map<String, Value>;

/// How many units of the last place of a value, or of 1 for a smaller one, a run may go astray in thirty steps: PyTorch's
/// own square root of f32 (MKL's) rounds one value in six the wrong way. Centered RMSprop takes it of a difference that may
/// cancel, and momentum adds the errors up. A machine without a fused multiply-add rounds some products once more.
fn ulps(run: &Value) -> f32 {
    let cancels = run.get("second").is_some_and(|second| second.get("centered").is_some());
    let ulps = if cancels { 16.0 } else { 4.0 };
    if has_fma() { ulps } else { 16.0 * ulps }
}

/// A rule's step is a few operations, each rounded as PyTorch rounds it. With a fused multiply-add, and where PyTorch's
/// square root is made to round correctly, thirty steps give PyTorch's very bits: else it panics.
pub(crate) fn compare() -> Compared {
    let mut compared = Compared::default();
    let (fixture, description) = (Fixture::read("optim"), json("optim"));
    let runs = description["runs"].as_array().unwrap();
    let steps = description["steps"].as_u64().unwrap();
    assert_eq!((runs.len(), steps), (36, 30));
    for (index, run) in runs.iter().enumerate() {
        let parameters = start(&fixture);
        let (name, mut optimizer) = optimizer(run, &parameters);
        let torch = format!("torch.optim.{}", run["optimizer"].as_str().unwrap());
        compared.case(&torch, &format!("optim::{name}"), &run["second"]);
        let differences = compared.case(&torch, &format!("optim::{name}"), &run["options"]);
        let expected = |kind| [0, 1].map(|number| fixture.tensor::<f32>(&format!("{kind}.{index}.{number}")));
        let (exact, plain) = (expected("exact"), expected("run"));
        for step in 0..steps {
            set_gradients(&fixture, step, &parameters);
            optimizer.step();
            let what = format!("{run}, step {step}");
            for (number, parameter) in parameters.iter().enumerate() {
                let at = |values: &Tensor| values.select(0, step as isize);
                let found = parameter.value();
                differences.near(&what, &found, &at(&plain[number]), ulps(run), 1.0);
                if has_fma() {
                    same_bits(&found.to_vec(), &at(&exact[number]).to_vec(), &what);
                }
            }
        }
    }
    clip(&mut compared);
    compared
}

#[test]
fn each_variant_steps_as_pytorch_does() {
    compare().expect_none();
}

/// 1e-6 relative is 8 roundings: the sums of a norm are split up otherwise than PyTorch's, and powers have errors of
/// their own.
const ROUNDINGS: f32 = 8.0;

fn clip(compared: &mut Compared) {
    let (fixture, description) = (Fixture::read("optim"), json("optim"));
    let clips = description["clips"].as_array().unwrap();
    assert_eq!(clips.len(), 9);
    for (index, clip) in clips.iter().enumerate() {
        let parameters = start(&fixture);
        set_gradients(&fixture, 2, &parameters);
        for parameter in &parameters {
            parameter.set_grad(parameter.grad().map(|gradient| gradient * clip["factor"].as_f64().unwrap() as f32));
        }
        let p: f64 = clip["norm_type"].as_str().unwrap().parse().unwrap();
        let norm = Tensor::from(clip_grad_norm(parameters.clone(), clip["max_norm"].as_f64().unwrap(), p));
        let name = "torch.nn.utils.clip_grad_norm_";
        let mut options = clip.clone();
        options.as_object_mut().unwrap().remove("factor");
        let differences = compared.case(name, "optim::clip_grad_norm", &options);
        let what = format!("{name}, {clip}");
        differences.near(&what, &norm, &fixture.tensor(&format!("clip.{index}.norm")), ROUNDINGS, 0.0);
        for (number, parameter) in parameters.iter().enumerate() {
            let expected = fixture.tensor(&format!("clip.{index}.{number}"));
            differences.near(&what, &parameter.grad().unwrap(), &expected, ROUNDINGS, 0.0);
        }
    }
    let parameters = start(&fixture);
    set_gradients(&fixture, 2, &parameters);
    clip_grad_value(parameters.clone(), 0.75);
    let (name, options) = ("torch.nn.utils.clip_grad_value_", value!({"clip_value": 0.75}));
    let differences = compared.case(name, "optim::clip_grad_value", &options);
    for (number, parameter) in parameters.iter().enumerate() {
        let expected = fixture.tensor(&format!("clip.value.{number}"));
        differences.near(name, &parameter.grad().unwrap(), &expected, 0.0, 0.0);
    }
}

fn start(fixture: &Fixture) -> Vec<Parameter> {
    [0, 1].map(|number| Parameter::new(fixture.tensor(&format!("start.{number}")))).to_vec()
}

/// Those that there are: the second parameter has none at some steps.
fn set_gradients(fixture: &Fixture, step: u64, parameters: &[Parameter]) {
    let names = fixture.names();
    for (number, parameter) in parameters.iter().enumerate() {
        let name = format!("grad.{step}.{number}");
        parameter.set_grad(names.contains(&name).then(|| fixture.tensor(&name)));
    }
}

fn same_bits(found: &[f32], expected: &[f32], what: &str) {
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(found), bits(expected), "{what}: {found:?} for {expected:?}");
}

/// Whether this processor has a fused multiply-add, as PyTorch's had.
pub(crate) fn has_fma() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    cfg!(target_arch = "aarch64")
}

/// An optimizer with its name.
type Named = (&'static str, Box<dyn Optimizer>);

fn named<R: Rule<N, E> + 'static, const N: usize, E: Float>(optimizer: Grouped<R, N, E>) -> Named {
    (R::NAME, Box::new(optimizer))
}

/// The optimizer of a run: on one group, or on two.
fn optimizer(run: &Value, parameters: &[Parameter]) -> Named {
    let options = run["options"].as_object().unwrap();
    let Some(second) = run.get("second") else {
        return one_group(run["optimizer"].as_str().unwrap(), options, parameters);
    };
    let second = second.as_object().unwrap();
    let [first, rest] = [vec![parameters[0].clone()], vec![parameters[1].clone()]];
    let number = |options: &Options, name: &str| options[name].as_f64().unwrap();
    match run["optimizer"].as_str().unwrap() {
        "SGD" => {
            let change = |group: &mut SgdOptions| {
                group.lr = number(second, "lr");
                group.momentum = number(second, "momentum");
                group.weight_decay = number(second, "weight_decay");
            };
            let sgd = Sgd::new(first, number(options, "lr")).momentum(number(options, "momentum"));
            named(sgd.add_group(rest, change))
        }
        "Adam" => {
            let change = |group: &mut AdamOptions<false>| {
                group.lr = number(second, "lr");
                (group.beta1, group.beta2) = betas(&second["betas"]);
                group.amsgrad = second["amsgrad"].as_bool().unwrap();
            };
            named(Adam::new(first, number(options, "lr")).add_group(rest, change))
        }
        "AdamW" => {
            let change = |group: &mut AdamOptions<true>| group.weight_decay = number(second, "weight_decay");
            named(AdamW::new(first, number(options, "lr")).add_group(rest, change))
        }
        "RMSprop" => {
            let change = |group: &mut RmsPropOptions| {
                group.momentum = number(second, "momentum");
                group.centered = second["centered"].as_bool().unwrap();
            };
            named(RmsProp::new(first, number(options, "lr")).add_group(rest, change))
        }
        "Adagrad" => {
            let change = |group: &mut AdagradOptions| {
                group.lr = number(second, "lr");
                group.lr_decay = number(second, "lr_decay");
            };
            named(Adagrad::new(first, number(options, "lr")).add_group(rest, change))
        }
        other => panic!("no optimizer {other}"),
    }
}

/// Sets each option of the fixture by the builder method that it belongs to; the others stay as they are by default.
macro_rules! built {
    ($optimizer:expr, $options:ident, $($name:literal => $method:ident($as:ident)),*) => {{
        let mut optimizer = $optimizer;
        for (name, value) in $options {
            optimizer = match name.as_str() {
                "lr" => optimizer,
                $($name => optimizer.$method(value.$as().unwrap()),)*
                other => panic!("no option {other}"),
            };
        }
        named(optimizer)
    }};
}

/// An optimizer of one group, of any type of elements.
pub(crate) fn one_group<E: Float>(name: &str, options: &Options, parameters: &[ParameterOf<E>]) -> Named {
    let parameters = parameters.to_vec();
    let lr = |default: f64| options.get("lr").map_or(default, |lr| lr.as_f64().unwrap());
    // The betas come as a pair.
    let (mut options, pair) = (options.clone(), options.get("betas").map(betas));
    options.remove("betas");
    let options = &options;
    match name {
        "SGD" => built!(SgdOf::new(parameters, lr(1e-3)), options,
            "momentum" => momentum(as_f64), "dampening" => dampening(as_f64), "nesterov" => nesterov(as_bool),
            "weight_decay" => weight_decay(as_f64), "maximize" => maximize(as_bool)),
        "Adam" => {
            let adam = AdamOf::new(parameters, lr(1e-3));
            let adam = if let Some((beta1, beta2)) = pair { adam.betas(beta1, beta2) } else { adam };
            built!(adam, options, "eps" => eps(as_f64), "amsgrad" => amsgrad(as_bool),
                "weight_decay" => weight_decay(as_f64), "maximize" => maximize(as_bool))
        }
        "AdamW" => {
            let adam = AdamWOf::new(parameters, lr(1e-3));
            let adam = if let Some((beta1, beta2)) = pair { adam.betas(beta1, beta2) } else { adam };
            built!(adam, options, "eps" => eps(as_f64), "amsgrad" => amsgrad(as_bool),
                "weight_decay" => weight_decay(as_f64), "maximize" => maximize(as_bool))
        }
        "RMSprop" => built!(RmsPropOf::new(parameters, lr(1e-2)), options,
            "alpha" => alpha(as_f64), "eps" => eps(as_f64), "weight_decay" => weight_decay(as_f64),
            "momentum" => momentum(as_f64), "centered" => centered(as_bool), "maximize" => maximize(as_bool)),
        "Adagrad" => built!(AdagradOf::new(parameters, lr(1e-2)), options,
            "lr_decay" => lr_decay(as_f64), "initial_accumulator_value" => initial_accumulator_value(as_f64),
            "eps" => eps(as_f64), "weight_decay" => weight_decay(as_f64), "maximize" => maximize(as_bool)),
        other => panic!("no optimizer {other}"),
    }
}

fn betas(value: &Value) -> (f64, f64) {
    (value[0].as_f64().unwrap(), value[1].as_f64().unwrap())
}
