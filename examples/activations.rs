//! Six activation functions, their derivatives by backward, and where these die.
//!
//! `cargo run --example activations`
//!
//! Reaches: each derivative within 1e-3 of a difference quotient; ten sigmoids in a row leave less than a millionth of a
//! gradient, ten ReLUs leave all of it.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// Activation functions and their derivatives
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

// ANCHOR: functions
type Function = fn(&Tensor) -> Tensor;

const FUNCTIONS: [(&str, Function); 6] = [
    ("sigmoid", |x| x.sigmoid()),
    ("tanh", |x| x.tanh()),
    ("relu", |x| x.relu()),
    ("leaky_relu", |x| x.leaky_relu(0.1)),
    ("softplus", |x| x.softplus(1.0, 20.0)),
    ("elu", |x| x.elu(1.0)),
];
// ANCHOR_END: functions

// ANCHOR: derivative
/// The derivative at each of the points. Each output depends on its own input alone, so they make up
/// the gradient of the sum.
fn derivative(f: Function, x: &Tensor) -> Tensor {
    let x = x.detach().requires_grad_();
    f(&x).sum().backward();
    x.grad().expect("the sum depends on x")
}
// ANCHOR_END: derivative

fn main() -> Outcome {
    let args = Args::parse();
    let points = [-10., -2., 0.5, 2., 10.];

    println!("Derivatives:");
    println!("x           {}", points.map(|x| format!("{x:>9}")).join("  "));
    let mut right = true;
    for (name, f) in FUNCTIONS {
        let x = Tensor::from(points);
        let slopes = derivative(f, &x);
        let cells: Vec<String> = slopes.to_vec().iter().map(|slope| format!("{slope:>9.6}")).collect();
        println!("{name:<10}  {}", cells.join("  "));

        let h = 1e-2;
        let quotient = (f(&(&x + h)) - f(&(&x - h))) / (2.0 * h);
        right &= (slopes - quotient).abs().max().item() < 1e-3;
        args.common.save(name, &curve(name, f))?;
    }

    // ANCHOR: chain
    println!("\nGradient after ten in a row, from x = 0.5:");
    println!("function    gradient");
    let mut left = Vec::new();
    for (name, f) in FUNCTIONS {
        let x = Tensor::from([0.5]).requires_grad_();
        let y = (0..10).fold(x.clone(), |y, _| f(&y));
        y.backward();
        left.push(x.grad().expect("y depends on x").item());
        println!("{name:<10}  {:.8}", left[left.len() - 1]);
    }
    // ANCHOR_END: chain
    println!();
    reached(right && left[0] < 1e-6 && left[2] == 1.0, "the derivatives are right; sigmoid's vanish, ReLU's don't")
}

/// The function and its derivative.
fn curve(name: &str, f: Function) -> String {
    let x = Tensor::linspace(-5.0, 5.0, 201);
    let (y, slope) = (f(&x), derivative(f, &x));
    let points = |y: &Tensor| -> Vec<(f64, f64)> {
        x.to_vec().into_iter().zip(y.to_vec()).map(|(x, y)| (f64::from(x), f64::from(y))).collect()
    };
    Chart::new(name, &format!("{name} from −5 to 5, and its derivative."))
        .axes("x", "")
        .y_range(-1.1, 2.1)
        .line(name, points(&y))
        .line("derivative", points(&slope))
        .dashed()
        .svg()
}
