//! How a safetensors file is laid out: the length of a JSON header as 8 bytes, the header, and the elements of all tensors
//! without gaps. The crate of that name would add 17 crates to a user's tree, for the file handling that is not needed here.
//!
//! A reader takes what a file claims for nothing before it has compared it with what is there, and keeps of the header what
//! it needs, as it reads it.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::Path;

use deltarule_tensor::MAX_AXES;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::atomic::write_atomic;
use super::crc::Crc64;
use super::elements::{self, Stored};
use super::error::FileProblem;
use crate::AnyTensor;

/// The name in a header that is no tensor's.
pub(super) const METADATA: &str = "__metadata__";
/// The longest header in bytes, as in the crate `safetensors`.
const LONGEST_HEADER: usize = 100_000_000;
/// The metadata that tells a checkpoint: its version, and the run in JSON.
const VERSION: &str = "deltarule.checkpoint";
const RUN: &str = "deltarule.run";
/// How the header of a checkpoint begins, before the version.
pub(super) const CHECKPOINT: &[u8] = b"{\"__metadata__\":{\"deltarule.checkpoint\":\"";
/// The name of a checkpoint's last tensor: the CRC-64 of all bytes before it.
pub(super) const CHECKSUM: &str = "checksum";

/// What a header says.
#[derive(Default)]
pub(super) struct Header {
    /// The version of a checkpoint.
    pub(super) version: Option<String>,
    /// The run of a checkpoint, in JSON.
    pub(super) run: Option<String>,
    /// The tensors, in the header's order.
    pub(super) tensors: Vec<(String, Info)>,
}

/// What a header says of a tensor.
#[derive(Deserialize)]
pub(super) struct Info {
    pub(super) dtype: Stored,
    #[serde(deserialize_with = "shape")]
    pub(super) shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl Info {
    /// The bytes of this tensor among those of all.
    pub(super) fn of<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        &data[self.data_offsets.0..self.data_offsets.1]
    }
}

/// The header and the elements of all tensors, which fill the file and have different names.
pub(super) fn parse(bytes: &[u8]) -> Result<(Header, &[u8]), FileProblem> {
    let (header, data) = parse_header(bytes)?;
    let tensors = &header.tensors;
    let mut order: Vec<u32> = (0..tensors.len() as u32).collect();
    let at = |place: u32| &tensors[place as usize];
    order.sort_unstable_by_key(|&place| &at(place).0);
    for pair in order.windows(2) {
        let name = &at(pair[0]).0;
        if *name == at(pair[1]).0 {
            return Err(FileProblem::Repeated(name.clone()));
        }
    }
    order.sort_by_key(|&place| at(place).1.data_offsets);
    let mut end = 0;
    for place in order {
        let (name, info) = at(place);
        let (start, stop) = info.data_offsets;
        if start != end || stop < start || stop > data.len() {
            return Err(FileProblem::malformed(format_args!(
                "{name}: its bytes {start}..{stop} don't follow byte {end} of {}",
                data.len()
            )));
        }
        end = stop;
    }
    if end < data.len() {
        let rest = data.len() - end;
        return Err(FileProblem::malformed(format_args!("{rest} bytes at the end belong to no tensor")));
    }
    Ok((header, data))
}

/// How many bytes the file should have, if its header says so: at least the header's.
pub(super) fn expected_length(bytes: &[u8]) -> Option<u64> {
    let header = 8 + u64::from_le_bytes(*bytes.first_chunk()?);
    if header > bytes.len() as u64 {
        return Some(header);
    }
    let (parsed, _) = parse_header(bytes).ok()?;
    let end = parsed.tensors.iter().map(|(_, info)| info.data_offsets.1).max();
    header.checked_add(end.unwrap_or(0) as u64)
}

fn parse_header(bytes: &[u8]) -> Result<(Header, &[u8]), FileProblem> {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(FileProblem::malformed("it ends within the header's length"));
    };
    let length = u64::from_le_bytes(*length);
    if !rest.is_empty() && rest[0] != b'{' {
        return Err(FileProblem::foreign("safetensors file", bytes));
    }
    if length > rest.len() as u64 {
        let left = rest.len();
        return Err(FileProblem::malformed(format_args!("its header should have {length} bytes, and {left} are left")));
    }
    if length > LONGEST_HEADER as u64 {
        return Err(FileProblem::malformed(format_args!(
            "its header has {length} bytes, and {LONGEST_HEADER} is the most that the format allows"
        )));
    }
    let (header, data) = rest.split_at(length as usize);
    let header = serde_json::from_slice(header).map_err(FileProblem::malformed)?;
    Ok((header, data))
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries { tensors: true, header: Header::default() })
    }
}

/// Reads the header, or the metadata in it.
struct Entries {
    tensors: bool,
    header: Header,
}

impl<'de> Visitor<'de> for Entries {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let Entries { tensors, mut header } = self;
        while let Some(name) = map.next_key::<String>()? {
            let named = |error: A::Error| A::Error::custom(format_args!("{name}: {error}"));
            match (tensors, &name[..]) {
                (true, METADATA) => header = map.next_value_seed(Entries { tensors: false, header })?,
                (true, _) => {
                    let info = map.next_value().map_err(named)?;
                    header.tensors.push((name, info));
                }
                (false, VERSION) => header.version = Some(map.next_value().map_err(named)?),
                (false, RUN) => header.run = Some(map.next_value().map_err(named)?),
                (false, _) => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(header)
    }
}

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = Header;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Header, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// A shape, of which no more is kept than a tensor can have.
fn shape<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
    struct Sizes(PhantomData<Vec<usize>>);

    impl<'de> Visitor<'de> for Sizes {
        type Value = Vec<usize>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the sizes of the axes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<usize>, A::Error> {
            let mut sizes = Vec::new();
            while let Some(size) = list.next_element()? {
                if sizes.len() == MAX_AXES {
                    return Err(A::Error::custom(format_args!("a tensor has at most {MAX_AXES} axes")));
                }
                sizes.push(size);
            }
            Ok(sizes)
        }
    }

    deserializer.deserialize_seq(Sizes(PhantomData))
}

/// A tensor to be written.
pub(super) struct Item<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) data: Data<'a>,
}

/// Its elements.
pub(super) enum Data<'a> {
    Tensor(&'a AnyTensor),
    Bytes(&'a [u8]),
    /// The checksum of all bytes before.
    Checksum,
}

/// What makes a file a checkpoint.
pub(super) struct Run {
    pub(super) version: u32,
    /// In JSON.
    pub(super) run: String,
}

/// Writes a file that [`parse`] reads.
pub(super) fn write(path: &Path, items: &[Item<'_>], run: Option<&Run>) -> Result<(), FileProblem> {
    // Larger elements first, so that each tensor starts at a multiple of its element's size; the checksum is the last. The
    // header has the order of the items.
    let mut order: Vec<_> = (0..items.len()).collect();
    order.sort_by_key(|&place| std::cmp::Reverse(items[place].data.dtype().size()));
    let mut header = Written { run, items, offsets: vec![(0, 0); items.len()] };
    let mut end = 0;
    for &place in &order {
        let data = &items[place].data;
        let start = end;
        end += data.shape().iter().product::<usize>() * data.dtype().size();
        header.offsets[place] = (start, end);
    }
    let unwritable = |reason: String| Err(FileProblem::Unwritable(reason));
    let mut names: Vec<_> = items.iter().map(|item| &item.name[..]).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return unwritable(format!(
            "two values have the name `{}`, and only one could be read again: give each part of the module a name of its own",
            pair[0]
        ));
    }
    if names.contains(&METADATA) {
        return unwritable(format!("a tensor can't have the name `{METADATA}`: the format keeps it for itself"));
    }
    let mut header = serde_json::to_vec(&header).map_err(|error| FileProblem::Unwritable(error.to_string()))?;
    header.resize(header.len().next_multiple_of(8), b' ');
    if header.len() > LONGEST_HEADER {
        return unwritable(format!(
            "names and shapes take {} bytes, and the format allows {LONGEST_HEADER}: write several files",
            header.len()
        ));
    }
    write_atomic(path, |out| {
        let out = &mut Summed { out, sum: Crc64::new(), sealed: run.is_some() };
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(&header)?;
        order.iter().try_for_each(|&place| match items[place].data {
            Data::Tensor(tensor) => elements::write(tensor, out),
            Data::Bytes(bytes) => out.write_all(bytes),
            Data::Checksum => {
                let sum = out.sum.finish();
                out.write_all(&sum.to_le_bytes())
            }
        })
    })?;
    Ok(())
}

impl Data<'_> {
    fn dtype(&self) -> Stored {
        match self {
            Data::Tensor(tensor) => Stored::of(tensor),
            Data::Bytes(_) | Data::Checksum => Stored::U8,
        }
    }

    fn shape(&self) -> Cow<'_, [usize]> {
        match self {
            Data::Tensor(tensor) => tensor.shape().into(),
            Data::Bytes(bytes) => vec![bytes.len()].into(),
            Data::Checksum => vec![8].into(),
        }
    }
}

/// A header that is written.
struct Written<'a> {
    run: Option<&'a Run>,
    items: &'a [Item<'a>],
    offsets: Vec<(usize, usize)>,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Info<'a> {
            dtype: &'a str,
            shape: &'a [usize],
            data_offsets: (usize, usize),
        }

        let mut map = serializer.serialize_map(None)?;
        if let Some(Run { version, run }) = self.run {
            // In this order: a checkpoint is told by its first bytes.
            map.serialize_entry(METADATA, &Pairs([(VERSION, &version.to_string()), (RUN, run)]))?;
        }
        for (Item { name, data }, &data_offsets) in self.items.iter().zip(&self.offsets) {
            let (dtype, shape) = (data.dtype(), data.shape());
            map.serialize_entry(&name[..], &Info { dtype: dtype.name(), shape: &shape, data_offsets })?;
        }
        map.end()
    }
}

struct Pairs<'a>([(&'a str, &'a str); 2]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0)
    }
}

/// A writer that sums what it writes, if it is to.
struct Summed<'a> {
    out: &'a mut dyn Write,
    sum: Crc64,
    sealed: bool,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        if self.sealed {
            self.sum.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
