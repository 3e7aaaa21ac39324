//! One training step of the XOR net, beside the same step written by hand: what the tape, the tensors and the modules
//! cost when the arithmetic is next to nothing.
//!
//! `cargo bench --bench xor`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use deltarule::prelude::*;

const LR: f32 = 2.0;

/// Forward, loss, zero_grad, backward, step, with the layers and the loss of `nn`.
fn layers(c: &mut Criterion) {
    manual_seed(0);
    let x = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y = Tensor::from([[0.], [1.], [1.], [0.]]);
    let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), LR.into());
    c.bench_function("xor/layers", |b| {
        b.iter(|| {
            let loss = criterion.forward(&model.forward(&x), &y);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        });
    });
}

/// The same of plain operations: transpose, matmul, add, sigmoid, sub, square, mean.
fn composed(c: &mut Criterion) {
    manual_seed(0);
    let x = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y = Tensor::from([[0.], [1.], [1.], [0.]]);
    let (first, second) = (nn::Linear::new(2, 2), nn::Linear::new(2, 1));
    let parameters = [first.parameters(), second.parameters()].concat();
    let mut optimizer = optim::Sgd::new(parameters.clone(), LR.into());
    c.bench_function("xor/composed", |b| {
        b.iter(|| {
            let p: Vec<Tensor> = parameters.iter().map(nn::Parameter::tensor).collect();
            let hidden = (x.matmul(&p[0].t()) + &p[1]).sigmoid();
            let y_pred = (hidden.matmul(&p[2].t()) + &p[3]).sigmoid();
            let loss = (y_pred - &y).square().mean();
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        });
    });
}

/// The nine weights of the net: two hidden neurons of two weights and a bias, one output neuron likewise.
type Weights = [f32; 9];

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The step by hand, on plain numbers.
fn step_by_hand(w: &mut Weights) -> f32 {
    const DATA: [([f32; 2], f32); 4] = [([0., 0.], 0.), ([0., 1.], 1.), ([1., 0.], 1.), ([1., 1.], 0.)];
    let mut gradient = [0.0; 9];
    let mut loss = 0.0;
    for ([a, b], target) in DATA {
        let first = sigmoid(w[0] * a + w[1] * b + w[2]);
        let second = sigmoid(w[3] * a + w[4] * b + w[5]);
        let y = sigmoid(w[6] * first + w[7] * second + w[8]);
        loss += (y - target) * (y - target) / 4.0;
        let output = (y - target) / 2.0 * y * (1.0 - y);
        let (into_first, into_second) =
            (output * w[6] * first * (1.0 - first), output * w[7] * second * (1.0 - second));
        for (gradient, part) in gradient.iter_mut().zip([
            into_first * a,
            into_first * b,
            into_first,
            into_second * a,
            into_second * b,
            into_second,
            output * first,
            output * second,
            output,
        ]) {
            *gradient += part;
        }
    }
    for (w, gradient) in w.iter_mut().zip(gradient) {
        *w -= LR * gradient;
    }
    loss
}

fn by_hand(c: &mut Criterion) {
    let mut w: Weights = [-0.005, 0.379, -0.272, -0.582, -0.520, 0.190, 0.1, -0.2, 0.3];
    c.bench_function("xor/by_hand", |b| b.iter(|| black_box(step_by_hand(black_box(&mut w)))));
}

criterion_group!(benches, layers, composed, by_hand);
criterion_main!(benches);
