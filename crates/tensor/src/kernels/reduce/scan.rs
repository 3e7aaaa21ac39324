//! Running sums, products and extrema.

use crate::element::{DType, Float, Number};

/// Columns whose running values are kept side by side.
const TILE: usize = 64;

/// The sum of all elements up to each one along the middle axis, or from each one on if `reverse`. Floats are summed in
/// `f64`, as PyTorch does.
pub(crate) fn cumsum<E: Number>(x: &[E], [_, n, inner]: [usize; 3], reverse: bool, out: &mut [E]) {
    if E::DTYPE == DType::I64 {
        return scan(x, [n, inner], reverse, out, E::default(), |sum, x| sum.plus(x), |sum| sum);
    }
    scan(x, [n, inner], reverse, out, 0.0, |sum, x| sum + x.to_f64(), E::from_f64);
}

/// The product of all elements up to each one along the middle axis, in `f64`.
pub(crate) fn cumprod<E: Float>(x: &[E], [_, n, inner]: [usize; 3], out: &mut [E]) {
    scan(x, [n, inner], false, out, 1.0, |product, x| product * x.to_f64(), E::from_f64);
}

/// The logarithm of the sum of eˣ over all elements up to each one along the middle axis, or from each one on if `reverse`.
pub(crate) fn logcumsumexp<E: Float>(x: &[E], [_, n, inner]: [usize; 3], reverse: bool, out: &mut [E]) {
    scan(x, [n, inner], reverse, out, f64::NEG_INFINITY, |sum, x| log_add_exp(sum, x.to_f64()), E::from_f64);
}

/// ln(eᵃ + eᵇ).
fn log_add_exp(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    let (low, high) = (a.min(b), a.max(b));
    // The difference of two equal infinities is none.
    if low == high && high.is_infinite() { high } else { (low - high).exp().ln_1p() + high }
}

/// The place of the largest of all elements up to each one along the middle axis, or of the smallest: of equal ones the last,
/// and of those from a NaN on the last NaN.
pub(crate) fn cumulative_extremum<E: Number>(x: &[E], [_, n, inner]: [usize; 3], largest: bool, out: &mut [i64]) {
    #[allow(clippy::eq_op)] // NaN alone differs from itself.
    let is_nan = |x: E| x != x;
    let wins = |new: E, best: E| is_nan(new) || (!is_nan(best) && if largest { new >= best } else { new <= best });
    for (x, out) in x.chunks_exact((n * inner).max(1)).zip(out.chunks_exact_mut((n * inner).max(1))) {
        for column in 0..inner {
            let mut best = 0;
            for k in 0..n {
                if wins(x[k * inner + column], x[best * inner + column]) {
                    best = k;
                }
                out[k * inner + column] = best as i64;
            }
        }
    }
}

fn scan<E: Number, S: Copy>(
    x: &[E],
    [n, inner]: [usize; 2],
    reverse: bool,
    out: &mut [E],
    start: S,
    combine: impl Fn(S, E) -> S,
    narrow: impl Fn(S) -> E,
) {
    let plane = (n * inner).max(1);
    for (x, out) in x.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
        for column in (0..inner).step_by(TILE) {
            let mut running = [start; TILE];
            let width = TILE.min(inner - column);
            for k in 0..n {
                let row = if reverse { n - 1 - k } else { k };
                let range = row * inner + column..row * inner + column + width;
                for ((value, &x), out) in running.iter_mut().zip(&x[range.clone()]).zip(&mut out[range]) {
                    *value = combine(*value, x);
                    *out = narrow(*value);
                }
            }
        }
    }
}
