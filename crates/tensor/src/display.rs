//! STUB
/// An element as it is printed.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub enum Scalar {
    Float(f64),
    Int(i64),
    Bool(bool),
}
