//! What depends on the seed is PyTorch's: initial weights and dropout's masks. The generator is the process's, so these
//! tests have a process of their own, and a lock.
//!
//! Rows of the conventions that are tested here: Linear (weight and bias both U(−1/√fan_in, 1/√fan_in)), gains, seed.

#[allow(dead_code)]
#[path = "../parity/fixture.rs"]
mod fixture;

use std::sync::{Mutex, MutexGuard, PoisonError};

use deltarule::nn::init::{self, Fan, Nonlinearity, calculate_gain};
use deltarule::nn::{
    AnyTensor, BatchNorm1d, Dropout, Embedding, LayerNorm, Linear, Parameter, Relu, Sequential, sequential,
};
use deltarule::prelude::*;
use fixture::Fixture;

/// Seeds the generator, and keeps it from others until the guard is dropped.
fn seeded(seed: u64) -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    let guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    manual_seed(seed);
    guard
}

/// The bits of each element: NaN is NaN's equal, and 0 isn't −0's.
fn bits(x: &Tensor) -> Vec<u32> {
    x.to_vec().into_iter().map(f32::to_bits).collect()
}

#[test]
fn layers_start_as_pytorchs_to_the_last_bit() {
    type New = fn() -> Box<dyn Module>;
    let layers: [(&str, New); 9] = [
        ("linear", || Box::new(Linear::new(3, 2))),
        ("linear large", || Box::new(Linear::new(30, 20))),
        ("linear without bias", || Box::new(Linear::without_bias(3, 2))),
        ("embedding", || Box::new(Embedding::new(4, 3))),
        ("embedding large", || Box::new(Embedding::new(11, 7))),
        ("embedding padding", || Box::new(Embedding::new(4, 3).padding_idx(1))),
        ("batch norm", || Box::new(BatchNorm1d::new(3))),
        ("layer norm", || Box::new(LayerNorm::new([2, 3]))),
        ("model", || Box::new(model())),
    ];
    let fixture = Fixture::read("init");
    for (name, new) in layers {
        let _alone = seeded(0);
        let layer = new();
        let next = fixture.tensor::<f32>(&format!("{name}.next"));
        assert_eq!(Tensor::rand([1]).item(), next.item(), "{name} draws as often");

        let dict = layer.state_dict();
        let expected = fixture.names().into_iter().filter(|entry| entry.starts_with(&format!("{name}.")));
        assert_eq!(expected.count(), dict.len() + 1, "{name}: as many entries, and the next draw");
        for (key, value) in dict.iter() {
            let entry = format!("{name}.{key}");
            match value {
                AnyTensor::F32(value) => assert_eq!(bits(value), bits(&fixture.tensor(&entry)), "{entry}"),
                AnyTensor::I64(value) => assert_eq!(value.to_vec(), fixture.tensor::<i64>(&entry).to_vec(), "{entry}"),
                other => panic!("{entry} is {other:?}"),
            }
        }
    }
}

fn model() -> Sequential {
    sequential![
        Linear::new(4, 8),
        BatchNorm1d::new(8),
        Relu,
        sequential![Dropout::default(), Linear::without_bias(8, 3)],
    ]
}

/// Row Linear, and row seed: what `torch.manual_seed(0)` gives.
#[test]
fn the_first_layer_after_seed_0_is_the_one_that_everybody_has() {
    let _alone = seeded(0);
    let layer = Linear::new(2, 2);
    assert_eq!(layer.weight.value().to_vec(), [-0.005_293_981, 0.379_322_9, -0.581_980_76, -0.520_387_5]);
    assert_eq!(layer.bias.map(|bias| bias.value().to_vec()), Some(vec![-0.272_345_24, 0.189_615_89]));
}

#[test]
fn inits_are_pytorchs_to_the_last_bit() {
    type Init = fn(&Parameter);
    let inits: [(&str, Init); 11] = [
        ("uniform_", |w| init::uniform_(w, -0.5, 2.0)),
        ("normal_", |w| init::normal_(w, 1.0, 0.1)),
        ("constant_", |w| init::constant_(w, 0.75)),
        ("zeros_", init::zeros_),
        ("ones_", init::ones_),
        ("xavier_uniform_", |w| init::xavier_uniform_(w, 2.0)),
        ("xavier_normal_", |w| init::xavier_normal_(w, 1.0)),
        ("kaiming_uniform_", |w| init::kaiming_uniform_(w, Fan::In, Nonlinearity::Relu)),
        ("kaiming_uniform_ out", |w| init::kaiming_uniform_(w, Fan::Out, Nonlinearity::Linear)),
        ("kaiming_normal_", |w| init::kaiming_normal_(w, Fan::Out, Nonlinearity::Tanh)),
        ("kaiming_normal_ leaky", |w| init::kaiming_normal_(w, Fan::In, Nonlinearity::LeakyRelu(0.2))),
    ];
    let fixture = Fixture::read("init");
    for (name, init) in inits {
        for size in ["small", "field", "large"] {
            let expected = fixture.tensor::<f32>(&format!("{name}.{size}"));
            let w = Parameter::new(Tensor::full(expected.shape(), 9.0));
            let _alone = seeded(1);
            init(&w);
            assert_eq!(bits(&w.value()), bits(&expected), "{name} {size}");
        }
    }
}

#[test]
fn gains_are_pytorchs() {
    let gains = fixture::json("init")["gains"].clone();
    let expected = |name: &str| gains[name].as_f64();
    assert_eq!(Some(calculate_gain(Nonlinearity::Linear)), expected("linear"));
    assert_eq!(Some(calculate_gain(Nonlinearity::Sigmoid)), expected("sigmoid"));
    assert_eq!(Some(calculate_gain(Nonlinearity::Tanh)), expected("tanh"));
    assert_eq!(Some(calculate_gain(Nonlinearity::Relu)), expected("relu"));
    assert_eq!(Some(calculate_gain(Nonlinearity::LeakyRelu(0.01))), expected("leaky_relu"));
    assert_eq!(Some(calculate_gain(Nonlinearity::LeakyRelu(0.2))), expected("leaky_relu 0.2"));
}

#[test]
fn dropout_drops_what_pytorchs_drops() {
    let count = |n: usize| Tensor::arange(1.0, n as f32 + 1.0, 1.0);
    let inputs = [
        ("vector", count(7)),
        ("matrix", count(600).reshape([20, 30])),
        // Masks are drawn in the order of memory.
        ("transposed", count(20).reshape([4, 5]).t()),
        ("moved", count(60).reshape([3, 4, 5]).permute([1, 2, 0])),
        ("extremes", Tensor::from([f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0, -0.0, 3e38])),
    ];
    let fixture = Fixture::read("init");
    for (name, input) in inputs {
        for (p, text) in [(0.0, "0.0"), (0.1, "0.1"), (0.5, "0.5"), (0.9, "0.9"), (1.0, "1.0")] {
            let expected = |what: &str| fixture.tensor::<f32>(&format!("dropout.{name}.{text}.{what}"));
            let case = format!("{name}, p = {p}");
            let (layer, x) = (Dropout::new(p), input.detach().requires_grad_());
            let _alone = seeded(3);
            let y = layer.forward(&x);
            assert_eq!(Tensor::rand([1]).item(), expected("next").item(), "{case}: draws as often");
            y.backward_with(Some(&count(x.numel()).reshape(x.shape())), deltarule::Options::new());
            let same = |a: &Tensor, b: &Tensor| {
                a.to_vec().into_iter().zip(b.to_vec()).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
            };
            assert!(same(&y, &expected("output")), "{case}: {:?}", y.to_vec());
            assert!(same(&x.grad().unwrap(), &expected("input_grad")), "{case}: gradient");
            layer.eval();
            assert_eq!(bits(&layer.forward(&x)), bits(&x), "{case}: in evaluation");
        }
    }
}
