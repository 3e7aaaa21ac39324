//! Running sums.

use crate::element::{DType, Number};

/// Columns whose running sums are kept side by side.
const TILE: usize = 64;

/// The sum of all elements up to each one along the middle axis, or from each one on if `reverse`. Floats are summed in
/// `f64`, as PyTorch does.
pub(crate) fn cumsum<E: Number>(x: &[E], [_, n, inner]: [usize; 3], reverse: bool, out: &mut [E]) {
    if E::DTYPE == DType::I64 {
        return scan(x, [n, inner], reverse, out, |x| x, |sum| sum);
    }
    scan(x, [n, inner], reverse, out, E::to_f64, E::from_f64);
}

fn scan<E: Number, S: Number>(
    x: &[E],
    [n, inner]: [usize; 2],
    reverse: bool,
    out: &mut [E],
    widen: impl Fn(E) -> S,
    narrow: impl Fn(S) -> E,
) {
    let plane = (n * inner).max(1);
    for (x, out) in x.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
        for column in (0..inner).step_by(TILE) {
            let mut sums = [S::default(); TILE];
            let width = TILE.min(inner - column);
            for k in 0..n {
                let row = if reverse { n - 1 - k } else { k };
                let range = row * inner + column..row * inner + column + width;
                for ((sum, &x), out) in sums.iter_mut().zip(&x[range.clone()]).zip(&mut out[range]) {
                    *sum = sum.plus(widen(x));
                    *out = narrow(*sum);
                }
            }
        }
    }
}
