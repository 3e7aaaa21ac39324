//! Every schedule in each of its variants, alone and several on one optimizer: rates and momenta of every epoch.

use deltarule::Tensor;
use deltarule::nn::Parameter;
use deltarule::optim::schedule::{
    CosineAnnealingLr, ExponentialLr, LinearLr, MultiStepLr, OneCycleLr, Plan, Schedule, StepLr,
};
use deltarule::optim::{Adam, Grouped, Optimizer, Rule, Sgd};
use serde_json::Value;

use crate::compared::Compared;
use crate::fixture::json;

/// Rates are products of up to 45 factors, and cosines of the platform's libm.
const ROUNDINGS: f32 = 8.0;

pub(crate) fn compare() -> Compared {
    let runs = json("schedules");
    let runs = runs.as_array().unwrap();
    assert_eq!(runs.len(), 35);
    let mut compared = Compared::default();
    for run in runs {
        match run["optimizer"].as_str().unwrap() {
            "SGD" => {
                follow(run, Sgd::new(some(), 0.1).momentum(0.9).add_group([], |group| group.lr = 0.025), &mut compared)
            }
            "Adam" => follow(run, Adam::new(some(), 0.1).add_group([], |group| group.lr = 0.025), &mut compared),
            other => panic!("no optimizer {other}"),
        }
    }
    compared
}

#[test]
fn rates_go_as_in_pytorch() {
    compare().expect_none();
}

/// A parameter, so that there is one to learn.
fn some() -> [Parameter; 1] {
    [Parameter::new(Tensor::zeros([1]))]
}

/// Compares the rates of a run. What several schedules do together counts for each of them.
fn follow<R: Rule<N>, const N: usize>(run: &Value, mut optimizer: Grouped<R, N>, compared: &mut Compared) {
    let descriptions = run["schedules"].as_array().unwrap();
    let mut schedules: Vec<_> = descriptions.iter().map(|schedule| start(schedule, &mut optimizer)).collect();
    let (lrs, momenta) = (run["lrs"].as_array().unwrap(), run["momenta"].as_array().unwrap());
    assert_eq!(lrs.len(), 45);
    for (epoch, (lrs, momenta)) in lrs.iter().zip(momenta).enumerate() {
        for (group, rates) in optimizer.rates().into_iter().enumerate() {
            let pairs = [(*rates.lr, &lrs[group]), (*rates.momentum.unwrap(), &momenta[group])];
            for (found, expected) in pairs {
                let expected = expected.as_f64().unwrap();
                // At the foot of a cosine to 0, what is left is the rounding of earlier epochs.
                let apart = (found - expected).abs() / (expected.abs().max(1e-4) * f64::EPSILON);
                for (description, (name, _)) in descriptions.iter().zip(&schedules) {
                    let torch = format!("torch.optim.lr_scheduler.{}", description["name"].as_str().unwrap());
                    let deltarule = format!("optim::schedule::{name}");
                    compared.case(&torch, &deltarule, &description["options"]).apart(apart as f32, ROUNDINGS, || {
                        format!("{}, epoch {epoch}: {found} for {expected}", run["schedules"])
                    });
                }
            }
        }
        if epoch < 44 {
            schedules.iter_mut().for_each(|(_, step)| step(&mut optimizer));
        }
    }
}

/// A schedule's name, and one step of it.
type Turn<R, const N: usize> = (&'static str, Box<dyn FnMut(&mut Grouped<R, N>)>);

fn start<R: Rule<N>, const N: usize>(schedule: &Value, optimizer: &mut Grouped<R, N>) -> Turn<R, N> {
    fn turn<P: Plan + 'static, R: Rule<N>, const N: usize>(optimizer: &mut Grouped<R, N>, plan: P) -> Turn<R, N> {
        let mut schedule = Schedule::new(optimizer, plan);
        (P::NAME, Box::new(move |optimizer| schedule.step(optimizer)))
    }
    let options = &schedule["options"];
    let number = |name: &str| options[name].as_f64();
    let count = |name: &str| options[name].as_u64();
    match schedule["name"].as_str().unwrap() {
        "StepLR" => {
            let plan = StepLr::new(count("step_size").unwrap());
            turn(optimizer, if let Some(gamma) = number("gamma") { plan.gamma(gamma) } else { plan })
        }
        "MultiStepLR" => {
            let milestones = options["milestones"].as_array().unwrap().iter().map(|epoch| epoch.as_u64().unwrap());
            let plan = MultiStepLr::new(milestones);
            turn(optimizer, if let Some(gamma) = number("gamma") { plan.gamma(gamma) } else { plan })
        }
        "ExponentialLR" => turn(optimizer, ExponentialLr::new(number("gamma").unwrap())),
        "CosineAnnealingLR" => {
            let plan = CosineAnnealingLr::new(count("T_max").unwrap());
            turn(optimizer, if let Some(eta) = number("eta_min") { plan.eta_min(eta) } else { plan })
        }
        "LinearLR" => {
            let mut plan = LinearLr::new();
            for (name, value) in options.as_object().unwrap() {
                plan = match name.as_str() {
                    "start_factor" => plan.start_factor(value.as_f64().unwrap()),
                    "end_factor" => plan.end_factor(value.as_f64().unwrap()),
                    "total_iters" => plan.total_iters(value.as_u64().unwrap()),
                    other => panic!("no option {other}"),
                };
            }
            turn(optimizer, plan)
        }
        "OneCycleLR" => turn(optimizer, one_cycle(options)),
        other => panic!("no schedule {other}"),
    }
}

fn one_cycle(options: &Value) -> OneCycleLr {
    let mut plan = OneCycleLr::new(options["max_lr"].as_f64().unwrap_or(0.0), options["total_steps"].as_u64().unwrap());
    for (name, value) in options.as_object().unwrap() {
        plan = match name.as_str() {
            "total_steps" => plan,
            "max_lr" => match value.as_array() {
                Some(each) => plan.max_lrs(each.iter().map(|lr| lr.as_f64().unwrap())),
                None => plan,
            },
            "pct_start" => plan.pct_start(value.as_f64().unwrap()),
            "anneal_strategy" => plan.linear(value == "linear"),
            "cycle_momentum" => plan.cycle_momentum(value.as_bool().unwrap()),
            "base_momentum" => plan.base_momentum(value.as_f64().unwrap()),
            "max_momentum" => plan.max_momentum(value.as_f64().unwrap()),
            "div_factor" => plan.div_factor(value.as_f64().unwrap()),
            "final_div_factor" => plan.final_div_factor(value.as_f64().unwrap()),
            "three_phase" => plan.three_phase(value.as_bool().unwrap()),
            other => panic!("no option {other}"),
        };
    }
    plan
}
