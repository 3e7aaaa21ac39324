//! Every function at its corners (NaN, infinities, zeros, subnormals, overflow) against PyTorch.
//!
//! `tests/torch/cases/corners.py` writes the fixture, and tells its form.

use std::collections::HashMap;

use super::accuracy::error;
use crate::element::Float;
use crate::kernels::map::{Binary, Unary, WithRight, map, zip};
use crate::kernels::math as f;

type Function<E> = Box<dyn Fn(&[E], &[E], &mut [E])>;

/// A function's name in the fixture, how far it may be off, in ulp or in units of `floor`, and the function.
struct Case<E> {
    name: &'static str,
    limit: f64,
    floor: f64,
    /// Whether it is a part of the quotient of two finite numbers.
    of_quotient: bool,
    run: Function<E>,
}

fn one<E: Float + 'static>(name: &'static str, limit: f64, floor: f64, function: impl Unary<E> + 'static) -> Case<E> {
    Case { name, limit, floor, of_quotient: false, run: Box::new(move |x, _, out| map(function, x, out)) }
}

fn two<E: Float + 'static>(name: &'static str, limit: f64, floor: f64, function: impl Binary<E> + 'static) -> Case<E> {
    Case { name, limit, floor, of_quotient: false, run: Box::new(move |a, b, out| zip(function, a, b, out)) }
}

fn of_quotient<E: Float + 'static>(name: &'static str, limit: f64, function: impl Binary<E> + 'static) -> Case<E> {
    Case { of_quotient: true, ..two(name, limit, 0.0, function) }
}

fn power<E: Float + 'static>(name: &'static str, exponent: f64) -> Case<E> {
    Case {
        name,
        limit: 2.0,
        floor: 0.0,
        of_quotient: false,
        run: Box::new(move |x, _, out| to_power(x, E::from_f64(exponent), out)),
    }
}

#[rustfmt::skip]
fn unary_cases<E: Float + 'static>(unit: f64) -> Vec<Case<E>> {
    let n = E::from_f64;
    vec![
        one("exp", 1.0, 0.0, f::Exp),
        one("expm1", 1.5, 0.0, f::Expm1),
        one("ln", 1.0, 0.0, f::Ln),
        one("log1p", 1.5, 0.0, f::Ln1p),
        one("sin", 1.5, 0.0, f::Sin),
        one("cos", 1.5, 0.0, f::Cos),
        one("tan", 1.0, 0.0, f::Tan),
        one("asin", 1.0, 0.0, f::Asin),
        one("acos", 1.0, 0.0, f::Acos),
        one("atan", 1.0, 0.0, f::Atan),
        one("sinh", 1.0, 0.0, f::Sinh),
        one("cosh", 1.0, 0.0, f::Cosh),
        one("asinh", 1.0, 0.0, f::Asinh),
        one("acosh", 1.0, 0.0, f::Acosh),
        one("atanh", 1.0, 0.0, f::Atanh),
        one("exp2", 1.0, 0.0, f::Exp2),
        one("log2", 1.0, 0.0, f::Log2),
        one("log10", 1.0, 0.0, f::Log10),
        one("floor", 0.0, 0.0, f::Floor),
        one("ceil", 0.0, 0.0, f::Ceil),
        one("round", 0.0, 0.0, f::Round),
        one("trunc", 0.0, 0.0, f::Trunc),
        one("frac", 0.0, 0.0, f::Frac),
        one("tanh", 2.0, 0.0, f::Tanh),
        one("sigmoid", 2.0, 0.0, f::Sigmoid),
        one("erf", 1.5, 0.0, f::Erf),
        one("sqrt", 0.5, 0.0, f::Sqrt),
        one("rsqrt", 1.5, 0.0, f::Rsqrt),
        one("square", 0.5, 0.0, f::Square),
        one("reciprocal", 0.5, 0.0, f::Reciprocal),
        one("abs", 0.0, 0.0, f::Abs),
        one("neg", 0.0, 0.0, f::Neg),
        one("sign", 0.0, 0.0, f::Sign),
        one("relu", 0.0, 0.0, f::Relu::new()),
        one("gelu", 4.0, unit, f::Gelu),
        one("gelu_tanh", 4.0, unit, f::GeluTanh),
        one("silu", 3.0, unit * 2f64.powi(-119), f::Silu),
        one("leaky_relu_0.01", 1.5, 0.0, f::LeakyRelu { slope: n(0.01) }),
        one("elu_1", 1.5, 0.0, f::Elu { alpha: n(1.0) }),
        one("elu_0.5", 1.5, 0.0, f::Elu { alpha: n(0.5) }),
        one("softplus_1_20", 2.0, 0.0, f::Softplus { beta: n(1.0), threshold: n(20.0) }),
        one("softplus_2_5", 2.0, 0.0, f::Softplus { beta: n(2.0), threshold: n(5.0) }),
        one("clamp", 0.0, 0.0, f::Clamp { low: n(-1.0), high: n(2.5) }),
        power("pow_0", 0.0), power("pow_1", 1.0), power("pow_2", 2.0), power("pow_3", 3.0), power("pow_0.5", 0.5),
        power("pow_-0.5", -0.5), power("pow_-1", -1.0), power("pow_-2", -2.0), power("pow_2.5", 2.5),
        power("pow_-3", -3.0), power("pow_5", 5.0), power("pow_1.5", 1.5),
    ]
}

#[rustfmt::skip]
fn pair_cases<E: Float + 'static>() -> Vec<Case<E>> {
    vec![
        two("add", 0.5, 0.0, f::Add),
        two("sub", 0.5, 0.0, f::Sub),
        two("mul", 0.5, 0.0, f::Mul),
        two("div", 0.5, 0.0, f::Div),
        two("maximum", 0.0, 0.0, f::Maximum),
        two("minimum", 0.0, 0.0, f::Minimum),
        two("pow", 1.0, 0.0, f::Pow),
        two("atan2", 1.0, 0.0, f::Atan2),
        of_quotient("fmod", 0.0, f::Fmod),
        of_quotient("remainder", 0.5, f::Remainder),
        two("div_trunc", 0.5, 0.0, f::DivTrunc),
        of_quotient("div_floor", 1.5, f::DivFloor),
    ]
}

#[rustfmt::skip]
fn gradient_cases<E: Float + 'static>(unit: f64) -> Vec<Case<E>> {
    let n = E::from_f64;
    vec![
        two("tanh_backward", 4.0, unit, f::TanhBackward),
        two("sigmoid_backward", 4.0, unit, f::SigmoidBackward),
        two("relu_backward", 0.0, 0.0, f::ReluBackward::new()),
        two("leaky_relu_backward_0.01", 1.5, 0.0, f::LeakyReluBackward { slope: n(0.01) }),
        two("elu_backward_1", 2.0, 0.0, f::EluBackward { alpha: n(1.0) }),
        two("elu_backward_0.5", 2.0, 0.0, f::EluBackward { alpha: n(0.5) }),
        two("softplus_backward_1_20", 2.0, 0.0, f::SoftplusBackward { beta: n(1.0), threshold: n(20.0) }),
        two("softplus_backward_2_5", 2.0, 0.0, f::SoftplusBackward { beta: n(2.0), threshold: n(5.0) }),
        two("gelu_backward", 16.0, unit, f::GeluBackward),
        two("gelu_tanh_backward", 8.0, unit, f::GeluTanhBackward),
        two("silu_backward", 8.0, unit, f::SiluBackward),
    ]
}

/// `out[i] = x[i]` to a fixed power, by the ways that the operation takes.
fn to_power<E: Float>(x: &[E], exponent: E, out: &mut [E]) {
    match exponent.to_f64() {
        0.0 => out.fill(E::ONE),
        1.0 => out.copy_from_slice(x),
        2.0 => map(f::Square, x, out),
        3.0 => map(f::Cube, x, out),
        0.5 => map(f::Sqrt, x, out),
        -0.5 => map(f::Rsqrt, x, out),
        -1.0 => map(f::Reciprocal, x, out),
        -2.0 => map(f::InverseSquare, x, out),
        _ => map(WithRight(f::Pow, exponent), x, out),
    }
}

/// The fixture's lines: the words of each name and kind.
fn fixture() -> HashMap<(&'static str, &'static str), Vec<u64>> {
    let text = include_str!("../../../../../tests/torch/fixtures/corners.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let parse = |line: &'static str| {
        let mut words = line.split(' ');
        let key = (words.next()?, words.next()?);
        Some((key, words.map(|word| u64::from_str_radix(word, 16).ok()).collect::<Option<Vec<u64>>>()?))
    };
    lines.map(|line| parse(line).expect("a name, a kind and words")).collect()
}

fn class(x: f64) -> &'static str {
    match (x.is_nan(), x.is_infinite(), x == 0.0, x.is_sign_negative()) {
        (true, ..) => "NaN",
        (_, true, _, false) => "inf",
        (_, true, _, true) => "-inf",
        (_, _, true, false) => "0",
        (_, _, true, true) => "-0",
        (.., false) => "+",
        (.., true) => "-",
    }
}

/// Whether `y` may stand where PyTorch has `expected`, given the true value and how far off `y` is.
///
/// The kinds must agree: NaN, infinity, zero, each with its sign. PyTorch alone may be wrong, where it overflows on the
/// way (∞ or ∞·0) or rounds 1 + tiny to 1: then the truth decides.
fn acceptable(y: f64, expected: f64, truth: f64, right: bool) -> bool {
    if class(y) == class(expected) {
        return right || y.is_nan() || y.is_infinite();
    }
    let lost = expected == 0.0 && truth != 0.0 && y != 0.0 || !expected.is_finite() && truth.is_finite();
    right && (lost || (expected.is_nan() && class(y) == class(truth)))
}

fn check<E: Float>(cases: &[Case<E>], kind: &str, operands: &str, arity: usize, parse: fn(u64) -> E) {
    let fixture = fixture();
    let read = |name, kind| fixture.get(&(name, kind)).unwrap_or_else(|| panic!("no {name} {kind} in the fixture"));
    let inputs: Vec<E> = read(operands, kind).iter().map(|&bits| parse(bits)).collect();
    let a: Vec<E> = inputs.iter().copied().step_by(arity).collect();
    let b: Vec<E> = inputs.iter().copied().skip(arity - 1).step_by(arity).collect();
    for case in cases {
        let expected = read(case.name, kind).iter().map(|&bits| parse(bits).to_f64());
        let truth = read(case.name, "truth").iter().map(|&bits| f64::from_bits(bits));
        let mut out = a.clone();
        (case.run)(&a, &b, &mut out);
        for (i, (expected, truth)) in expected.zip(truth).enumerate() {
            let (a, b, y) = (a[i].to_f64(), b[i].to_f64(), out[i].to_f64());
            let fine = match kind {
                "f32" => acceptable(y, expected, truth, error(y as f32, truth, case.floor) <= case.limit),
                // PyTorch's remainders are NaN where the quotient overflows.
                _ => agree(y, expected, case) || case.of_quotient && expected.is_nan() && (a / b).is_infinite(),
            };
            assert!(fine, "{kind} {} of {a:e}, {b:e}: {y:e}, PyTorch {expected:e}, truth {truth:e}", case.name);
        }
    }
}

/// As [`acceptable`] in `f64`, where neither result is the truth.
fn agree<E>(y: f64, expected: f64, case: &Case<E>) -> bool {
    if class(y) != class(expected) {
        // Above, PyTorch overflows on the way, or rounds 1 + tiny to 1 and gives 0, or ∞·0.
        let tail = expected == 0.0 && y != 0.0 && y.abs() < 1e-15;
        return tail || (case.floor > 0.0 && expected.is_nan() && y.is_infinite());
    }
    let (relative, absolute) = if case.floor > 0.0 { (16.0, 1e-15) } else { (4.0, 1e-323) };
    let tolerance = relative * f64::EPSILON * expected.abs() + absolute;
    (y - expected).abs() <= tolerance || !y.is_finite()
}

#[test]
fn f32_unary() {
    check(&unary_cases(5.960_464_477_539_063e-8), "f32", "x", 1, |bits| f32::from_bits(bits as u32));
}
#[test]
fn f32_pairs() {
    check(&pair_cases(), "f32", "pairs", 2, |bits| f32::from_bits(bits as u32));
}
#[test]
fn f32_gradients() {
    check(&gradient_cases(5.960_464_477_539_063e-8), "f32", "gradients", 2, |bits| f32::from_bits(bits as u32));
}
#[test]
fn f64_unary() {
    check(&unary_cases(1e-16), "f64", "x", 1, f64::from_bits);
}
#[test]
fn f64_pairs() {
    check(&pair_cases(), "f64", "pairs", 2, f64::from_bits);
}
#[test]
fn f64_gradients() {
    check(&gradient_cases(1e-16), "f64", "gradients", 2, f64::from_bits);
}
