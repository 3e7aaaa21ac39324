//! Derived modules: their names, and what is done to all of their parts.

#[path = "../../autograd/tests/common/panic.rs"]
mod panic;

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use deltarule_nn::{Buffer, Forward, Identity, Linear, LongBuffer, Mode, Module, Parameter, Sequential, sequential};
use deltarule_tensor::{LongTensor, Tensor};
use panic::panic_of;

fn names(module: &impl Module) -> Vec<String> {
    module.named_parameters().into_iter().map(|(name, _)| name).collect()
}

fn scalar(value: f32) -> Parameter {
    Parameter::new(Tensor::from(value))
}

#[derive(Module)]
struct Encoder {
    layers: Vec<Linear>,
    scale: Option<Parameter>,
    nothing: Option<Linear>,
    dim: usize,
    epsilon: f64,
    label: String,
    table: Tensor,
}

#[derive(Module)]
struct Autoencoder<D> {
    encoder: Encoder,
    decoder: D,
    #[module(skip)]
    cache: std::cell::RefCell<Vec<f32>>,
    r#type: Parameter,
}

#[derive(Module)]
struct Pair<A, B>(A, B);

#[derive(Module)]
struct Unit;

#[derive(Module)]
struct Odd<'a, F, T: Clone, const N: usize>
where
    T: Send,
{
    all: [Linear; N],
    shared: &'a Linear,
    #[module(skip)]
    function: F,
    kind: PhantomData<T>,
}

#[derive(Module)]
struct Batch {
    mean: Buffer,
    count: LongBuffer,
    weight: Parameter,
    mode: Mode,
}

impl Batch {
    fn new() -> Self {
        Batch {
            mean: Buffer::new(Tensor::from([0.5, 1.5])),
            count: LongBuffer::new(LongTensor::from(3)),
            weight: Parameter::new(Tensor::from([1.0])),
            mode: Mode::default(),
        }
    }
}

fn encoder() -> Encoder {
    Encoder {
        layers: vec![Linear::new(2, 3), Linear::without_bias(3, 1)],
        scale: Some(scalar(1.0)),
        nothing: None,
        dim: 2,
        epsilon: 1e-5,
        label: "first".to_owned(),
        table: Tensor::zeros([2]),
    }
}

#[test]
fn names_are_the_fields_joined_by_dots() {
    let encoder = encoder();
    assert_eq!((encoder.dim, encoder.epsilon, encoder.label.as_str(), encoder.table.numel()), (2, 1e-5, "first", 2));
    let model = Autoencoder {
        encoder,
        decoder: Box::new(sequential![Identity, Linear::new(1, 2)]) as Box<dyn Forward>,
        cache: Default::default(),
        r#type: scalar(0.0),
    };
    assert!(model.cache.borrow().is_empty() && model.encoder.nothing.is_none());
    assert_eq!(
        names(&model),
        [
            "encoder.layers.0.weight",
            "encoder.layers.0.bias",
            "encoder.layers.1.weight",
            "encoder.scale",
            "decoder.1.weight",
            "decoder.1.bias",
            "type",
        ]
    );
    assert_eq!(model.num_parameters(), 6 + 3 + 3 + 1 + 2 + 2 + 1);
}

#[test]
fn tuple_structs_and_collections_are_named_by_index_or_key() {
    assert_eq!(names(&Pair(scalar(1.0), (scalar(2.0), [scalar(3.0)]))), ["0", "1.0", "1.1.0"]);
    assert!(names(&Unit).is_empty());
    let heads = BTreeMap::from([("left", scalar(1.0)), ("right", scalar(2.0))]);
    assert_eq!(names(&heads), ["left", "right"]);
    let shared = Linear::without_bias(1, 1);
    let odd = Odd {
        all: [Linear::new(1, 1), Linear::without_bias(1, 1)],
        shared: &shared,
        function: |x: f32| x + 1.0,
        kind: PhantomData::<std::time::Duration>,
    };
    assert_eq!((odd.function)(1.0), 2.0);
    assert_eq!(odd.kind, PhantomData);
    assert_eq!(names(&odd), ["all.0.weight", "all.0.bias", "all.1.weight", "shared.weight"]);
}

/// Tied weights are one parameter to an optimizer, and stand under both names in a state dict, as in PyTorch.
#[test]
fn a_shared_parameter_comes_once() {
    let embedding = scalar(1.0);
    let model = Pair(embedding.clone(), Arc::new(embedding));
    assert_eq!(names(&model), ["0"]);
    assert!(model.parameters()[0].is(&model.1));
    assert_eq!(model.state_dict().names().collect::<Vec<_>>(), ["0", "1"]);
}

#[test]
fn train_and_eval_reach_every_mode() {
    let model = Pair(vec![Batch::new(), Batch::new()], Some(Batch::new()));
    assert!(model.is_training());
    model.eval();
    assert!(!model.is_training());
    assert!(!model.0[1].mode.is_training() && !model.1.as_ref().unwrap().mode.is_training());
    model.0[1].train();
    assert!(!model.is_training() && model.0[1].is_training());
    model.train();
    assert!(model.is_training());
}

#[test]
fn zero_grad_and_freezing_reach_every_parameter() {
    let model = Pair(Linear::new(2, 2), Linear::new(2, 1));
    let loss = || model.1.forward(&model.0.forward(&Tensor::ones([1, 2]))).sum();
    loss().backward();
    assert!(model.parameters().iter().all(|parameter| parameter.grad().is_some()));
    model.zero_grad();
    assert!(model.parameters().iter().all(|parameter| parameter.grad().is_none()));

    model.0.requires_grad_(false);
    loss().backward();
    assert!(model.0.parameters().iter().all(|parameter| parameter.grad().is_none()));
    assert!(model.1.parameters().iter().all(|parameter| parameter.grad().is_some()));
    model.requires_grad_(false);
    assert!(!loss().requires_grad());
}

#[test]
fn a_state_dict_goes_through_json_and_back() {
    let model = Pair(Batch::new(), Linear::new(2, 3));
    let saved = serde_json::to_string(&model.state_dict()).unwrap();
    let fresh = Pair(Batch::new(), Linear::new(2, 3));
    fresh.0.mean.set(Tensor::zeros([2]));
    fresh.0.count.set(LongTensor::from(0));
    assert_ne!(fresh.state_dict(), model.state_dict());

    let dict = serde_json::from_str(&saved).unwrap();
    fresh.load_state_dict(&dict).unwrap();
    assert_eq!(fresh.state_dict(), model.state_dict());
    assert_eq!(fresh.0.count.tensor().item(), 3);
    let names: Vec<_> = dict.names().collect();
    assert_eq!(names, ["0.mean", "0.count", "0.weight", "1.weight", "1.bias"]);
}

#[test]
fn a_state_dict_is_a_snapshot() {
    let model = Linear::new(1, 1);
    let dict = model.state_dict();
    let before = model.weight.value().item();
    model.weight.update(|values| values[0] += 1.0);
    model.load_state_dict(&dict).unwrap();
    assert_eq!(model.weight.value().item(), before);
}

#[test]
fn loading_names_everything_wrong_and_changes_nothing() {
    let model = Pair(Batch::new(), Linear::new(2, 3));
    let before = model.state_dict();
    let mut dict = Pair(Batch::new(), Linear::new(2, 3)).state_dict();
    dict.remove("0.mean").unwrap();
    dict.remove("1.bias").unwrap();
    dict.insert("0.count", Tensor::from(3.0));
    dict.insert("1.weight", Tensor::zeros([2, 3]));
    dict.insert("0.weight", Tensor::from([9.0]));
    dict.insert("1.extra", Tensor::zeros([1]));

    let error = model.load_state_dict(&dict).unwrap_err();
    assert_eq!(error.missing, ["0.mean", "1.bias"]);
    assert_eq!(error.unexpected, ["1.extra"]);
    let mismatched: Vec<_> = error.mismatched.iter().map(|wrong| wrong.name.as_str()).collect();
    assert_eq!(mismatched, ["0.count", "1.weight"]);
    assert_eq!(
        error.to_string(),
        "the state dict doesn't fit the model, which is unchanged\n  \
         missing from the state dict: 0.mean, 1.bias\n  \
         not in the model: 1.extra\n  \
         0.count: the model has [] of i64, the state dict [] of f32\n  \
         1.weight: the model has [3, 2] of f32, the state dict [2, 3] of f32\n  \
         build the model with the sizes and types that were saved, or remove these entries from the state dict"
    );
    assert_eq!(model.state_dict(), before);
}

#[test]
fn data_that_contradicts_itself_is_an_error() {
    let read = |text| serde_json::from_str::<deltarule_nn::StateDict>(text).unwrap_err().to_string();
    let short = read(r#"{"w": {"f32": {"shape": [3], "data": [1, 2]}}}"#);
    assert!(short.contains("2 values can't have the shape [3]"), "{short}");
    let huge = read(r#"{"w": {"f32": {"shape": [4294967296, 4294967296, 4], "data": []}}}"#);
    assert!(huge.contains("0 values can't have the shape"), "{huge}");
    let one = r#""w": {"i64": {"shape": [], "data": [1]}}"#;
    let twice = read(&format!("{{{one}, {one}}}"));
    assert!(twice.contains("the name `w` comes twice"), "{twice}");
}

#[test]
fn modules_cross_threads() {
    let model = Arc::new(sequential![Linear::new(2, 4), Linear::new(4, 1)]);
    let x = Tensor::ones([3, 2]);
    let expected = model.forward(&x).to_vec();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (model, x) = (Arc::clone(&model), x.clone());
            std::thread::spawn(move || model.forward(&x).to_vec())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}

#[test]
fn a_sequential_grows_and_lists_its_layers() {
    let mut model = Sequential::new();
    let x = Tensor::ones([1, 2]);
    assert!(model.is_empty());
    assert_eq!(model.forward(&x).to_vec(), x.to_vec());
    model.push(Linear::new(2, 1));
    model.extend([Box::new(sequential![Identity]) as Box<dyn Forward>]);
    assert_eq!(model.iter().map(Module::name).collect::<Vec<_>>(), ["Linear", "Sequential"]);
    assert_eq!((model.len(), model.get(2).is_none()), (2, true));
}

#[test]
fn a_wrong_shape_names_the_layer_and_the_users_line() {
    let inner: Box<dyn Forward> = Box::new(sequential![Identity, Linear::new(4, 2)]);
    let model: Box<dyn Forward> = Box::new(sequential![Linear::new(2, 3), inner]);
    let model = sequential![model];
    let line = line!() + 1;
    let panic = panic_of(|| model.forward(&Tensor::ones([5, 2])));
    let place = format!("in layer 0.1.1 (Linear), called at {}:{line}:", file!());
    panic.says(&["[5, 3]", "[2, 4]", &place]).at(file!(), line);
    assert_eq!(deltarule_autograd::call_site::layer_path(), None, "the layers are left by a panic too");
}
