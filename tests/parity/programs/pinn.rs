//! tests/torch/programs/pinn.py in Rust.

use std::f64::consts::PI;

use deltarule::nn::LinearOf;
use deltarule::optim::AdamOf;
use deltarule::prelude::*;
use deltarule::{Options, grad};

use super::Run;

pub(super) fn run() -> Run {
    let model = nn::sequential![
        LinearOf::<f64>::new(1, 16),
        nn::Tanh,
        LinearOf::<f64>::new(16, 16),
        nn::Tanh,
        LinearOf::<f64>::new(16, 1)
    ];
    let initial = model.state_dict();
    let mut optimizer = AdamOf::new(model.parameters_of::<f64>(), 1e-2);
    let ends = DoubleTensor::from([[0.0], [1.0]]);
    let derivative = |y: &DoubleTensor, x: &DoubleTensor| {
        grad(&y.sum(), &[x], Options::new().create_graph(true)).remove(0).expect("y depends on x")
    };

    let mut losses = Vec::new();
    for _ in 0..50 {
        let x = DoubleTensor::rand([32, 1]).requires_grad_();
        let u = model.forward(&x);
        let du = derivative(&u, &x);
        let d2u = derivative(&du, &x);
        let residual = d2u + (&x * PI).sin() * (PI * PI);
        let loss = residual.square().mean() + model.forward(&ends).square().sum();
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        losses.push(loss.item() as f32);
    }
    (initial, losses)
}
