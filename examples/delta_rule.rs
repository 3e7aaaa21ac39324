//! The delta rule: a linear neuron learns OR, and does its best on XOR.
//!
//! `cargo run --release --example delta_rule`
//!
//! Reaches: least squares on both gates, OR right in all four rows, and the same steps as deltarule's own SGD takes.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// The delta rule on a linear neuron
#[derive(Parser)]
struct Args {
    /// How often the neuron sees the four rows
    #[arg(long, default_value_t = 200)]
    epochs: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.1)]
    lr: f64,
    #[command(flatten)]
    common: Common,
}

// ANCHOR: neuron
/// x₀ is always 1, so that w₀ is the bias.
const ROWS: [[f64; 3]; 4] = [[1., 0., 0.], [1., 0., 1.], [1., 1., 0.], [1., 1., 1.]];
const OR: [f64; 4] = [0., 1., 1., 1.];
const XOR: [f64; 4] = [0., 1., 1., 0.];

/// A linear neuron: the weighted sum, without a threshold.
fn output(w: [f64; 3], x: [f64; 3]) -> f64 {
    w[0] * x[0] + w[1] * x[1] + w[2] * x[2]
}
// ANCHOR_END: neuron

// ANCHOR: rule
/// One step: Δwᵢ = η·Σ (y − ŷ)·xᵢ, the sum over all rows.
fn delta_rule(w: [f64; 3], targets: [f64; 4], rate: f64) -> [f64; 3] {
    let mut delta = [0.0; 3];
    for (x, y) in ROWS.into_iter().zip(targets) {
        let error = y - output(w, x);
        for i in 0..3 {
            delta[i] += rate * error * x[i];
        }
    }
    std::array::from_fn(|i| w[i] + delta[i])
}
// ANCHOR_END: rule

/// Half the sum of squared errors.
fn cost(w: [f64; 3], targets: [f64; 4]) -> f64 {
    ROWS.into_iter().zip(targets).map(|(x, y)| (y - output(w, x)).powi(2)).sum::<f64>() / 2.0
}

fn main() -> Outcome {
    let args = Args::parse();
    let learn = |targets| {
        let mut history = vec![[0.0; 3]];
        for epoch in 0..args.epochs {
            history.push(delta_rule(history[epoch], targets, args.lr));
        }
        history
    };
    let (or, xor) = (learn(OR), learn(XOR));

    println!("OR:");
    println!("epoch  w₀     w₁     w₂     cost");
    for epoch in [0, 1, 2, 5, 10, 50, 200].into_iter().filter(|&epoch| epoch <= args.epochs) {
        let w = or[epoch];
        println!("{epoch:>3}    {:>5.3}  {:>5.3}  {:>5.3}  {:.4}", w[0], w[1], w[2], cost(w, OR));
    }
    let (or_end, xor_end) = (or[args.epochs], xor[args.epochs]);
    for (name, w, targets) in [("OR", or_end, OR), ("XOR", xor_end, XOR)] {
        println!("\nWhat the neuron says about {name}:");
        println!("a  b  target  output");
        for (x, y) in ROWS.into_iter().zip(targets) {
            println!("{}  {}  {y}       {:.3}", x[1], x[2], output(w, x));
        }
    }

    // ANCHOR: wrong_sign
    // With a minus sign before the rule, each step goes uphill.
    let wrong = (0..5).fold([0.0; 3], |w, _| delta_rule(w, OR, -args.lr));
    println!("\ncost of OR after five steps: {:.4}", cost(or[5.min(args.epochs)], OR));
    println!("with the sign turned: {:.4}", cost(wrong, OR));
    // ANCHOR_END: wrong_sign

    let difference = largest_difference(&or, args.lr);
    println!("\nlargest difference from deltarule's steps: {difference:.1e}");

    args.common.save("or", &outputs(&or, "OR: three rows rise, one falls back", OR))?;
    args.common.save("xor", &outputs(&xor, "XOR: all four rows meet at a half", XOR))?;
    println!();
    let near = |w: [f64; 3], best: [f64; 3]| w.iter().zip(best).all(|(w, best)| (w - best).abs() < 0.01);
    let right = ROWS.into_iter().zip(OR).all(|(x, y)| (output(or_end, x) > 0.5) == (y > 0.5));
    reached(
        near(or_end, [0.25, 0.5, 0.5]) && near(xor_end, [0.5, 0.0, 0.0]) && right && difference < 1e-5,
        "the neuron found the least squares of both gates",
    )
}

// ANCHOR: same
/// The same steps by deltarule: the gradient of half the sum of squares, and plain SGD.
fn largest_difference(history: &[[f64; 3]], rate: f64) -> f64 {
    let x = Tensor::from(ROWS.map(|x| x.map(|x| x as f32)));
    let y = Tensor::from(OR.map(|y| y as f32));
    let w = nn::Parameter::new(Tensor::zeros([3]));
    let mut optimizer = optim::Sgd::new([w.clone()], rate);
    let mut largest = 0.0_f64;
    for expected in &history[1..] {
        let loss = (&y - x.matmul(&w.tensor())).square().sum() * 0.5;
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        for (w, expected) in w.value().to_vec().into_iter().zip(expected) {
            largest = largest.max((f64::from(w) - expected).abs());
        }
    }
    largest
}
// ANCHOR_END: same

fn outputs(history: &[[f64; 3]], title: &str, targets: [f64; 4]) -> String {
    let description = "The neuron's output for each of the four rows, over the epochs, as a curve.";
    let mut chart = Chart::new(title, description).axes("epoch", "output").y_range(-0.2, 1.4);
    for (x, y) in ROWS.into_iter().zip(targets) {
        let curve: Vec<_> =
            history.iter().take(61).enumerate().map(|(epoch, w)| (epoch as f64, output(*w, x))).collect();
        chart = chart.line(&format!("{}, {}: target {y}", x[1], x[2]), curve);
        if x[1] > x[2] {
            chart = chart.dashed(); // it lies on the one before
        }
    }
    chart.svg()
}
