//! tests/torch/programs/vae.py in Rust.

use deltarule::prelude::*;

use super::{Run, digits};

#[derive(Module)]
struct Vae {
    encoder: nn::Sequential,
    mean: nn::Linear,
    log_variance: nn::Linear,
    decoder: nn::Sequential,
}

impl Vae {
    fn new() -> Self {
        Vae {
            encoder: nn::sequential![nn::Linear::new(64, 32), nn::Relu],
            mean: nn::Linear::new(32, 2),
            log_variance: nn::Linear::new(32, 2),
            decoder: nn::sequential![nn::Linear::new(2, 32), nn::Relu, nn::Linear::new(32, 64)],
        }
    }

    fn forward(&self, x: &Tensor) -> (Tensor, Tensor, Tensor) {
        let h = self.encoder.forward(x);
        let (mean, log_variance) = (self.mean.forward(&h), self.log_variance.forward(&h));
        let z = &mean + Tensor::randn(mean.shape()) * (&log_variance * 0.5).exp();
        (self.decoder.forward(&z), mean, log_variance)
    }
}

pub(super) fn run() -> Run {
    let (images, _) = digits();

    let model = Vae::new();
    let initial = model.state_dict();
    let criterion = nn::BceWithLogitsLoss::default().reduction(nn::Reduction::Sum);
    let mut optimizer = optim::Adam::new(model.parameters(), 2e-3);

    let mut losses = Vec::new();
    for batch in LongTensor::randperm(images.size(0)).split(64, 0) {
        let x = images.index_select(0, &batch);
        let (logits, mean, log_variance) = model.forward(&x);
        let reconstruction = criterion.forward(&logits, &x);
        let divergence = (1.0 + &log_variance - mean.square() - log_variance.exp()).sum() * -0.5;
        let loss = (reconstruction + divergence) / x.size(0) as f32;
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
    }
    (initial, losses)
}
