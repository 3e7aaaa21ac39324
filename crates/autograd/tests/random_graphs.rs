//! Random expressions: gradients against finite differences, and the ways to a gradient against each other.

mod common;

use common::{Random, Scalar, add, assert_close, constant, exp, gradient, leaf, mul, sin, tanh};
use deltarule_autograd::Options;

const LEAVES: usize = 4;
const OPERATIONS: usize = 40;
const SEEDS: u64 = 200;

/// One operation on earlier values. All keep within some units of 0, where finite differences are accurate.
#[derive(Clone, Copy)]
enum Step {
    /// (a + b)/2
    Mean(usize, usize),
    /// tanh a · b
    Gate(usize, usize),
    Sin(usize),
    /// exp(−tanh a)
    Exp(usize),
}

struct Expression {
    start: Vec<f64>,
    steps: Vec<Step>,
}

impl Expression {
    fn random(seed: u64) -> Self {
        let mut random = Random(seed);
        let start = (0..LEAVES).map(|_| 2.0 * random.unit() - 1.0).collect();
        let steps = (LEAVES..LEAVES + OPERATIONS)
            .map(|values| {
                // The newer half, mostly: so the graph is deep, and old values have many uses.
                let mut pick = || {
                    let from = if random.below(4) == 0 { 0 } else { values / 2 };
                    from + random.below(values - from)
                };
                let (a, b) = (pick(), pick());
                match random.below(4) {
                    0 => Step::Mean(a, b),
                    1 => Step::Gate(a, b),
                    2 => Step::Sin(a),
                    _ => Step::Exp(a),
                }
            })
            .collect();
        Expression { start, steps }
    }

    fn numbers(&self, start: &[f64]) -> f64 {
        let mut values = start.to_vec();
        for step in &self.steps {
            values.push(match *step {
                Step::Mean(a, b) => 0.5 * (values[a] + values[b]),
                Step::Gate(a, b) => values[a].tanh() * values[b],
                Step::Sin(a) => values[a].sin(),
                Step::Exp(a) => (-values[a].tanh()).exp(),
            });
        }
        values.iter().sum()
    }

    /// The sum of all values, so that no operation is without influence, and all values.
    fn graph(&self) -> (Scalar, Vec<Scalar>) {
        let mut values: Vec<_> = self.start.iter().map(|&x| leaf(x)).collect();
        for step in &self.steps {
            values.push(match *step {
                Step::Mean(a, b) => mul(&add(&values[a], &values[b]), &constant(0.5)),
                Step::Gate(a, b) => mul(&tanh(&values[a]), &values[b]),
                Step::Sin(a) => sin(&values[a]),
                Step::Exp(a) => exp(&mul(&tanh(&values[a]), &constant(-1.0))),
            });
        }
        let y = values.iter().fold(constant(0.0), |y, value| add(&y, value));
        (y, values)
    }
}

/// df/dx by central differences of the fourth order: (8(f₁ − f₋₁) − (f₂ − f₋₂))/12h.
fn difference(f: impl Fn(f64) -> f64) -> f64 {
    const H: f64 = 1e-3;
    (8.0 * (f(H) - f(-H)) - (f(2.0 * H) - f(-2.0 * H))) / (12.0 * H)
}

#[track_caller]
fn assert_near(actual: f64, expected: f64, what: std::fmt::Arguments<'_>) {
    let error = (actual - expected).abs() / (1.0 + expected.abs());
    assert!(error < 1e-7, "{what}: {actual} isn't {expected}, off by {error:e}");
}

#[test]
fn gradients_agree_with_finite_differences() {
    for seed in 0..SEEDS {
        let expression = Expression::random(seed);
        let (y, values) = expression.graph();
        assert_close(*y.value(), expression.numbers(&expression.start));
        y.backward();
        for (i, x) in values[..LEAVES].iter().enumerate() {
            let slope = difference(|h| {
                let mut start = expression.start.clone();
                start[i] += h;
                expression.numbers(&start)
            });
            assert_near(gradient(x), slope, format_args!("seed {seed}, leaf {i}"));
        }
    }
}

#[test]
fn second_derivatives_agree_with_differences_of_first_ones() {
    for seed in 0..SEEDS {
        let expression = Expression::random(seed);
        let direction: Vec<_> = (0..LEAVES).map(|i| 1.0 - 0.5 * i as f64).collect();
        let slopes = |h: f64, create: bool| {
            let start = expression.start.iter().zip(&direction).map(|(x, v)| x + h * v).collect();
            let (y, values) = Expression { start, steps: expression.steps.clone() }.graph();
            let leaves: Vec<_> = values[..LEAVES].iter().collect();
            let slopes = y.grad_of(&leaves, Options::new().create_graph(create));
            let slopes: Vec<_> = slopes.into_iter().map(Option::unwrap).collect();
            (slopes, values)
        };

        let (recorded, values) = slopes(0.0, true);
        let along = recorded.iter().zip(&direction);
        let along = along.fold(constant(0.0), |sum, (g, v)| add(&sum, &mul(g, &constant(*v))));
        along.backward();
        for (i, leaf) in values[..LEAVES].iter().enumerate() {
            let expected = difference(|h| *slopes(h, false).0[i].value());
            // A leaf on which no slope depends collects nothing.
            let found = leaf.grad().map_or(0.0, |g| *g.value());
            assert_near(found, expected, format_args!("seed {seed}, leaf {i}"));
        }
    }
}

#[test]
fn backward_grad_and_retained_gradients_are_the_same_numbers() {
    for seed in 0..SEEDS {
        let (y, values) = Expression::random(seed).graph();
        values.iter().for_each(|value| value.retain_grad());
        y.backward_with(None, Options::new().retain_graph(true));

        let mut random = Random(seed);
        let asked: Vec<_> = (0..5).map(|_| &values[random.below(values.len())]).collect();
        let found = y.grad_of(&asked, Options::new());
        for (value, found) in asked.iter().zip(found) {
            let found = *found.unwrap().value();
            // Fewer paths are walked, and the same sums are made.
            assert_eq!(found, gradient(value), "seed {seed}");
        }
    }
}
