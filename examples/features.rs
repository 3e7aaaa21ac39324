//! A ring that no line cuts out: until somebody adds a feature, or a net finds one.
//!
//! `cargo run --release --example features`
//!
//! Reaches: a line separates at most 65 % of the points, a line on x₁² + x₂² all of them, a small net all but a few.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// Three classifiers for a disc in a ring
#[derive(Parser)]
struct Args {
    /// Hidden neurons of the net
    #[arg(long, default_value_t = 4)]
    neurons: usize,
    #[command(flatten)]
    common: Common,
}

// ANCHOR: data
/// `count` points in a disc, of class 1, and as many in a ring around it, of class 0.
fn disc_and_ring(count: usize) -> (Tensor, Tensor) {
    let angle = Tensor::rand([2 * count, 1]) * std::f32::consts::TAU;
    let radius = cat(&[&(Tensor::rand([count, 1]) * 0.8), &(Tensor::rand([count, 1]) * 0.4 + 1.2)], 0);
    let points = cat(&[&(&radius * angle.cos()), &(&radius * angle.sin())], 1);
    (points, cat(&[&Tensor::ones([count, 1]), &Tensor::zeros([count, 1])], 0))
}
// ANCHOR_END: data

// ANCHOR: feature
/// What a person who looks at the picture would measure: the distance from the middle, squared.
fn feature(points: &Tensor) -> Tensor {
    points.square().sum_dim(1, true)
}
// ANCHOR_END: feature

// ANCHOR: train
fn train(model: &nn::Sequential, x: &Tensor, y: &Tensor) {
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 2.0);
    for _ in 0..3000 {
        let loss = criterion.forward(&model.forward(x), y);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }
}
// ANCHOR_END: train

/// How many percent of the points are on their side of one half.
fn percent(model: &nn::Sequential, x: &Tensor, y: &Tensor) -> f32 {
    100.0 * no_grad(|| model.forward(x)).gt_scalar(0.5).float().eq(y).float().mean().item()
}

fn main() -> Outcome {
    let args = Args::parse();
    manual_seed(args.common.seed);
    let (x, y) = disc_and_ring(100);
    let (x_test, y_test) = disc_and_ring(100);

    // ANCHOR: models
    let line = nn::sequential![nn::Linear::new(2, 1), nn::Sigmoid];
    train(&line, &x, &y);

    let line_on_feature = nn::sequential![nn::Linear::new(1, 1), nn::Sigmoid];
    train(&line_on_feature, &feature(&x), &y);

    let hidden = nn::Linear::new(2, args.neurons);
    let net = nn::sequential![hidden.clone(), nn::Tanh, nn::Linear::new(args.neurons, 1), nn::Sigmoid];
    train(&net, &x, &y);
    // ANCHOR_END: models

    let right = [
        percent(&line, &x_test, &y_test),
        percent(&line_on_feature, &feature(&x_test), &y_test),
        percent(&net, &x_test, &y_test),
    ];
    println!("On 200 new points:");
    println!("classifier               parameters  right");
    for ((name, model), right) in [
        ("a line                 ", &line),
        ("a line on x₁² + x₂²    ", &line_on_feature),
        ("a net                  ", &net),
    ]
    .into_iter()
    .zip(right)
    {
        println!("{name}  {:>2}         {right:.1} %", model.num_parameters());
    }

    let at = |a: f64, b: f64| Tensor::from([[a as f32, b as f32]]);
    args.common.save("line", &picture("A line", &x, |a, b| line.forward(&at(a, b)).item(), &[]))?;
    args.common.save(
        "feature",
        &picture("A line on x₁² + x₂²", &x, |a, b| line_on_feature.forward(&feature(&at(a, b))).item(), &[]),
    )?;
    args.common.save("net", &picture("A net", &x, |a, b| net.forward(&at(a, b)).item(), &borders(&hidden)))?;

    println!();
    reached(
        right[0] <= 65.0 && right[1] == 100.0 && right[2] >= 98.0,
        "the line fails, the feature saves it, the net needs no help",
    )
}

/// Where each hidden neuron's weighted sum is 0: two points of that line.
fn borders(layer: &nn::Linear) -> Vec<[(f64, f64); 2]> {
    let weight = layer.weight.value();
    let bias = layer.bias.as_ref().map(|bias| bias.value().to_vec()).unwrap_or_default();
    let border = |(neuron, bias): (usize, f32)| {
        let (w1, w2) = (f64::from(weight.at([neuron, 0])), f64::from(weight.at([neuron, 1])));
        let square = w1 * w1 + w2 * w2;
        let (x, y) = (-f64::from(bias) * w1 / square, -f64::from(bias) * w2 / square);
        [-4.0, 4.0].map(|along| (x - along * w2 / square.sqrt(), y + along * w1 / square.sqrt()))
    };
    bias.into_iter().enumerate().map(border).collect()
}

fn picture(title: &str, x: &Tensor, f: impl Fn(f64, f64) -> f32, borders: &[[(f64, f64); 2]]) -> String {
    let (side, count) = ((-1.8, 1.8), x.size(0) / 2);
    let points = |rows: std::ops::Range<usize>| -> Vec<(f64, f64)> {
        rows.map(|row| (f64::from(x.at([row, 0])), f64::from(x.at([row, 1])))).collect()
    };
    let mut chart = Chart::new(title, "A disc of points within a ring of others, and how the plane is coloured.")
        .axes("x₁", "x₂")
        .square()
        .x_range(side.0, side.1)
        .y_range(side.0, side.1)
        .heat(side, side, |a, b| no_grad(|| 2.0 * f64::from(f(a, b)) - 1.0))
        .points("class 1", points(0..count))
        .points("class 0", points(count..2 * count));
    for border in borders {
        chart = chart.line("", *border).color(4).dashed();
    }
    chart.svg()
}
