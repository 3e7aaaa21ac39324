//! tests/torch/programs/maml.py in Rust.

use std::f32::consts::PI;

use deltarule::nn::{Parameter, functional_call};
use deltarule::prelude::*;
use deltarule::{Options, grad};

use super::Run;

pub(super) fn run() -> Run {
    let model = nn::sequential![nn::Linear::new(1, 20), nn::Tanh, nn::Linear::new(20, 1)];
    let initial = model.state_dict();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2);

    let mut losses = Vec::new();
    for _ in 0..30 {
        let mut total = Tensor::from(0.0);
        for _ in 0..4 {
            let (amplitude, phase) = (Tensor::rand([1]) * 4.0 + 1.0, Tensor::rand([1]) * PI);
            let x = Tensor::rand([20, 1]) * 10.0 - 5.0;
            let y = amplitude * (&x + phase).sin();
            let weights = model.named_parameters();
            let inner = model.forward(&x.slice(..10)).mse_loss(&y.slice(..10));
            let gradients = grad(&inner, model.parameters(), Options::new().create_graph(true));
            let step = |((name, w), g): (&(String, Parameter), Option<Tensor>)| (name.clone(), w - g.unwrap() * 0.02);
            let adapted: Vec<_> = weights.iter().zip(gradients).map(step).collect();
            total += functional_call(&model, adapted, || model.forward(&x.slice(10..))).mse_loss(&y.slice(10..));
        }
        let loss = total / 4.0;
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
    }
    (initial, losses)
}
