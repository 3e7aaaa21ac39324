//! ferrotorch's side of the comparison.

use ferrotorch_core::{FerrotorchResult, Tensor, from_vec, no_grad};
use ferrotorch_nn::{CrossEntropyLoss, Linear, MSELoss, Module, Parameter, ReLU, Sequential, Sigmoid, Tanh};
use ferrotorch_optim::{Optimizer, Sgd, SgdConfig};
use harness::{Activation, Loss, Mode, classes, inputs, measure, parameters, targets, task, train};

fn main() -> FerrotorchResult<()> {
    let task = task();
    let work = task.work;
    let (first, last) = (work.sizes[0], work.sizes[work.sizes.len() - 1]);
    let x: Tensor<f32> = from_vec(inputs(&work), &[work.batch, first])?;
    let y: Tensor<f32> = from_vec(targets(&work), &[work.batch, last])?;
    let labels: Tensor<f32> = from_vec(classes(&work).into_iter().map(|class| class as f32).collect(), &[work.batch])?;

    let mut layers: Vec<Box<dyn Module<f32>>> = Vec::new();
    for (layer, (pair, (weight, bias))) in work.sizes.windows(2).zip(parameters(&work)).enumerate() {
        let mut linear = Linear::new(pair[0], pair[1], true)?;
        linear.weight = Parameter::from_slice(&weight, &[pair[1], pair[0]])?;
        linear.bias = Some(Parameter::from_slice(&bias, &[pair[1]])?);
        layers.push(Box::new(linear));
        if layer + 2 < work.sizes.len() || work.activate_last {
            layers.push(match work.activation {
                Activation::Sigmoid => Box::new(Sigmoid::default()),
                Activation::Relu => Box::new(ReLU::default()),
                Activation::Tanh => Box::new(Tanh::default()),
            });
        }
    }
    let model = Sequential::new(layers);
    if task.mode == Mode::Eval {
        measure(|| {
            std::hint::black_box(no_grad(|| model.forward(&x)).expect("the shapes fit"));
        });
        return Ok(());
    }
    let (mse, cross_entropy) = (MSELoss::default(), CrossEntropyLoss::default());
    let parameters = model.parameters().into_iter().cloned().collect();
    let mut optimizer = Sgd::new(parameters, SgdConfig::new(0.01).momentum(work.momentum));
    let step = || {
        optimizer.zero_grad().expect("gradients are zeroed");
        let y_pred = model.forward(&x).expect("the shapes fit");
        let loss = match work.loss {
            Loss::Mse => mse.forward(&y_pred, &y),
            Loss::CrossEntropy => cross_entropy.forward(&y_pred, &labels),
        }
        .expect("the shapes fit");
        loss.backward().expect("a backward pass");
        optimizer.step().expect("a step");
        loss
    };
    train(task.mode, step, |loss| loss.item().expect("a scalar"));
    Ok(())
}
