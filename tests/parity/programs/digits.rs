//! tests/torch/programs/digits.py in Rust.

use deltarule::prelude::*;

use super::{Run, digits};

pub(super) fn run() -> Run {
    let (images, labels) = digits();

    let model = nn::sequential![nn::Linear::new(64, 32), nn::Relu, nn::Linear::new(32, 10)];
    let initial = model.state_dict();
    let criterion = nn::CrossEntropyLoss::default();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2);

    let mut losses = Vec::new();
    for batch in LongTensor::randperm(images.size(0)).split(64, 0) {
        let loss = criterion.forward(&model.forward(&images.index_select(0, &batch)), &labels.index_select(0, &batch));
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
    }
    (initial, losses)
}
