//! Models of `f64`, of both types, and of a type that is left open.

use deltarule_nn::optim::{AdamOf, Optimizer, Sgd, SgdOf, clip_grad_norm, schedule::Schedule, schedule::StepLr};
use deltarule_nn::{
    BatchNorm1dOf, Checkpoint, Forward, Linear, LinearOf, Module, MseLoss, Relu, SequentialOf, Sigmoid, Stateful, Tanh,
    sequential, summary,
};
use deltarule_tensor::{DoubleTensor, Float, Tensor, TensorOf};

/// A module of any type of elements, as a user writes it.
#[derive(Module)]
struct Residual<E: Float> {
    body: LinearOf<E>,
    rate: f64,
}

impl<E: Float> Forward<E> for Residual<E> {
    #[track_caller]
    fn forward(&self, x: &TensorOf<E>) -> TensorOf<E> {
        x + self.body.forward(x) * E::from_f64(self.rate)
    }
}

fn model() -> SequentialOf<f64> {
    sequential![
        LinearOf::new(2, 4),
        Residual { body: LinearOf::new(4, 4), rate: 0.5 },
        BatchNorm1dOf::new(4),
        sequential![Tanh],
        LinearOf::new(4, 1)
    ]
}

fn train(model: &SequentialOf<f64>, optimizer: &mut AdamOf<f64>, schedule: &mut Schedule<StepLr>) -> Vec<u64> {
    let x = DoubleTensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y = DoubleTensor::from([[0.], [1.], [1.], [0.]]);
    let mut losses = Vec::new();
    for _ in 0..10 {
        let loss = MseLoss::default().forward(&model.forward(&x), &y);
        optimizer.zero_grad();
        loss.backward();
        clip_grad_norm(model.parameters_of::<f64>(), 1.0, 2.0);
        optimizer.step();
        schedule.step(optimizer);
        losses.push(loss.item().to_bits());
    }
    losses
}

#[test]
fn a_run_of_f64_goes_on_from_its_checkpoint() {
    let parts = |model: &SequentialOf<f64>| {
        let mut adam = AdamOf::<f64>::new(model.parameters_of(), 0.01).amsgrad(true);
        let schedule = Schedule::new(&mut adam, StepLr::new(3));
        (adam, schedule)
    };
    let net = model();
    let (mut adam, mut schedule) = parts(&net);
    train(&net, &mut adam, &mut schedule);
    let path = std::env::temp_dir().join(format!("double-{}.checkpoint", std::process::id()));
    Checkpoint::new(1, &net, &[&adam, &schedule], ()).save(&path).unwrap();
    let expected = train(&net, &mut adam, &mut schedule);

    let fresh = model();
    let (mut adam, mut schedule) = parts(&fresh);
    let checkpoint = Checkpoint::<()>::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    checkpoint.restore(&fresh, &mut [&mut adam, &mut schedule]).unwrap();
    assert_eq!(train(&fresh, &mut adam, &mut schedule), expected);
    assert_eq!(fresh.state_dict(), net.state_dict());
}

#[test]
fn a_state_of_the_other_type_does_not_fit() {
    let (single, double) = (Linear::new(2, 1), LinearOf::<f64>::new(2, 1));
    let error = double.load_state_dict(&single.state_dict()).unwrap_err().to_string();
    assert!(error.contains("weight: the model has [1, 2] of f64, the state dict [1, 2] of f32"), "{error}");
    let mut sgd = SgdOf::<f64>::new(double.parameters_of(), 0.1).momentum(0.9);
    let mut other = Sgd::new(single.parameters(), 0.1).momentum(0.9);
    single.weight.set_grad(Some(Tensor::ones([1, 2])));
    other.step();
    let error = sgd.load_state_dict(&other.state_dict()).unwrap_err().to_string();
    assert!(error.contains("state.0.momentum_buffer: Sgd has [1, 2] of f64"), "{error}");
}

/// Each type has its own optimizer; all else goes over both.
#[test]
fn a_model_may_have_both_types() {
    #[derive(Module)]
    struct Both {
        coarse: Linear,
        fine: LinearOf<f64>,
    }
    let both = Both { coarse: Linear::new(3, 2), fine: LinearOf::new(2, 1) };
    let coarse: Vec<_> = both.named_parameters_of::<f32>().into_iter().map(|(name, _)| name).collect();
    let fine: Vec<_> = both.named_parameters_of::<f64>().into_iter().map(|(name, _)| name).collect();
    assert_eq!(coarse, ["coarse.weight", "coarse.bias"]);
    assert_eq!(fine, ["fine.weight", "fine.bias"]);
    assert_eq!((both.num_parameters(), both.state_dict().len()), (11, 4));

    let y = both.fine.forward(&both.coarse.forward(&Tensor::ones([4, 3])).double());
    y.sum().backward();
    assert!(both.coarse.weight.grad().is_some());
    both.requires_grad_(false);
    assert!(!both.coarse.weight.requires_grad() && !both.fine.weight.requires_grad());
    both.zero_grad();
    assert!(both.coarse.weight.grad().is_none() && both.fine.weight.grad().is_none());
}

#[test]
#[should_panic(
    expected = "parameters: `1.weight` is of f64, and these are the parameters of f32. Those of f64 are parameters_of::<f64>()"
)]
fn the_parameters_of_f32_do_not_leave_out_others_in_silence() {
    (Linear::new(2, 1), LinearOf::<f64>::new(2, 1)).parameters();
}

/// What an activation is alone doesn't say the type; what it is used for does.
#[test]
fn activations_are_of_the_type_of_their_input() {
    let model = sequential![Relu, sequential![Sigmoid]];
    assert_eq!(model.forward(&DoubleTensor::from([-1.0])).item(), 0.5);
    assert_eq!(Sigmoid.forward(&Tensor::from([0.0])).item(), 0.5);
    assert_eq!((model.name(), LinearOf::<f64>::new(1, 1).name()), ("Sequential", "Linear"));
}

#[test]
fn a_summary_counts_bytes_of_both_types() {
    let single = summary(&sequential![Linear::new(3, 2)], [5, 3]);
    let double = summary(&sequential![LinearOf::<f64>::new(3, 2)], [5, 3]);
    assert_eq!((single.input_bytes(), single.parameter_bytes(), single.output_bytes()), (60, 32, 80));
    assert_eq!((double.input_bytes(), double.parameter_bytes(), double.output_bytes()), (120, 64, 160));
}
