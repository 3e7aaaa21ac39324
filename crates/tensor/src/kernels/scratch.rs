//! Vectors whose length is up to the user: what `Vec` alone would end the program for.

use std::mem::size_of;

use deltarule_autograd::call_site::fail;

/// An empty vector with room for `len` elements.
///
/// # Panics
/// As `operation`, if there is no memory for them.
#[track_caller]
pub(crate) fn vec_for<T>(operation: &str, len: usize) -> Vec<T> {
    let mut vec = Vec::new();
    if vec.try_reserve_exact(len).is_err() {
        let bytes = len as u128 * size_of::<T>() as u128;
        fail(operation, format_args!("there is no memory for {len} numbers: {bytes} bytes"));
    }
    vec
}

/// A vector of `len` times the same.
///
/// # Panics
/// If there is no memory for them.
#[track_caller]
pub fn filled<T: Clone>(value: T, len: usize) -> Vec<T> {
    let mut vec = vec_for("memory", len);
    vec.resize(len, value);
    vec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "split: there is no memory for 1152921504606846976 numbers: 9223372036854775808 bytes")]
    fn a_vector_that_is_too_large() {
        vec_for::<u64>("split", 1 << 60);
    }

    #[test]
    fn vectors_of_a_length() {
        assert_eq!(vec_for::<u8>("split", 1000).capacity(), 1000);
        assert_eq!(filled(7, 3), [7, 7, 7]);
    }
}
