//! Reads what PyTorch gave, from `tests/torch/fixtures`.

use std::path::{Path, PathBuf};

use deltarule::nn::AnyTensor;
use deltarule_tensor::{Element, TensorOf};
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};

/// The named tensors of one `.safetensors` file.
pub(crate) struct Fixture {
    name: String,
    bytes: Vec<u8>,
    metadata: Metadata,
    /// Where the tensors' bytes start.
    start: usize,
}

impl Fixture {
    /// The tensors of `tests/torch/fixtures/<name>.safetensors`.
    pub(crate) fn read(name: &str) -> Self {
        Self::read_in(&folder().join("fixtures"), name)
    }

    /// The tensors of `<name>.safetensors` in another folder.
    pub(crate) fn read_in(folder: &Path, name: &str) -> Self {
        let bytes = read(folder, &format!("{name}.safetensors"));
        let (header, metadata) = SafeTensors::read_metadata(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        Fixture { name: name.to_owned(), bytes, metadata, start: header + 8 }
    }

    /// The tensors' names, sorted.
    #[allow(dead_code)]
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.metadata.offset_keys();
        names.sort();
        names
    }

    /// The tensor called `name`: `f32`, `f64`, `i64` or `bool`, as it was stored.
    pub(crate) fn tensor<E: Stored>(&self, name: &str) -> TensorOf<E> {
        let info = self.metadata.info(name).unwrap_or_else(|| panic!("{}: there is no tensor {name}", self.name));
        assert_eq!(info.dtype, E::STORED, "{}: the type of {name}", self.name);
        let (from, to) = info.data_offsets;
        let bytes = &self.bytes[self.start + from..self.start + to];
        let values = bytes.chunks_exact(size_of::<E>()).map(E::from_bytes).collect();
        TensorOf::from_vec(values, &info.shape[..]).expect("as many bytes as the shape says")
    }

    /// The tensor called `name`, of whatever type it was stored in.
    #[allow(dead_code)]
    pub(crate) fn any(&self, name: &str) -> AnyTensor {
        match self.metadata.info(name).map(|info| info.dtype) {
            Some(Dtype::I64) => self.tensor::<i64>(name).into(),
            Some(Dtype::F64) => self.tensor::<f64>(name).into(),
            _ => self.tensor::<f32>(name).into(),
        }
    }
}

/// The value in `tests/torch/fixtures/<name>.json`.
pub(crate) fn json(name: &str) -> serde_json::Value {
    json_in(&folder().join("fixtures"), name)
}

/// The value in `<name>.json` in another folder.
pub(crate) fn json_in(folder: &Path, name: &str) -> serde_json::Value {
    let bytes = read(folder, &format!("{name}.json"));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(folder: &Path, file: &str) -> Vec<u8> {
    let path = folder.join(file);
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}. tests/torch/generate.py writes it", path.display()))
}

/// `tests/torch`.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("torch")
}

/// What a fixture can hold.
pub(crate) trait Stored: Element {
    const STORED: Dtype;
    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! stored {
    ($($element:ty, $dtype:ident;)*) => {$(
        impl Stored for $element {
            const STORED: Dtype = Dtype::$dtype;

            fn from_bytes(bytes: &[u8]) -> Self {
                <$element>::from_le_bytes(bytes.try_into().expect("as many bytes as an element has"))
            }
        }
    )*};
}

stored! {
    f32, F32;
    f64, F64;
    i64, I64;
}

impl Stored for bool {
    const STORED: Dtype = Dtype::BOOL;

    fn from_bytes(bytes: &[u8]) -> Self {
        bytes[0] != 0
    }
}
