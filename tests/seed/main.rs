//! What depends on the seed is PyTorch's: initial weights, draws and dropout's masks. The generator is the process's, so these
//! tests have a process of their own, and a lock.
//!
//! Rows of the conventions that are tested here: Linear (weight and bias both U(−1/√fan_in, 1/√fan_in)), gains, seed.

#[allow(dead_code)]
#[path = "../parity/fixture.rs"]
mod fixture;
mod table;

use std::sync::{Mutex, MutexGuard, PoisonError};

use deltarule::nn::init::{self, Fan};
use deltarule::nn::init::{Nonlinearity, calculate_gain};
use deltarule::nn::{AnyTensor, Dropout, EmbeddingOf, Linear, LinearOf, Parameter, ParameterOf};
use deltarule::prelude::*;
use fixture::Fixture;
use table::{DRAWS, DROPOUTS, INITS, LAYERS};

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
    let fixture = Fixture::read("init");
    for (name, _, new) in LAYERS {
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
    let fixture = Fixture::read("init");
    for (name, options, init) in INITS {
        for size in ["small", "field", "large"] {
            let name = format!("{name}({options}).{size}");
            let expected = fixture.tensor::<f32>(&name);
            let w = Parameter::new(Tensor::full(expected.shape(), 9.0));
            let _alone = seeded(1);
            init(&w);
            assert_eq!(bits(&w.value()), bits(&expected), "{name}");
        }
    }
}

#[test]
fn draws_are_pytorchs_to_the_last_bit() {
    let fixture = Fixture::read("init");
    assert_eq!(fixture.names().iter().filter(|name| name.starts_with("torch.")).count(), DRAWS.len());
    for (torch, _, draw) in DRAWS {
        let _alone = seeded(4);
        let expected: AnyTensor = match draw() {
            AnyTensor::F32(_) => fixture.tensor::<f32>(torch).into(),
            AnyTensor::F64(_) => fixture.tensor::<f64>(torch).into(),
            AnyTensor::I64(_) => fixture.tensor::<i64>(torch).into(),
            other => panic!("{torch} is {other:?}"),
        };
        manual_seed(4);
        assert_eq!(draw(), expected, "{torch}");
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
        // What is repeated, or has gaps, in that which PyTorch gives a new tensor that is like it.
        ("repeated", count(6).expand([3, 6])),
        ("columns", count(3).reshape([3, 1]).expand([3, 5])),
        ("between", count(6).reshape([2, 1, 3]).expand([2, 2, 3]).transpose(0, 2)),
        ("gaps", count(40).reshape([4, 10]).t().slice(deltarule::step(.., 2))),
        ("one", count(20).reshape([4, 1, 5]).transpose(1, 2)),
        ("extremes", Tensor::from([f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0, -0.0, 3e38])),
    ];
    let fixture = Fixture::read("init");
    for (name, input) in inputs {
        for p in DROPOUTS {
            let expected = |what: &str| fixture.tensor::<f32>(&format!("dropout.{name}.{p:?}.{what}"));
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

/// Layers, initialisers and dropout of `f64`, whose draws have 53 random bits.
#[test]
fn f64_starts_as_pytorchs_to_the_last_bit() {
    let fixture = Fixture::read("double");
    let bits = |x: &DoubleTensor| x.to_vec().into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let expected = |name: &str| bits(&fixture.tensor(&format!("seed.{name}")));
    type New = fn() -> Box<dyn Module>;
    type Init = fn(&ParameterOf<f64>);
    let layers: [(&str, New); 3] = [
        ("linear", || Box::new(LinearOf::<f64>::new(7, 6))),
        ("embedding", || Box::new(EmbeddingOf::<f64>::new(11, 7))),
        ("embedding small", || Box::new(EmbeddingOf::<f64>::new(3, 2))),
    ];
    for (name, new) in layers {
        let _alone = seeded(0);
        let dict = new().state_dict();
        let next = fixture.tensor::<f32>(&format!("seed.{name}.next"));
        assert_eq!(Tensor::rand([1]).item(), next.item(), "{name} draws as often");
        for (key, value) in dict.iter() {
            let value = DoubleTensor::try_from(value.clone()).unwrap();
            assert_eq!(bits(&value), expected(&format!("{name}.{key}")), "{name}.{key}");
        }
    }
    let inits: [(&str, Init); 3] = [
        ("xavier normal", |w| init::xavier_normal_(w, 0.3)),
        ("kaiming uniform", |w| init::kaiming_uniform_(w, Fan::In, Nonlinearity::Relu)),
        ("constant", |w| init::constant_(w, 0.1)),
    ];
    for (name, init) in inits {
        let w = ParameterOf::new(DoubleTensor::zeros([6, 7]));
        let _alone = seeded(1);
        init(&w);
        assert_eq!(bits(&w.value()), expected(name), "{name}");
    }
    let _alone = seeded(3);
    let y = Dropout::new(0.3).forward(&DoubleTensor::arange(1.0, 41.0, 1.0));
    assert_eq!(bits(&y), expected("dropout"));
}
