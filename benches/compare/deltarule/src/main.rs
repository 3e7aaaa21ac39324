//! deltarule's side of the comparison.

use deltarule::prelude::*;
use harness::{Activation, Loss, Mode, classes, inputs, measure, parameters, targets, task, train};

fn main() {
    let task = task();
    let work = task.work;
    let (first, last) = (work.sizes[0], work.sizes[work.sizes.len() - 1]);
    let x = Tensor::from_vec(inputs(&work), [work.batch, first]).expect("as many inputs as the shape says");
    let y = Tensor::from_vec(targets(&work), [work.batch, last]).expect("as many targets as the shape says");
    let labels = LongTensor::from_vec(classes(&work), [work.batch]).expect("a class for each example");

    let mut model = nn::Sequential::new();
    for (layer, (pair, (weight, bias))) in work.sizes.windows(2).zip(parameters(&work)).enumerate() {
        let linear = nn::Linear::new(pair[0], pair[1]);
        linear.weight.set(Tensor::from_vec(weight, [pair[1], pair[0]]).expect("a weight for each pair of neurons"));
        if let Some(own) = &linear.bias {
            own.set(Tensor::from_vec(bias, [pair[1]]).expect("a bias for each neuron"));
        }
        model.push(linear);
        if layer + 2 < work.sizes.len() || work.activate_last {
            match work.activation {
                Activation::Sigmoid => model.push(nn::Sigmoid),
                Activation::Relu => model.push(nn::Relu),
                Activation::Tanh => model.push(nn::Tanh),
            }
        }
    }
    if task.mode == Mode::Eval {
        return measure(|| {
            std::hint::black_box(no_grad(|| model.forward(&x)));
        });
    }
    let (mse, cross_entropy) = (nn::MseLoss::default(), nn::CrossEntropyLoss::default());
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.01).momentum(work.momentum);
    let step = || {
        optimizer.zero_grad();
        let y_pred = model.forward(&x);
        let loss = match work.loss {
            Loss::Mse => mse.forward(&y_pred, &y),
            Loss::CrossEntropy => cross_entropy.forward(&y_pred, &labels),
        };
        loss.backward();
        optimizer.step();
        loss
    };
    train(task.mode, step, |loss| loss.item());
}
