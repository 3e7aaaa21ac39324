//! How far a result lies from PyTorch's.

use deltarule_tensor::{Float, Sample, TensorOf};

use crate::fixture::Stored;

/// The two precisions, as the fixtures name them.
pub(crate) trait Precision: Float + Stored {
    /// 32 or 64.
    const BITS: &str;
    /// Binary digits after the first, and the exponent of the smallest normal number.
    const FRACTION: i32;
    const LEAST: i32;

    /// A sample's expression in this precision.
    fn expression(sample: &Sample) -> fn(&[TensorOf<Self>]) -> TensorOf<Self>;
}

impl Precision for f32 {
    const BITS: &str = "32";
    const FRACTION: i32 = 23;
    const LEAST: i32 = -126;

    fn expression(sample: &Sample) -> fn(&[TensorOf<Self>]) -> TensorOf<Self> {
        sample.f32
    }
}

impl Precision for f64 {
    const BITS: &str = "64";
    const FRACTION: i32 = 52;
    const LEAST: i32 = -1022;

    fn expression(sample: &Sample) -> fn(&[TensorOf<Self>]) -> TensorOf<Self> {
        sample.f64
    }
}

/// A unit in the last place of `x`, in the precision `E`.
pub(crate) fn ulp<E: Precision>(x: f64) -> f64 {
    let exponent = (x.abs().to_bits() >> 52) as i32 - 1023;
    let exponent = exponent.clamp(E::LEAST, -E::LEAST + 1) - E::FRACTION;
    2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2)
}

/// How far `found` is from `expected`, in units in the last place of `scale` or of `expected`, whichever is larger.
///
/// Infinite where they differ in kind: NaN, an infinity, or the sign of zero. Where there is a `scale` besides the
/// number itself, a zero is what is left of a sum, and the order of the terms decides its sign: then that isn't compared.
pub(crate) fn distance<E: Precision>(found: f64, expected: f64, scale: f64) -> f64 {
    let same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
    if same {
        return 0.0;
    }
    if found == 0.0 && expected == 0.0 && scale != 0.0 {
        return 0.0;
    }
    if !found.is_finite() || !expected.is_finite() || (found == 0.0 && expected == 0.0) {
        return f64::INFINITY;
    }
    let scale = if scale.is_finite() { scale.abs().max(expected.abs()) } else { expected };
    (found - expected).abs() / ulp::<E>(scale)
}

/// The largest distance of two tensors, in units in the last place of the largest number expected.
///
/// Infinite where shapes or kinds differ; the sign of a zero isn't compared.
pub(crate) fn largest_distance<E: Precision>(found: &TensorOf<E>, expected: &TensorOf<E>) -> f64 {
    if found.shape() != expected.shape() {
        return f64::INFINITY;
    }
    let (found, expected) = (found.to_vec(), expected.to_vec());
    let scale = expected.iter().map(|x| x.to_f64().abs()).filter(|x| x.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
    let pairs = found.iter().zip(&expected);
    pairs.map(|(found, expected)| distance::<E>(found.to_f64(), expected.to_f64(), scale)).fold(0.0, f64::max)
}
