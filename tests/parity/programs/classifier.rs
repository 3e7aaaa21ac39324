//! tests/torch/programs/classifier.py in Rust.

use deltarule::optim::clip_grad_norm;
use deltarule::prelude::*;

use super::{Run, digits};

#[derive(Module)]
struct Classifier {
    hidden: nn::Linear,
    norm: nn::BatchNorm1d,
    dropout: nn::Dropout,
    output: nn::Linear,
}

impl Classifier {
    fn new() -> Self {
        Classifier {
            // A bias before a BatchNorm has a gradient of rounding noise, which Adam makes steps of: it would end anywhere.
            hidden: nn::Linear::without_bias(64, 48),
            norm: nn::BatchNorm1d::new(48),
            dropout: nn::Dropout::new(0.3),
            output: nn::Linear::new(48, 10),
        }
    }
}

impl Forward for Classifier {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.norm.forward(&self.hidden.forward(x)).relu();
        self.output.forward(&self.dropout.forward(&x))
    }
}

pub(super) fn run() -> Run {
    let (images, labels) = digits();

    let model = Classifier::new();
    let initial = model.state_dict();
    let criterion = nn::CrossEntropyLoss::default().label_smoothing(0.1);
    let mut optimizer = optim::AdamW::new(model.parameters(), 5e-3);

    let mut losses = Vec::new();
    model.train();
    for batch in LongTensor::randperm(images.size(0)).split(64, 0) {
        let loss = criterion.forward(&model.forward(&images.index_select(0, &batch)), &labels.index_select(0, &batch));
        optimizer.zero_grad();
        loss.backward();
        clip_grad_norm(model.parameters(), 1.0, 2.0);
        optimizer.step();
        losses.push(loss.item());
    }

    model.eval();
    no_grad(|| {
        let scores = model.forward(&images);
        losses.push(criterion.forward(&scores, &labels).item());
        losses.push(scores.argmax(1).eq(&labels).float().mean().item());
    });
    (initial, losses)
}
