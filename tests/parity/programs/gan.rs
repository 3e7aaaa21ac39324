//! tests/torch/programs/gan.py in Rust.

use std::f32::consts::PI;

use deltarule::prelude::*;

use super::Run;

#[derive(Module)]
struct Both {
    generator: nn::Sequential,
    discriminator: nn::Sequential,
}

pub(super) fn run() -> Run {
    let both = Both {
        generator: nn::sequential![nn::Linear::new(4, 16), nn::LeakyRelu::new(0.2), nn::Linear::new(16, 2)],
        discriminator: nn::sequential![nn::Linear::new(2, 16), nn::LeakyRelu::new(0.2), nn::Linear::new(16, 1)],
    };
    let initial = both.state_dict();
    let Both { generator, discriminator } = both;
    let criterion = nn::BceWithLogitsLoss::default();
    let mut of_generator = optim::Adam::new(generator.parameters(), 5e-3).betas(0.5, 0.999);
    let mut of_discriminator = optim::Adam::new(discriminator.parameters(), 5e-3).betas(0.5, 0.999);
    let (ones, zeros) = (Tensor::ones([32, 1]), Tensor::zeros([32, 1]));

    let mut losses = Vec::new();
    for _ in 0..60 {
        let angle = Tensor::rand([32]) * 2.0 * PI;
        let real = stack(&[angle.cos(), angle.sin()], 1);
        let fake = generator.forward(&Tensor::randn([32, 4]));

        let loss = criterion.forward(&discriminator.forward(&real), &ones)
            + criterion.forward(&discriminator.forward(&fake.detach()), &zeros);
        of_discriminator.zero_grad();
        loss.backward();
        of_discriminator.step();
        losses.push(loss.item());

        let loss = criterion.forward(&discriminator.forward(&fake), &ones);
        of_generator.zero_grad();
        loss.backward();
        of_generator.step();
        losses.push(loss.item());
    }
    (initial, losses)
}
