//! The perceptron of 1958: the same neuron, but it learns its weights from its mistakes.
//!
//! `cargo run --example rosenblatt`
//!
//! Reaches: OR, AND and NAND without a mistake after a few passes, from one rule; XOR never.

use clap::Parser;
use deltarule_examples::{Chart, Common, Outcome, reached};

// ANCHOR: perceptron
/// A neuron of two inputs. It fires if w₁x₁ + w₂x₂ + b > 0.
#[derive(Default)]
struct Perceptron {
    weights: [f64; 2],
    bias: f64,
}

impl Perceptron {
    fn predict(&self, x: [f64; 2]) -> f64 {
        let sum = self.weights[0] * x[0] + self.weights[1] * x[1] + self.bias;
        if sum > 0.0 { 1.0 } else { 0.0 }
    }

    /// Right answers change nothing. A wrong one moves the weights towards the input, or away from it.
    fn learn(&mut self, x: [f64; 2], target: f64) -> bool {
        let error = target - self.predict(x);
        self.weights[0] += error * x[0];
        self.weights[1] += error * x[1];
        self.bias += error;
        error == 0.0
    }
}
// ANCHOR_END: perceptron

const INPUTS: [[f64; 2]; 4] = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]];
const PASSES: usize = 12;

// ANCHOR: train
/// Shows the four rows again and again; gives the number of mistakes in each pass.
fn train(perceptron: &mut Perceptron, targets: [f64; 4]) -> Vec<usize> {
    (0..PASSES)
        .map(|_| {
            let rows = INPUTS.into_iter().zip(targets);
            rows.filter(|(x, target)| !perceptron.learn(*x, *target)).count()
        })
        .collect()
}
// ANCHOR_END: train

/// A perceptron learns the gates that one neuron can
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

fn main() -> Outcome {
    let args = Args::parse();
    let mut chart = Chart::new(
        "Mistakes of a perceptron",
        "Mistakes per pass over four rows: they fall to zero for OR, AND and NAND, and stay at four for XOR.",
    )
    .axes("pass", "mistakes");

    println!("Mistakes in each pass:");
    println!("gate  {}  weights  bias", (1..=PASSES).map(|pass| format!("{pass:>2}")).collect::<Vec<_>>().join("  "));
    let mut last = Vec::new();
    for (name, targets) in
        [("OR", [0., 1., 1., 1.]), ("AND", [0., 0., 0., 1.]), ("NAND", [1., 1., 1., 0.]), ("XOR", [0., 1., 1., 0.])]
    {
        let mut perceptron = Perceptron::default();
        let mistakes = train(&mut perceptron, targets);
        let cells: Vec<String> = mistakes.iter().map(|count| format!("{count:>2}")).collect();
        println!("{name:<4}  {}  {:?}  {}", cells.join("  "), perceptron.weights, perceptron.bias);
        let curve: Vec<_> = (1..).zip(&mistakes).map(|(pass, count)| (f64::from(pass), *count as f64)).collect();
        chart = chart.line(name, curve);
        last.push(mistakes[PASSES - 1]);
    }
    args.common.save("mistakes", &chart.svg())?;
    println!();
    reached(last[..3] == [0, 0, 0] && last[3] > 0, "OR, AND and NAND are learnt, XOR isn't")
}
