//! Hooks: when they run, what they change, and what they may do.

mod common;

use std::sync::{Arc, Mutex};

use common::{Scalar, constant, gradient, leaf, mul, panic_of, sin};
use deltarule_autograd::{Options, enable_grad, is_grad_enabled, record};

/// What hooks saw, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(&'static str, f64)>>>);

impl Seen {
    fn note(&self, who: &'static str, g: &Scalar) {
        self.0.lock().unwrap().push((who, *g.value()));
    }

    fn all(&self) -> Vec<(&'static str, f64)> {
        self.0.lock().unwrap().clone()
    }

    /// A hook that only looks.
    fn look(&self, who: &'static str) -> impl Fn(&Scalar) -> Option<Scalar> + Send + Sync + use<> {
        let seen = self.clone();
        move |g| {
            seen.note(who, g);
            None
        }
    }
}

fn scale(factor: f64) -> impl Fn(&Scalar) -> Option<Scalar> + Send + Sync {
    move |g| Some(constant(g.value() * factor))
}

#[test]
fn hooks_run_in_the_order_of_registration_each_on_what_the_last_gave() {
    let (x, seen) = (leaf(3.0), Seen::default());
    let _ = x.register_hook(seen.look("first"));
    let _ = x.register_hook(scale(10.0));
    let _ = x.register_hook(seen.look("third"));
    mul(&x, &x).backward();
    assert_eq!(seen.all(), [("first", 6.0), ("third", 60.0)]);
    assert_eq!(gradient(&x), 60.0);
}

#[test]
fn a_hook_sees_the_whole_gradient_once() {
    let (x, seen) = (leaf(3.0), Seen::default());
    let square = mul(&x, &x);
    let _ = square.register_hook(seen.look("square"));
    mul(&mul(&square, &square), &square).backward();
    assert_eq!(seen.all(), [("square", 3.0 * 81.0)]);
}

#[test]
fn a_replaced_gradient_flows_on() {
    let x = leaf(3.0);
    let square = mul(&x, &x);
    square.retain_grad();
    let _ = square.register_hook(scale(-1.0));
    mul(&square, &constant(5.0)).backward();
    assert_eq!((gradient(&square), gradient(&x)), (-5.0, -30.0));
}

#[test]
fn a_hook_at_the_output_gets_the_seed() {
    let x = leaf(3.0);
    let y = mul(&x, &x);
    let _ = y.register_hook(scale(2.0));
    y.backward();
    assert_eq!(gradient(&x), 12.0);
}

#[test]
fn a_hook_changes_only_its_own_pass() {
    let x = leaf(3.0);
    x.node().unwrap().set_grad(Some(constant(100.0)));
    let _ = x.register_hook(scale(10.0));
    x.backward();
    assert_eq!(gradient(&x), 110.0);
}

#[test]
fn grad_runs_hooks_too() {
    let x = leaf(3.0);
    let _ = x.register_hook(scale(10.0));
    let found = mul(&x, &x).grad_of(&[&x], Options::new());
    assert_eq!(*found[0].as_ref().unwrap().value(), 60.0);
}

#[test]
fn a_handle_removes_its_hook_alone() {
    let (x, seen) = (leaf(3.0), Seen::default());
    let first = x.register_hook(seen.look("first"));
    let second = x.register_hook(seen.look("second"));
    let _ = x.register_hook(seen.look("third"));
    second.remove();
    x.backward();
    first.remove();
    x.backward();
    let names: Vec<_> = seen.all().iter().map(|(who, _)| *who).collect();
    assert_eq!(names, ["first", "third", "third"]);
}

#[test]
fn a_handle_outlives_its_value() {
    let handle = leaf(3.0).register_hook(|_| None);
    handle.remove();
}

#[test]
fn removing_a_hook_frees_it_even_if_that_touches_the_same_value() {
    /// Touches the hooks of its value when it is dropped.
    struct Touch(Scalar);
    impl Drop for Touch {
        fn drop(&mut self) {
            self.0.register_hook(|_| None).remove();
        }
    }
    let x = leaf(3.0);
    let touch = Touch(x.clone());
    let handle = x.register_hook(move |_| {
        let _held = &touch;
        None
    });
    handle.remove();
}

#[test]
fn a_hook_may_walk_another_graph() {
    let (x, other) = (leaf(3.0), leaf(2.0));
    let penalty = mul(&other, &other);
    let _ = x.register_hook(move |_| {
        penalty.backward();
        None
    });
    sin(&x).backward();
    assert_eq!(gradient(&x), 3_f64.cos());
    assert_eq!(gradient(&other), 4.0);
}

#[test]
fn a_hook_may_add_to_its_own_leaf() {
    let x = leaf(3.0);
    let held = x.clone();
    let handle = x.register_hook(move |g| {
        if *g.value() > 1.0 {
            // A pass of its own, which ends at the same leaf and calls this hook again.
            enable_grad(|| sin(&held)).backward();
        }
        None
    });
    mul(&x, &x).backward();
    assert_eq!(gradient(&x), 6.0 + 3_f64.cos());
    handle.remove();
}

#[test]
fn a_hook_may_register_and_remove_hooks() {
    let (x, seen) = (leaf(3.0), Seen::default());
    let later = Mutex::new(Some(x.register_hook(seen.look("removed by the next"))));
    let (held, noted) = (x.clone(), seen.clone());
    let _ = x.register_hook(move |_| {
        if let Some(earlier) = later.lock().unwrap().take() {
            earlier.remove();
            let _ = held.register_hook(noted.look("new"));
        }
        None
    });
    x.backward();
    x.backward();
    let names: Vec<_> = seen.all().iter().map(|(who, _)| *who).collect();
    assert_eq!(names, ["removed by the next", "new"]);
    // The hook holds its own leaf: without this the two keep each other alive.
    x.zero_grad();
}

#[test]
fn a_hook_may_read_and_set_the_gradient() {
    let x = leaf(3.0);
    let held = x.clone();
    let handle = x.register_hook(move |_| {
        assert!(held.grad().is_none());
        held.node().unwrap().set_grad(Some(constant(1.0)));
        None
    });
    mul(&x, &x).backward();
    assert_eq!(gradient(&x), 7.0);
    handle.remove();
}

#[test]
fn a_hook_runs_recorded_only_if_the_pass_is() {
    let x = leaf(3.0);
    let modes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&modes);
    let _ = x.register_hook(move |_| {
        noted.lock().unwrap().push(is_grad_enabled());
        None
    });
    x.backward();
    x.backward_with(None, Options::new().create_graph(true));
    assert_eq!(*modes.lock().unwrap(), [false, true]);
}

#[test]
fn a_panic_in_a_hook_leaves_all_usable() {
    let x = leaf(3.0);
    let square = mul(&x, &x);
    let y = mul(&square, &constant(2.0));
    let handle = square.register_hook(|_| panic!("a broken hook"));
    panic_of(|| y.backward()).says(&["a broken hook"]);
    assert!(is_grad_enabled());
    assert!(x.grad().is_none());

    handle.remove();
    square.backward();
    assert_eq!(gradient(&x), 6.0);
}

#[test]
fn a_panic_in_a_rule_leaves_all_usable() {
    let x = leaf(3.0);
    let broken: Scalar = record("broken", 0.0, &[x.node()], |_| {
        |_, _: &mut deltarule_autograd::Backward<'_, f64>| panic!("a broken rule")
    });
    panic_of(|| mul(&x, &broken).backward()).says(&["a broken rule"]);
    // It saved nothing, so it is there a second time.
    panic_of(|| broken.backward()).says(&["a broken rule"]);
    assert!(is_grad_enabled());

    mul(&x, &x).backward();
    assert_eq!(gradient(&x), 6.0);
}

/// A hook is free to do what the code around the pass may: none waits for a lock that the pass holds.
#[test]
fn a_hook_uses_its_own_graph() {
    let x = leaf(0.5);
    let y = mul(&x, &x);
    let z = sin(&y);
    let first = Arc::new(Mutex::new(true));
    let handle = Arc::new(Mutex::new(None));
    let hook = {
        let (x, y, z, first, handle) = (x.clone(), y.clone(), z.clone(), Arc::clone(&first), Arc::clone(&handle));
        move |_: &Scalar| {
            if std::mem::replace(&mut *first.lock().unwrap(), false) {
                // The same graph, this hook among it, on this thread and on another.
                z.backward_with(None, Options::new().retain_graph(true));
                std::thread::scope(|scope| {
                    scope.spawn(|| z.backward_with(None, Options::new().retain_graph(true)));
                });
                y.retain_grad();
                y.register_hook(|_| None).remove();
                let handle: Option<deltarule_autograd::HookHandle<f64>> = handle.lock().unwrap().take();
                handle.unwrap().remove();
                assert!(x.grad().is_some());
                x.zero_grad();
            }
            None
        }
    };
    *handle.lock().unwrap() = Some(y.register_hook(hook));
    z.backward_with(None, Options::new().retain_graph(true));
    let slope = 0.25_f64.cos();
    common::assert_close(gradient(&x), slope);
    z.backward();
    common::assert_close(gradient(&x), 2.0 * slope);
}
