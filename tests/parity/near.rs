//! Whether tensors are PyTorch's, to a number of roundings.

use deltarule::Tensor;

/// Collects what isn't PyTorch's.
#[derive(Default)]
pub(crate) struct Differences {
    /// The largest that was allowed, and the most that was, in roundings.
    pub(crate) largest: f32,
    pub(crate) limit: f32,
    wrong: Vec<String>,
}

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
            return self.wrong.push(format!("{what}: {:?}, and {:?} in PyTorch", found.shape(), expected.shape()));
        }
        for (place, (found, expected)) in found.to_vec().into_iter().zip(expected.to_vec()).enumerate() {
            let apart = roundings_apart(found, expected, scale(place));
            self.apart(apart, roundings, || {
                format!("{what}: element {place} is {found:e}, and {expected:e} in PyTorch")
            });
        }
    }

    /// Two numbers, `what`, are so many roundings apart.
    pub(crate) fn apart(&mut self, roundings: f32, limit: f32, what: impl Fn() -> String) {
        self.limit = self.limit.max(limit);
        if roundings <= limit {
            self.largest = self.largest.max(roundings);
        } else {
            self.wrong.push(format!("{}, {roundings:.1} roundings apart", what()));
        }
    }

    /// Fails with all that was found.
    #[track_caller]
    pub(crate) fn expect_none(&self) {
        assert!(self.wrong.is_empty(), "{} differences:\n{}", self.wrong.len(), self.wrong.join("\n"));
    }
}

/// How far two numbers are apart, in units of 2⁻²³ of the second or of `scale`, whichever is larger.
fn roundings_apart(found: f32, expected: f32, scale: f32) -> f32 {
    let same = found == expected || (found.is_nan() && expected.is_nan());
    let distance = (found - expected).abs();
    if same || distance <= f32::MIN_POSITIVE {
        0.0
    } else if distance.is_finite() {
        (distance - f32::MIN_POSITIVE) / (f32::EPSILON * expected.abs().max(scale))
    } else {
        f32::INFINITY
    }
}

/// The largest finite magnitude.
pub(crate) fn largest(x: &Tensor) -> f32 {
    x.to_vec().into_iter().filter(|x| x.is_finite()).fold(0.0, |largest, x| largest.max(x.abs()))
}
