//! What all optimizers share: gradients that are there or not, groups, bounds on gradients, and the saved state.

use deltarule_nn::optim::{
    Adagrad, Adam, AdamW, Optimizer, RmsProp, Sgd, clip_grad_norm, clip_grad_value,
    schedule::{ExponentialLr, OneCycleLr, Schedule, StepLr},
};
use deltarule_nn::{Module, Parameter, Relu, SavedState, Stateful};
use deltarule_tensor::{DType, DoubleTensor, LongTensor, Tensor};

trait Saved: Optimizer + Stateful {}
impl<O: Optimizer + Stateful> Saved for O {}

/// Makes an optimizer of some parameters.
type Make = fn(Vec<Parameter>) -> Box<dyn Saved>;

/// Each optimizer, with a momentum or averages, and weight decay.
const ALL: [(&str, Make); 6] = [
    ("Sgd", |p| Box::new(Sgd::new(p, 0.1).momentum(0.9).dampening(0.5).weight_decay(0.5))),
    ("Adam", |p| Box::new(Adam::new(p, 0.1).weight_decay(0.5))),
    ("Adam, amsgrad", |p| Box::new(Adam::new(p, 0.1).weight_decay(0.5).amsgrad(true))),
    ("AdamW", |p| Box::new(AdamW::new(p, 0.1))),
    ("RmsProp", |p| Box::new(RmsProp::new(p, 0.1).momentum(0.9).centered(true).weight_decay(0.5))),
    ("Adagrad", |p| Box::new(Adagrad::new(p, 0.1).weight_decay(0.5).lr_decay(0.1))),
];

fn parameter(values: [f32; 2]) -> Parameter {
    Parameter::new(Tensor::from(values))
}

fn gradient(step: usize) -> Tensor {
    Tensor::from([(step as f32 * 0.7).sin(), (step as f32 * 1.3).cos()])
}

#[test]
fn a_parameter_without_a_gradient_is_skipped_whole_and_a_zero_gradient_steps() {
    for (name, make) in ALL {
        // `late` has no gradient at first: it must go the way that `fresh` goes from its own start.
        let (late, zero, fresh) = (parameter([1.0, -2.0]), parameter([1.0, -2.0]), parameter([1.0, -2.0]));
        let mut optimizer = make(vec![late.clone(), zero.clone()]);
        for _ in 0..3 {
            zero.set_grad(Some(Tensor::zeros([2])));
            optimizer.step();
        }
        assert_eq!(late.value().to_vec(), [1.0, -2.0], "{name}");
        assert_ne!(zero.value().to_vec(), [1.0, -2.0], "{name}: weight decay acts without a gradient's help");

        let mut other = make(vec![fresh.clone()]);
        for step in 0..5 {
            late.set_grad(Some(gradient(step)));
            fresh.set_grad(Some(gradient(step)));
            optimizer.step();
            other.step();
        }
        assert_eq!(late.value().to_vec(), fresh.value().to_vec(), "{name}");
    }
}

/// PyTorch's defaults, where peers have others.
#[test]
fn defaults_are_pytorchs() {
    let adam = Adam::new([parameter([0.0; 2])], 1e-3);
    let options = adam.options(0);
    assert_eq!((options.beta1, options.beta2, options.eps, options.weight_decay), (0.9, 0.999, 1e-8, 0.0));
    assert!(!options.amsgrad && !options.maximize);
    assert_eq!(AdamW::new([parameter([0.0; 2])], 1e-3).options(0).weight_decay, 1e-2);
    let sgd = Sgd::new([parameter([0.0; 2])], 0.1);
    assert_eq!((sgd.options(0).momentum, sgd.options(0).dampening, sgd.options(0).weight_decay), (0.0, 0.0, 0.0));
    let rmsprop = RmsProp::new([parameter([0.0; 2])], 1e-2);
    assert_eq!((rmsprop.options(0).alpha, rmsprop.options(0).eps, rmsprop.options(0).momentum), (0.99, 1e-8, 0.0));
    let adagrad = Adagrad::new([parameter([0.0; 2])], 1e-2);
    assert_eq!((adagrad.options(0).eps, adagrad.options(0).initial_accumulator_value), (1e-10, 0.0));
}

#[test]
fn a_group_has_the_options_of_the_first_one_but_for_its_own() {
    let (a, b) = (parameter([0.0; 2]), parameter([0.0; 2]));
    let mut optimizer =
        Sgd::new([a.clone()], 0.5).momentum(0.9).add_group([b.clone(), b.clone()], |group| group.lr = 0.25);
    assert_eq!((optimizer.num_groups(), optimizer.parameters().len()), (2, 2));
    assert_eq!((optimizer.options(1).lr, optimizer.options(1).momentum), (0.25, 0.9));
    a.set_grad(Some(Tensor::ones([2])));
    b.set_grad(Some(Tensor::ones([2])));
    optimizer.step();
    assert_eq!((a.value().to_vec(), b.value().to_vec()), (vec![-0.5; 2], vec![-0.25; 2]));
    optimizer.options_mut(0).lr = 0.0;
    optimizer.step();
    assert_eq!((a.value().to_vec(), b.value().to_vec()), (vec![-0.5; 2], vec![-0.25 - 0.25 * 1.9; 2]));
    optimizer.zero_grad();
    assert!(a.grad().is_none() && b.grad().is_none());
}

#[test]
#[should_panic(expected = "Adam: parameter 1 of the new group belongs to another group already")]
fn a_parameter_belongs_to_one_group() {
    let (a, b) = (parameter([0.0; 2]), parameter([0.0; 2]));
    let _ = Adam::new([a.clone()], 0.1).add_group([b, a], |_| {});
}

#[test]
#[should_panic(expected = "AdamW: beta2 must be 0 or more and below 1, and is 1")]
fn a_beta_of_1_is_refused() {
    let _ = AdamW::new([parameter([0.0; 2])], 0.1).betas(0.9, 1.0);
}

#[test]
#[should_panic(expected = "AdamW: there are no parameters to learn")]
fn an_empty_list_of_parameters_is_refused() {
    AdamW::new(Relu.parameters(), 1e-3);
}

#[test]
#[should_panic(expected = "Sgd: lr must be finite, and is inf")]
fn a_rate_that_is_set_later_is_checked_at_once() {
    Sgd::new([parameter([0.0; 2])], 0.1).set_lr(f64::INFINITY);
}

#[test]
fn a_rate_that_is_refused_is_not_set() {
    let (first, second) = (parameter([0.0; 2]), parameter([0.0; 2]));
    let mut optimizer = Sgd::new([first], 0.1).add_group([second], |options| options.lr = 0.2);
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| optimizer.set_lr(wrong)));
        assert!(refused.is_err());
        assert_eq!((optimizer.options(0).lr, optimizer.options(1).lr), (0.1, 0.2), "after {wrong}");
    }
    optimizer.set_lr(0.3);
    assert_eq!((optimizer.options(0).lr, optimizer.options(1).lr), (0.3, 0.3));
}

#[test]
#[should_panic(expected = "Sgd: there is no group 1: groups go from 0 to 0")]
fn a_group_that_is_not_there_is_named() {
    Sgd::new([parameter([0.0; 2])], 0.1).options(1);
}

#[test]
#[should_panic(expected = "RmsProp: lr must be 0 or more, and is NaN")]
fn an_option_that_is_changed_later_is_checked_by_the_step() {
    let mut optimizer = RmsProp::new([parameter([0.0; 2])], 0.1);
    optimizer.options_mut(0).lr = f64::NAN;
    optimizer.step();
}

#[test]
fn clipping_counts_each_gradient_once_and_leaves_small_ones_alone() {
    let (a, b, without) = (parameter([0.0; 2]), parameter([0.0; 2]), parameter([0.0; 2]));
    a.set_grad(Some(Tensor::from([2.0, 0.0])));
    b.set_grad(Some(Tensor::from([0.0, -1.5])));
    let all = || [a.clone(), b.clone(), without.clone(), a.clone()];
    assert_eq!(clip_grad_norm(all(), 3.0, 2.0), 2.5);
    assert_eq!(a.grad().unwrap().to_vec(), [2.0, 0.0]);
    assert_eq!(clip_grad_norm(all(), 3.0, f64::INFINITY), 2.0);
    assert_eq!(clip_grad_norm(all(), 1.25, 2.0), 2.5);
    // The factor is max_norm/(norm + 1e-6), a little below one half.
    assert_eq!(a.grad().unwrap().to_vec(), [2.0 * (1.25 / (2.5 + 1e-6)), 0.0]);
    assert!(without.grad().is_none());
    assert_eq!(clip_grad_norm::<f32>([], 1.0, 2.0), 0.0);

    a.set_grad(Some(Tensor::from([f32::INFINITY, 1.0])));
    assert_eq!(clip_grad_norm([a.clone()], 1.0, 2.0), f32::INFINITY);
    assert!(a.grad().unwrap().to_vec()[0].is_nan());

    b.set_grad(Some(Tensor::from([-7.0, 0.5])));
    clip_grad_value([b.clone(), without.clone()], 1.0);
    assert_eq!(b.grad().unwrap().to_vec(), [-1.0, 0.5]);
    // A bound that is no number is seen, and not taken for none.
    clip_grad_value([b.clone()], f64::NAN);
    assert!(b.grad().unwrap().to_vec().iter().all(|g| g.is_nan()));
}

/// Saving in the middle and going on elsewhere gives the same bits.
#[test]
fn a_restored_optimizer_goes_on_as_if_it_had_not_stopped() {
    for (name, make) in ALL {
        let parameters = [parameter([1.0, -2.0]), parameter([0.5, 0.25])];
        let mut optimizer = make(parameters.to_vec());
        let set = |parameters: &[Parameter], step: usize| {
            parameters[0].set_grad(Some(gradient(step)));
            parameters[1].set_grad((step > 6).then(|| gradient(step + 1)));
        };
        for step in 0..4 {
            set(&parameters, step);
            optimizer.step();
        }
        let saved = optimizer.state_dict();
        let copies = [0, 1].map(|index| Parameter::new(parameters[index].value()));
        let mut other = make(copies.to_vec());
        // Something that the restored state has to replace.
        let before = copies.each_ref().map(Parameter::value);
        set(&copies, 9);
        other.step();
        copies.iter().zip(before).for_each(|(copy, value)| copy.set(value));

        other.load_state_dict(&saved).unwrap();
        assert_eq!(other.state_dict(), saved, "{name}");
        for step in 4..12 {
            set(&parameters, step);
            set(&copies, step);
            optimizer.step();
            other.step();
            for (parameter, copy) in parameters.iter().zip(&copies) {
                assert_eq!(parameter.value().to_vec(), copy.value().to_vec(), "{name}, step {step}");
            }
        }
    }
}

#[test]
fn entries_are_named_as_pytorch_names_them() {
    let optimizer = Sgd::new([parameter([0.0; 2])], 0.1).add_group([parameter([0.0; 2])], |_| {});
    let saved = optimizer.state_dict();
    let names: Vec<_> = saved.values.names().filter(|name| !name.contains("0.")).collect();
    let expected = [
        "param_groups.1.lr",
        "param_groups.1.momentum",
        "param_groups.1.dampening",
        "param_groups.1.weight_decay",
        "param_groups.1.nesterov",
        "param_groups.1.maximize",
        "param_groups.1.initial_lr",
        "state.1.step",
        "state.1.momentum_buffer",
    ];
    assert_eq!(names, expected);
}

/// Each way in which a state can be wrong is named, and changes nothing.
#[test]
fn a_state_that_does_not_fit_is_refused_whole() {
    let p = parameter([1.0, 2.0]);
    let mut optimizer = Adam::new([p.clone()], 0.1);
    p.set_grad(Some(gradient(1)));
    optimizer.step();
    let good = optimizer.state_dict();
    let mut refuse = |change: &dyn Fn(&mut SavedState)| {
        let mut saved = good.clone();
        change(&mut saved);
        let error = optimizer.load_state_dict(&saved).unwrap_err();
        assert_eq!(optimizer.check_state_dict(&saved).as_ref(), Err(&error));
        assert_eq!(optimizer.state_dict(), good);
        error
    };

    let error = refuse(&|saved| drop(saved.values.remove("state.0.exp_avg")));
    assert_eq!(error.missing, ["state.0.exp_avg"]);
    let error = refuse(&|saved| drop(saved.values.insert("state.1.step", LongTensor::from(1))));
    assert_eq!(error.unexpected, ["state.1.step"]);
    let error = refuse(&|saved| drop(saved.values.insert("state.0.exp_avg_sq", Tensor::zeros([3]))));
    assert_eq!(error.mismatched[0].name, "state.0.exp_avg_sq");
    assert_eq!(error.mismatched[0].expected, (DType::F32, vec![2]));
    assert_eq!(error.mismatched[0].found, (DType::F32, vec![3]));
    let error = refuse(&|saved| drop(saved.values.insert("param_groups.0.lr", Tensor::from(0.5))));
    assert_eq!(error.mismatched[0].found, (DType::F32, vec![]));
    let error = refuse(&|saved| drop(saved.values.insert("state.0.step", LongTensor::from(-1))));
    assert_eq!(error.invalid, ["state.0.step: a count isn't negative"]);
    let error = refuse(&|saved| drop(saved.values.insert("param_groups.0.amsgrad", LongTensor::from(2))));
    assert_eq!(error.invalid, ["param_groups.0.amsgrad: a switch is 0 or 1"]);
    let error = refuse(&|saved| drop(saved.values.insert("param_groups.0.beta1", DoubleTensor::from(1.5))));
    assert_eq!(error.invalid, ["param_groups.0: beta1 must be 0 or more and below 1, and is 1.5"]);
    let error = refuse(&|saved| saved.kind = "AdamW".to_owned());
    assert_eq!(
        error.to_string(),
        "the state dict doesn't fit Adam, which is unchanged\n  it is the state of AdamW: load it into one of these"
    );
}

#[test]
fn a_restored_schedule_goes_on_as_if_it_had_not_stopped() {
    let mut optimizer = Sgd::new([parameter([0.0; 2])], 0.1).momentum(0.9);
    let mut cycle = Schedule::new(&mut optimizer, OneCycleLr::new(1.0, 20));
    let mut fall = Schedule::new(&mut optimizer, ExponentialLr::new(0.9));
    for _ in 0..7 {
        cycle.step(&mut optimizer);
        fall.step(&mut optimizer);
    }
    let saved = (optimizer.state_dict(), cycle.state_dict(), fall.state_dict());

    let mut other = Sgd::new([parameter([0.0; 2])], 0.3);
    let mut other_cycle = Schedule::new(&mut other, OneCycleLr::new(0.5, 9));
    let mut other_fall = Schedule::new(&mut other, ExponentialLr::new(0.5));
    other.load_state_dict(&saved.0).unwrap();
    other_cycle.load_state_dict(&saved.1).unwrap();
    other_fall.load_state_dict(&saved.2).unwrap();
    for _ in 7..20 {
        cycle.step(&mut optimizer);
        fall.step(&mut optimizer);
        other_cycle.step(&mut other);
        other_fall.step(&mut other);
        assert_eq!(optimizer.state_dict(), other.state_dict());
    }
    assert_eq!((cycle.epoch(), cycle.last_lr()), (20, other_cycle.last_lr()));

    let before = fall.state_dict();
    let error = fall.load_state_dict(&saved.1).unwrap_err();
    assert_eq!(error.invalid, ["it is the state of OneCycleLr: load it into one of these"]);
    assert_eq!(fall.state_dict(), before);
}

#[test]
#[should_panic(expected = "OneCycleLr: step 3 is past the end: the cycle has 2 steps")]
fn a_cycle_has_an_end() {
    let mut optimizer = Sgd::new([parameter([0.0; 2])], 0.1);
    let mut schedule = Schedule::new(&mut optimizer, OneCycleLr::new(1.0, 2));
    (0..3).for_each(|_| schedule.step(&mut optimizer));
}

#[test]
#[should_panic(expected = "OneCycleLr: the optimizer has no momentum to cycle; see cycle_momentum")]
fn a_cycle_needs_a_momentum() {
    Schedule::new(&mut Adagrad::new([parameter([0.0; 2])], 0.1), OneCycleLr::new(1.0, 10));
}

#[test]
#[should_panic(expected = "StepLr: step_size must be 1 or more, and is 0")]
fn a_step_of_no_epochs_is_refused() {
    Schedule::new(&mut Sgd::new([parameter([0.0; 2])], 0.1), StepLr::new(0));
}
