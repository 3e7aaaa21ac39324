//! From bytes to values. What is read is what `write.rs` writes; nothing is allocated by what the bytes claim.

use serde::de::{self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::*;

/// How deep lists and maps may lie within each other, as in serde_json: more could overflow the stack.
const DEEPEST: usize = 128;

/// The value that `bytes` are. Whatever they are, `()` is one: so is a value passed over.
///
/// # Errors
/// In words, if they are no value of this type.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut reader = Reader { bytes, depth: 0, outermost: true };
    let value = T::deserialize(&mut reader).map_err(|Error(reason)| reason)?;
    match reader.bytes.len() {
        0 => Ok(value),
        rest => Err(format!("{rest} bytes are left over")),
    }
}

struct Reader<'a> {
    /// What is still to be read.
    bytes: &'a [u8],
    /// In how many lists, maps and options this is.
    depth: usize,
    /// Whether nothing was read yet.
    outermost: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], Error> {
        // A count beyond usize is beyond the bytes too.
        let (taken, rest) =
            self.bytes.split_at_checked(usize::try_from(count).unwrap_or(usize::MAX)).ok_or_else(cut)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or_else(cut)?;
        self.bytes = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| byte)
    }

    fn peek(&self) -> Result<u8, Error> {
        self.bytes.first().copied().ok_or_else(cut)
    }

    /// The number in the head of a value, whose first byte is `first`.
    fn number(&mut self, first: u8) -> Result<u64, Error> {
        Ok(match first & 31 {
            small @ 0..24 => small.into(),
            24 => self.byte()?.into(),
            25 => u16::from_be_bytes(self.array()?).into(),
            26 => u32::from_be_bytes(self.array()?).into(),
            27 => u64::from_be_bytes(self.array()?),
            _ => return Err(no_value(first)),
        })
    }

    fn text(&mut self, first: u8) -> Result<&'a str, Error> {
        let length = self.number(first)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Error("a text isn't UTF-8".to_owned()))
    }

    /// What `read` makes of the inside of a list, map or option.
    fn within<R>(&mut self, read: impl FnOnce(&mut Self) -> Result<R, Error>) -> Result<R, Error> {
        if self.depth == DEEPEST {
            return Err(Error(format!("lists and maps lie more than {DEEPEST} deep")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The end of a list or map.
    fn end(&mut self) -> Result<(), Error> {
        match self.byte()? {
            END => Ok(()),
            _ => Err(Error("a list or map is longer than expected".to_owned())),
        }
    }
}

fn cut() -> Error {
    Error("it ends too early".to_owned())
}

fn no_value(byte: u8) -> Error {
    Error(format!("a byte {byte:02x} begins no value"))
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.outermost = false;
        let first = self.byte()?;
        match first {
            LIST => self.within(|reader| {
                let value = visitor.visit_seq(Elements(reader))?;
                reader.end().map(|()| value)
            }),
            MAP => self.within(|reader| {
                let value = visitor.visit_map(Elements(reader))?;
                reader.end().map(|()| value)
            }),
            SOME => self.within(|reader| visitor.visit_some(reader)),
            FALSE => visitor.visit_bool(false),
            TRUE => visitor.visit_bool(true),
            NULL => visitor.visit_unit(),
            F32 => visitor.visit_f32(f32::from_be_bytes(self.array()?)),
            F64 => visitor.visit_f64(f64::from_be_bytes(self.array()?)),
            _ => match first >> 5 {
                UNSIGNED => visitor.visit_u64(self.number(first)?),
                NEGATIVE => match i64::try_from(self.number(first)?) {
                    Ok(number) => visitor.visit_i64(!number),
                    Err(_) => Err(Error("a number is below −2⁶³".to_owned())),
                },
                BYTES => {
                    let length = self.number(first)?;
                    visitor.visit_borrowed_bytes(self.take(length)?)
                }
                TEXT => visitor.visit_borrowed_str(self.text(first)?),
                _ => Err(no_value(first)),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.outermost = false;
        match self.peek()? {
            NULL => {
                self.bytes = &self.bytes[1..];
                visitor.visit_none()
            }
            SOME => {
                self.bytes = &self.bytes[1..];
                self.within(|reader| visitor.visit_some(reader))
            }
            _ => self.within(|reader| visitor.visit_some(reader)),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.outermost {
            return self.deserialize_any(visitor);
        }
        // Whoever reads `()` asks for nothing of what is there.
        de::IgnoredAny::deserialize(&mut *self)?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.outermost = false;
        self.within(|reader| visitor.visit_newtype_struct(reader))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.outermost = false;
        if self.peek()? != MAP {
            // The name alone.
            let first = self.byte()?;
            if first >> 5 != TEXT {
                return Err(de::Error::invalid_type(de::Unexpected::Other("no variant's name"), &visitor));
            }
            let name = self.text(first)?;
            return visitor.visit_enum(de::value::BorrowedStrDeserializer::new(name));
        }
        self.bytes = &self.bytes[1..];
        self.within(|reader| {
            let value = visitor.visit_enum(Elements(reader))?;
            reader.end().map(|()| value)
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The inside of a list, a map or a variant.
struct Elements<'r, 'a>(&'r mut Reader<'a>);

impl<'a> Elements<'_, 'a> {
    fn next<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        match self.0.peek()? {
            END => Ok(None),
            _ => seed.deserialize(&mut *self.0).map(Some),
        }
    }
}

impl<'a> de::SeqAccess<'a> for Elements<'_, 'a> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.next(seed)
    }
}

impl<'a> de::MapAccess<'a> for Elements<'_, 'a> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.next(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(&mut *self.0)
    }
}

impl<'a> de::EnumAccess<'a> for Elements<'_, 'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let name = seed.deserialize(&mut *self.0)?;
        Ok((name, self))
    }
}

impl<'a> de::VariantAccess<'a> for Elements<'_, 'a> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        <()>::deserialize(self.0)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'a>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }
}
