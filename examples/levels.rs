//! Levels of abstraction: what the neurons of a digits net respond to, layer by layer.
//!
//! Reaches: at least 94 % of the held-out images right; the digit explains more of each layer than of the one before; and
//! each image that was made for an output neuron is read as its digit, with a probability over 0.8.
//!
//! `cargo run --release --example levels`

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Common, Digits, Images, Outcome, Progress, reached};

/// What the layers of a digits net respond to
#[derive(Parser)]
struct Args {
    /// How often the net sees all the images
    #[arg(long, default_value_t = 60)]
    epochs: usize,
    /// How much grain is strewn over the images that the net learns from
    #[arg(long, default_value_t = 0.4)]
    grain: f32,
    #[command(flatten)]
    common: Common,
}

// ANCHOR: net
/// 64 pixels, two hidden layers of 32, ten digits.
#[derive(nn::Module)]
struct Net {
    first: nn::Linear,
    second: nn::Linear,
    output: nn::Linear,
}

impl Net {
    fn new() -> Self {
        Net { first: nn::Linear::new(64, 32), second: nn::Linear::new(32, 32), output: nn::Linear::new(32, 10) }
    }

    /// What each layer says about the images, the logits last.
    fn layers(&self, images: &Tensor) -> [Tensor; 3] {
        let first = self.first.forward(images).relu();
        let second = self.second.forward(&first).relu();
        let logits = self.output.forward(&second);
        [first, second, logits]
    }
}
// ANCHOR_END: net

fn main() -> Outcome {
    let args = Args::parse();
    manual_seed(args.common.seed);
    let (learn, test) = Digits::load()?.split(360);
    let net = Net::new();
    train(&net, &learn, &args);
    let accuracy = accuracy(&net, &test);
    println!("\nheld-out images right, in percent: {accuracy:.1}");

    println!("\nWhat the digit explains:");
    println!("layer   share");
    let [first, second, logits] = no_grad(|| net.layers(&test.images));
    let mut shares = Vec::new();
    for (name, outputs) in [("pixels", &test.images), ("first", &first), ("second", &second), ("output", &logits)] {
        let share = explained(outputs, &test.labels);
        println!("{name:<6}  {share:.2}");
        shares.push(share);
    }

    let description = "The weights of the twelve neurons that weigh the most, as images: strokes and edges.";
    let mut images = Images::new("First layer", description, 4);
    let weights = net.first.weight.value();
    for neuron in largest(&weights.square().sum_dim(1, false), 12) {
        let row = weights.select(0, neuron);
        let heaviest = row.abs().max().item();
        images = images.image(8, (row / heaviest).double().to_vec(), &format!("neuron {neuron}"));
    }
    args.common.save("first", &images.svg())?;

    let mut images = Images::new(
        "Second layer",
        "For each of six neurons, the mean of the twenty images that it responds to most: parts of digits.",
        3,
    );
    let [_, second, _] = no_grad(|| net.layers(&learn.images));
    for neuron in largest(&second.mean_dim(0, false), 6) {
        let (_, top) = second.select(1, neuron).topk(20, 0, true);
        let mean = learn.images.index_select(0, &top).mean_dim(0, false);
        images = images.image(8, mean.double().to_vec(), &format!("neuron {neuron}"));
    }
    args.common.save("second", &images.svg())?;

    let mut images = Images::new(
        "Output layer",
        "For each digit, an image that was changed step by step until the net was sure of it: whole, ghostly digits.",
        5,
    );
    let mut sure = 1.0_f32;
    println!("\nImages made for each digit:");
    println!("digit  probability");
    for digit in 0..10 {
        let image = dream(&net, digit);
        let probability = no_grad(|| net.layers(&image.unsqueeze(0)))[2].softmax(1).at([0, digit]);
        println!("{digit}      {probability:.4}");
        sure = sure.min(probability);
        images = images.image(8, (&image / image.max().item()).double().to_vec(), &format!("{digit}"));
    }
    args.common.save("output", &images.svg())?;

    println!();
    reached(
        accuracy >= 94.0 && sure > 0.8 && shares.is_sorted(),
        format!(
            "{accuracy:.1} % are right, each layer is surer of the digit, and each made image is read as its digit"
        ),
    )
}

fn train(net: &Net, learn: &Digits, args: &Args) {
    let epochs = if args.common.quick { args.epochs.min(40) } else { args.epochs };
    let criterion = nn::CrossEntropyLoss::default();
    let mut optimizer = optim::Sgd::new(net.parameters(), 0.02).momentum(0.9).weight_decay(1e-3);
    let progress = Progress::new("epoch", epochs);
    for _ in 0..epochs {
        let mut last = 0.0;
        for batch in learn.batches(32) {
            // ANCHOR: grain
            let grain = Tensor::randn(batch.images.shape()) * args.grain;
            let [_, _, logits] = net.layers(&(&batch.images + grain));
            // ANCHOR_END: grain
            let loss = criterion.forward(&logits, &batch.labels);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            last = loss.item();
        }
        progress.step(|| format!("loss {last:.4}"));
    }
}

fn accuracy(net: &Net, digits: &Digits) -> f64 {
    let [_, _, logits] = no_grad(|| net.layers(&digits.images));
    100.0 * logits.argmax(1).eq(&digits.labels).sum().item() as f64 / digits.len() as f64
}

// ANCHOR: explained
/// How much of the ups and downs of these numbers, a column for each, the digit explains: the variance
/// between the means of the ten digits, as a share of all the variance.
fn explained(outputs: &Tensor, labels: &LongTensor) -> f32 {
    let mean = outputs.mean_dim(0, false);
    let all = (outputs - &mean).square().sum().item();
    let mut between = 0.0;
    for digit in 0..10 {
        let of_digit = labels.eq_scalar(digit).float().unsqueeze(1); // 1 for its images, 0 for the others
        let count = of_digit.sum().item();
        let mean_of_digit = (outputs * of_digit).sum_dim(0, false) / count;
        between += count * (mean_of_digit - &mean).square().sum().item();
    }
    between / all
}
// ANCHOR_END: explained

/// The places of the largest of these numbers.
fn largest(numbers: &Tensor, count: usize) -> Vec<isize> {
    let (_, indices) = numbers.topk(count, 0, true);
    indices.to_vec().into_iter().map(|index| index as isize).collect()
}

// ANCHOR: dream
/// An image that the net is sure shows `digit`: gradient ascent on the pixels, while the weights stay.
fn dream(net: &Net, digit: usize) -> Tensor {
    let mut image = Tensor::full([64], 0.3);
    for _ in 0..200 {
        let pixels = image.requires_grad_();
        let [_, _, logits] = net.layers(&pixels.unsqueeze(0));
        // Sure of the digit, with as little ink as it takes.
        let goal = logits.log_softmax(1).select(1, digit as isize).sum() - pixels.square().sum() * 0.05;
        goal.backward();
        let slope = pixels.grad().expect("backward reached the pixels");
        image = (pixels.detach() + slope * 0.1).clamp(0.0, 1.0);
    }
    image
}
// ANCHOR_END: dream
