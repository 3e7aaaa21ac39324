//! Files of weights: what is written is read, and what is wrong with a file is named.

use std::fs;
use std::path::PathBuf;

use deltarule_nn::{AnyTensor, Buffer, FileProblem, Linear, LoadError, Module, StateDict, sequential};
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
        (
            r#"{"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}"#,
            2,
            "w: elements of the type F8_E4M3 can't be read",
        ),
        (r#"{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,3]}}"#, 3, "w: 3 bytes are no F16 of the shape [2]"),
        (r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,7]}}"#, 7, "w: 7 bytes are no F32 of the shape [1]"),
        (r#"{"w":{"dtype":"BOOL","shape":[1],"data_offsets":[0,2]}}"#, 2, "w: 2 bytes are no BOOL of the shape [1]"),
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
            "two tensors have the name `w`, and only one could be kept: give them names of their own where the file is written",
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

#[test]
fn what_cannot_be_read_is_not_written() {
    let path = path("refused");
    let dict = Linear::new(1, 1).state_dict();
    dict.save_safetensors(&path).unwrap();
    let before = fs::read(&path).unwrap();
    let twice = dict.clone().rename(|_| "w".to_owned());
    let error = twice.save_safetensors(&path).unwrap_err();
    assert!(error.to_string().contains("two values have the name `w`"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    fs::remove_file(path).unwrap();
}

/// JSON has no NaN and no infinity: an error says so where it is written, and names the entry.
#[test]
fn json_is_written_if_it_can_be_read() {
    let mut dict = StateDict::new();
    dict.insert("w", Tensor::from([f32::MAX, -0.0, 0.1]));
    dict.insert("n", LongTensor::from([i64::MIN, i64::MAX]));
    let text = serde_json::to_string(&dict).unwrap();
    assert_eq!(serde_json::from_str::<StateDict>(&text).unwrap(), dict);
    for bad in [Tensor::from([f32::NAN]).into(), AnyTensor::from(DoubleTensor::from(f64::NEG_INFINITY))] {
        let alone = serde_json::to_string(&bad).unwrap_err().to_string();
        dict.insert("bad", bad);
        let error = serde_json::to_string(&dict).unwrap_err().to_string();
        assert_eq!(error, format!("bad: {alone}"));
        assert!(error.contains("an infinity or a NaN, which JSON can't hold: save_safetensors"), "{error}");
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn what_fits_is_loaded_and_the_rest_is_told() {
    let model = sequential![Linear::new(2, 3), Linear::new(3, 1)];
    let before = model.state_dict();
    let mut dict = sequential![Linear::new(2, 3)].state_dict();
    dict.insert("head", Tensor::ones([1]));
    let keys = model.load_state_dict_partial(&dict).unwrap();
    assert_eq!((keys.missing, keys.unexpected), (names(&["1.weight", "1.bias"]), names(&["head"])));
    let after = model.state_dict();
    assert_eq!((after.get("0.weight"), after.get("1.weight")), (dict.get("0.weight"), before.get("1.weight")));
    // Another shape under a name of the model's is an error, and nothing is changed.
    dict.insert("0.weight", Tensor::ones([2, 3]));
    dict.insert("0.bias", Tensor::ones([3]));
    let error = model.load_state_dict_partial(&dict).unwrap_err();
    assert_eq!((error.mismatched.len(), error.missing.len(), error.unexpected.len()), (1, 0, 0));
    assert_eq!(model.state_dict(), after);
    // All of it: nothing to tell.
    let keys = model.load_state_dict_partial(&before).unwrap();
    assert!(keys.missing.is_empty() && keys.unexpected.is_empty());
    assert_eq!(model.state_dict(), before);
}

/// PyTorch's `save_model` writes one name of weights that are tied; other files have all.
#[test]
fn tied_weights_come_under_one_of_their_names_or_all() {
    let tied = || {
        let first = Linear::without_bias(2, 2);
        (first.clone(), Linear::without_bias(2, 2), first)
    };
    let (saved, model) = (tied(), tied());
    let (whole, before) = (saved.state_dict(), model.state_dict());
    assert_eq!(whole.names().collect::<Vec<_>>(), ["0.weight", "1.weight", "2.weight"]);
    for left_out in ["0.weight", "2.weight"] {
        let mut dict = whole.clone();
        dict.remove(left_out);
        model.load_state_dict(&before).unwrap();
        model.load_state_dict(&dict).unwrap();
        assert_eq!(model.state_dict(), whole, "without {left_out}");
    }
    let mut dict = whole.clone();
    dict.insert("2.weight", Tensor::full([2, 2], f32::NAN));
    let error = model.load_state_dict(&dict).unwrap_err();
    assert!(
        error.to_string().contains("`0.weight` and `2.weight` are one parameter of the model, and differ"),
        "{error}"
    );
    model.load_state_dict_partial(&dict).unwrap_err();
    dict.remove("0.weight");
    model.load_state_dict(&dict).unwrap();
    // NaN and NaN are the same here.
    model.load_state_dict(&model.state_dict()).unwrap();
    // None of its names.
    dict.remove("2.weight");
    let error = model.load_state_dict(&dict).unwrap_err();
    assert_eq!(error.missing, ["0.weight", "2.weight"]);
    let keys = model.load_state_dict_partial(&dict).unwrap();
    assert_eq!(keys.missing, ["0.weight", "2.weight"]);
}

/// A buffer that two modules share, too.
#[test]
fn tied_buffers_come_under_one_of_their_names() {
    let buffer = Buffer::new(Tensor::from([1.0]));
    let model = (buffer.clone(), buffer);
    let mut dict = StateDict::new();
    dict.insert("1", Tensor::from([5.0]));
    model.load_state_dict(&dict).unwrap();
    assert_eq!(model.0.tensor().item(), 5.0);
}

#[test]
fn a_prefix_is_named_and_stripped() {
    let model = sequential![Linear::new(2, 1)];
    let wrapped = model.state_dict().with_prefix("_orig_mod.module.");
    let last_line = |error: LoadError| error.to_string().lines().last().unwrap().to_owned();
    assert_eq!(
        last_line(model.load_state_dict(&wrapped).unwrap_err()),
        r#"  names in the state dict begin with `_orig_mod.module.`: load dict.strip_prefix("_orig_mod.module.")"#
    );
    model.load_state_dict(&wrapped.strip_prefix("_orig_mod.module.")).unwrap();
    let inner = model.state_dict().strip_prefix("0.");
    assert_eq!(
        last_line(model.load_state_dict(&inner).unwrap_err()),
        r#"  names in the model begin with `0.`: load dict.with_prefix("0.")"#
    );
    model.load_state_dict(&inner.with_prefix("0.")).unwrap();
    // What has no prefix stays; a name that ends like another is no prefix.
    let dict = model.state_dict().rename(|name| if name == "0.bias" { name.to_owned() } else { format!("m.{name}") });
    model.load_state_dict(&dict.strip_prefix("m.")).unwrap();
    let dict = model.state_dict().rename(|name| format!("x{name}"));
    assert!(last_line(model.load_state_dict(&dict).unwrap_err()).contains("load_state_dict_partial"));
}
