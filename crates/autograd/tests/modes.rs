//! `no_grad` and its relatives: nested, undone by a panic, one for each thread.

mod common;

use std::thread;

use common::{gradient, leaf, mul, panic_of, sin};
use deltarule_autograd::{GradGuard, enable_grad, is_grad_enabled, no_grad, no_grad_guard};

#[test]
fn no_grad_makes_constants() {
    let x = leaf(3.0);
    let y = no_grad(|| mul(&x, &x));
    assert_eq!(*y.value(), 9.0);
    assert!(!y.requires_grad());
    assert!(mul(&x, &x).requires_grad());
}

#[test]
fn a_leaf_made_within_no_grad_is_a_leaf_all_the_same() {
    let x = no_grad(|| leaf(3.0));
    mul(&x, &x).backward();
    assert_eq!(gradient(&x), 6.0);
}

#[test]
fn enable_grad_records_within_no_grad() {
    let x = leaf(3.0);
    no_grad(|| {
        let y = enable_grad(|| mul(&x, &x));
        assert!(!mul(&x, &y).requires_grad());
        y.backward();
    });
    assert_eq!(gradient(&x), 6.0);
}

#[test]
fn guards_nest_and_restore_what_they_found() {
    assert!(is_grad_enabled());
    {
        let _off = no_grad_guard();
        assert!(!is_grad_enabled());
        {
            let _on = GradGuard::set(true);
            assert!(is_grad_enabled());
            no_grad(|| assert!(!is_grad_enabled()));
            assert!(is_grad_enabled());
        }
        no_grad(|| ());
        assert!(!is_grad_enabled());
    }
    assert!(is_grad_enabled());
}

#[test]
fn a_panic_undoes_the_mode() {
    panic_of(|| no_grad(|| panic!("within")));
    assert!(is_grad_enabled());
    panic_of(|| {
        let _off = no_grad_guard();
        enable_grad(|| panic!("within"));
    });
    assert!(is_grad_enabled());
}

#[test]
fn the_mode_belongs_to_its_thread() {
    no_grad(|| {
        let other = thread::spawn(|| (is_grad_enabled(), sin(&leaf(1.0)).requires_grad()));
        assert_eq!(other.join().unwrap(), (true, true));
        assert!(!is_grad_enabled());
    });
}

#[test]
fn backward_within_no_grad_works_and_keeps_the_mode() {
    let x = leaf(3.0);
    let y = mul(&x, &x);
    no_grad(|| {
        y.backward();
        assert!(!is_grad_enabled());
    });
    assert_eq!(gradient(&x), 6.0);
    assert!(is_grad_enabled());
}
