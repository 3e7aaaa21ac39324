//! tests/torch/programs/xor.py in Rust.

use deltarule::prelude::*;

use super::Run;

pub(super) fn run() -> Run {
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
