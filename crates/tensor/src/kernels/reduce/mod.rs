//! STUB until the real ones land: reductions of contiguous elements seen as `[outer, n, inner]`.

use crate::element::{Float, Number};

fn fold<T: Copy, O>(x: &[T], [_, n, inner]: [usize; 3], out: &mut [O], f: impl Fn(&mut dyn Iterator<Item = T>) -> O) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = f(&mut (0..n).map(|k| x[(i / inner * n + k) * inner + i % inner]));
    }
}

pub(crate) fn sum<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold(x, sizes, out, |x| x.fold(E::default(), |a, b| a + b));
}

pub(crate) fn prod<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold(x, sizes, out, |x| x.fold(E::ONE, |a, b| a * b));
}

#[allow(clippy::eq_op)]
fn beats<E: Number>(new: E, best: E, max: bool) -> bool {
    best == best && (new != new || if max { new > best } else { new < best })
}

pub(crate) fn max<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold(x, sizes, out, |x| x.reduce(|a, b| if beats(b, a, true) { b } else { a }).unwrap());
}

pub(crate) fn min<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold(x, sizes, out, |x| x.reduce(|a, b| if beats(b, a, false) { b } else { a }).unwrap());
}

pub(crate) fn max_with_index<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64]) {
    with_index(x, sizes, out, index, true);
}

pub(crate) fn min_with_index<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64]) {
    with_index(x, sizes, out, index, false);
}

fn with_index<E: Number>(x: &[E], sizes: [usize; 3], out: &mut [E], index: &mut [i64], max: bool) {
    fold(x, sizes, index, |x| x.enumerate().reduce(|a, b| if beats(b.1, a.1, max) { b } else { a }).unwrap().0 as i64);
    let [_, n, inner] = sizes;
    for (i, (out, index)) in out.iter_mut().zip(index).enumerate() {
        *out = x[(i / inner * n + *index as usize) * inner + i % inner];
    }
}

pub(crate) fn any(x: &[bool], sizes: [usize; 3], out: &mut [bool]) {
    fold(x, sizes, out, |x| x.fold(false, |a, b| a | b));
}

pub(crate) fn all(x: &[bool], sizes: [usize; 3], out: &mut [bool]) {
    fold(x, sizes, out, |x| x.fold(true, |a, b| a & b));
}

pub(crate) fn var<E: Float>(x: &[E], sizes: [usize; 3], correction: f64, out: &mut [E]) {
    fold(x, sizes, out, |x| {
        let x: Vec<f64> = x.map(|x| x.to_f64()).collect();
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        E::from_f64(x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (x.len() as f64 - correction).max(0.0))
    });
}

pub(crate) fn logsumexp<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    fold(x, sizes, out, |x| {
        let x: Vec<E> = x.collect();
        let m = x.iter().copied().reduce(|a, b| if beats(b, a, true) { b } else { a }).unwrap_or(E::NEG_INFINITY);
        let shift = if m.is_finite() { m } else { E::default() };
        let mut s = E::default();
        for &x in &x {
            s = s + (x - shift).exp::<false>();
        }
        s.ln::<false>() + shift
    });
}

fn along<E: Float>(sizes: [usize; 3], out: &mut [E], f: impl Fn(&dyn Fn(usize) -> usize, &mut [E])) {
    let [outer, n, inner] = sizes;
    for o in 0..outer {
        for i in 0..inner {
            f(&|k| (o * n + k) * inner + i, out);
        }
    }
}

/// eᶻ/Σeᶻ. Through the logarithm, a small probability would lose |ln p| roundings.
pub(crate) fn softmax<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    let n = sizes[1];
    along(sizes, out, |at, out| {
        let m = maximum(x, n, at);
        let mut s = E::default();
        for k in 0..n {
            out[at(k)] = (x[at(k)] - m).exp::<false>();
            s = s + out[at(k)];
        }
        for k in 0..n {
            out[at(k)] = out[at(k)] / s;
        }
    });
}

pub(crate) fn log_softmax<E: Float>(x: &[E], sizes: [usize; 3], out: &mut [E]) {
    let n = sizes[1];
    along(sizes, out, |at, out| {
        let m = maximum(x, n, at);
        let mut s = E::default();
        for k in 0..n {
            s = s + (x[at(k)] - m).exp::<false>();
        }
        for k in 0..n {
            out[at(k)] = x[at(k)] - m - s.ln::<false>();
        }
    });
}

/// The largest of the `n` elements, 0 if there are none; NaN if one is.
fn maximum<E: Float>(x: &[E], n: usize, at: impl Fn(usize) -> usize) -> E {
    (0..n).map(|k| x[at(k)]).reduce(|a, b| if beats(b, a, true) { b } else { a }).unwrap_or_default()
}

pub(crate) fn softmax_backward<E: Float>(g: &[E], y: &[E], sizes: [usize; 3], out: &mut [E]) {
    along(sizes, out, |at, out| {
        let mut s = E::default();
        for k in 0..sizes[1] {
            s = s + g[at(k)] * y[at(k)];
        }
        for k in 0..sizes[1] {
            out[at(k)] = y[at(k)] * (g[at(k)] - s);
        }
    });
}

pub(crate) fn log_softmax_backward<E: Float>(g: &[E], y: &[E], sizes: [usize; 3], out: &mut [E]) {
    along(sizes, out, |at, out| {
        let mut s = E::default();
        for k in 0..sizes[1] {
            s = s + g[at(k)];
        }
        for k in 0..sizes[1] {
            out[at(k)] = g[at(k)] - y[at(k)].exp::<false>() * s;
        }
    });
}

pub(crate) fn cumsum<E: Number>(x: &[E], sizes: [usize; 3], reverse: bool, out: &mut [E]) {
    let [outer, n, inner] = sizes;
    for o in 0..outer {
        for i in 0..inner {
            let mut s = E::default();
            for k in 0..n {
                let at = (o * n + if reverse { n - 1 - k } else { k }) * inner + i;
                s = s + x[at];
                out[at] = s;
            }
        }
    }
}
