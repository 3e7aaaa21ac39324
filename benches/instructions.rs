//! Steps of the XOR net and nothing else, to be run under callgrind: `scripts/instructions` counts what one step takes.
//!
//! `instructions layers 1000` runs 1,000 steps with the layers of `nn`, `instructions composed 1000` the same step of
//! plain operations.

use deltarule::prelude::*;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, build, steps] = &arguments[..] else { return usage() };
    let Ok(steps) = steps.parse() else { return usage() };
    match build.as_str() {
        "layers" => layers(steps),
        "composed" => composed(steps),
        _ => usage(),
    }
}

fn usage() {
    eprintln!("usage: instructions layers|composed STEPS");
}

fn data() -> (Tensor, Tensor) {
    manual_seed(0);
    (Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), Tensor::from([[0.], [1.], [1.], [0.]]))
}

fn layers(steps: usize) {
    let (x, y) = data();
    let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 2.0);
    for _ in 0..steps {
        let loss = criterion.forward(&model.forward(&x), &y);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }
}

fn composed(steps: usize) {
    let (x, y) = data();
    let (first, second) = (nn::Linear::new(2, 2), nn::Linear::new(2, 1));
    let parameters = [first.parameters(), second.parameters()].concat();
    let mut optimizer = optim::Sgd::new(parameters, 2.0);
    let linear = |x: &Tensor, layer: &nn::Linear| {
        let (weight, bias) = (layer.weight.tensor(), layer.bias.as_ref().map(nn::Parameter::tensor));
        let y = x.matmul(&weight.t());
        bias.map(|bias| &y + &bias)
    };
    for _ in 0..steps {
        let hidden = linear(&x, &first).map(|x| x.sigmoid());
        let y_pred = hidden.and_then(|x| linear(&x, &second)).map(|x| x.sigmoid());
        let Some(y_pred) = y_pred else { return };
        let loss = (y_pred - &y).square().mean();
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }
}
