//! Backpropagation by hand on the 2-2-1 net, each derivative a number, and checked twice.
//!
//! `cargo run --release --example backpropagation`
//!
//! Reaches: nine derivatives by hand equal those by differences to 1e-8, and deltarule's to 1e-6.

use clap::Parser;
use deltarule::draw::{draw, watch};
use deltarule::prelude::*;
use deltarule_examples::{Common, Net, Outcome, reached};

/// Backpropagation on nine weights
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

// ANCHOR: net
const X: [f64; 2] = [1., 0.];
const Y: f64 = 1.;
/// w₁₁ w₁₂ b₁, w₂₁ w₂₂ b₂, v₁ v₂ c: each neuron's weights and its bias.
const WEIGHTS: [f64; 9] = [0.5, -0.6, 0.1, -0.3, 0.8, 0.2, 1.0, -1.5, 0.4];
const NAMES: [&str; 9] = ["w₁₁", "w₁₂", "b₁", "w₂₁", "w₂₂", "b₂", "v₁", "v₂", "c"];

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}
// ANCHOR_END: net

// ANCHOR: forward
/// All numbers of the way forward.
struct Forward {
    z: [f64; 2],
    h: [f64; 2],
    a: f64,
    y_pred: f64,
    loss: f64,
}

fn forward(weights: [f64; 9]) -> Forward {
    let [w11, w12, b1, w21, w22, b2, v1, v2, c] = weights;
    let z = [w11 * X[0] + w12 * X[1] + b1, w21 * X[0] + w22 * X[1] + b2];
    let h = z.map(sigmoid);
    let a = v1 * h[0] + v2 * h[1] + c;
    let y_pred = sigmoid(a);
    let loss = (y_pred - Y).powi(2);
    Forward { z, h, a, y_pred, loss }
}
// ANCHOR_END: forward

// ANCHOR: backward
/// dL/d of each number, from the loss back to the weights.
struct Backward {
    y_pred: f64,
    a: f64,
    h: [f64; 2],
    z: [f64; 2],
    weights: [f64; 9],
}

fn backward(weights: [f64; 9], forward: &Forward) -> Backward {
    let [_, _, _, _, _, _, v1, v2, _] = weights;
    let Forward { h, .. } = *forward;
    let y_pred = 2.0 * (forward.y_pred - Y);
    let a = y_pred * forward.y_pred * (1.0 - forward.y_pred);
    let by_h = [a * v1, a * v2];
    let z = [by_h[0] * h[0] * (1.0 - h[0]), by_h[1] * h[1] * (1.0 - h[1])];
    let weights = [z[0] * X[0], z[0] * X[1], z[0], z[1] * X[0], z[1] * X[1], z[1], a * h[0], a * h[1], a];
    Backward { y_pred, a, h: by_h, z, weights }
}
// ANCHOR_END: backward

fn main() -> Outcome {
    let args = Args::parse();
    let there = forward(WEIGHTS);
    println!("Forward:");
    println!("number  value");
    println!("z₁      {:>7.4}", there.z[0]);
    println!("z₂      {:>7.4}", there.z[1]);
    println!("h₁      {:>7.4}", there.h[0]);
    println!("h₂      {:>7.4}", there.h[1]);
    println!("a       {:>7.4}", there.a);
    println!("ŷ       {:>7.4}", there.y_pred);
    println!("L       {:>7.4}", there.loss);

    let back = backward(WEIGHTS, &there);
    println!("\nBackward:");
    println!("derivative  value");
    println!("dL/dŷ       {:>7.4}", back.y_pred);
    println!("dL/da       {:>7.4}", back.a);
    println!("dL/dh₁      {:>7.4}", back.h[0]);
    println!("dL/dh₂      {:>7.4}", back.h[1]);
    println!("dL/dz₁      {:>7.4}", back.z[0]);
    println!("dL/dz₂      {:>7.4}", back.z[1]);

    let differences = by_differences();
    let (ours, picture) = by_deltarule();
    println!("\nThree ways:");
    println!("weight  by hand  by differences  by deltarule");
    for i in 0..9 {
        // The sum with 0 makes 0 of -0.
        let [by_hand, by_differences, by_ours] = [back.weights[i], differences[i], ours[i]].map(|x| x + 0.0);
        println!("{:<6}  {by_hand:>7.4}  {by_differences:>14.4}  {by_ours:>12.4}", NAMES[i]);
    }

    // ANCHOR: step
    let stepped = std::array::from_fn(|i| WEIGHTS[i] - 0.5 * back.weights[i]);
    println!("\nloss before a step: {:.4}", there.loss);
    println!("loss after a step: {:.4}", forward(stepped).loss);
    // ANCHOR_END: step

    args.common.save("net", &net())?;
    args.common.save("graph", &picture)?;
    println!();
    let near = |other: [f64; 9], by: f64| back.weights.iter().zip(other).all(|(a, b)| (a - b).abs() < by);
    reached(
        near(differences, 1e-8) && near(ours, 1e-6) && forward(stepped).loss < there.loss,
        "three ways give the same nine derivatives",
    )
}

// ANCHOR: differences
/// Moves each weight a little up and down, and sees what the loss does.
fn by_differences() -> [f64; 9] {
    let h = 1e-5;
    std::array::from_fn(|i| {
        let moved = |by: f64| {
            let mut weights = WEIGHTS;
            weights[i] += by;
            forward(weights).loss
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    })
}
// ANCHOR_END: differences

// ANCHOR: deltarule
/// Lets deltarule go back, and draws its graph.
fn by_deltarule() -> ([f64; 9], String) {
    let [w11, w12, b1, w21, w22, b2, v1, v2, c] = WEIGHTS.map(|w| w as f32);
    // A column for each neuron: x·W + b.
    let w = Tensor::from([[w11, w21], [w12, w22]]).requires_grad_();
    let b = Tensor::from([b1, b2]).requires_grad_();
    let v = Tensor::from([[v1], [v2]]).requires_grad_();
    let c = Tensor::from([c]).requires_grad_();
    let (x, y) = (Tensor::from([X.map(|x| x as f32)]), Tensor::from([[Y as f32]]));

    let loss = watch(|| {
        let h = (x.matmul(&w) + &b).sigmoid();
        let y_pred = (h.matmul(&v) + &c).sigmoid();
        (y_pred - &y).square().mean()
    });
    loss.backward();

    let picture = draw(&loss).name("W", &w).name("b", &b).name("v", &v).name("c", &c).svg();
    let grad = |leaf: &Tensor| leaf.grad().expect("backward reached it").double().to_vec();
    let (w, b, v, c) = (grad(&w), grad(&b), grad(&v), grad(&c));
    ([w[0], w[2], b[0], w[1], w[3], b[1], v[0], v[1], c[0]], picture)
}
// ANCHOR_END: deltarule

fn net() -> String {
    Net::new(
        "The net and its nine weights",
        "Two inputs, two hidden neurons and one output, with a weight on each line.",
    )
    .layer(["x₁ = 1", "x₂ = 0"])
    .layer(["h₁", "h₂"])
    .weights([[0.5, -0.6], [-0.3, 0.8]])
    .notes(["b₁ = 0.1", "b₂ = 0.2"])
    .layer(["ŷ"])
    .weights([[1.0, -1.5]])
    .notes(["c = 0.4"])
    .svg()
}
