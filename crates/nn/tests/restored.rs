//! States of schedules and optimizers that say what can't be: they are refused when they are loaded, and not by a panic some
//! steps later.

use deltarule_nn::optim::schedule::{
    CosineAnnealingLr, ExponentialLr, LinearLr, MultiStepLr, OneCycleLr, Plan, Schedule, StepLr,
};
use deltarule_nn::optim::{Optimizer, Sgd};
use deltarule_nn::{AnyTensor, Parameter, SavedState, Stateful};
use deltarule_tensor::{DoubleTensor, LongTensor, Tensor};

fn sgd(momentum: f64) -> Sgd {
    let parameter = Parameter::new(Tensor::from([1.0]));
    parameter.set_grad(Some(Tensor::from([0.5])));
    Sgd::new([parameter], 0.1).momentum(momentum)
}

/// The state with one number in the place of all numbers of an entry.
fn with(saved: &SavedState, name: &str, value: f64) -> SavedState {
    let mut saved = saved.clone();
    let changed = match saved.values.get(name).unwrap() {
        AnyTensor::F64(old) => AnyTensor::from(DoubleTensor::full(old.shape(), value)),
        AnyTensor::I64(old) => LongTensor::full(old.shape(), value as i64).into(),
        other => panic!("{name}: {other:?}"),
    };
    saved.values.insert(name, changed);
    saved
}

/// Whatever a state says in one place, it is refused, or steps go on as far as the plan goes.
fn no_number_leads_to_a_panic<P: Plan>(plan: P) {
    let mut optimizer = sgd(0.9);
    let mut schedule = Schedule::new(&mut optimizer, plan.clone());
    schedule.step(&mut optimizer);
    let saved = schedule.state_dict();
    let names: Vec<_> = saved.values.names().map(str::to_owned).collect();
    let mut refused = 0;
    for name in &names {
        for value in [f64::NAN, f64::INFINITY, -1.0, 0.0, 0.5, 1.0, 2.0, 7.0, 1e6, 9.3e18] {
            let mut optimizer = sgd(0.9);
            let mut schedule = Schedule::new(&mut optimizer, plan.clone());
            let before = schedule.state_dict();
            if schedule.load_state_dict(&with(&saved, name, value)).is_err() {
                refused += 1;
                assert_eq!(schedule.state_dict(), before, "{} {name} {value}", P::NAME);
                continue;
            }
            // A cycle has an end, which may be another now.
            let end = match schedule.state_dict().values.get("total_steps") {
                Some(AnyTensor::I64(total)) => total.item() as u64,
                _ => u64::MAX,
            };
            for _ in 0..end.saturating_sub(schedule.epoch()).min(4) {
                schedule.step(&mut optimizer);
                // After the last turn no step follows: there a cycle goes on beyond its lowest rate, as PyTorch's does.
                if schedule.epoch() < end {
                    optimizer.step();
                }
            }
        }
    }
    assert!(refused >= 2 * names.len(), "{}: {refused}", P::NAME);
}

#[test]
fn no_restored_schedule_leads_to_a_panic() {
    no_number_leads_to_a_panic(StepLr::new(2).gamma(0.5));
    no_number_leads_to_a_panic(MultiStepLr::new([1, 3]));
    no_number_leads_to_a_panic(ExponentialLr::new(0.5));
    no_number_leads_to_a_panic(LinearLr::new());
    no_number_leads_to_a_panic(CosineAnnealingLr::new(3));
    no_number_leads_to_a_panic(OneCycleLr::new(0.1, 10));
    no_number_leads_to_a_panic(OneCycleLr::new(0.1, 10).max_lrs([0.1]).three_phase(true).linear(true));
}

#[test]
fn a_cycle_past_its_end_or_without_momentum_is_refused() {
    let mut optimizer = sgd(0.9);
    let mut schedule = Schedule::new(&mut optimizer, OneCycleLr::new(0.1, 3));
    (0..3).for_each(|_| schedule.step(&mut optimizer));
    // At its end it is what it was when it was saved.
    let saved = schedule.state_dict();
    let mut other = Schedule::new(&mut optimizer, OneCycleLr::new(0.1, 3));
    other.load_state_dict(&saved).unwrap();
    assert_eq!(other.epoch(), 3);
    let past = with(&saved, "last_epoch", 4.0);
    let error = other.check_state_dict(&past).unwrap_err();
    assert_eq!(error.invalid, ["step 4 is past the end: the cycle has 3 steps"]);

    let mut adagrad = deltarule_nn::optim::Adagrad::new([Parameter::new(Tensor::from([1.0]))], 0.1);
    let mut without = Schedule::new(&mut adagrad, OneCycleLr::new(0.1, 3).cycle_momentum(false));
    let error = without.load_state_dict(&saved).unwrap_err();
    assert_eq!(error.invalid, ["the optimizer has no momentum to cycle; see cycle_momentum"]);
    without.step(&mut adagrad);
}

/// A line down to 0 ends at 0, and not a rounding below it, where no optimizer steps.
#[test]
fn a_line_down_to_nothing_ends_there() {
    for total in 1..200 {
        let mut optimizer = sgd(0.0);
        let plan = LinearLr::new().start_factor(1.0).end_factor(0.0).total_iters(total);
        let mut schedule = Schedule::new(&mut optimizer, plan);
        for _ in 0..total {
            schedule.step(&mut optimizer);
            optimizer.step();
        }
        assert!(optimizer.options(0).lr < 1e-15, "{total}");
    }
}

/// Counts that mean "never" are saved as what can be read.
#[test]
fn a_count_without_an_end_comes_back() {
    let mut optimizer = sgd(0.0);
    let mut schedule = Schedule::new(&mut optimizer, StepLr::new(u64::MAX));
    let saved = schedule.state_dict();
    schedule.load_state_dict(&saved).unwrap();
    schedule.step(&mut optimizer);
    let mut schedule = Schedule::new(&mut optimizer, MultiStepLr::new([2, u64::MAX]));
    let saved = schedule.state_dict();
    schedule.load_state_dict(&saved).unwrap();
    let mut cosine = Schedule::new(&mut optimizer, CosineAnnealingLr::new(u64::MAX));
    (0..3).for_each(|_| cosine.step(&mut optimizer));
}

#[test]
fn an_optimizer_is_refused_a_rate_that_cannot_be() {
    let mut optimizer = sgd(0.9);
    Schedule::new(&mut optimizer, StepLr::new(1));
    let saved = optimizer.state_dict();
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        for name in ["param_groups.0.lr", "param_groups.0.initial_lr"] {
            let error = optimizer.load_state_dict(&with(&saved, name, value)).unwrap_err();
            assert_eq!(error.invalid.len(), 1, "{error}");
        }
    }
    assert_eq!(optimizer.state_dict(), saved);
}
