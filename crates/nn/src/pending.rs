//! Stand-ins for operations that the tensor crate is about to have, so that this crate can be built and tested now.
//!
//! They are slow and plain. An inherent method of the same name takes precedence over a trait's, so each stand-in falls
//! out of use when its operation arrives; then this file goes.

use std::cell::Cell;

use deltarule_autograd::call_site::fail;
use deltarule_tensor::Tensor;

/// Operations of [`Tensor`] to come.
pub(crate) trait Pending: Sized {
    fn linear(&self, weight: &Self, bias: Option<&Self>) -> Self;
    fn mean(&self) -> Self;
    fn softmax(&self, dim: isize) -> Self;
    fn log_softmax(&self, dim: isize) -> Self;
}

impl Pending for Tensor {
    #[track_caller]
    fn linear(&self, weight: &Self, bias: Option<&Self>) -> Self {
        if self.shape().last() != weight.shape().last() {
            let (input, weight) = (self.shape(), weight.shape());
            fail("linear", format_args!("an input of shape {input:?} doesn't fit a weight of shape {weight:?}"));
        }
        let y = (self.unsqueeze(-2) * weight).sum_dim(-1, false);
        match bias {
            Some(bias) => y + bias,
            None => y,
        }
    }

    fn mean(&self) -> Self {
        self.sum() / self.numel() as f32
    }

    fn softmax(&self, dim: isize) -> Self {
        let e = below_maximum(self, dim).exp();
        &e / e.sum_dim(dim, true)
    }

    fn log_softmax(&self, dim: isize) -> Self {
        let z = below_maximum(self, dim);
        &z - z.exp().sum_dim(dim, true).ln()
    }
}

/// x minus its maximum over an axis, so that no power overflows. The result of a softmax doesn't depend on it.
fn below_maximum(x: &Tensor, dim: isize) -> Tensor {
    let rows = x.detach().transpose(dim, -1).contiguous();
    let size = x.size(dim).max(1);
    let maximum = |row: &[f32]| row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let maxima = rows.to_vec().chunks(size).map(maximum).collect();
    let mut shape = rows.shape().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = 1;
    }
    let Ok(maxima) = Tensor::from_vec(maxima, shape) else { unreachable!("one maximum a row") };
    x - maxima.transpose(dim, -1)
}

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
