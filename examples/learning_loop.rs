//! The learning loop beside PyTorch's: the same program, the same seed, the same losses. And what happens without its
//! fifth line, `zero_grad`.
//!
//! Reaches: the first 1,000 losses are PyTorch's to five digits. Without `zero_grad` a line through five points never comes
//! to rest.
//!
//! `cargo run --release --example learning_loop`

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Failure, Outcome, reached};

/// The loop in full, and without zero_grad
#[derive(Parser)]
struct Args {
    /// How often the net sees the four rows
    #[arg(long, default_value_t = 5000)]
    epochs: usize,
    #[command(flatten)]
    common: Common,
}

/// Trains the XOR net and gives the loss of each epoch; without `zero_grad` if that is false.
fn xor(seed: u64, epochs: usize, zero_grad: bool) -> Vec<f32> {
    // ANCHOR: program
    manual_seed(seed);
    let x_data = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y_data = Tensor::from([[0.], [1.], [1.], [0.]]);
    let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 2.0);

    let mut losses = Vec::new();
    for _ in 0..epochs {
        let y_pred = model.forward(&x_data);
        let loss = criterion.forward(&y_pred, &y_data);
        if zero_grad {
            optimizer.zero_grad();
        }
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
    }
    // ANCHOR_END: program
    losses
}

/// Puts a line through the five students of chapter 10 and gives the loss of each step.
fn line(zero_grad: bool) -> Vec<f32> {
    let x = Tensor::from([[1.], [2.], [3.], [4.], [5.]]);
    let y = Tensor::from([[2.], [2.5], [3.5], [5.5], [6.5]]);
    let model = nn::Linear::new(1, 1);
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.01);
    let mut losses = Vec::new();
    for _ in 0..200 {
        // ANCHOR: loop
        let loss = criterion.forward(&model.forward(&x), &y);
        if zero_grad {
            optimizer.zero_grad();
        }
        loss.backward();
        optimizer.step();
        // ANCHOR_END: loop
        losses.push(loss.item());
    }
    losses
}

fn main() -> Outcome {
    let args = Args::parse();
    let losses = xor(args.common.seed, args.epochs, true);
    let pytorch = pytorchs_losses()?;
    println!("Losses:");
    println!("epoch  deltarule   PyTorch");
    for epoch in [1, 2, 10, 100, 500, 1000, 2000, 5000].into_iter().filter(|&epoch| epoch <= args.epochs) {
        let (ours, theirs) = (losses[epoch - 1], pytorch[epoch - 1]);
        println!("{epoch:>5}  {ours:<10.8}  {theirs:<10.8}");
    }
    let compared = losses.len().min(1000);
    let apart = losses.iter().zip(&pytorch).take(compared).map(|(a, b)| f64::from((a / b - 1.0).abs()));
    // NaN is the largest.
    let apart = apart.max_by(f64::total_cmp).unwrap_or_default();
    println!("\nlargest difference over the first {compared} epochs, relative: {apart:.1e}");

    manual_seed(args.common.seed);
    let with = line(true);
    manual_seed(args.common.seed);
    let without = line(false);
    let worst = |losses: &[f32]| losses[100..].iter().copied().fold(0.0, f32::max);
    println!("\nlargest loss in the last 100 steps, with zero_grad: {:.2}", worst(&with));
    println!("largest loss in the last 100 steps, without: {:.2}", worst(&without));
    let lucky = xor(args.common.seed, args.epochs, false);
    println!("\nloss of XOR without zero_grad: {}", lucky[lucky.len() - 1]);

    args.common.save("losses", &curves(&with, &without))?;
    println!();
    reached(
        (args.common.seed != 0 || apart < 1e-5) && worst(&with) < 1.0 && worst(&without) > 3.0,
        "the losses are PyTorch's, and zero_grad is needed",
    )
}

/// The loss of each of 5,000 epochs of tests/torch/programs/xor.py, by PyTorch with seed 0.
fn pytorchs_losses() -> Result<Vec<f32>, Failure> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torch/fixtures/programs_xor.safetensors");
    let tensors = nn::StateDict::load_safetensors(file)?;
    match tensors.get("losses") {
        Some(nn::AnyTensor::F32(losses)) => Ok(losses.to_vec()),
        _ => Err(format!("{file} has no losses in f32").into()),
    }
}

fn curves(losses: &[f32], without: &[f32]) -> String {
    let curve = |losses: &[f32]| -> Vec<_> {
        losses.iter().enumerate().map(|(epoch, loss)| (epoch as f64, f64::from(*loss))).collect()
    };
    Chart::new("With zero_grad and without", "One curve falls; the other swings up and down and never settles.")
        .axes("step", "loss")
        .log_y()
        .line("with zero_grad", curve(losses))
        .line("without", curve(without))
        .svg()
}
