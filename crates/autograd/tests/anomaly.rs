//! The anomaly mode: it names the operation and the user's line of the first value that isn't finite.

mod common;

use std::panic::{self, AssertUnwindSafe};
use std::thread;

use common::{Panic, Scalar, add, constant, exp, gradient, leaf, mul, panic_of};
use deltarule_autograd::{AnomalyGuard, detect_anomaly, is_anomaly_enabled, record};

/// √x, with d√x/dx = 1/(2√x), which is infinite at 0. The rule is written in one recorded operation.
#[track_caller]
fn sqrt(x: &Scalar) -> Scalar {
    let y = x.value().sqrt();
    record("sqrt", y, &[x.node()], |keep| {
        let y = keep.output(y);
        move |g, to| {
            let y = to.open(y);
            to.input(0, || mul(&g, &half_of_inverse(&y)));
        }
    })
}

#[track_caller]
fn half_of_inverse(x: &Scalar) -> Scalar {
    record("half_of_inverse", 0.5 / x.value(), &[x.node()], |_| |_, _: &mut _| ())
}

/// √x again, but the rule computes on plain numbers.
#[track_caller]
fn plain_sqrt(x: &Scalar) -> Scalar {
    let y = x.value().sqrt();
    record("plain_sqrt", y, &[x.node()], |_| move |g: Scalar, to| to.input(0, || constant(g.value() * 0.5 / y)))
}

#[test]
fn forward_it_names_the_operation_at_the_users_line() {
    for (start, operation) in [(1000.0, "exp"), (-1.0, "sqrt")] {
        let x = leaf(start);
        let line = line!() + 1;
        let panic = panic_of(|| detect_anomaly(|| if operation == "exp" { exp(&x) } else { sqrt(&x) }));
        panic.says(&["anomaly", operation, "isn't finite"]).at(file!(), line);
    }
}

#[test]
fn it_is_the_first_operation_that_is_named() {
    let line = line!() + 1;
    let panic = panic_of(|| detect_anomaly(|| add(&sqrt(&leaf(-1.0)), &constant(1.0))));
    panic.says(&["sqrt"]).at(file!(), line);
}

#[test]
fn constants_are_looked_at_too() {
    panic_of(|| detect_anomaly(|| exp(&constant(1000.0)))).says(&["exp"]);
}

fn names_the_rule(operation: fn(&Scalar) -> Scalar, name: &str) -> Panic {
    let x = leaf(0.0);
    let panic = panic_of(|| detect_anomaly(|| operation(&x).backward()));
    panic.says(&["anomaly", "isn't finite", &format!("in the gradient rule of {name}, recorded at {}", file!())]);
    assert!(x.grad().is_none());
    panic
}

#[test]
fn backward_it_names_the_rule_and_the_line_that_recorded_it() {
    let line = line!() + 1;
    let panic = names_the_rule(|x| plain_sqrt(x), "plain_sqrt");
    panic.says(&["input 0", &format!("{}:{line}", file!())]);
}

#[test]
fn backward_it_names_the_rule_even_if_an_operation_within_is_the_first() {
    let line = line!() + 1;
    let panic = names_the_rule(|x| sqrt(x), "sqrt");
    panic.says(&["half_of_inverse", &format!("{}:{line}", file!())]);
}

#[test]
fn a_sum_of_gradients_that_overflows_is_an_anomaly() {
    let x = leaf(1.0);
    let large = constant(1e308);
    let line = line!() + 1;
    let y = add(&mul(&x, &large), &mul(&x, &large));
    let place = format!("in the gradient rule of mul, recorded at {}:{line}:", file!());
    panic_of(|| detect_anomaly(|| y.backward())).says(&["anomaly", "accumulate", &place]);

    // Two passes that are each finite can overflow too.
    let x = leaf(1.0);
    mul(&x, &large).backward();
    let y = mul(&x, &large);
    let line = line!() + 1;
    let panic = panic_of(|| detect_anomaly(|| y.backward()));
    panic.says(&["anomaly", "accumulate"]).at(file!(), line);
}

#[test]
fn outside_of_the_mode_nothing_is_looked_at() {
    let x = leaf(0.0);
    sqrt(&x).backward();
    assert_eq!(gradient(&x), f64::INFINITY);
}

#[test]
fn the_mode_nests_is_undone_by_a_panic_and_belongs_to_its_thread() {
    assert!(!is_anomaly_enabled());
    detect_anomaly(|| {
        {
            let _off = AnomalyGuard::set(false);
            assert!(exp(&leaf(1000.0)).value().is_infinite());
        }
        assert!(is_anomaly_enabled());
        assert!(!thread::spawn(is_anomaly_enabled).join().unwrap());
    });
    assert!(!is_anomaly_enabled());

    let _ = panic::catch_unwind(AssertUnwindSafe(|| panic_of(|| detect_anomaly(|| exp(&leaf(1000.0))))));
    assert!(!is_anomaly_enabled());
}
