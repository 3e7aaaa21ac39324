//! First-order gradients: which arrive, where, and how they add up.

mod common;

use common::{Scalar, add, assert_close, constant, exp, gradient, leaf, mul, sin, tanh};
use deltarule_autograd::{Options, Var, backward, grad, record};

#[test]
fn each_operation_has_its_derivative() {
    let x0 = 0.7_f64;
    type Operation = fn(&Scalar) -> Scalar;
    let rules: [(Operation, f64); 5] = [
        (|x| add(x, &constant(2.0)), 1.0),
        (|x| mul(x, &constant(2.0)), 2.0),
        (sin, x0.cos()),
        (exp, x0.exp()),
        (tanh, 1.0 - x0.tanh().powi(2)),
    ];
    for (operation, derivative) in rules {
        let x = leaf(x0);
        operation(&x).backward();
        assert_close(gradient(&x), derivative);
    }
}

#[test]
fn a_diamond_adds_both_paths() {
    let x = leaf(0.8);
    let square = mul(&x, &x);
    mul(&sin(&square), &exp(&square)).backward();
    // y = sin(x²)·exp(x²), so dy/dx = 2x·exp(x²)·(cos(x²) + sin(x²)).
    let s = 0.8_f64 * 0.8;
    assert_close(gradient(&x), 2.0 * 0.8 * s.exp() * (s.cos() + s.sin()));
}

#[test]
fn a_value_used_a_thousand_times_collects_each_use() {
    let x = leaf(2.0);
    let mut y = constant(0.0);
    for k in 1..=1000 {
        y = add(&y, &mul(&x, &constant(f64::from(k))));
    }
    y.backward();
    assert_eq!(gradient(&x), 500_500.0);
}

#[test]
fn both_places_of_one_operation_count() {
    let x = leaf(3.0);
    mul(&x, &x).backward();
    assert_eq!(gradient(&x), 6.0);
}

#[test]
fn a_rule_may_send_to_one_input_more_than_once() {
    let x = leaf(3.0);
    let y = record("double", 6.0, &[x.node()], |_| {
        |g: Scalar, to| {
            to.input(0, || g.clone());
            to.input(0, || g);
        }
    });
    y.backward();
    assert_eq!(gradient(&x), 2.0);
}

#[test]
fn what_the_output_does_not_depend_on_gets_nothing() {
    let (x, unused) = (leaf(1.0), leaf(1.0));
    let side = mul(&x, &unused);
    sin(&x).backward();
    assert!(unused.grad().is_none());
    assert!(side.grad().is_none());
}

#[test]
fn constants_make_constants() {
    let y = mul(&constant(2.0), &exp(&constant(0.0)));
    assert_eq!(*y.value(), 2.0);
    assert!(!y.requires_grad() && y.is_leaf() && y.node().is_none());
}

#[test]
fn a_leaf_and_what_is_made_of_it_require_a_gradient() {
    let x = leaf(1.0);
    let y = add(&x, &constant(1.0));
    assert!(x.requires_grad() && x.is_leaf());
    assert!(y.requires_grad() && !y.is_leaf());

    let node = y.node().unwrap();
    assert_eq!(node.name(), "add");
    let inputs: Vec<_> = node.inputs().map(|input| input.map(|node| node.name())).collect();
    assert_eq!(inputs, [Some("leaf"), None]);
}

#[test]
fn backward_from_a_leaf_collects_the_seed() {
    let x = leaf(5.0);
    x.backward();
    assert_eq!(gradient(&x), 1.0);
}

#[test]
fn two_backward_passes_add_up_until_the_gradient_is_zeroed() {
    let x = leaf(3.0);
    mul(&x, &x).backward();
    mul(&x, &x).backward();
    assert_eq!(gradient(&x), 12.0);
    x.zero_grad();
    assert!(x.grad().is_none());
    mul(&x, &x).backward();
    assert_eq!(gradient(&x), 6.0);
}

#[test]
fn clones_share_the_gradient() {
    let x = leaf(3.0);
    let same = x.clone();
    mul(&x, &same).backward();
    assert_eq!((gradient(&x), gradient(&same)), (6.0, 6.0));
}

#[test]
fn set_grad_gives_the_earlier_gradient_back() {
    let x = leaf(3.0);
    let node = x.node().unwrap();
    assert!(node.set_grad(Some(constant(7.0))).is_none());
    x.backward();
    let earlier = node.set_grad(None).unwrap();
    assert_eq!(*earlier.value(), 8.0);
    assert!(x.grad().is_none());
}

#[test]
fn grad_gives_what_backward_collects_and_collects_nothing() {
    let (x, w) = (leaf(0.3), leaf(-1.2));
    let build = || tanh(&add(&mul(&x, &w), &sin(&x)));

    let found = build().grad_of(&[&w, &x], Options::new());
    assert!(x.grad().is_none() && w.grad().is_none());
    build().backward();
    let found: Vec<_> = found.iter().map(|g| *g.as_ref().unwrap().value()).collect();
    assert_eq!(found, [gradient(&w), gradient(&x)]);
}

#[test]
fn grad_says_none_for_an_input_without_influence() {
    let older = leaf(1.0);
    let x = leaf(2.0);
    let y = mul(&x, &x);
    let newer = leaf(3.0);
    let found = y.grad_of(&[&older, &x, &newer], Options::new());
    let found: Vec<_> = found.iter().map(|g| g.as_ref().map(|g| *g.value())).collect();
    assert_eq!(found, [None, Some(4.0), None]);
}

#[test]
fn grad_takes_an_input_twice_an_intermediate_and_the_output_itself() {
    let x = leaf(2.0);
    let square = mul(&x, &x);
    let y = mul(&square, &square);
    let found = y.grad_of(&[&x, &square, &y, &x], Options::new());
    let found: Vec<_> = found.iter().map(|g| *g.as_ref().unwrap().value()).collect();
    assert_eq!(found, [32.0, 8.0, 1.0, 32.0]);
}

#[test]
fn grad_runs_only_the_rules_that_lead_to_an_input() {
    let (x, w) = (leaf(2.0), leaf(5.0));
    let unasked = record("unasked", 5.0, &[w.node()], |_| {
        |_: Scalar, _: &mut deltarule_autograd::Backward<'_, f64>| panic!("nobody asked for it")
    });
    let found = mul(&x, &unasked).grad_of(&[&x], Options::new());
    assert_eq!(*found[0].as_ref().unwrap().value(), 5.0);

    // The rule beneath an input isn't asked either.
    let found = sin(&unasked).grad_of(&[&unasked], Options::new());
    assert_eq!(*found[0].as_ref().unwrap().value(), 5_f64.cos());
}

#[test]
fn grad_of_an_intermediate_leaves_the_graph_beneath_it() {
    let x = leaf(3.0);
    let square = mul(&x, &x);
    let found = exp(&square).grad_of(&[&square], Options::new());
    assert_close(*found[0].as_ref().unwrap().value(), 9_f64.exp());
    square.backward();
    assert_eq!(gradient(&x), 6.0);
}

#[test]
fn a_gradient_to_begin_with_scales_the_result() {
    let x = leaf(3.0);
    mul(&x, &x).backward_with(Some(constant(0.5)), Options::new());
    assert_eq!(gradient(&x), 3.0);
}

#[test]
fn several_outputs_add_up_in_one_pass() {
    let (x, w) = (leaf(3.0), leaf(4.0));
    let build = || (mul(&x, &w), mul(&x, &x));
    let (y, z) = build();
    let outputs = [(&y, 1.0), (&z, 10.0), (&z, 100.0)];
    backward(outputs.map(|(output, seed)| (output.node().unwrap(), constant(seed))), Options::new());
    assert_eq!((gradient(&x), gradient(&w)), (4.0 + 660.0, 3.0));

    let (y, z) = build();
    let outputs = [(&y, 1.0), (&z, 10.0), (&z, 100.0)];
    let outputs = outputs.map(|(output, seed)| (output.node().unwrap(), constant(seed)));
    let found = grad(outputs, &[x.node().unwrap()], Options::new());
    assert_eq!(*found[0].as_ref().unwrap().value(), 664.0);
}

#[test]
fn an_intermediate_collects_its_gradient_only_if_told_to() {
    let x = leaf(3.0);
    let (square, other) = (mul(&x, &x), sin(&x));
    square.retain_grad();
    let y = mul(&square, &other);
    y.retain_grad();
    y.backward();
    assert_close(gradient(&square), 3_f64.sin());
    assert_eq!(gradient(&y), 1.0);
    assert!(other.grad().is_none());
}

#[test]
fn detach_cuts_the_graph() {
    let x = leaf(3.0);
    let square = mul(&x, &x);
    let cut = square.detach();
    assert_eq!(cut.value(), square.value());
    assert!(!cut.requires_grad());
    mul(&x, &cut).backward();
    assert_eq!(gradient(&x), 9.0);
}

#[test]
fn collected_gradients_have_no_graph_of_their_own() {
    // Neither the seed's graph nor a rule's or a hook's gets into what is collected: a leaf whose gradient was made of
    // itself would keep itself alive.
    let (x, w) = (leaf(3.0), leaf(2.0));
    add(&x, &constant(1.0)).backward_with(Some(w.clone()), Options::new());
    assert!(!x.grad().unwrap().requires_grad());

    let found = add(&x, &constant(1.0)).grad_of(&[&x], Options::new());
    assert!(!found[0].as_ref().unwrap().requires_grad());

    let v = leaf(1.0);
    let y: Scalar = record("own", 1.0, &[v.node()], |_| {
        let w = w.clone();
        move |_, to| to.input(0, || w)
    });
    y.backward();
    assert!(!v.grad().unwrap().requires_grad());

    let u = leaf(1.0);
    let _ = u.register_hook(move |_| Some(w.clone()));
    u.backward();
    assert!(!u.grad().unwrap().requires_grad());
}

#[test]
fn a_node_can_be_taken_apart_and_put_back() {
    let x = leaf(3.0);
    let (value, node) = mul(&x, &x).into_parts();
    Var::with_node(value, node).backward();
    assert_eq!(gradient(&x), 6.0);
}
