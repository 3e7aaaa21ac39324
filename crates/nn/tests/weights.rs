//! Files of weights: what is written is read, and what is wrong with a file is named.

use std::fs;
use std::path::PathBuf;

use deltarule_nn::{FileProblem, Linear, Module, StateDict, sequential};
use deltarule_tensor::{DoubleTensor, LongTensor, Tensor};

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("deltarule-{name}-{}.safetensors", std::process::id()))
}

#[test]
fn every_type_and_shape_comes_back() {
    let path = path("types");
    let mut dict = StateDict::new();
    dict.insert("scalar", Tensor::from(1.5));
    dict.insert("count", LongTensor::from(-7));
    dict.insert("strided", Tensor::from([[1., 2., 3.], [4., 5., 6.]]).t());
    dict.insert("empty", Tensor::zeros([0, 3]));
    dict.insert("exact", DoubleTensor::from([0.1, -0.0, f64::INFINITY]));
    dict.insert("a \"name\" with ünïcode\n", Tensor::from([f32::MIN_POSITIVE, f32::MAX]));
    dict.save_safetensors(&path).unwrap();
    let read = StateDict::load_safetensors(&path).unwrap();
    assert_eq!(read.len(), dict.len());
    for (name, value) in dict.iter() {
        assert_eq!(read.get(name), Some(value), "{name}");
    }
    assert_eq!(read, dict);
    assert_eq!(read.names().collect::<Vec<_>>(), dict.names().collect::<Vec<_>>(), "the order is kept");
    let mut turned = StateDict::new();
    let entries: Vec<_> = dict.iter().collect();
    for (name, value) in entries.into_iter().rev() {
        turned.insert(name, value.clone());
    }
    assert_eq!(turned, dict, "the order doesn't count");
    turned.insert("scalar", Tensor::from(1.0));
    assert_ne!(turned, dict);
    // Tensors start at multiples of their elements' size.
    let bytes = fs::read(&path).unwrap();
    assert_eq!(u64::from_le_bytes(bytes[..8].try_into().unwrap()) % 8, 0);

    dict.insert("__metadata__", Tensor::from(0.0));
    assert!(matches!(dict.save_safetensors(&path).unwrap_err().problem, FileProblem::Unwritable(_)));
    fs::remove_file(path).unwrap();
}

#[test]
fn a_file_that_is_not_whole_is_refused_at_any_length() {
    let path = path("cut");
    sequential![Linear::new(3, 2), Linear::new(2, 1)].state_dict().save_safetensors(&path).unwrap();
    let good = fs::read(&path).unwrap();
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        let error = StateDict::load_safetensors(&path).unwrap_err();
        assert!(matches!(error.problem, FileProblem::Malformed(_)), "{length}: {error}");
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(StateDict::load_safetensors(&path).unwrap_err().problem, FileProblem::Io(_)));
}

#[test]
fn what_is_wrong_is_named() {
    let path = path("wrong");
    let refused = |header: &str, data: usize| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        fs::write(&path, bytes).unwrap();
        StateDict::load_safetensors(&path).unwrap_err().to_string()
    };
    let cases = [
        (r#"{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4, "w: elements of the type F16"),
        (r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "w: 4 bytes are no F32 of the shape [2]"),
        (r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 4, "w: its bytes 0..8 don't follow byte 0 of 4"),
        (r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "w: its bytes 4..8 don't follow byte 0 of 8"),
        (r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 8, "w: its bytes 4..0 don't follow"),
        (r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 6, "2 bytes at the end belong to no tensor"),
        (
            r#"{"w":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]}}"#,
            4,
            "w: 4 bytes are no F32 of the shape",
        ),
        (
            r#"{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
            0,
            "the name `w` comes twice",
        ),
        (r#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "w: invalid value"),
        (r#"{"w":7}"#, 0, "w: invalid type"),
        ("[]", 0, "this is no safetensors file"),
    ];
    for (header, data, expected) in cases {
        let found = refused(header, data);
        assert!(found.contains(expected), "{header}: {found}");
    }
    // A header that claims 2⁶⁰ bytes.
    fs::write(&path, [&(1_u64 << 60).to_le_bytes()[..], b"{}"].concat()).unwrap();
    let error = StateDict::load_safetensors(&path).unwrap_err();
    assert!(error.to_string().contains("should have 1152921504606846976 bytes, and 2 are left"), "{error}");
    fs::remove_file(path).unwrap();
}
