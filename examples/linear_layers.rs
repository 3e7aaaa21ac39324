//! Three linear layers are one linear layer; with a bend between them they are more.
//!
//! `cargo run --release --example linear_layers`
//!
//! Reaches: the three layers and their product agree to rounding; on XOR they stay at a loss of 0.25, and the net with
//! tanh gets below 0.01.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// Linear layers, with and without a bend
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

fn main() -> Outcome {
    let args = Args::parse();
    manual_seed(args.common.seed);

    // ANCHOR: product
    // y = x·W₁ᵀ·W₂ᵀ·W₃ᵀ, so the three matrices are one: W = W₃·W₂·W₁.
    let layers = [nn::Linear::without_bias(2, 8), nn::Linear::without_bias(8, 8), nn::Linear::without_bias(8, 1)];
    let [w1, w2, w3] = layers.each_ref().map(|layer| layer.weight.value());
    let w = w3.matmul(&w2).matmul(&w1);

    let x = Tensor::randn([1000, 2]);
    let deep = layers.iter().fold(x.clone(), |x, layer| layer.forward(&x));
    let flat = x.matmul(&w.t());
    let difference = (deep - flat).abs().max().item();
    // ANCHOR_END: product
    println!("88 weights in three layers are these two: [{:.4}, {:.4}]", w.at([0, 0]), w.at([0, 1]));
    let agree = difference < 1e-6;
    println!("largest difference on 1000 inputs below a millionth: {agree}");

    // ANCHOR: nets
    let one = nn::sequential![nn::Linear::new(2, 1)];
    let three = nn::sequential![nn::Linear::new(2, 8), nn::Linear::new(8, 8), nn::Linear::new(8, 1)];
    let bent = nn::sequential![nn::Linear::new(2, 8), nn::Tanh, nn::Linear::new(8, 8), nn::Tanh, nn::Linear::new(8, 1)];
    // ANCHOR_END: nets

    println!("\nOn XOR after {EPOCHS} epochs:");
    println!("net                    loss    0 0    0 1    1 0    1 1");
    let mut chart = Chart::new(
        "Learning XOR",
        "The losses of one and of three linear layers level out at a quarter; with tanh the loss falls to zero.",
    )
    .axes("epoch", "loss")
    .y_range(0.0, 0.5);
    let mut losses = Vec::new();
    for (name, padded, net) in [
        ("one linear layer", "one linear layer     ", &one),
        ("three linear layers", "three linear layers  ", &three),
        ("three with tanh", "three with tanh      ", &bent),
    ] {
        let curve = train(net);
        let y_pred = no_grad(|| net.forward(&inputs())).to_vec();
        // In hundredths first: a tiny negative number would print as -0.00.
        let hundredths = y_pred.iter().map(|y| (100.0 * y).round() / 100.0 + 0.0);
        let answers: Vec<String> = hundredths.map(|y| format!("{y:>5.2}")).collect();
        let last = curve[curve.len() - 1].1;
        println!("{padded}  {last:.4}  {}", answers.join("  "));
        losses.push(last);
        chart = chart.line(name, curve);
    }
    args.common.save("losses", &chart.svg())?;
    args.common.save("three", &plane("Three linear layers", &three))?;
    args.common.save("bent", &plane("With tanh between them", &bent))?;

    println!();
    let flat = losses[..2].iter().all(|loss| (loss - 0.25).abs() < 1e-3);
    reached(agree && flat && losses[2] < 0.01, "without a bend, three layers are one")
}

const EPOCHS: usize = 1000;

fn inputs() -> Tensor {
    Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
}

fn train(net: &nn::Sequential) -> Vec<(f64, f64)> {
    let (x, y) = (inputs(), Tensor::from([[0.], [1.], [1.], [0.]]));
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(net.parameters(), 0.05);
    (0..EPOCHS)
        .map(|epoch| {
            let loss = criterion.forward(&net.forward(&x), &y);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            (epoch as f64, f64::from(loss.item()))
        })
        .collect()
}

fn plane(title: &str, net: &nn::Sequential) -> String {
    let side = (-0.5, 1.5);
    let f = |a: f64, b: f64| f64::from(no_grad(|| net.forward(&[[a as f32, b as f32]].into())).item());
    Chart::new(title, "The plane of inputs, coloured by the answer of the net, with the four points of XOR.")
        .axes("x₁", "x₂")
        .square()
        .heat(side, side, |a, b| 2.0 * f(a, b) - 1.0)
        .points("y = 1", [(0.0, 1.0), (1.0, 0.0)])
        .points("y = 0", [(0.0, 0.0), (1.0, 1.0)])
        .svg()
}
