//! Same seed, same run: the programs of tests/torch/programs in Rust, line beside line.

use deltarule::nn::CrossEntropyLoss;
use deltarule::prelude::*;

use crate::fixture::Fixture;

/// The generator is the process's: one test for all programs.
#[test]
fn the_same_program_gives_the_same_run() {
    // Losses differ by roundings, which the steps carry on. Where XOR's falls from its plateau, after epoch 1,000,
    // PyTorch's own losses in f32 are up to 7.4e-6 from those in f64; two runs in f32 may be twice that apart.
    same_run("programs_xor", xor(), 5000, |epoch| if epoch < 1000 { 1e-5 } else { 1.5e-5 });
    same_run("programs_digits", digits(), 29, |_| 1e-4);
}

type Run = (nn::StateDict, Vec<f32>);

/// programs/xor.py
fn xor() -> Run {
    manual_seed(0);
    let x = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y = Tensor::from([[0.], [1.], [1.], [0.]]);

    let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
    let initial = model.state_dict();
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 2.0);

    let mut losses = Vec::new();
    for _ in 0..5000 {
        let loss = criterion.forward(&model.forward(&x), &y);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
    }
    (initial, losses)
}

/// programs/digits.py
fn digits() -> Run {
    manual_seed(0);
    let text = include_str!("../../examples/data/digits.csv");
    let rows: Vec<Vec<i64>> =
        text.lines().map(|line| line.split(',').map(|number| number.parse().unwrap()).collect()).collect();
    let pixels: Vec<f32> = rows.iter().flat_map(|row| row[..64].iter().map(|&pixel| pixel as f32)).collect();
    let images = Tensor::from_vec(pixels, [rows.len(), 64]).unwrap() / 16.0;
    let labels = LongTensor::from(rows.iter().map(|row| row[64]).collect::<Vec<_>>());

    let model = nn::sequential![nn::Linear::new(64, 32), nn::Relu, nn::Linear::new(32, 10)];
    let initial = model.state_dict();
    let criterion = CrossEntropyLoss::default();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2);

    let mut losses = Vec::new();
    for batch in LongTensor::randperm(rows.len()).split(64, 0) {
        let loss = criterion.forward(&model.forward(&images.index_select(0, &batch)), &labels.index_select(0, &batch));
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
    }
    (initial, losses)
}

/// Initial weights bit for bit, and every loss within the step's tolerance, relative to itself.
fn same_run(name: &str, (initial, losses): Run, count: usize, tolerance: fn(usize) -> f32) {
    let fixture = Fixture::read(name);
    for (key, value) in initial.iter() {
        let expected: Tensor = fixture.tensor(&format!("initial.{key}"));
        assert_eq!(*value, expected.into(), "{name}: {key}");
    }
    let expected = fixture.tensor::<f32>("losses").to_vec();
    assert_eq!((losses.len(), expected.len()), (count, count), "{name}");
    for (step, (loss, expected)) in losses.iter().zip(&expected).enumerate() {
        let error = (loss / expected - 1.0).abs();
        assert!(error <= tolerance(step), "{name}, step {step}: {loss} for {expected}, off by {error}");
    }
}
