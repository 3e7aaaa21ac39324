//! deltarule's side of the comparison.

mod operations;

use deltarule::prelude::*;
use harness::{Activation, Loss, classes, inputs, measure, targets, task};

fn main() {
    if std::env::args().nth(1).as_deref() == Some("operations") {
        return operations::run();
    }
    let task = task();
    let work = task.work;
    manual_seed(0);
    let (first, last) = (work.sizes[0], work.sizes[work.sizes.len() - 1]);
    let x = Tensor::from_vec(inputs(&work), [work.batch, first]).expect("as many inputs as the shape says");
    let y = Tensor::from_vec(targets(&work), [work.batch, last]).expect("as many targets as the shape says");
    let labels = LongTensor::from_vec(classes(&work), [work.batch]).expect("a class for each example");

    let mut model = nn::Sequential::new();
    for (layer, pair) in work.sizes.windows(2).enumerate() {
        model.push(nn::Linear::new(pair[0], pair[1]));
        if layer + 2 < work.sizes.len() || work.activate_last {
            match work.activation {
                Activation::Sigmoid => model.push(nn::Sigmoid),
                Activation::Relu => model.push(nn::Relu),
                Activation::Tanh => model.push(nn::Tanh),
            }
        }
    }
    if !task.train {
        return measure(|| {
            std::hint::black_box(no_grad(|| model.forward(&x)));
        });
    }
    let (mse, cross_entropy) = (nn::MseLoss::default(), nn::CrossEntropyLoss::default());
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.01).momentum(work.momentum);
    measure(|| {
        optimizer.zero_grad();
        let y_pred = model.forward(&x);
        let loss = match work.loss {
            Loss::Mse => mse.forward(&y_pred, &y),
            Loss::CrossEntropy => cross_entropy.forward(&y_pred, &labels),
        };
        loss.backward();
        optimizer.step();
    });
}
