//! The perceptron in the plane: a line that moves at each mistake until it separates two clouds of points.
//!
//! `cargo run --example perceptron`
//!
//! Reaches: a line without a mistake, after no more mistakes than Novikoff's bound allows.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// A perceptron separates two clouds of points
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

// ANCHOR: neuron
/// The bias is the weight of an input that is always 1: x = (1, x₁, x₂).
type Vector = [f64; 3];

fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn fires(w: Vector, x: Vector) -> bool {
    dot(w, x) > 0.0
}
// ANCHOR_END: neuron

// ANCHOR: learn
/// Goes through the points until a pass brings no mistake; gives the weights after each mistake.
fn learn(points: &[(Vector, bool)]) -> Vec<Vector> {
    let mut w = [0.0; 3];
    let mut history = Vec::new();
    loop {
        let before = history.len();
        for &(x, target) in points {
            if fires(w, x) != target {
                let sign = if target { 1.0 } else { -1.0 };
                w = std::array::from_fn(|i| w[i] + sign * x[i]);
                history.push(w);
            }
        }
        if history.len() == before {
            return history;
        }
    }
}
// ANCHOR_END: learn

fn main() -> Outcome {
    let args = Args::parse();
    manual_seed(args.common.seed);
    let points = clouds(30);
    let history = learn(&points);
    println!("Weights after each mistake:");
    println!("mistake  w₀     w₁     w₂     wrong");
    for (mistake, &w) in (1..).zip(&history) {
        let wrong = points.iter().filter(|(x, target)| fires(w, *x) != *target).count();
        println!("{mistake:>2}       {:>5.2}  {:>5.2}  {:>5.2}  {wrong}", w[0], w[1], w[2]);
    }

    // ANCHOR: bound
    let radius = points.iter().map(|(x, _)| dot(*x, *x)).fold(0.0, f64::max).sqrt();
    // The line that the clouds were made with leaves a wide gap.
    let margin = points.iter().map(|(x, _)| dot(GAP, *x).abs()).fold(f64::INFINITY, f64::min) / dot(GAP, GAP).sqrt();
    let bound = (radius / margin).powi(2);
    // ANCHOR_END: bound
    println!("\nmistakes: {}, and Novikoff's bound is {bound:.0}", history.len());

    args.common.save("step", &step())?;
    args.common.save("moving", &moving(&points, &history))?;
    println!();
    let w = history[history.len() - 1];
    let right = points.iter().all(|(x, target)| fires(w, *x) == *target);
    reached(right && history.len() as f64 <= bound, "all points are on their side of the line")
}

/// The middle of the gap between the clouds: x₁ + x₂ = 2.1.
const GAP: Vector = [-2.1, 1.0, 1.0];

/// Two clouds with a gap between them, in turns.
fn clouds(count: usize) -> Vec<(Vector, bool)> {
    let noise = Tensor::randn([2 * count, 2]) * 0.5;
    let point = |row: usize| {
        let target = row.is_multiple_of(2);
        let (x1, x2) = if target { (2.2, 1.4) } else { (0.3, 0.0) };
        ([1.0, x1 + f64::from(noise.at([row, 0])), x2 + f64::from(noise.at([row, 1]))], target)
    };
    // Those in the gap or beyond it are left out, so that there is a line to be found.
    let beside = |(x, target): &(Vector, bool)| if *target { dot(GAP, *x) > 0.4 } else { dot(GAP, *x) < -0.4 };
    (0..2 * count).map(point).filter(beside).collect()
}

/// A neuron of one input, w = 2 and b = -1: it fires where x is over a half.
fn step() -> String {
    Chart::new("One input: a threshold", "The output steps from 0 to 1 where the weighted sum crosses zero.")
        .axes("x", "output")
        .y_range(-1.2, 1.4)
        .line("2x − 1", [(-0.1, -1.2), (1.2, 1.4)])
        .dashed()
        .line("fires", [(-0.1, 0.0), (0.5, 0.0), (0.5, 1.0), (1.2, 1.0)])
        .svg()
}

fn moving(points: &[(Vector, bool)], history: &[Vector]) -> String {
    let of = |class: bool| -> Vec<(f64, f64)> {
        points.iter().filter(|(_, target)| *target == class).map(|(x, _)| (x[1], x[2])).collect()
    };
    let mut chart =
        Chart::new("The line moves", "Dashed lines after each mistake, and the last line between two clouds.")
            .axes("x₁", "x₂")
            .square()
            .x_range(-1.5, 4.0)
            .y_range(-2.0, 3.5)
            .points("fires", of(true))
            .points("doesn't", of(false));
    for &w in &history[..history.len() - 1] {
        chart = chart.line("", border(w)).color(5).dashed();
    }
    chart.line("the last line", border(history[history.len() - 1])).color(2).svg()
}

/// Two points of the line w₀ + w₁x₁ + w₂x₂ = 0, far apart.
fn border([w0, w1, w2]: Vector) -> [(f64, f64); 2] {
    let square = w1 * w1 + w2 * w2;
    let (x, y) = (-w0 * w1 / square, -w0 * w2 / square);
    [-9.0, 9.0].map(|along| (x - along * w2 / square.sqrt(), y + along * w1 / square.sqrt()))
}
