//! A stand-in for the random numbers that the tensor crate is about to have. Then this file goes, and its two callers
//! ([`Linear`](crate::Linear) and [`init`](crate::init)) draw from there.

use std::cell::Cell;

use deltarule_tensor::Tensor;

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// The next number of SplitMix64, in [0, 1).
fn next() -> f64 {
    let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.set(state);
    let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

fn random(shape: &[usize], draw: impl Fn() -> f64) -> Tensor {
    let values = (0..shape.iter().product()).map(|_| draw() as f32).collect();
    let Ok(tensor) = Tensor::from_vec(values, shape) else { unreachable!("as many values as elements") };
    tensor
}

/// Values of U(low, high).
pub(crate) fn uniform(shape: &[usize], low: f64, high: f64) -> Tensor {
    random(shape, || low + (high - low) * next())
}

/// Values of N(mean, std²).
pub(crate) fn normal(shape: &[usize], mean: f64, std: f64) -> Tensor {
    random(shape, || {
        let radius = (-2.0 * (1.0 - next()).ln()).sqrt();
        mean + std * radius * (std::f64::consts::TAU * next()).cos()
    })
}
