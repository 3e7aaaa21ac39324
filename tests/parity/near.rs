//! Whether tensors are PyTorch's, to a number of roundings.

use deltarule::Tensor;

/// Collects what isn't PyTorch's.
#[derive(Default)]
pub(crate) struct Differences(Vec<String>);

impl Differences {
    /// Shapes must be equal, and each element of `found` lie within `roundings`·2⁻²³ of the one of `expected`, relative to
    /// that one's magnitude or to `scale`, whichever is larger. An infinity and NaN must be the same; zeros are equal
    /// whatever their signs, and so are numbers too small to be normal: PyTorch's vector code takes many for 0.
    pub(crate) fn near(&mut self, what: &str, found: &Tensor, expected: &Tensor, roundings: f32, scale: f32) {
        self.near_each(what, found, expected, roundings, |_| scale);
    }

    /// As `near`, with a scale for each element.
    pub(crate) fn near_each(
        &mut self,
        what: &str,
        found: &Tensor,
        expected: &Tensor,
        roundings: f32,
        scale: impl Fn(usize) -> f32,
    ) {
        if found.shape() != expected.shape() {
            return self.0.push(format!("{what}: {:?}, and {:?} in PyTorch", found.shape(), expected.shape()));
        }
        for (place, (found, expected)) in found.to_vec().into_iter().zip(expected.to_vec()).enumerate() {
            let same = found == expected || (found.is_nan() && expected.is_nan());
            let unit = f32::EPSILON * expected.abs().max(scale(place));
            let distance = (found - expected).abs();
            let near = expected.is_finite() && distance <= roundings * unit + f32::MIN_POSITIVE;
            if !same && !near {
                let apart = distance / unit;
                self.0.push(format!(
                    "{what}: element {place} is {found:e}, and {expected:e} in PyTorch, {apart:.1} roundings apart"
                ));
            }
        }
    }

    /// Fails with all that was found.
    #[track_caller]
    pub(crate) fn expect_none(self) {
        assert!(self.0.is_empty(), "{} differences:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// The largest finite magnitude.
pub(crate) fn largest(x: &Tensor) -> f32 {
    x.to_vec().into_iter().filter(|x| x.is_finite()).fold(0.0, |largest, x| largest.max(x.abs()))
}
