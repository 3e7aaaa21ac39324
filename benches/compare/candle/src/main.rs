//! candle's side of the comparison. Its SGD has no momentum.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Linear, Module, Optimizer, SGD, VarBuilder, VarMap, linear, loss, ops};
use harness::{Activation, Loss, Mode, classes, inputs, measure, parameters, targets, task, train};

fn main() -> Result<()> {
    let task = task();
    let work = task.work;
    let device = Device::Cpu;
    let (first, last) = (work.sizes[0], work.sizes[work.sizes.len() - 1]);
    let x = Tensor::from_vec(inputs(&work), (work.batch, first), &device)?;
    let y = Tensor::from_vec(targets(&work), (work.batch, last), &device)?;
    let labels = Tensor::from_vec(classes(&work), work.batch, &device)?;

    let mut vars = VarMap::new();
    let builder = VarBuilder::from_varmap(&vars, DType::F32, &device);
    let layers: Vec<Linear> = work
        .sizes
        .windows(2)
        .enumerate()
        .map(|(i, pair)| linear(pair[0], pair[1], builder.pp(i.to_string())))
        .collect::<Result<_>>()?;
    for (i, (pair, (weight, bias))) in work.sizes.windows(2).zip(parameters(&work)).enumerate() {
        vars.set_one(format!("{i}.weight"), Tensor::from_vec(weight, (pair[1], pair[0]), &device)?)?;
        vars.set_one(format!("{i}.bias"), Tensor::from_vec(bias, pair[1], &device)?)?;
    }
    let forward = |x: &Tensor| -> Result<Tensor> {
        let mut x = x.clone();
        for (i, layer) in layers.iter().enumerate() {
            x = layer.forward(&x)?;
            if i + 1 < layers.len() || work.activate_last {
                x = match work.activation {
                    Activation::Sigmoid => ops::sigmoid(&x)?,
                    Activation::Relu => x.relu()?,
                    Activation::Tanh => x.tanh()?,
                };
            }
        }
        Ok(x)
    };
    if task.mode == Mode::Eval {
        // Values that no variable stands behind are not tracked: the weights are detached.
        let layers: Vec<Linear> =
            layers.iter().map(|layer| Linear::new(layer.weight().detach(), layer.bias().map(Tensor::detach))).collect();
        measure(|| {
            let mut x = x.clone();
            for (i, layer) in layers.iter().enumerate() {
                x = layer.forward(&x).expect("the shapes fit");
                if i + 1 < layers.len() || work.activate_last {
                    x = match work.activation {
                        Activation::Sigmoid => ops::sigmoid(&x),
                        Activation::Relu => x.relu(),
                        Activation::Tanh => x.tanh(),
                    }
                    .expect("an activation of f32");
                }
            }
            std::hint::black_box(x);
        });
        return Ok(());
    }
    let mut optimizer = SGD::new(vars.all_vars(), 0.01)?;
    let step = || {
        let y_pred = forward(&x).expect("the shapes fit");
        let loss = match work.loss {
            Loss::Mse => loss::mse(&y_pred, &y),
            Loss::CrossEntropy => loss::cross_entropy(&y_pred, &labels),
        }
        .expect("the shapes fit");
        optimizer.backward_step(&loss).expect("a step");
        loss
    };
    train(task.mode, step, |loss| loss.to_scalar().expect("a scalar"));
    Ok(())
}
