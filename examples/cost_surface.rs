//! The cost function as a landscape: a bowl, a bent valley, and a slice through the net of XOR.
//!
//! `cargo run --release --example cost_surface`
//!
//! Reaches: the bowl's lowest point on the grid is where algebra puts it; XOR's slice has a plateau and a valley.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// The surfaces of three cost functions
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

// ANCHOR: data
/// Hours of learning, and points in the test.
const HOURS: [f32; 5] = [1., 2., 3., 4., 5.];
const POINTS: [f32; 5] = [2., 2.5, 3.5, 5.5, 6.5];
/// Who passed.
const PASSED: [f32; 5] = [0., 0., 1., 0., 1.];
// ANCHOR_END: data

// ANCHOR: costs
/// The mean squared error of the line w·x + b.
fn line_cost(w: f32, b: f32) -> f32 {
    let y_pred = Tensor::from(HOURS) * w + b;
    nn::MseLoss::default().forward(&y_pred, &POINTS.into()).item()
}

/// The mean squared error of the neuron σ(w·x + b).
fn neuron_cost(w: f32, b: f32) -> f32 {
    let y_pred = (Tensor::from(HOURS) * w + b).sigmoid();
    nn::MseLoss::default().forward(&y_pred, &PASSED.into()).item()
}
// ANCHOR_END: costs

// ANCHOR: xor
/// The cost of the XOR net that was set by hand, with two of its nine numbers changed.
fn xor_cost(first: f32, second: f32) -> f32 {
    let x = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let h = (x.matmul(&[[5., -7.], [5., -7.]].into()) + Tensor::from([-8., 3.])).sigmoid();
    let y_pred = (h.matmul(&[[first], [second]].into()) + 6.).sigmoid();
    nn::MseLoss::default().forward(&y_pred, &[[0.], [1.], [1.], [0.]].into()).item()
}
// ANCHOR_END: xor

fn main() -> Outcome {
    let args = Args::parse();

    // ANCHOR: search
    // The lowest place of a grid: steps of 0.05 in w and b.
    let grid = || (0..=80).flat_map(|i| (0..=80).map(move |j| (i as f32 * 0.05 - 1.0, j as f32 * 0.05 - 2.0)));
    let (w, b) =
        grid().min_by(|a, b| line_cost(a.0, a.1).total_cmp(&line_cost(b.0, b.1))).expect("the grid has places");
    // ANCHOR_END: search
    println!("lowest place of the bowl: w = {w:.2}, b = {b:.2}, cost {:.3}", line_cost(w, b));
    println!("evaluations: {}", grid().count());

    println!("\nXOR's slice:");
    println!("first  second  cost");
    let places = [(-11., -11.), (-11., 11.), (11., -11.), (0., 0.), (11., 11.)];
    for (first, second) in places {
        println!("{first:>3}    {second:>3}     {:.4}", xor_cost(first, second));
    }

    args.common.save("bowl", &bowl((w, b)))?;
    args.common.save("neuron", &neuron())?;
    args.common.save("xor", &xor())?;

    println!();
    // Least squares: w = cov(x, y)/var(x), b = mean(y) − w·mean(x).
    let found = (w - 1.2).abs() < 0.026 && (b - 0.4).abs() < 0.026;
    reached(found && xor_cost(-11., -11.) < 0.001 && xor_cost(11., 11.) > 0.4, "each surface is as the chapter says")
}

fn heights(f: fn(f32, f32) -> f32) -> impl Fn(f64, f64) -> f64 {
    move |w, b| f64::from(f(w as f32, b as f32))
}

/// Heights as colours: the first colour where the cost is `low`, the second where it is `high`, none half way between.
fn tinted(cost: f64, low: f64, high: f64) -> f64 {
    1.0 - 2.0 * (cost - low) / (high - low)
}

fn bowl((w, b): (f32, f32)) -> String {
    let (x, y) = ((-1.0, 3.0), (-2.0, 2.0));
    Chart::new("A bowl: a line fitted to five points", "Ellipses around one lowest point.")
        .axes("w", "b")
        .square()
        .heat(x, y, |w, b| tinted(heights(line_cost)(w, b).ln(), -2.0, 4.0))
        .contours(x, y, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0], heights(line_cost))
        .points("lowest", [(f64::from(w), f64::from(b))])
        .color(3)
        .svg()
}

fn neuron() -> String {
    let (x, y) = ((-4.0, 6.0), (-15.0, 9.0));
    let levels: Vec<f64> = (2..=11).map(|i| 0.05 * f64::from(i) + 0.025).collect();
    Chart::new("A valley: one sigmoid neuron", "A long curved valley between two plateaus.")
        .axes("w", "b")
        .square()
        .heat(x, y, |w, b| tinted(heights(neuron_cost)(w, b), 0.0, 0.6))
        .contours(x, y, levels, heights(neuron_cost))
        .svg()
}

fn xor() -> String {
    let side = (-20.0, 20.0);
    // None at 0.25 or 0.5: those are the plateaus.
    let levels = [0.01, 0.05, 0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.45, 0.49];
    Chart::new(
        "XOR: two of its nine weights",
        "A corner-shaped valley at the lower left, and a plateau at the upper right.",
    )
    .axes("first output weight", "second output weight")
    .square()
    .heat(side, side, |first, second| tinted(heights(xor_cost)(first, second), 0.0, 0.5))
    .contours(side, side, levels, heights(xor_cost))
    .points("set by hand", [(-11.0, -11.0)])
    .color(3)
    .svg()
}
