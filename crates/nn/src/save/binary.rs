//! Values as bytes, by serde and bincode. Nothing else in the project knows bincode: its makers stopped work on it, and this
//! module is what another encoding would replace (docs/decisions/0003-checkpoints.md).

use bincode::config;
use bincode::error::DecodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of `value`.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    bincode::serde::encode_to_vec(value, numbers()).map_err(|error| error.to_string())
}

/// A value from the start of `bytes`, and how many of them it took.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, usize), String> {
    // A text or byte string is allocated by the length that it claims. The limit stops one that claims much more than
    // the file holds; it is a constant of the type, so it comes in steps.
    match bytes.len() {
        0..=0x10_0000 => limited::<T, 0x10_0000>(bytes),
        0x10_0001..=0x100_0000 => limited::<T, 0x100_0000>(bytes),
        0x100_0001..=0x1000_0000 => limited::<T, 0x1000_0000>(bytes),
        0x1000_0001..=0x4000_0000 => limited::<T, 0x4000_0000>(bytes),
        _ => limited::<T, { huge() }>(bytes),
    }
}

/// 2⁴⁰ where an address has 64 bits.
const fn huge() -> usize {
    if usize::BITS == 64 { 1_usize.wrapping_shl(40) } else { usize::MAX }
}

fn limited<T: DeserializeOwned, const LIMIT: usize>(bytes: &[u8]) -> Result<(T, usize), String> {
    let decoded = bincode::serde::decode_from_slice(bytes, numbers().with_limit::<LIMIT>());
    decoded.map_err(words)
}

/// The reason, without bincode's names.
fn words(error: DecodeError) -> String {
    match error {
        DecodeError::OtherString(reason) => reason,
        DecodeError::Other(reason) => reason.to_owned(),
        DecodeError::UnexpectedEnd { additional } => format!("it ends {additional} bytes too early"),
        DecodeError::LimitExceeded => "it claims more bytes than there are".to_owned(),
        other => other.to_string(),
    }
}

/// Numbers of fixed width, least significant byte first: then as many bytes are claimed as there are.
fn numbers() -> config::Configuration<config::LittleEndian, config::Fixint> {
    config::standard().with_fixed_int_encoding()
}
