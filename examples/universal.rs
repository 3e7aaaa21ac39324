//! Universal approximation, built by hand: steps make bumps, bumps make any curve, and a tower in the plane.
//!
//! `cargo run --release --example universal`
//!
//! Reaches: four times the bumps give less than a third of the error; a net with one hidden layer of 256 bumps is within
//! 0.03 of the curve everywhere, without any training.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// Approximates a curve by bumps whose weights are set by hand
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

/// The curve to be matched, on 0 to 1.
fn target(x: f32) -> f32 {
    0.5 + 0.3 * (9.0 * x).sin() + 0.15 * (23.0 * x).cos()
}

// ANCHOR: step
/// A sigmoid with a large weight is a step, at the place where w·x + b is 0: at x = −b/w.
const STEEP: f32 = 10_000.0;

fn step(x: &Tensor, place: f32) -> Tensor {
    (x * STEEP - STEEP * place).sigmoid()
}
// ANCHOR_END: step

// ANCHOR: bump
/// A step up and a step down again.
fn bump(x: &Tensor, from: f32, to: f32) -> Tensor {
    step(x, from) - step(x, to)
}
// ANCHOR_END: bump

// ANCHOR: net
/// A net with one hidden layer: two neurons for each bump, which is as high as the curve in its middle.
fn net(bumps: usize) -> nn::Sequential {
    // The first step and the last lie outside of the interval, so that its ends are not half a step high.
    let edge = |i: usize| {
        if i == 0 {
            -1.0
        } else if i == bumps {
            2.0
        } else {
            i as f32 / bumps as f32
        }
    };
    let (mut bias, mut height) = (Vec::new(), Vec::new());
    for i in 0..bumps {
        let middle = (i as f32 + 0.5) / bumps as f32;
        bias.extend([-STEEP * edge(i), -STEEP * edge(i + 1)]);
        height.extend([target(middle), -target(middle)]);
    }
    let (hidden, output) = (nn::Linear::new(1, 2 * bumps), nn::Linear::without_bias(2 * bumps, 1));
    hidden.weight.set(Tensor::full([2 * bumps, 1], STEEP));
    hidden.bias.as_ref().expect("it has one").set(Tensor::from_slice(&bias, [2 * bumps]).expect("a bias a neuron"));
    output.weight.set(Tensor::from_slice(&height, [1, 2 * bumps]).expect("a height a neuron"));
    nn::sequential![hidden, nn::Sigmoid, output]
}
// ANCHOR_END: net

// ANCHOR: tower
/// A tower in the plane: where both walls stand their sum is 2, elsewhere less; a neuron cuts between.
fn tower(x1: &Tensor, x2: &Tensor) -> Tensor {
    let walls = bump(x1, 0.3, 0.6) + bump(x2, 0.4, 0.8);
    ((walls - 1.5) * STEEP).sigmoid()
}
// ANCHOR_END: tower

/// The largest distance between net and curve, looked at on a fine grid.
fn error(net: &nn::Sequential) -> f32 {
    let x = grid();
    let y = no_grad(|| net.forward(&x)).to_vec();
    x.to_vec().into_iter().zip(y).map(|(x, y)| (y - target(x)).abs()).max_by(f32::total_cmp).unwrap_or_default()
}

/// Places between 0 and 1, off the edges of the bumps, where a step is at half its height.
fn grid() -> Tensor {
    (Tensor::arange(0.0, 2000.0, 1.0).reshape([2000, 1]) + 0.37) / 2000.0
}

fn main() -> Outcome {
    let args = Args::parse();

    println!("The error falls:");
    println!("bumps  neurons  largest error");
    let mut errors = Vec::new();
    for bumps in [4, 8, 16, 32, 64, 128, 256] {
        let error = error(&net(bumps));
        println!("{bumps:>3}    {:>3}      {error:.4}", 2 * bumps);
        errors.push((bumps as f64, f64::from(error)));
    }

    args.common.save("step", &steps())?;
    args.common.save("sum", &sum(&[8, 32]))?;
    args.common.save("error", &falling(&errors))?;
    args.common.save("tower", &plane())?;

    println!();
    let falls = errors.windows(3).all(|three| three[2].1 < three[0].1 / 3.0 || three[0].0 < 16.0);
    reached(falls && errors[6].1 < 0.03, format!("with 256 bumps the largest error is {:.4}", errors[6].1))
}

fn points(x: &Tensor, y: &Tensor) -> Vec<(f64, f64)> {
    x.to_vec().into_iter().zip(y.to_vec()).map(|(x, y)| (f64::from(x), f64::from(y))).collect()
}

fn steps() -> String {
    let x = Tensor::linspace(0.0, 1.0, 401);
    let soft = |w: f32| (&x * w - w * 0.3).sigmoid();
    Chart::new("From a sigmoid to a step to a bump", "Sigmoids of growing weight become a step; two steps make a bump.")
        .axes("x", "")
        .line("w = 10", points(&x, &soft(10.0)))
        .line("w = 50", points(&x, &soft(50.0)))
        .line("w = 10,000", points(&x, &step(&x, 0.3)))
        .line("a bump", points(&x, &(bump(&x, 0.6, 0.8) * 0.8)))
        .svg()
}

fn sum(bumps: &[usize]) -> String {
    let x = grid();
    let curve: Vec<_> = x.to_vec().into_iter().map(|x| (f64::from(x), f64::from(target(x)))).collect();
    let mut chart = Chart::new("Sums of bumps", "A wavy curve, and staircases of 8 and 32 bumps that follow it.")
        .axes("x", "")
        .line("the curve", curve);
    for &bumps in bumps {
        chart = chart.line(&format!("{bumps} bumps"), points(&x, &no_grad(|| net(bumps).forward(&x))));
    }
    chart.svg()
}

fn falling(errors: &[(f64, f64)]) -> String {
    Chart::new("The error against the number of bumps", "A straight line on a logarithmic scale: the error halves.")
        .axes("bumps", "largest error")
        .log_x()
        .log_y()
        .line("", errors)
        .points("", errors)
        .svg()
}

fn plane() -> String {
    let f = |a: f64, b: f64| f64::from(tower(&Tensor::from([a as f32]), &Tensor::from([b as f32])).item());
    Chart::new("A tower", "The plane is 0 everywhere but on one rectangle, where it is 1.")
        .axes("x₁", "x₂")
        .square()
        .heat((0.0, 1.0), (0.0, 1.0), f)
        .label(0.42, 0.58, "1")
        .label(0.75, 0.2, "0")
        .svg()
}
