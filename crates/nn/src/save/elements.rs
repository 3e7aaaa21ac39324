//! The elements of tensors in a file: what types there are, and which of ours each becomes.

use std::fmt;
use std::io::{self, Write};

use deltarule_tensor::{DoubleTensor, Element, LongTensor, Tensor, TensorOf};
use serde::{Deserialize, Deserializer};

use super::error::FileProblem;
use super::layout::Info;
use crate::AnyTensor;

/// An element type by the name that safetensors gives it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Stored {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
    /// One that can't be read.
    Other(Box<str>),
}

/// The names, and the bytes of an element.
const NAMES: [(&str, Stored, usize); 13] = [
    ("F64", Stored::F64, 8),
    ("F32", Stored::F32, 4),
    ("F16", Stored::F16, 2),
    ("BF16", Stored::Bf16, 2),
    ("I64", Stored::I64, 8),
    ("I32", Stored::I32, 4),
    ("I16", Stored::I16, 2),
    ("I8", Stored::I8, 1),
    ("U64", Stored::U64, 8),
    ("U32", Stored::U32, 4),
    ("U16", Stored::U16, 2),
    ("U8", Stored::U8, 1),
    ("BOOL", Stored::Bool, 1),
];

impl Stored {
    /// That of our tensor.
    pub(super) fn of(tensor: &AnyTensor) -> Self {
        match tensor {
            AnyTensor::F32(_) => Stored::F32,
            AnyTensor::I64(_) => Stored::I64,
            AnyTensor::F64(_) => Stored::F64,
        }
    }

    /// The name.
    pub(super) fn name(&self) -> &str {
        match self {
            Stored::Other(name) => name,
            known => NAMES.iter().find(|(_, stored, _)| stored == known).map_or("", |(name, ..)| name),
        }
    }

    /// The bytes of an element; none of a type that can't be read.
    pub(super) fn size(&self) -> usize {
        NAMES.iter().find(|(_, stored, _)| stored == self).map_or(0, |&(.., size)| size)
    }
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = NAMES.into_iter().find(|(known, ..)| *known == name);
        Ok(known.map_or_else(|| Stored::Other(name.into()), |(_, stored, _)| stored))
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The tensor of `bytes`: numbers of 16 bits become f32 and integers i64, without loss; truth values become 0 and 1.
pub(super) fn read(name: &str, info: &Info, bytes: &[u8]) -> Result<AnyTensor, FileProblem> {
    let shape = &info.shape[..];
    let tensor = match &info.dtype {
        Stored::F32 => convert(bytes, shape, f32::from_le_bytes).map(Tensor::into),
        Stored::F64 => convert(bytes, shape, f64::from_le_bytes).map(DoubleTensor::into),
        Stored::F16 => convert(bytes, shape, |two| f16(u16::from_le_bytes(two))).map(Tensor::into),
        Stored::Bf16 => convert(bytes, shape, |two| bf16(u16::from_le_bytes(two))).map(Tensor::into),
        Stored::I64 => convert(bytes, shape, i64::from_le_bytes).map(LongTensor::into),
        Stored::I32 => convert(bytes, shape, |four| i32::from_le_bytes(four).into()).map(LongTensor::into),
        Stored::I16 => convert(bytes, shape, |two| i16::from_le_bytes(two).into()).map(LongTensor::into),
        Stored::I8 => convert(bytes, shape, |one| i8::from_le_bytes(one).into()).map(LongTensor::into),
        Stored::U64 => {
            let numbers = bytes.as_chunks().0.iter().map(|&eight| u64::from_le_bytes(eight));
            if let Some(large) = numbers.max().filter(|&largest| i64::try_from(largest).is_err()) {
                return Err(FileProblem::Unsupported {
                    name: name.to_owned(),
                    dtype: format!("U64 with the number {large}, above the largest of i64,"),
                });
            }
            convert(bytes, shape, i64::from_le_bytes).map(LongTensor::into)
        }
        Stored::U32 => convert(bytes, shape, |four| u32::from_le_bytes(four).into()).map(LongTensor::into),
        Stored::U16 => convert(bytes, shape, |two| u16::from_le_bytes(two).into()).map(LongTensor::into),
        Stored::U8 => convert(bytes, shape, |[one]: [u8; 1]| one.into()).map(LongTensor::into),
        Stored::Bool => convert(bytes, shape, |[one]: [u8; 1]| i64::from(one != 0)).map(LongTensor::into),
        Stored::Other(dtype) => {
            return Err(FileProblem::Unsupported { name: name.to_owned(), dtype: dtype.to_string() });
        }
    };
    tensor.ok_or_else(|| {
        FileProblem::malformed(format_args!(
            "{name}: {} bytes are no {:?} of the shape {shape:?}",
            bytes.len(),
            info.dtype
        ))
    })
}

fn convert<E: Element, const N: usize>(
    bytes: &[u8],
    shape: &[usize],
    element: impl Fn([u8; N]) -> E,
) -> Option<TensorOf<E>> {
    let (elements, rest) = bytes.as_chunks();
    let values: Vec<E> = elements.iter().map(|&bytes| element(bytes)).collect();
    TensorOf::from_vec(values, shape).ok().filter(|_| rest.is_empty())
}

/// A number of IEEE 754's 16 bits: a sign, 5 of exponent and 10 of fraction.
fn f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let rest = u32::from(bits & 0x7fff);
    let magnitude = match rest >> 10 {
        // Multiples of 2⁻²⁴, which f32 has all.
        0 => rest as f32 * f32::from_bits(0x3380_0000),
        // Infinity and NaN.
        31 => f32::from_bits(0x7f80_0000 | (rest & 0x3ff) << 13),
        // Exponents begin at −14 here, and at −126 there.
        _ => f32::from_bits((rest << 13) + ((127 - 15) << 23)),
    };
    f32::from_bits(magnitude.to_bits() | sign)
}

/// The upper half of an f32.
fn bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// Writes the elements in row-major order.
pub(super) fn write(tensor: &AnyTensor, out: &mut dyn Write) -> io::Result<()> {
    match tensor {
        AnyTensor::F32(tensor) => write_each(tensor, out, f32::to_le_bytes),
        AnyTensor::I64(tensor) => write_each(tensor, out, i64::to_le_bytes),
        AnyTensor::F64(tensor) => write_each(tensor, out, f64::to_le_bytes),
    }
}

fn write_each<E: Element, const N: usize>(
    tensor: &TensorOf<E>,
    out: &mut dyn Write,
    bytes: impl Fn(E) -> [u8; N],
) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(1 << 14);
    for values in tensor.elements().chunks((1 << 14) / N) {
        buffer.clear();
        buffer.extend(values.iter().flat_map(|&value| bytes(value)));
        out.write_all(&buffer)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of them, by the definition.
    #[test]
    fn numbers_of_16_bits_are_exact() {
        for bits in 0..=u16::MAX {
            let (sign, exponent, fraction) =
                (1.0 - f64::from(bits >> 15) * 2.0, i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
            let expected = match exponent {
                0 => sign * fraction * 2_f64.powi(-24),
                31 if fraction == 0.0 => sign * f64::INFINITY,
                31 => f64::NAN,
                _ => sign * (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
            };
            let found = f64::from(f16(bits));
            assert!(found == expected || found.is_nan() && expected.is_nan(), "{bits:04x}: {found} for {expected}");
            assert_eq!(f16(bits).is_sign_negative(), bits >> 15 == 1, "{bits:04x}");

            let found = bf16(bits);
            assert_eq!((found.to_bits() >> 16, found.to_bits() & 0xffff), (bits.into(), 0));
        }
    }
}
