//! Weights both ways: PyTorch's file is loaded, and what is saved again says the same under the same names.

use deltarule::nn::{AnyTensor, Forward, Linear, Module, Sequential, Sigmoid, StateDict, Tanh, sequential};
use deltarule::{DoubleTensor, LongTensor, Tensor};

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

/// A tensor of each type, and what PyTorch makes of it by `.float()` and `.long()`.
#[test]
fn every_type_of_pytorch_is_read_as_its_wider_one() {
    let stored = StateDict::load_safetensors(folder().join("fixtures/weights_dtypes.safetensors")).unwrap();
    let (names, wide) = (Fixture::read("weights_dtypes_wide").names(), Fixture::read("weights_dtypes_wide"));
    assert_eq!(names.len(), 14);
    assert_eq!(stored.len(), names.len());
    for name in &names {
        let found = stored.get(name).unwrap();
        match found {
            AnyTensor::F32(found) => {
                let expected: Tensor = wide.tensor(name);
                assert_eq!(found.shape(), expected.shape(), "{name}");
                for (found, expected) in found.to_vec().into_iter().zip(expected.to_vec()) {
                    let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
                    assert!(same, "{name}: {found} for {expected}");
                }
            }
            AnyTensor::F64(found) => {
                let expected: DoubleTensor = wide.tensor(name);
                assert_eq!((found.shape(), found.to_vec()), (expected.shape(), expected.to_vec()), "{name}");
            }
            AnyTensor::I64(found) => {
                let expected: LongTensor = wide.tensor(name);
                assert_eq!((found.shape(), found.to_vec()), (expected.shape(), expected.to_vec()), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let dtypes = |name: &str| stored.get(name).unwrap().dtype().to_string();
    assert_eq!(["float16", "bfloat16", "bool", "int32", "float64"].map(dtypes), ["f32", "f32", "i64", "i64", "f64"]);
}

/// `save_model` writes one of the names of a weight that two layers share.
#[test]
fn tied_weights_of_pytorch_are_loaded() {
    let encoder = Linear::without_bias(3, 3);
    let model = Tied { encoder: encoder.clone(), middle: Linear::new(3, 3), decoder: encoder };
    let dict = StateDict::load_safetensors(folder().join("fixtures/weights_tied.safetensors")).unwrap();
    assert_eq!((dict.len(), model.state_dict().len()), (3, 4));
    model.load_state_dict(&dict).unwrap();
    let shared = dict.iter().find(|(name, _)| *name != "middle.weight" && name.ends_with("weight")).unwrap().1;
    assert_eq!(model.state_dict().get("decoder.weight"), Some(shared));
    assert_eq!(model.state_dict().get("encoder.weight"), Some(shared));
}

#[derive(Module)]
struct Tied {
    encoder: Linear,
    middle: Linear,
    decoder: Linear,
}
