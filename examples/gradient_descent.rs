//! Gradient descent on a bowl, with three learning rates: one crawls, one arrives, one diverges.
//!
//! `cargo run --release --example gradient_descent`
//!
//! Reaches: a rate of 0.06 comes within 0.001 of the lowest cost, 0.001 is still far, 0.09 runs away; the border between
//! them is where the curvature says.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// Three learning rates on the way down a bowl
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

/// Hours of learning, and points in the test.
const DATA: [(f64, f64); 5] = [(1., 2.), (2., 2.5), (3., 3.5), (4., 5.5), (5., 6.5)];
/// The lowest point, from least squares.
const LOWEST: (f64, f64) = (1.2, 0.4);
const START: (f64, f64) = (-0.5, 1.5);
const STEPS: usize = 200;
const RATES: [f64; 3] = [0.001, 0.06, 0.09];

// ANCHOR: cost
/// The mean squared error of the line w·x + b.
fn cost((w, b): (f64, f64)) -> f64 {
    DATA.iter().map(|(x, y)| (w * x + b - y).powi(2)).sum::<f64>() / DATA.len() as f64
}
// ANCHOR_END: cost

// ANCHOR: gradient
/// How fast the cost grows with w, and how fast with b.
fn gradient((w, b): (f64, f64)) -> (f64, f64) {
    let n = DATA.len() as f64;
    let by_w = DATA.iter().map(|(x, y)| 2.0 * (w * x + b - y) * x).sum::<f64>() / n;
    let by_b = DATA.iter().map(|(x, y)| 2.0 * (w * x + b - y)).sum::<f64>() / n;
    (by_w, by_b)
}
// ANCHOR_END: gradient

// ANCHOR: descend
/// The places on the way down.
fn descend(rate: f64) -> Vec<(f64, f64)> {
    let mut place = START;
    let mut path = vec![place];
    for _ in 0..STEPS {
        let (by_w, by_b) = gradient(place);
        place = (place.0 - rate * by_w, place.1 - rate * by_b);
        path.push(place);
    }
    path
}
// ANCHOR_END: descend

fn main() -> Outcome {
    let args = Args::parse();

    // ANCHOR: differences
    println!("Slope at the start, by differences:");
    println!("h       by w       by b");
    for h in [1.0, 0.1, 0.01, 0.0001] {
        let (w, b) = START;
        let by_w = (cost((w + h, b)) - cost(START)) / h;
        let by_b = (cost((w, b + h)) - cost(START)) / h;
        println!("{h:<6}  {by_w:>9.4}  {by_b:>9.4}");
    }
    // ANCHOR_END: differences
    let (by_w, by_b) = gradient(START);
    println!("by the formula: {by_w:.4} and {by_b:.4}");

    // ANCHOR: autograd
    let (w, b) = (Tensor::from(START.0 as f32).requires_grad_(), Tensor::from(START.1 as f32).requires_grad_());
    let (x, y) = (Tensor::from(DATA.map(|(x, _)| x as f32)), Tensor::from(DATA.map(|(_, y)| y as f32)));
    let loss = nn::MseLoss::default().forward(&(&x * &w + &b), &y);
    loss.backward();
    let grad = |leaf: &Tensor| leaf.grad().expect("backward reached it").item();
    println!("by deltarule: {:.4} and {:.4}", grad(&w), grad(&b));
    // ANCHOR_END: autograd

    let paths = RATES.map(descend);
    println!("\nCost after some steps:");
    println!("step  rate 0.001  rate 0.06  rate 0.09");
    for step in [0, 1, 2, 3, 5, 10, 50, 100, 200] {
        let costs = paths.each_ref().map(|path| cost(path[step]));
        println!("{step:>4}  {:>10.4}  {:>9.4}  {:>9.3e}", costs[0], costs[1], costs[2]);
    }
    println!("\nlowest cost: {:.2}", cost(LOWEST));

    let steepest = largest_curvature();
    println!("\nlargest curvature: {steepest:.2}");
    println!("largest stable rate: {:.4}", 2.0 / steepest);

    args.common.save("paths", &map(&paths))?;
    args.common.save("costs", &curves(&paths))?;
    println!();
    let ends = paths.each_ref().map(|path| cost(path[STEPS]) - cost(LOWEST));
    let border = RATES[1] < 2.0 / steepest && 2.0 / steepest < RATES[2];
    reached(ends[0] > 0.01 && ends[1] < 0.001 && ends[2] > 1e6 && border, "one rate crawls, one arrives, one diverges")
}

// ANCHOR: curvature
/// The curvature of the bowl along its steepest direction: the larger eigenvalue of its second derivatives
/// [[a, c], [c, d]].
fn largest_curvature() -> f64 {
    let mean = |f: fn(f64) -> f64| DATA.iter().map(|(x, _)| f(*x)).sum::<f64>() / DATA.len() as f64;
    let (a, c, d) = (2.0 * mean(|x| x * x), 2.0 * mean(|x| x), 2.0);
    (a + d) / 2.0 + (((a - d) / 2.0).powi(2) + c * c).sqrt()
}
// ANCHOR_END: curvature

fn map(paths: &[Vec<(f64, f64)>; 3]) -> String {
    let (x, y) = ((-1.0, 3.0), (0.0, 2.6));
    let mut chart = Chart::new(
        "Three ways down",
        "Contours of a narrow bowl. A path of small steps ends early, one of middle steps swings into the valley and \
         follows it, one of large steps leaps from side to side and leaves the picture.",
    )
    .axes("w", "b")
    .square()
    .x_range(x.0, x.1)
    .y_range(y.0, y.1)
    .contours(x, y, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0], |w, b| cost((w, b)));
    // The wildest one first: it lies undermost.
    for (index, path) in paths.iter().enumerate().rev() {
        // What diverges is drawn until it leaves the picture.
        let inside = |place: &&(f64, f64)| (x.0..x.1).contains(&place.0) && (y.0..y.1).contains(&place.1);
        let shown: Vec<_> = path.iter().take_while(inside).copied().collect();
        chart = chart.line(&format!("rate {}", RATES[index]), shown).color([1, 2, 3][index]);
    }
    chart.points("lowest", [LOWEST]).color(4).svg()
}

fn curves(paths: &[Vec<(f64, f64)>; 3]) -> String {
    let mut chart = Chart::new(
        "The cost on the way",
        "With the small rate the cost falls slowly, with the middle one quickly, with the large one it grows without \
         end.",
    )
    .axes("step", "cost above the lowest")
    .y_range(1e-8, 1e4)
    .log_y();
    for (index, path) in paths.iter().enumerate() {
        let above = |(step, place): (usize, &(f64, f64))| (step as f64, cost(*place) - cost(LOWEST));
        let shown: Vec<_> = path.iter().enumerate().map(above).take_while(|(_, cost)| *cost < 1e4).collect();
        chart = chart.line(&format!("rate {}", RATES[index]), shown).color([1, 2, 3][index]);
    }
    chart.svg()
}
