//! burn's side of the comparison, on its processor backend, flex.

use burn::module::{Module, Param};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use harness::{Activation, Loss, Mode, Work, classes, inputs, measure, parameters, targets, task, train};

#[derive(Module, Debug)]
struct Net {
    layers: Vec<Linear>,
}

impl Net {
    fn new(work: &Work, device: &Device) -> Self {
        let layers = work.sizes.windows(2).zip(parameters(work)).map(|(pair, (weight, bias))| {
            let mut layer = LinearConfig::new(pair[0], pair[1]).init(device);
            // burn keeps a row for each input, where the others have one for each output.
            let weight = Tensor::<2>::from_data(TensorData::new(weight, [pair[1], pair[0]]), device).transpose();
            layer.weight = Param::from_data(weight.into_data(), device);
            layer.bias = Some(Param::from_data(TensorData::new(bias, [pair[1]]), device));
            layer
        });
        Net { layers: layers.collect() }
    }

    fn forward(&self, work: &Work, x: Tensor<2>) -> Tensor<2> {
        let mut x = x;
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            if i + 1 < self.layers.len() || work.activate_last {
                x = match work.activation {
                    Activation::Sigmoid => activation::sigmoid(x),
                    Activation::Relu => activation::relu(x),
                    Activation::Tanh => activation::tanh(x),
                };
            }
        }
        x
    }
}

fn main() {
    let task = task();
    let work = task.work;
    let plain = Device::flex();
    let device = if task.mode == Mode::Eval { plain.clone() } else { plain.clone().autodiff() };
    let (first, last) = (work.sizes[0], work.sizes[work.sizes.len() - 1]);
    let x = Tensor::<2>::from_data(TensorData::new(inputs(&work), [work.batch, first]), &device);
    let y = Tensor::<2>::from_data(TensorData::new(targets(&work), [work.batch, last]), &device);
    let labels = Tensor::<1, Int>::from_data(TensorData::new(classes(&work), [work.batch]), &device);

    let model = Net::new(&work, &device);
    if task.mode == Mode::Eval {
        return measure(|| {
            std::hint::black_box(model.forward(&work, x.clone()));
        });
    }
    let (mse, cross_entropy) = (MseLoss::new(), CrossEntropyLossConfig::new().init(&device));
    let config = SgdConfig::new();
    let mut optimizer = match work.momentum {
        0.0 => config.init(),
        momentum => {
            // Its own default dampens by 0.1; PyTorch's and the others' not at all.
            let momentum = MomentumConfig::new().with_momentum(momentum).with_dampening(0.0);
            config.with_momentum(Some(momentum)).init()
        }
    };
    let mut model = Some(model);
    let step = || {
        // The optimizer takes the net and gives a new one back.
        let net = model.take().expect("the net of the step before");
        let y_pred = net.forward(&work, x.clone());
        let loss = match work.loss {
            Loss::Mse => mse.forward(y_pred, y.clone(), Reduction::Mean),
            Loss::CrossEntropy => cross_entropy.forward(y_pred, labels.clone()),
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        model = Some(optimizer.step(0.01, net, gradients));
        loss
    };
    train(task.mode, step, |loss| loss.into_scalar());
}
