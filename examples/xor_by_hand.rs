//! XOR without learning: nine numbers set by hand, and every step of the forward pass printed.
//!
//! `cargo run --example xor_by_hand`
//!
//! Reaches: outputs 0.011, 0.995, 0.995 and 0.024 for targets 0, 1, 1 and 0.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Net, Outcome, reached};

// ANCHOR: weights
/// Lecture's layout: a row per input, a column per neuron, so that z = x·W + b.
const HIDDEN: [[f32; 2]; 2] = [[5., -7.], [5., -7.]];
const HIDDEN_BIAS: [f32; 2] = [-8., 3.];
const OUTPUT: [[f32; 1]; 2] = [[-11.], [-11.]];
const OUTPUT_BIAS: [f32; 1] = [6.];
// ANCHOR_END: weights

/// XOR with weights set by hand
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

fn main() -> Outcome {
    let args = Args::parse();
    let y_data = [0., 1., 1., 0.];

    // ANCHOR: forward
    let x = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let z = x.matmul(&HIDDEN.into()) + Tensor::from(HIDDEN_BIAS); // pre-activations [4, 2]
    let h = z.sigmoid(); // hidden neurons [4, 2]
    let a = h.matmul(&OUTPUT.into()) + Tensor::from(OUTPUT_BIAS); // [4, 1]
    let y_pred = a.sigmoid(); // outputs [4, 1]
    // ANCHOR_END: forward

    println!("Forward pass:");
    println!("x₁  x₂  z₁  z₂   h₁     h₂     a      ŷ      y");
    for (row, target) in y_data.iter().enumerate() {
        let at = |t: &Tensor, column| t.at([row, column]);
        println!(
            "{}   {}   {:>2}  {:>3}  {:.3}  {:.3}  {:>5.2}  {:.3}  {target}",
            at(&x, 0),
            at(&x, 1),
            at(&z, 0),
            at(&z, 1),
            at(&h, 0),
            at(&h, 1),
            at(&a, 0),
            at(&y_pred, 0)
        );
    }

    // ANCHOR: misprint
    let misprinted = (h.matmul(&[[-11.], [11.]].into()) + 6.).sigmoid();
    // ANCHOR_END: misprint
    println!("\nWith output weights -11 and 11:");
    println!("x₁  x₂  ŷ");
    for row in 0..4 {
        println!("{}   {}   {:.3}", x.at([row, 0]), x.at([row, 1]), misprinted.at([row, 0]));
    }

    args.common.save("net", &net())?;
    args.common.save("plane", &plane())?;
    args.common.save("folded", &folded())?;

    println!();
    let expected = [0.011, 0.995, 0.995, 0.024];
    let close = y_pred.to_vec().iter().zip(expected).all(|(y, expected)| (y - expected).abs() < 5e-4);
    reached(close, "the outputs are 0.011, 0.995, 0.995, 0.024")
}

/// The hidden neurons and the output for one input, on plain numbers: for pictures.
fn forward(x1: f64, x2: f64) -> ([f64; 2], f64) {
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let h = [sigmoid(5.0 * x1 + 5.0 * x2 - 8.0), sigmoid(-7.0 * x1 - 7.0 * x2 + 3.0)];
    (h, sigmoid(-11.0 * h[0] - 11.0 * h[1] + 6.0))
}

fn net() -> String {
    Net::new("The net", "Two inputs, two hidden neurons, one output, with the weight on each line and biases below.")
        .layer(["x₁", "x₂"])
        .layer(["h₁", "h₂"])
        .weights([[5.0, 5.0], [-7.0, -7.0]])
        .notes(["bias −8", "bias 3"])
        .layer(["ŷ"])
        .weights([[-11.0, -11.0]])
        .notes(["bias 6"])
        .svg()
}

const SIDE: (f64, f64) = (-0.5, 1.5);

fn plane() -> String {
    Chart::new(
        "The plane of the inputs",
        "The output is high in a band between two parallel lines, which hold two points.",
    )
    .axes("x₁", "x₂")
    .square()
    .heat(SIDE, SIDE, |x1, x2| 2.0 * forward(x1, x2).1 - 1.0)
    .contours(SIDE, SIDE, [0.0], |x1, x2| 5.0 * x1 + 5.0 * x2 - 8.0)
    .contours(SIDE, SIDE, [0.0], |x1, x2| -7.0 * x1 - 7.0 * x2 + 3.0)
    .points("y = 1", [(0.0, 1.0), (1.0, 0.0)])
    .points("y = 0", [(0.0, 0.0), (1.0, 1.0)])
    .svg()
}

fn folded() -> String {
    let place = |x1, x2| {
        let ([h1, h2], _) = forward(x1, x2);
        (h1, h2)
    };
    let diagonal: Vec<_> = (-50..=150).map(|i| place(f64::from(i) / 100.0, f64::from(i) / 100.0)).collect();
    Chart::new("The plane of the hidden neurons", "All inputs lie on one bent curve; a line cuts its corner off.")
        .axes("h₁", "h₂")
        .square()
        .x_range(-0.1, 1.1)
        .y_range(-0.1, 1.1)
        .heat((-0.1, 1.1), (-0.1, 1.1), |h1, h2| 2.0 / (1.0 + (11.0 * h1 + 11.0 * h2 - 6.0).exp()) - 1.0)
        .contours((-0.1, 1.1), (-0.1, 1.1), [0.0], |h1, h2| 6.0 - 11.0 * h1 - 11.0 * h2)
        .points("y = 1", [place(0.0, 1.0), place(1.0, 0.0)])
        .points("y = 0", [place(0.0, 0.0), place(1.0, 1.0)])
        .line("all inputs", diagonal)
        .svg()
}
