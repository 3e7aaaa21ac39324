//! Training for real: overfitting on purpose, the cure by more data, and what momentum saves.
//!
//! `cargo run --release --example overfitting`
//!
//! Reaches: with 50 images the net reads all of them and fails on unseen ones; with 1,200 it reads both; momentum needs
//! fewer epochs than none.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Chart, Common, Digits, Outcome, Progress, reached};

/// Overfits the digits on purpose
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

/// How long each net learns, and how far all of them are.
struct Training {
    epochs: usize,
    progress: Progress,
    seed: u64,
}

impl Training {
    /// The share of images read right after each epoch, in percent: of those learnt from, and of those held out.
    fn curves(&self, learn: &Digits, test: &Digits, momentum: f64, lr: f64) -> (Vec<f64>, Vec<f64>) {
        manual_seed(self.seed);
        let model = nn::sequential![nn::Linear::new(64, 128), nn::Relu, nn::Linear::new(128, 10)];
        let criterion = nn::CrossEntropyLoss::default();
        let mut optimizer = optim::Sgd::new(model.parameters(), lr).momentum(momentum);
        let (mut learnt, mut tested) = (Vec::new(), Vec::new());
        for _ in 0..self.epochs {
            for batch in learn.batches(32) {
                let loss = criterion.forward(&model.forward(&batch.images), &batch.labels);
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
            }
            learnt.push(accuracy(&model, learn));
            tested.push(accuracy(&model, test));
            self.progress.step(|| format!("{} images, momentum {momentum}", learn.len()));
        }
        (learnt, tested)
    }
}

fn accuracy(model: &nn::Sequential, digits: &Digits) -> f64 {
    let predicted = no_grad(|| model.forward(&digits.images)).argmax(1);
    100.0 * predicted.eq(&digits.labels).sum().item() as f64 / digits.len() as f64
}

fn main() -> Outcome {
    let args = Args::parse();
    manual_seed(args.common.seed);
    let (all, test) = Digits::load()?.split(500);
    let some = |size| all.select(&LongTensor::arange(0, size, 1));
    let (epochs, sizes, momenta): (usize, &[i64], &[f64]) =
        if args.common.quick { (30, &[50, 1200], &[0.0, 0.9]) } else { (60, &[50, 150, 400, 1200], &[0.0, 0.5, 0.9]) };
    let progress = Progress::new("epoch", epochs * (sizes.len() + momenta.len())).every(epochs);
    let training = Training { epochs, progress, seed: args.common.seed };

    // ANCHOR: sizes
    let mut runs = Vec::new();
    for &size in sizes {
        let (learnt, tested) = training.curves(&some(size), &test, 0.9, 0.05);
        runs.push((size, learnt, tested));
    }
    // ANCHOR_END: sizes
    let mut needed = Vec::new();
    for &momentum in momenta {
        let (_, tested) = training.curves(&some(1200), &test, momentum, 0.01);
        let reached = tested.iter().position(|&share| share >= 95.0).map(|epoch| epoch + 1);
        needed.push((momentum, reached, tested));
    }
    drop(training);

    println!("\nAfter {epochs} epochs:");
    println!("images  learnt  held out");
    for (size, learnt, tested) in &runs {
        println!("{size:>4}    {:>5.1}   {:.1}", learnt[epochs - 1], tested[epochs - 1]);
    }
    println!("\nEpochs until 95 % of the held-out images are right:");
    println!("momentum  epochs");
    for (momentum, reached, _) in &needed {
        println!("{momentum:<8}  {}", reached.map_or(format!("more than {epochs}"), |epochs| epochs.to_string()));
    }

    let (few, many) = (&runs[0], &runs[runs.len() - 1]);
    args.common.save("overfitting", &gap(few, many))?;
    args.common.save("momentum", &by_momentum(&needed))?;
    println!();
    let end = |run: &Run| (run.1[epochs - 1], run.2[epochs - 1]);
    let ((few_learnt, few_tested), (_, many_tested)) = (end(few), end(many));
    let (without, with) = (needed[0].1, needed[needed.len() - 1].1);
    let faster = with.unwrap_or(usize::MAX) < without.unwrap_or(usize::MAX);
    reached(
        few_learnt > 99.9 && few_tested < 90.0 && many_tested > 95.0 && faster,
        "few images are learnt by heart, many are understood, and momentum saves epochs",
    )
}

type Run = (i64, Vec<f64>, Vec<f64>);

fn points(curve: &[f64]) -> Vec<(f64, f64)> {
    (1..).zip(curve).map(|(epoch, share)| (f64::from(epoch), *share)).collect()
}

fn gap(few: &Run, many: &Run) -> String {
    let description = "Four curves. With 50 images the share learnt rises to 100 percent and the share of held-out images \
                       stays far below. With 1,200 both meet near the top.";
    Chart::new("Learnt by heart, and understood", description)
        .axes("epoch", "right, in percent")
        .y_range(0.0, 100.0)
        .line("50: learnt", points(&few.1))
        .color(1)
        .dashed()
        .line("50: held out", points(&few.2))
        .color(1)
        .line("1,200: learnt", points(&many.1))
        .color(0)
        .dashed()
        .line("1,200: held out", points(&many.2))
        .color(0)
        .svg()
}

fn by_momentum(runs: &[(f64, Option<usize>, Vec<f64>)]) -> String {
    let description = "The share of held-out images read right over the epochs. The curve rises sooner with momentum.";
    let mut chart =
        Chart::new("Momentum saves epochs", description).axes("epoch", "right, in percent").y_range(0.0, 100.0);
    for (momentum, _, tested) in runs {
        chart = chart.line(&format!("momentum {momentum}"), points(tested));
    }
    chart.svg()
}
