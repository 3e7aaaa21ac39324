//! An autograd of your own: a scalar tape in a hundred lines, which learns XOR. Then the same net on deltarule's own
//! tape, run on plain numbers.
//!
//! `cargo run --release --example scalar_tape`
//!
//! Reaches: the tape's gradients equal differences to 1e-8, both tapes give the same losses, and XOR is learnt.

use clap::Parser;
use deltarule::autograd::{Var, record};
use deltarule_examples::{Chart, Common, Outcome, reached};

/// A scalar tape learns XOR
#[derive(Parser)]
struct Args {
    /// How often the net sees the four rows
    #[arg(long, default_value_t = 2000)]
    epochs: usize,
    #[command(flatten)]
    common: Common,
}

// ANCHOR: tape
/// A tape: every number that was computed, in order.
#[derive(Default)]
struct Tape {
    nodes: Vec<Node>,
}

/// One number: its value, and how fast it grows with each of the numbers that it was made of.
struct Node {
    value: f64,
    inputs: Vec<(Number, f64)>,
}

/// The place of a number on the tape.
#[derive(Clone, Copy)]
struct Number(usize);
// ANCHOR_END: tape

// ANCHOR: operations
impl Tape {
    fn push(&mut self, value: f64, inputs: Vec<(Number, f64)>) -> Number {
        self.nodes.push(Node { value, inputs });
        Number(self.nodes.len() - 1)
    }

    /// A number that was made of nothing: a weight, an input.
    fn leaf(&mut self, value: f64) -> Number {
        self.push(value, vec![])
    }

    fn value(&self, number: Number) -> f64 {
        self.nodes[number.0].value
    }

    /// a + b grows as fast as a, and as fast as b.
    fn add(&mut self, a: Number, b: Number) -> Number {
        let value = self.value(a) + self.value(b);
        self.push(value, vec![(a, 1.0), (b, 1.0)])
    }

    /// a·b grows b times as fast as a, and a times as fast as b.
    fn mul(&mut self, a: Number, b: Number) -> Number {
        let (x, y) = (self.value(a), self.value(b));
        self.push(x * y, vec![(a, y), (b, x)])
    }

    /// The slope of the sigmoid is y·(1 − y).
    fn sigmoid(&mut self, x: Number) -> Number {
        let y = 1.0 / (1.0 + (-self.value(x)).exp());
        self.push(y, vec![(x, y * (1.0 - y))])
    }
}
// ANCHOR_END: operations

// ANCHOR: backward
impl Tape {
    /// How fast `output` grows with each number on the tape.
    fn backward(&self, output: Number) -> Vec<f64> {
        let mut grads = vec![0.0; self.nodes.len()];
        grads[output.0] = 1.0;
        for (index, node) in self.nodes.iter().enumerate().rev() {
            for (input, slope) in &node.inputs {
                grads[input.0] += grads[index] * slope;
            }
        }
        grads
    }
}
// ANCHOR_END: backward

const ROWS: [([f64; 2], f64); 4] = [([0., 0.], 0.), ([0., 1.], 1.), ([1., 0.], 1.), ([1., 1.], 0.)];
/// Each neuron's two weights and its bias, as they start: two hidden neurons and the output.
const START: [f64; 9] = [0.4, -0.5, 0.1, -0.6, 0.3, -0.2, 0.7, 0.5, -0.4];
const RATE: f64 = 4.0;

// ANCHOR: net
/// σ(w₀·x₀ + w₁·x₁ + w₂).
fn neuron(tape: &mut Tape, w: &[Number], x: [Number; 2]) -> Number {
    let (first, second) = (tape.mul(w[0], x[0]), tape.mul(w[1], x[1]));
    let sum = tape.add(first, second);
    let sum = tape.add(sum, w[2]);
    tape.sigmoid(sum)
}

/// The mean squared error over the four rows.
fn loss(tape: &mut Tape, w: &[Number]) -> Number {
    let mut total = tape.leaf(0.0);
    for (x, y) in ROWS {
        let x = x.map(|x| tape.leaf(x));
        let hidden = [neuron(tape, &w[0..3], x), neuron(tape, &w[3..6], x)];
        let y_pred = neuron(tape, &w[6..9], hidden);
        let minus_y = tape.leaf(-y);
        let error = tape.add(y_pred, minus_y);
        let square = tape.mul(error, error);
        total = tape.add(total, square);
    }
    let quarter = tape.leaf(0.25);
    tape.mul(total, quarter)
}
// ANCHOR_END: net

// ANCHOR: train
/// Learns from the start weights, and gives the loss of each epoch and the last weights.
fn train(epochs: usize) -> (Vec<f64>, [f64; 9]) {
    let mut weights = START;
    let mut losses = Vec::new();
    for _ in 0..epochs {
        let mut tape = Tape::default();
        let w = weights.map(|w| tape.leaf(w));
        let loss = loss(&mut tape, &w);
        let grads = tape.backward(loss);
        for (weight, number) in weights.iter_mut().zip(w) {
            *weight -= RATE * grads[number.0];
        }
        losses.push(tape.value(loss));
    }
    (losses, weights)
}
// ANCHOR_END: train

// ANCHOR: theirs
/// The same operations for deltarule's tape, on plain numbers.
type Scalar = Var<f64>;

fn add(a: &Scalar, b: &Scalar) -> Scalar {
    record("add", a.value() + b.value(), &[a.node(), b.node()], |_| {
        |g: Scalar, to| {
            to.input(0, || g.clone());
            to.input(1, || g);
        }
    })
}

fn mul(a: &Scalar, b: &Scalar) -> Scalar {
    record("mul", a.value() * b.value(), &[a.node(), b.node()], |keep| {
        let (a, b) = (keep.input(0, *a.value()), keep.input(1, *b.value()));
        move |g: Scalar, to| {
            let (a, b) = (to.open(a), to.open(b));
            to.input(0, || mul(&g, &b));
            to.input(1, || mul(&g, &a));
        }
    })
}

fn sigmoid(x: &Scalar) -> Scalar {
    let y = 1.0 / (1.0 + (-x.value()).exp());
    record("sigmoid", y, &[x.node()], |keep| {
        let y = keep.output(y);
        move |g: Scalar, to| {
            let y = to.open(y);
            let rest = add(&Var::constant(1.0), &mul(&y, &Var::constant(-1.0)));
            to.input(0, || mul(&g, &mul(&y, &rest)));
        }
    })
}
// ANCHOR_END: theirs

/// The loss on deltarule's tape, of weights that are leaves of it.
fn loss_of(w: &[Scalar]) -> Scalar {
    let neuron = |w: &[Scalar], x: [&Scalar; 2]| sigmoid(&add(&add(&mul(&w[0], x[0]), &mul(&w[1], x[1])), &w[2]));
    let mut total = Var::constant(0.0);
    for (x, y) in ROWS {
        let x = x.map(Var::constant);
        let hidden = [neuron(&w[0..3], [&x[0], &x[1]]), neuron(&w[3..6], [&x[0], &x[1]])];
        let y_pred = neuron(&w[6..9], [&hidden[0], &hidden[1]]);
        let error = add(&y_pred, &Var::constant(-y));
        total = add(&total, &mul(&error, &error));
    }
    mul(&total, &Var::constant(0.25))
}

// ANCHOR: train_theirs
fn train_on_deltarule(epochs: usize) -> Vec<f64> {
    let mut weights = START;
    let mut losses = Vec::new();
    for _ in 0..epochs {
        let w = weights.map(Var::leaf);
        let loss = loss_of(&w);
        loss.backward();
        for (weight, leaf) in weights.iter_mut().zip(&w) {
            *weight -= RATE * leaf.grad().map_or(0.0, |grad| *grad.value());
        }
        losses.push(*loss.value());
    }
    losses
}
// ANCHOR_END: train_theirs

fn main() -> Outcome {
    let args = Args::parse();

    // ANCHOR: small
    // L = a·b + a at a = 3, b = 4.
    let mut tape = Tape::default();
    let (a, b) = (tape.leaf(3.0), tape.leaf(4.0));
    let product = tape.mul(a, b);
    let l = tape.add(product, a);
    let grads = tape.backward(l);
    println!("The tape of a·b + a:");
    println!("number  value  gradient");
    for (name, number) in [("a", a), ("b", b), ("a·b", product), ("L", l)] {
        println!("{name:<6}  {:>5}  {:>8}", tape.value(number), grads[number.0]);
    }
    // ANCHOR_END: small

    let mut tape = Tape::default();
    let w = START.map(|w| tape.leaf(w));
    let l = loss(&mut tape, &w);
    let grads = tape.backward(l);
    println!("\nnumbers on the tape of one epoch: {}", tape.nodes.len());
    let apart = differences().into_iter().zip(w).map(|(d, w)| (d - grads[w.0]).abs());
    // NaN is the largest.
    let apart = apart.max_by(f64::total_cmp).unwrap_or_default();
    println!("largest difference from finite differences: {apart:.0e}");

    let (losses, weights) = train(args.epochs);
    let theirs = train_on_deltarule(args.epochs);
    println!("\nLosses:");
    println!("epoch  our tape  deltarule's");
    for epoch in [1, 100, 500, 1000, 2000].into_iter().filter(|&epoch| epoch <= args.epochs) {
        println!("{epoch:>5}  {:.6}  {:.6}", losses[epoch - 1], theirs[epoch - 1]);
    }
    println!("\nWhat it learnt:");
    println!("a  b  target  output");
    let mut right = true;
    for ([a, b], y) in ROWS {
        let mut tape = Tape::default();
        let w = weights.map(|w| tape.leaf(w));
        let x = [tape.leaf(a), tape.leaf(b)];
        let hidden = [neuron(&mut tape, &w[0..3], x), neuron(&mut tape, &w[3..6], x)];
        let y_pred = neuron(&mut tape, &w[6..9], hidden);
        let y_pred = tape.value(y_pred);
        println!("{a}  {b}  {y}       {y_pred:.3}");
        right &= (y_pred - y).abs() < 0.2;
    }
    let same = losses.iter().zip(&theirs).all(|(a, b)| (a - b).abs() <= 1e-6 * a);

    let curve: Vec<_> = losses.iter().enumerate().map(|(epoch, loss)| (epoch as f64, *loss)).collect();
    let description = "The loss of XOR on a tape of one's own, over the epochs: a plateau, then a steep fall.";
    let chart = Chart::new("XOR on our own tape", description).axes("epoch", "loss").log_y().line("", curve);
    args.common.save("loss", &chart.svg())?;
    println!();
    reached(apart < 1e-8 && same && right, "two tapes, one result: XOR is learnt")
}

/// The derivatives of the loss by central differences.
fn differences() -> [f64; 9] {
    let h = 1e-5;
    std::array::from_fn(|i| {
        let moved = |by: f64| {
            let mut tape = Tape::default();
            let mut weights = START;
            weights[i] += by;
            let w = weights.map(|w| tape.leaf(w));
            let loss = loss(&mut tape, &w);
            tape.value(loss)
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    })
}
