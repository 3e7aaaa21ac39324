//! Stand-ins for operations that the tensor crate is about to have, so that this crate can be built and tested now.
//!
//! They are slow and plain. An inherent method of the same name takes precedence over a trait's, so each stand-in falls
//! out of use when its operation arrives; then this file goes.

use std::cell::Cell;

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Tensor, record};

/// Operations of [`Tensor`] to come.
pub(crate) trait Pending: Sized {
    fn linear(&self, weight: &Self, bias: Option<&Self>) -> Self;
    fn mean(&self) -> Self;
    fn abs(&self) -> Self;
    fn exp(&self) -> Self;
    fn log(&self) -> Self;
    fn sigmoid(&self) -> Self;
    fn relu(&self) -> Self;
    fn leaky_relu(&self, slope: f64) -> Self;
    fn elu(&self, alpha: f64) -> Self;
    fn softplus(&self, beta: f64, threshold: f64) -> Self;
    fn gelu(&self) -> Self;
    fn gelu_tanh(&self) -> Self;
    fn silu(&self) -> Self;
    fn softmax(&self, dim: isize) -> Self;
    fn log_softmax(&self, dim: isize) -> Self;
}

impl Pending for Tensor {
    #[track_caller]
    fn linear(&self, weight: &Self, bias: Option<&Self>) -> Self {
        if self.shape().last() != weight.shape().last() {
            let message = format!(
                "an input of shape {:?} doesn't fit a weight of shape {:?}",
                self.shape(),
                weight.shape()
            );
            fail("linear", message);
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

    fn abs(&self) -> Self {
        each("abs", self, f64::abs, |x| {
            if x == 0.0 { 0.0 } else { x.signum() }
        })
    }

    fn exp(&self) -> Self {
        each("exp", self, f64::exp, f64::exp)
    }

    fn log(&self) -> Self {
        each("log", self, f64::ln, f64::recip)
    }

    fn sigmoid(&self) -> Self {
        each("sigmoid", self, sigmoid, |x| sigmoid(x) * sigmoid(-x))
    }

    fn relu(&self) -> Self {
        each(
            "relu",
            self,
            |x| x.max(0.0),
            |x| if x > 0.0 { 1.0 } else { 0.0 },
        )
    }

    fn leaky_relu(&self, slope: f64) -> Self {
        let factor = move |x: f64| if x > 0.0 { 1.0 } else { slope };
        each("leaky_relu", self, move |x| x * factor(x), factor)
    }

    fn elu(&self, alpha: f64) -> Self {
        let f = move |x: f64| if x > 0.0 { x } else { alpha * x.exp_m1() };
        each(
            "elu",
            self,
            f,
            move |x| if x > 0.0 { 1.0 } else { alpha * x.exp() },
        )
    }

    fn softplus(&self, beta: f64, threshold: f64) -> Self {
        let f = move |x: f64| {
            if beta * x > threshold {
                x
            } else {
                (beta * x).exp().ln_1p() / beta
            }
        };
        each("softplus", self, f, move |x| {
            if beta * x > threshold {
                1.0
            } else {
                sigmoid(beta * x)
            }
        })
    }

    fn gelu(&self) -> Self {
        let f = |x: f64| x * normal_cdf(x);
        let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        each("gelu", self, f, move |x| normal_cdf(x) + x * density(x))
    }

    fn gelu_tanh(&self) -> Self {
        let inner = (self + self * self * self * 0.044_715) * (2.0 / std::f32::consts::PI).sqrt();
        self * (inner.tanh() + 1.0) * 0.5
    }

    fn silu(&self) -> Self {
        self * Pending::sigmoid(self)
    }

    fn softmax(&self, dim: isize) -> Self {
        Pending::exp(&Pending::log_softmax(self, dim))
    }

    fn log_softmax(&self, dim: isize) -> Self {
        let rows = self.detach().transpose(dim, -1).contiguous();
        let size = self.size(dim).max(1);
        let maxima = rows
            .to_vec()
            .chunks(size)
            .map(|row| row.iter().copied().fold(f32::NEG_INFINITY, f32::max))
            .collect();
        let mut shape = rows.shape().to_vec();
        if let Some(last) = shape.last_mut() {
            *last = 1;
        }
        let Ok(maxima) = Tensor::from_vec(maxima, shape) else {
            unreachable!("one maximum a row")
        };
        let z = self - maxima.transpose(dim, -1);
        &z - Pending::log(&Pending::exp(&z).sum_dim(dim, true))
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Φ(x), by the series of erf.
fn normal_cdf(x: f64) -> f64 {
    if x.abs() > 8.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while f64::abs(term) > 1e-18 {
        n += 2.0;
        term *= x * x / n;
        sum += term;
    }
    0.5 + sum * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// `f` of each element, with the derivative `df`. Its gradient has no gradient.
#[track_caller]
fn each(name: &'static str, x: &Tensor, f: impl Fn(f64) -> f64, df: impl Fn(f64) -> f64) -> Tensor {
    let apply = |f: &dyn Fn(f64) -> f64| {
        let mut y = x.detach().contiguous();
        y.update(|values| {
            values
                .iter_mut()
                .for_each(|value| *value = f(f64::from(*value)) as f32)
        });
        y
    };
    let slope = apply(&df);
    record(name, apply(&f), [x.node()], |keep| {
        let slope = keep.input(0, slope.clone());
        move |g, to| {
            let slope = to.open(slope).detach();
            to.input(0, || g * slope);
        }
    })
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
    let Ok(tensor) = Tensor::from_vec(values, shape) else {
        unreachable!("as many values as elements")
    };
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
