//! tests/torch/programs/resume.py in Rust.

use deltarule::nn::Checkpoint;
use deltarule::optim::schedule::{CosineAnnealingLr, Schedule};
use deltarule::prelude::*;

use super::Run;

struct Training {
    model: nn::Sequential,
    optimizer: optim::AdamW,
    scheduler: Schedule<CosineAnnealingLr>,
}

impl Training {
    fn new() -> Self {
        let model = nn::sequential![nn::Linear::new(5, 12), nn::Relu, nn::Dropout::new(0.2), nn::Linear::new(12, 1)];
        let mut optimizer = optim::AdamW::new(model.parameters(), 1e-2);
        let scheduler = Schedule::new(&mut optimizer, CosineAnnealingLr::new(40));
        Training { model, optimizer, scheduler }
    }

    fn train(&mut self, steps: usize) -> Vec<f32> {
        let Training { model, optimizer, scheduler } = self;
        let mut losses = Vec::new();
        for _ in 0..steps {
            let x = Tensor::randn([16, 5]);
            let loss = model.forward(&x).mse_loss(&x.sum_dim(1, true).tanh());
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            scheduler.step(optimizer);
            losses.push(loss.item());
        }
        losses
    }
}

pub(super) fn run() -> Run {
    let mut training = Training::new();
    let initial = training.model.state_dict();
    let mut losses = training.train(20);

    let path = std::env::temp_dir().join(format!("deltarule-resume-{}", std::process::id()));
    Checkpoint::new(20, &training.model, &[&training.optimizer, &training.scheduler], ()).save(&path).unwrap();
    let mut training = Training::new();
    let checkpoint = Checkpoint::<()>::load(&path).unwrap();
    checkpoint.restore(&training.model, &mut [&mut training.optimizer, &mut training.scheduler]).unwrap();
    std::fs::remove_file(&path).unwrap();

    losses.extend(training.train(20));
    (initial, losses)
}
