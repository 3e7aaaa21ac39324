//! XOR, learnt by a net with two hidden neurons: forward, loss, backward, step.
//!
//! Reaches: all four rows of the truth table right, with a loss below 0.01. Two hidden neurons are just enough, so a net
//! that starts elsewhere may end with two rows at a half: `--seed 5` does, in PyTorch too.
//!
//! `cargo run --release --example xor`

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Outcome, Progress, reached};

/// Learns XOR with a net of two hidden neurons
#[derive(Parser)]
struct Args {
    /// How often the net sees the four rows of the table
    #[arg(long, default_value_t = 5000)]
    epochs: usize,
    /// Learning rate
    #[arg(long, default_value_t = 2.0)]
    lr: f64,
    #[command(flatten)]
    common: Common,
}

fn main() -> Outcome {
    let args = Args::parse();
    let progress = Progress::new("epoch", args.epochs);
    let mut losses = Vec::new();

    // ANCHOR: setup
    manual_seed(args.common.seed);
    let x_data = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y_data = Tensor::from([[0.], [1.], [1.], [0.]]);

    let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), args.lr);
    // ANCHOR_END: setup

    // ANCHOR: loop
    for epoch in 0..args.epochs {
        let y_pred = model.forward(&x_data); // 1. forward
        let loss = criterion.forward(&y_pred, &y_data); // 2. loss
        optimizer.zero_grad();
        loss.backward(); // 3. backward
        optimizer.step(); // 4. update

        losses.push((epoch as f64, loss.item().into()));
        progress.step(|| format!("loss {:.5}", loss.item()));
    }
    // ANCHOR_END: loop

    // ANCHOR: table
    let y_pred = no_grad(|| model.forward(&x_data));
    println!("\na  b  a xor b  predicted");
    for row in 0..4 {
        let (a, b) = (x_data.at([row, 0]), x_data.at([row, 1]));
        println!("{a}  {b}  {:>7}  {:>9.3}", y_data.at([row, 0]), y_pred.at([row, 0]));
    }
    println!();
    // ANCHOR_END: table

    draw(&args, &model, losses)?;
    let loss = criterion.forward(&y_pred, &y_data).item();
    let right = y_pred.ge_scalar(0.5).float().eq(&y_data).sum().item();
    reached(right == 4 && loss < 0.01, format!("{right} of 4 rows are right, with a loss of {loss:.5} (below 0.01)"))
}

/// The loss as it fell, and the plane as the net cuts it.
fn draw(args: &Args, model: &nn::Sequential, losses: Vec<(f64, f64)>) -> Outcome {
    let description = "The loss of the XOR net over the epochs: first a plateau near 0.25, then a steep fall.";
    let chart = Chart::new("The loss falls", description).axes("epoch", "loss").log_y().line("", losses);
    args.common.save("xor-loss", &chart.svg())?;

    let plane = |a: f64, b: f64| f64::from(no_grad(|| model.forward(&Tensor::from([[a as f32, b as f32]]))).item());
    let range = (-0.5, 1.5);
    let description = "The output of the net over the plane of its two inputs. A band holds the two points whose XOR is \
                       1, and leaves out the two whose XOR is 0.";
    let chart = Chart::new("What the net says about each point", description)
        .square()
        .axes("a", "b")
        .heat(range, range, |a, b| 2.0 * plane(a, b) - 1.0)
        .contours(range, range, [0.5], plane)
        .points("a xor b = 1", [(0.0, 1.0), (1.0, 0.0)])
        .points("a xor b = 0", [(0.0, 0.0), (1.0, 1.0)]);
    args.common.save("xor-plane", &chart.svg())
}
