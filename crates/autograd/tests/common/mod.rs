//! What the tests share: a tiny set of scalar operations, recorded as a user would record them, and a look at panics.

#![allow(dead_code, reason = "each test file uses its own part")]

mod panic;

use deltarule_autograd::{Var, record};

#[allow(unused_imports, reason = "each test file uses its own part")]
pub(crate) use panic::{Panic, panic_of};

pub(crate) type Scalar = Var<f64>;

/// a + b, with d(a + b)/da = d(a + b)/db = 1.
#[track_caller]
pub(crate) fn add(a: &Scalar, b: &Scalar) -> Scalar {
    record("add", a.value() + b.value(), &[a.node(), b.node()], |_| {
        |g, to| {
            to.input(0, || g.clone());
            to.input(1, || g);
        }
    })
}

/// a·b, with d(ab)/da = b and d(ab)/db = a.
#[track_caller]
pub(crate) fn mul(a: &Scalar, b: &Scalar) -> Scalar {
    record("mul", a.value() * b.value(), &[a.node(), b.node()], |keep| {
        let (a, b) = (keep.input(0, *a.value()), keep.input(1, *b.value()));
        move |g, to| {
            let (a, b) = (to.open(a), to.open(b));
            to.input(0, || mul(&g, &b));
            to.input(1, || mul(&g, &a));
        }
    })
}

/// sin x, with d(sin x)/dx = cos x.
#[track_caller]
pub(crate) fn sin(x: &Scalar) -> Scalar {
    record("sin", x.value().sin(), &[x.node()], |keep| {
        let x = keep.input(0, *x.value());
        move |g, to| {
            let x = to.open(x);
            to.input(0, || mul(&g, &cos(&x)));
        }
    })
}

/// cos x, with d(cos x)/dx = −sin x.
#[track_caller]
pub(crate) fn cos(x: &Scalar) -> Scalar {
    record("cos", x.value().cos(), &[x.node()], |keep| {
        let x = keep.input(0, *x.value());
        move |g, to| {
            let x = to.open(x);
            to.input(0, || mul(&g, &neg(&sin(&x))));
        }
    })
}

/// y = eˣ, with dy/dx = y.
#[track_caller]
pub(crate) fn exp(x: &Scalar) -> Scalar {
    let y = x.value().exp();
    record("exp", y, &[x.node()], |keep| {
        let y = keep.output(y);
        move |g, to| {
            let y = to.open(y);
            to.input(0, || mul(&g, &y));
        }
    })
}

/// y = tanh x, with dy/dx = 1 − y².
#[track_caller]
pub(crate) fn tanh(x: &Scalar) -> Scalar {
    let y = x.value().tanh();
    record("tanh", y, &[x.node()], |keep| {
        let y = keep.output(y);
        move |g, to| {
            let y = to.open(y);
            to.input(0, || mul(&g, &add(&constant(1.0), &neg(&mul(&y, &y)))));
        }
    })
}

#[track_caller]
pub(crate) fn neg(x: &Scalar) -> Scalar {
    mul(x, &constant(-1.0))
}

pub(crate) fn constant(value: f64) -> Scalar {
    Var::constant(value)
}

#[track_caller]
pub(crate) fn leaf(value: f64) -> Scalar {
    Var::leaf(value)
}

/// The number that `x` has collected as its gradient.
#[track_caller]
pub(crate) fn gradient(x: &Scalar) -> f64 {
    *x.grad().expect("a gradient was collected").value()
}

/// Asserts that two numbers agree but for the rounding of some tens of operations.
#[track_caller]
pub(crate) fn assert_close(actual: f64, expected: f64) {
    let tolerance = 1e-13 * (1.0 + expected.abs());
    assert!((actual - expected).abs() <= tolerance, "{actual} isn't {expected}");
}

/// A small generator (Knuth's MMIX numbers): tests need no dependency, and each run is the same.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number in 0..n.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}
