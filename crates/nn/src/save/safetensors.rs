//! Weights as safetensors: files that PyTorch, and most others, read and write.

use std::path::Path;

use super::error::{FileError, FileProblem};
use super::layout::{Data, Header, Item, parse, write};
use super::{elements, layout};
use crate::StateDict;

impl StateDict {
    /// Writes the values to a file that `safetensors.torch.load_file` reads, under the same names. What was there is
    /// replaced in one step: a reader, also after a crash, finds the old file or the new one. A link is followed, and the
    /// mode of a file that is there stays.
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
    /// If the file system fails, if two values have one name, or if one has the name `__metadata__`.
    #[doc(alias = "save")]
    pub fn save_safetensors(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let item = |(name, tensor): (&'_ str, _)| Item { name: name.to_owned().into(), data: Data::Tensor(tensor) };
        let items: Vec<_> = self.iter().map(item).collect();
        write(path, &items, None).map_err(|problem| problem.at(path))
    }

    /// Reads a file that `safetensors.torch.save_file` or [`save_safetensors`](StateDict::save_safetensors) wrote.
    ///
    /// Tensors of F32, F64 and I64 come as they are. F16 and BF16 become f32; I32, I16, I8, U64, U32, U16 and U8 become i64,
    /// all of them exactly; BOOL becomes i64, with 0 for false and 1 for true.
    ///
    /// # Errors
    /// If the file can't be read, isn't whole, has a name twice, or has a tensor of another type, which is named.
    #[doc(alias = "load")]
    pub fn load_safetensors(path: impl AsRef<Path>) -> Result<StateDict, FileError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(FileProblem::Io);
        bytes.and_then(|bytes| weights(&bytes)).map_err(|problem| problem.at(path))
    }
}

fn weights(bytes: &[u8]) -> Result<StateDict, FileProblem> {
    if bytes.get(8..).is_some_and(|header| header.starts_with(layout::CHECKPOINT)) {
        return Err(FileProblem::foreign("file of weights", bytes));
    }
    let (Header { tensors, .. }, data) = parse(bytes)?;
    let mut dict = StateDict::new();
    for (name, info) in tensors {
        let tensor = elements::read(&name, &info, info.of(data))?;
        dict.push(name, tensor);
    }
    Ok(dict)
}
