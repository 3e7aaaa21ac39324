//! Values of any type as bytes that say what they are: serde and CBOR (RFC 8949), of which this is the part that we write.
//!
//! A type may leave a field out, or need to see a value before it knows what it is (`skip_serializing_if`, an untagged enum,
//! `serde_json::Value`): so what is written names its fields, and each value its kind. Lists and maps have an end and no
//! length, so that a damaged file can't claim a long one. Besides the standard's values there is `Some`, where a `None` or
//! another `Some` follows it: else `Some(None)` would come back as `None`.
//!
//! docs/decisions/0008-checkpoints-that-can-be-read.md says what else there was.

mod read;
mod write;

use std::fmt;

pub(super) use read::decode;
pub(super) use write::encode;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;

const LIST: u8 = 0x9f;
const MAP: u8 = 0xbf;
const END: u8 = 0xff;
/// A tag that the standard leaves to others.
const SOME: u8 = 0xc6;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;
const F32: u8 = 0xfa;
const F64: u8 = 0xfb;

/// Why a value can't be written or read, in words.
#[derive(Debug)]
pub(super) struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error(message.to_string())
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error(message.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};
    use std::fmt::Debug;
    use std::net::IpAddr;

    use serde::de::{DeserializeOwned, IgnoredAny};
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Unit;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Wrapper(f32);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        Nothing,
        One(i8),
        Two(u64, String),
        Named { a: Option<i64>, b: char },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(f64),
        Text(String),
        Record { x: f32, choice: Choice },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        A { value: u32 },
        B { list: Vec<Option<bool>> },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Leaves {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        best: Option<f64>,
        #[serde(flatten)]
        rest: BTreeMap<String, Untagged>,
        step: u32,
    }

    #[track_caller]
    fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
        let bytes = encode(&value).unwrap();
        assert_eq!(decode::<T>(&bytes).unwrap(), value, "{bytes:02x?}");
        decode::<IgnoredAny>(&bytes).unwrap();
        decode::<()>(&bytes).unwrap();
        // A part of it, or more than it, is an error and nothing worse.
        for len in 0..bytes.len() {
            assert!(decode::<T>(&bytes[..len]).is_err(), "{len} of {bytes:02x?}");
        }
        assert!(decode::<T>(&[&bytes[..], &[NULL]].concat()).is_err());
    }

    #[test]
    fn every_kind_of_value_comes_back() {
        comes_back((true, -1_i8, 255_u8, 'é', "text".to_owned(), String::new()));
        for number in [0, 1, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            comes_back(number);
            comes_back(number.cast_signed());
            comes_back(!number.cast_signed());
        }
        comes_back((i64::MIN, i64::MAX, 7_i128, -7_i128, u128::from(u64::MAX)));
        comes_back((f32::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, f32::MAX, -0.0_f64));
        let nan = encode(&(f64::NAN, f32::NAN)).unwrap();
        assert!(matches!(decode::<(f64, f32)>(&nan), Ok((a, b)) if a.is_nan() && b.is_nan()));
        comes_back((vec![1_u8, 2], Vec::<()>::new(), vec![(); 3], [[1.5_f32]; 2], (1,)));
        comes_back(BTreeMap::from([((1, 2), "a".to_owned()), ((3, 4), "b".to_owned())]));
        comes_back(HashMap::from([(-1_i32, 0.5_f32), (7, 2.0)]));
        comes_back((Unit, Wrapper(0.1)));
        comes_back(vec![
            Choice::Nothing,
            Choice::One(-3),
            Choice::Two(7, "x".to_owned()),
            Choice::Named { a: None, b: 'b' },
            Choice::Named { a: Some(1), b: 'b' },
        ]);
        comes_back("127.0.0.1".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn what_names_its_fields_comes_back() {
        comes_back(vec![
            Untagged::Number(f64::INFINITY),
            Untagged::Text("t".to_owned()),
            Untagged::Record { x: f32::NEG_INFINITY, choice: Choice::One(1) },
        ]);
        comes_back(vec![Tagged::A { value: 1 }, Tagged::B { list: vec![Some(true), None] }]);
        comes_back(Leaves { best: None, rest: BTreeMap::new(), step: 7 });
        let rest = BTreeMap::from([("lr".to_owned(), Untagged::Number(0.5))]);
        comes_back(Leaves { best: Some(f64::INFINITY), rest, step: 7 });
        comes_back(serde_json::json!({"best": 0.25, "all": [1, -2, null, "x", {"deep": true}]}));
    }

    #[test]
    fn an_option_within_an_option_comes_back() {
        comes_back([None, Some(None), Some(Some(()))]);
        comes_back([None, Some(None), Some(Some(None)), Some(Some(Some(1)))]);
        comes_back(Some(serde_json::Value::Null));
    }

    /// The examples of RFC 8949, appendix A, that are among what we write.
    #[test]
    fn the_standard_s_own_examples() {
        assert_eq!(encode(&1_000_000_u32).unwrap(), [0x1a, 0x00, 0x0f, 0x42, 0x40]);
        assert_eq!(encode(&-1000_i32).unwrap(), [0x39, 0x03, 0xe7]);
        assert_eq!(encode(&i64::MIN).unwrap(), [0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(encode(&100_000.0_f32).unwrap(), [0xfa, 0x47, 0xc3, 0x50, 0x00]);
        assert_eq!(encode(&-4.1_f64).unwrap(), [0xfb, 0xc0, 0x10, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66]);
        assert_eq!(encode("ü").unwrap(), [0x62, 0xc3, 0xbc]);
        let (list, map) = (encode(&(1, [2, 3])).unwrap(), encode(&BTreeMap::from([("a", 1)])).unwrap());
        assert_eq!(list, [0x9f, 0x01, 0x9f, 0x02, 0x03, 0xff, 0xff]);
        assert_eq!(map, [0xbf, 0x61, 0x61, 0x01, 0xff]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_in_words() {
        let error = |bytes: &[u8]| decode::<serde_json::Value>(bytes).unwrap_err();
        assert_eq!(error(&[]), "it ends too early");
        assert_eq!(error(&[0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "it ends too early");
        assert_eq!(error(&[0x62, 0xff, 0xff]), "a text isn't UTF-8");
        assert_eq!(error(&[0x1c]), "a byte 1c begins no value");
        assert_eq!(error(&[LIST; 1 << 20]), "lists and maps lie more than 128 deep");
        assert_eq!(error(&[SOME; 1 << 20]), "lists and maps lie more than 128 deep");
        assert_eq!(error(&[0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "a number is below −2⁶³");
        assert!(decode::<u8>(&encode(&300).unwrap()).unwrap_err().contains("invalid value"));
        assert!(decode::<Leaves>(&encode(&1).unwrap()).unwrap_err().contains("invalid type"));
        assert!(encode(&i128::MAX).unwrap_err().contains("64 bits"));
    }
}
