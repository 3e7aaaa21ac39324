//! Rosenblatt's perceptron on AND, OR and XOR: the delta rule learns the first two, and can't learn the third.
//!
//! Reaches: AND and OR without a mistake; on XOR the weights come back to where they were, so it would go on for ever.
//!
//! `cargo run --release --example gates`
//!
//! F. Rosenblatt, "The perceptron: a probabilistic model", Psychological Review 65 (1958); M. Minsky and S. Papert,
//! "Perceptrons" (1969), section 11.10, the perceptron cycling theorem: on integer data the weights stay bounded, so they
//! repeat.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Failure, Outcome, reached};

/// Teaches a perceptron AND, OR and XOR by the delta rule
#[derive(Parser)]
struct Args {
    /// How often at most it sees the four rows of a table
    #[arg(long, default_value_t = 100)]
    epochs: usize,
    /// Learning rate
    #[arg(long, default_value_t = 1.0)]
    lr: f32,
    #[command(flatten)]
    common: Common,
}

/// The four inputs (a, b), each with a third that is always 1: its weight is the bias.
const INPUTS: [[f32; 3]; 4] = [[0., 0., 1.], [0., 1., 1.], [1., 0., 1.], [1., 1., 1.]];

/// How learning ended.
enum Ending {
    /// An epoch without a mistake: nothing will change any more.
    Learnt,
    /// The weights are those that they were after an earlier epoch: all that follows is a repetition.
    Cycle { since: usize },
    /// Neither, so far.
    Undecided,
}

fn main() -> Outcome {
    let args = Args::parse();
    let and = run(&args, "AND", [0., 0., 0., 1.])?;
    let or = run(&args, "OR", [0., 1., 1., 1.])?;
    let xor = run(&args, "XOR", [0., 1., 1., 0.])?;

    let learnt = matches!((and, or), (Ending::Learnt, Ending::Learnt));
    reached(learnt, "AND and OR are learnt")?;
    reached(matches!(xor, Ending::Cycle { .. }), "XOR is not: its weights repeat, and no line separates it")
}

// ANCHOR: perceptron
/// Fires if the weighted sum is above the threshold; the threshold stands in the weights, as the bias.
fn perceptron(weights: &Tensor, x: &Tensor) -> f32 {
    if weights.dot(x).item() > 0.0 { 1.0 } else { 0.0 }
}
// ANCHOR_END: perceptron

/// Learns one gate; gives the weights after each epoch, the first ones before any.
fn learn(args: &Args, targets: [f32; 4]) -> (Vec<Tensor>, Ending) {
    manual_seed(args.common.seed);
    // Whole numbers, so that no rounding hides a repetition; half of one in the bias, so that no row lies on the line.
    let mut weights = LongTensor::randint(-2, 3, [3]).float() + Tensor::from([0., 0., 0.5]);
    let mut history = vec![weights.clone()];
    // ANCHOR: loop
    for _ in 0..args.epochs {
        let mut mistakes = 0;
        for (x, y) in INPUTS.into_iter().zip(targets) {
            let x = Tensor::from(x);
            let y_pred = perceptron(&weights, &x);
            // The delta rule: Δwᵢ = η·(y − ŷ)·xᵢ
            weights += args.lr * (y - y_pred) * x;
            mistakes += i32::from(y_pred != y);
        }
        if mistakes == 0 {
            return (history, Ending::Learnt);
        }
        if let Some(since) = history.iter().position(|earlier| earlier.to_vec() == weights.to_vec()) {
            return (history, Ending::Cycle { since });
        }
        history.push(weights.clone());
    }
    // ANCHOR_END: loop
    (history, Ending::Undecided)
}

/// Learns one gate, prints how it went and draws the lines that it tried.
fn run(args: &Args, gate: &str, targets: [f32; 4]) -> Result<Ending, Failure> {
    let (history, ending) = learn(args, targets);
    println!("{gate}");
    for (epoch, weights) in history.iter().enumerate() {
        let (weights, wrong) = (weights.to_vec(), mistakes(weights, targets));
        println!("  after epoch {epoch:>2}  weights {weights:?}, wrong in {wrong} of 4 rows");
    }
    match ending {
        Ending::Learnt => println!("  learnt: a line separates the two classes\n"),
        Ending::Cycle { since } => println!("  the next epoch gives the weights of epoch {since} again: a cycle\n"),
        Ending::Undecided => println!("  not learnt yet\n"),
    }
    draw(args, gate, targets, &history, &ending)?;
    Ok(ending)
}

fn mistakes(weights: &Tensor, targets: [f32; 4]) -> usize {
    INPUTS.into_iter().zip(targets).filter(|&(x, y)| perceptron(weights, &Tensor::from(x)) != y).count()
}

/// The four rows as points of the plane, and the lines that the weights stand for.
fn draw(args: &Args, gate: &str, targets: [f32; 4], history: &[Tensor], ending: &Ending) -> Outcome {
    let of_class = |class: f32| -> Vec<(f64, f64)> {
        let rows = INPUTS.into_iter().zip(targets).filter(|&(_, y)| y == class);
        rows.map(|([a, b, _], _)| (a.into(), b.into())).collect()
    };
    let description = match ending {
        Ending::Learnt => format!("The line that the perceptron found for {gate}; dashed, those that it tried before."),
        _ => format!("The lines that the perceptron tried for {gate}. None of them separates the two classes."),
    };
    let range = (-0.5, 1.5);
    let mut chart = Chart::new(gate, &description).square().axes("a", "b");
    for (epoch, weights) in history.iter().enumerate() {
        let [wa, wb, bias] = [0, 1, 2].map(|i| f64::from(weights.at([i])));
        chart = chart.contours(range, range, [0.0], |a, b| wa * a + wb * b + bias);
        let found = matches!(ending, Ending::Learnt) && epoch + 1 == history.len();
        if !found {
            chart = chart.dashed();
        }
    }
    let chart =
        chart.points(&format!("a {gate} b = 1"), of_class(1.0)).points(&format!("a {gate} b = 0"), of_class(0.0));
    args.common.save(&format!("gates-{}", gate.to_lowercase()), &chart.svg())
}
