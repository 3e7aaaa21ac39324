//! Weights as safetensors: a file that PyTorch, and most others, read and write.
//!
//! The format: the length of a JSON header as 8 bytes, the header, and the elements of all tensors without gaps. The crate
//! of that name would add 17 crates to a user's tree, for the file handling that is not needed here.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use deltarule_tensor::{DType, DoubleTensor, LongTensor, MAX_AXES, Tensor};
use serde::{Deserialize, Serialize, Serializer};

use super::atomic::write_atomic;
use super::error::{FileError, FileProblem};
use crate::state_dict::Entries;
use crate::{AnyTensor, StateDict};

/// The name in a header that is no tensor's.
const METADATA: &str = "__metadata__";

impl StateDict {
    /// Writes the values to a file that `safetensors.torch.load_file` reads, under the same names. What was there is
    /// replaced in one step: a reader, also after a crash, finds the old file or the new one.
    ///
    /// ```
    /// use deltarule_nn::{Linear, Module, StateDict};
    /// let path = std::env::temp_dir().join(format!("linear-{}.safetensors", std::process::id()));
    /// let trained = Linear::new(2, 1);
    /// trained.state_dict().save_safetensors(&path)?;
    ///
    /// let fresh = Linear::new(2, 1);
    /// fresh.load_state_dict(&StateDict::load_safetensors(&path)?)?;
    /// assert_eq!(fresh.state_dict(), trained.state_dict());
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file system fails, or if a tensor has the name `__metadata__`.
    #[doc(alias = "save")]
    pub fn save_safetensors(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        self.write(path).map_err(|problem| problem.at(path))
    }

    /// Reads a file that `safetensors.torch.save_file` or [`save_safetensors`](StateDict::save_safetensors) wrote, with
    /// tensors of f32, f64 and i64.
    ///
    /// # Errors
    /// If the file can't be read, isn't whole, or has a tensor of another type, which is named.
    #[doc(alias = "load")]
    pub fn load_safetensors(path: impl AsRef<Path>) -> Result<StateDict, FileError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(FileProblem::Io);
        bytes.and_then(|bytes| parse(&bytes)).map_err(|problem| problem.at(path))
    }

    fn write(&self, path: &Path) -> Result<(), FileProblem> {
        // Larger elements first, so that each tensor starts at a multiple of its element's size. The header has the order
        // of the dict.
        let mut places: Vec<_> = self.iter().enumerate().collect();
        places.sort_by_key(|(_, (_, tensor))| std::cmp::Reverse(size(tensor.dtype())));
        let mut header = vec![None; places.len()];
        let mut end = 0;
        for (place, (name, tensor)) in &places {
            if *name == METADATA {
                return Err(FileProblem::Unwritable(format!("a tensor can't have the name `{METADATA}`")));
            }
            let start = end;
            end += tensor.shape().iter().product::<usize>() * size(tensor.dtype());
            let dtype = name_of(tensor.dtype()).to_owned();
            let info = Info { dtype, shape: tensor.shape().to_vec(), data_offsets: (start, end) };
            header[*place] = Some((*name, info));
        }
        let mut header = serde_json::to_vec(&Header(header)).map_err(malformed)?;
        header.resize(header.len().next_multiple_of(8), b' ');
        write_atomic(path, |out| {
            out.write_all(&(header.len() as u64).to_le_bytes())?;
            out.write_all(&header)?;
            places.iter().try_for_each(|(_, (_, tensor))| write_elements(tensor, out))
        })?;
        Ok(())
    }
}

/// A header that is written: a map in this order.
struct Header<'a>(Vec<Option<(&'a str, Info)>>);

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().flatten().map(|(name, info)| (name, info)))
    }
}

/// What a header says of a tensor.
#[derive(Clone, Serialize, Deserialize)]
struct Info {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

fn parse(bytes: &[u8]) -> Result<StateDict, FileProblem> {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(malformed("it ends within the header's length"));
    };
    // Compared as u64: what the file claims is never allocated.
    let length = u64::from_le_bytes(*length);
    if !rest.is_empty() && rest[0] != b'{' {
        return Err(FileProblem::foreign("safetensors file", bytes));
    }
    if length > rest.len() as u64 {
        return Err(malformed(format_args!("its header should have {length} bytes, and {} are left", rest.len())));
    }
    let (header, data) = rest.split_at(length as usize);
    let Entries(header): Entries<serde_json::Value> = serde_json::from_slice(header).map_err(malformed)?;

    let mut entries = Vec::with_capacity(header.len());
    for (name, value) in header {
        if name != METADATA {
            let info: Info =
                serde_json::from_value(value).map_err(|error| malformed(format_args!("{name}: {error}")))?;
            entries.push((name, info));
        }
    }
    // The tensors must fill the file without gaps; the dict has the order of the header.
    let mut order: Vec<_> = (0..entries.len()).collect();
    order.sort_by_key(|&place| entries[place].1.data_offsets);
    let mut tensors = vec![None; entries.len()];
    let mut end = 0;
    for place in order {
        let (name, info) = &entries[place];
        let (start, stop) = info.data_offsets;
        let elements = data.get(start..stop).filter(|_| start == end);
        let Some(elements) = elements else {
            return Err(malformed(format_args!(
                "{name}: its bytes {start}..{stop} don't follow byte {end} of {}",
                data.len()
            )));
        };
        end = stop;
        tensors[place] = Some(read_elements(name, info, elements)?);
    }
    if end < data.len() {
        return Err(malformed(format_args!("{} bytes at the end belong to no tensor", data.len() - end)));
    }
    let mut dict = StateDict::new();
    for ((name, _), tensor) in entries.iter().zip(tensors) {
        if let Some(tensor) = tensor {
            dict.push(name, tensor);
        }
    }
    Ok(dict)
}

fn read_elements(name: &str, info: &Info, bytes: &[u8]) -> Result<AnyTensor, FileProblem> {
    let axes = info.shape.len();
    if axes > MAX_AXES {
        return Err(malformed(format_args!("{name}: a tensor has up to {MAX_AXES} axes, and this one {axes}")));
    }
    macro_rules! read {
        ($element:ty, $tensor:ident) => {{
            let (elements, rest) = bytes.as_chunks();
            let values: Vec<$element> = elements.iter().map(|bytes| <$element>::from_le_bytes(*bytes)).collect();
            let tensor = $tensor::from_vec(values, &info.shape[..]).ok().filter(|_| rest.is_empty());
            tensor.map(AnyTensor::from)
        }};
    }
    let tensor = match info.dtype.as_str() {
        "F32" => read!(f32, Tensor),
        "F64" => read!(f64, DoubleTensor),
        "I64" => read!(i64, LongTensor),
        other => return Err(FileProblem::Unsupported { name: name.to_owned(), dtype: other.to_owned() }),
    };
    tensor.ok_or_else(|| {
        malformed(format_args!("{name}: {} bytes are no {} of the shape {:?}", bytes.len(), info.dtype, info.shape))
    })
}

fn write_elements(tensor: &AnyTensor, out: &mut dyn Write) -> io::Result<()> {
    match tensor {
        AnyTensor::F32(tensor) => tensor.to_vec().iter().try_for_each(|value| out.write_all(&value.to_le_bytes())),
        AnyTensor::F64(tensor) => tensor.to_vec().iter().try_for_each(|value| out.write_all(&value.to_le_bytes())),
        AnyTensor::I64(tensor) => tensor.to_vec().iter().try_for_each(|value| out.write_all(&value.to_le_bytes())),
    }
}

/// The bytes of an element.
fn size(dtype: DType) -> usize {
    match dtype {
        DType::F64 | DType::I64 => 8,
        DType::F32 => 4,
        DType::Bool => 1,
    }
}

/// The name of an element type in a header.
fn name_of(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 => "F32",
        DType::F64 => "F64",
        DType::I64 => "I64",
        DType::Bool => "BOOL",
    }
}

fn malformed(reason: impl fmt::Display) -> FileProblem {
    FileProblem::Malformed(reason.to_string())
}
