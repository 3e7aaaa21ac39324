//! tests/torch/programs/regression.py in Rust.

use deltarule::optim::schedule::{Schedule, StepLr};
use deltarule::prelude::*;

use super::Run;

pub(super) fn run() -> Run {
    let text = include_str!("../../torch/programs/houses.csv");
    let values: Vec<f32> =
        text.lines().skip(1).flat_map(|line| line.split(',')).map(|number| number.parse().unwrap()).collect();
    let data = Tensor::from_vec(values, [120, 4]).unwrap();
    let data = (&data - data.mean_dim(0, false)) / data.std_dim(0, 1.0, false);
    let order = LongTensor::randperm(data.size(0));
    let (train, test) = (data.index_select(0, &order.slice(..96)), data.index_select(0, &order.slice(96..)));

    let model = nn::sequential![nn::Linear::new(3, 16), nn::Relu, nn::Linear::new(16, 1)];
    let initial = model.state_dict();
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2).weight_decay(1e-4);
    let mut scheduler = Schedule::new(&mut optimizer, StepLr::new(10).gamma(0.5));

    let mut losses = Vec::new();
    for _ in 0..20 {
        for batch in LongTensor::randperm(train.size(0)).split(16, 0) {
            let rows = train.index_select(0, &batch);
            let (x, y) = (rows.slice((.., ..3)), rows.slice((.., 3..)));
            let loss = criterion.forward(&model.forward(&x), &y);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
        scheduler.step(&mut optimizer);
        let loss = no_grad(|| criterion.forward(&model.forward(&test.slice((.., ..3))), &test.slice((.., 3..))));
        losses.push(loss.item());
    }
    (initial, losses)
}
