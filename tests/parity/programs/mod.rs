//! Same seed, same run: the programs of `tests/torch/programs` in Rust, a file beside each.
//!
//! They are what people write from memory of PyTorch, and say by their length and shape whether it can be written so here.

mod classifier;
mod digits;
mod gan;
mod maml;
mod pinn;
mod regression;
mod resume;
mod skip_gram;
mod vae;
mod xor;

use deltarule::nn::StateDict;
use deltarule::{LongTensor, Tensor, with_seed};

use crate::fixture::Fixture;

/// The weights that a program starts with, and its losses.
type Run = (StateDict, Vec<f32>);

/// The handwritten digits: images of 64 pixels from 0 to 1, and labels.
fn digits() -> (Tensor, LongTensor) {
    let text = include_str!("../../../examples/data/digits.csv");
    let rows: Vec<Vec<i64>> =
        text.lines().map(|line| line.split(',').map(|number| number.parse().unwrap()).collect()).collect();
    let pixels: Vec<f32> = rows.iter().flat_map(|row| row[..64].iter().map(|&pixel| pixel as f32)).collect();
    let images = Tensor::from_vec(pixels, [rows.len(), 64]).unwrap() / 16.0;
    (images, LongTensor::from(rows.iter().map(|row| row[64]).collect::<Vec<_>>()))
}

/// Runs a program from seed 0: its initial weights bit for bit, and every loss within the step's tolerance, relative to
/// itself.
#[track_caller]
fn same_run(name: &str, run: fn() -> Run, count: usize, tolerance: fn(usize) -> f32) {
    let (initial, losses) = with_seed(0, run);
    let fixture = Fixture::read(&format!("programs_{name}"));
    let entries = fixture.names().into_iter().filter(|entry| entry.starts_with("initial.")).count();
    assert_eq!(initial.len(), entries, "{name}: as many entries");
    for (key, value) in initial.iter() {
        assert_eq!(*value, fixture.any(&format!("initial.{key}")), "{name}: {key}");
    }
    let expected = fixture.tensor::<f32>("losses").to_vec();
    assert_eq!((losses.len(), expected.len()), (count, count), "{name}");
    for (step, (loss, expected)) in losses.iter().zip(&expected).enumerate() {
        let error = (loss / expected - 1.0).abs();
        // Not `error > …`, which lets NaN pass.
        assert!(error <= tolerance(step), "{name}, step {step}: {loss} for {expected}, off by {error}");
    }
}

/// Losses differ by roundings, which the steps carry on. Where XOR's falls from its plateau, after epoch 1,000, PyTorch's own
/// losses in f32 are up to 7.4e-6 from those in f64; two runs in f32 may be twice that apart.
#[test]
fn xor_gives_pytorchs_losses() {
    same_run("xor", xor::run, 5000, |epoch| if epoch < 1000 { 1e-5 } else { 1.5e-5 });
}

#[test]
fn digits_gives_pytorchs_losses() {
    same_run("digits", digits::run, 29, |_| 1e-4);
}

#[test]
fn regression_gives_pytorchs_losses() {
    same_run("regression", regression::run, 20, |_| 1e-4);
}

#[test]
fn classifier_gives_pytorchs_losses() {
    same_run("classifier", classifier::run, 31, |_| 1e-4);
}

#[test]
fn gan_gives_pytorchs_losses() {
    same_run("gan", gan::run, 120, |_| 1e-4);
}

#[test]
fn vae_gives_pytorchs_losses() {
    same_run("vae", vae::run, 29, |_| 1e-4);
}

#[test]
fn skip_gram_gives_pytorchs_losses() {
    same_run("skip_gram", skip_gram::run, 20, |_| 1e-4);
}

#[test]
fn resume_gives_pytorchs_losses() {
    same_run("resume", resume::run, 40, |_| 1e-4);
}

#[test]
fn pinn_gives_pytorchs_losses() {
    same_run("pinn", pinn::run, 50, |_| 1e-6);
}

#[test]
fn maml_gives_pytorchs_losses() {
    same_run("maml", maml::run, 30, |_| 1e-4);
}
