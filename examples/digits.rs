//! Handwritten digits, learnt in mini-batches and tested on images that the net has never seen.
//!
//! Reaches: at least 96 % of the held-out images right, in a fraction of a second.
//!
//! `cargo run --release --example digits`

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Digits, Images, Outcome, Progress, reached};

/// Learns to read handwritten digits
#[derive(Parser)]
struct Args {
    /// How often the net sees all the images
    #[arg(long, default_value_t = 20)]
    epochs: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.1)]
    lr: f64,
    /// Images in a batch
    #[arg(long, default_value_t = 32)]
    batch: usize,
    #[command(flatten)]
    common: Common,
}

fn main() -> Outcome {
    let args = Args::parse();
    let progress = Progress::new("epoch", args.epochs);
    let (mut learnt_curve, mut test_curve) = (Vec::new(), Vec::new());

    // ANCHOR: setup
    manual_seed(args.common.seed);
    let (learn, test) = Digits::load()?.split(360);

    let model = nn::sequential![nn::Linear::new(64, 128), nn::Relu, nn::Linear::new(128, 10)];
    let criterion = nn::CrossEntropyLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), args.lr).momentum(0.9);
    // ANCHOR_END: setup
    // ANCHOR: summary
    println!("{}", nn::summary(&model, [args.batch, Digits::PIXELS]));
    // ANCHOR_END: summary

    // ANCHOR: loop
    for epoch in 1..=args.epochs {
        for batch in learn.batches(args.batch) {
            let logits = model.forward(&batch.images);
            let loss = criterion.forward(&logits, &batch.labels);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
        let (learnt, tested) = (accuracy(&model, &learn), accuracy(&model, &test));
        learnt_curve.push((epoch as f64, learnt));
        test_curve.push((epoch as f64, tested));
        progress.step(|| format!("right: {learnt:5.1} % of those learnt from, {tested:5.1} % of those held out"));
    }
    // ANCHOR_END: loop

    let description = "The share of images that the net reads right, over the epochs: those that it learnt from, and \
                       those that it never saw.";
    let chart = Chart::new("The net learns to read", description)
        .axes("epoch", "right, in percent")
        .line("learnt from", learnt_curve)
        .line("held out", test_curve);
    args.common.save("digits-accuracy", &chart.svg())?;

    print_confusion(&predict(&model, &test), &test);
    draw_worst(&args, &model, &test)?;
    let accuracy = accuracy(&model, &test);
    reached(accuracy >= 96.0, format!("{accuracy:.1} % of {} held-out images are right (at least 96 %)", test.len()))
}

// ANCHOR: accuracy
/// The digit that the net thinks most likely, for each image.
fn predict(model: &nn::Sequential, digits: &Digits) -> LongTensor {
    no_grad(|| model.forward(&digits.images)).argmax(1)
}

/// The share of images read right, in percent.
fn accuracy(model: &nn::Sequential, digits: &Digits) -> f64 {
    let right = predict(model, digits).eq(&digits.labels).sum().item();
    100.0 * right as f64 / digits.len() as f64
}
// ANCHOR_END: accuracy

/// The confusion matrix: how often each digit (a row) was read as each digit (a column).
fn print_confusion(predicted: &LongTensor, test: &Digits) {
    let mut counts = [[0; 10]; 10];
    for (truth, predicted) in test.labels.to_vec().into_iter().zip(predicted.to_vec()) {
        counts[truth as usize][predicted as usize] += 1;
    }
    println!("\nread as  {}", (0..10).map(|digit| format!("{digit:>3}")).collect::<String>());
    for (digit, row) in counts.iter().enumerate() {
        let row: String = row
            .iter()
            .map(|count| format!("{:>3}", if *count == 0 { ".".into() } else { count.to_string() }))
            .collect();
        println!("      {digit}  {row}");
    }
    println!();
}

/// The images that the net is most wrong about: those whose true digit it gives the smallest probability.
fn draw_worst(args: &Args, model: &nn::Sequential, test: &Digits) -> Outcome {
    let probabilities = no_grad(|| model.forward(&test.images)).softmax(1);
    let of_truth = probabilities.gather(1, &test.labels.unsqueeze(1)).squeeze_dim(1);
    let worst = test.select(&of_truth.topk(10, 0, false).1);

    let mut images = Images::new(
        "The ten hardest digits",
        "The ten held-out digits whose true reading gets the smallest probability, with that reading and the net's.",
        5,
    );
    for (index, (truth, predicted)) in
        worst.labels.to_vec().into_iter().zip(predict(model, &worst).to_vec()).enumerate()
    {
        let pixels: Vec<f64> = worst.images.select(0, index as isize).double().to_vec();
        images = images.image(8, pixels, &format!("{truth}, read as {predicted}"));
    }
    args.common.save("digits-worst", &images.svg())
}
