//! Weights both ways: PyTorch's file is loaded, and what is saved again says the same under the same names.

use deltarule::Tensor;
use deltarule::nn::{Forward, Linear, Module, Sequential, Sigmoid, StateDict, Tanh, sequential};

use crate::fixture::{Fixture, folder};

fn model() -> Sequential {
    sequential![Linear::new(5, 7), Tanh, sequential![Linear::new(7, 3), Sigmoid]]
}

#[test]
fn weights_of_pytorch_give_its_outputs_and_come_back_as_they_were() {
    let theirs = folder().join("fixtures/weights.safetensors");
    let dict = StateDict::load_safetensors(&theirs).unwrap();
    let (net, run) = (model(), Fixture::read("weights_run"));
    net.load_state_dict(&dict).unwrap();
    let (x, y): (Tensor, Tensor) = (run.tensor("x"), run.tensor("y"));
    let found = net.forward(&x);
    for (found, expected) in found.to_vec().into_iter().zip(y.to_vec()) {
        assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{found} for {expected}");
    }

    // For tests/torch/state_dict.py, which shows that PyTorch loads them.
    let saved = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    net.state_dict().save_safetensors(saved.join("weights.safetensors")).unwrap();
    let mut ours = StateDict::new();
    ours.insert("x", x);
    ours.insert("y", found);
    ours.save_safetensors(saved.join("weights_run.safetensors")).unwrap();

    // Another reader, the crate of the format's makers, sees PyTorch's names, types, shapes and values.
    let bytes = std::fs::read(saved.join("weights.safetensors")).unwrap();
    let bytes = (safetensors::SafeTensors::deserialize(&bytes).unwrap(), std::fs::read(&theirs).unwrap());
    let theirs = safetensors::SafeTensors::deserialize(&bytes.1).unwrap();
    assert_eq!(bytes.0.len(), 4);
    for (name, tensor) in theirs.iter() {
        assert_eq!(bytes.0.tensor(name).unwrap(), tensor, "{name}");
    }
}
