//! Gradients of gradients: against closed forms, and in the shapes that training uses.

mod common;

use common::{Scalar, add, assert_close, constant, gradient, leaf, mul, neg, sin, tanh};
use deltarule_autograd::Options;

/// dy/dx with a graph of its own.
fn derivative(y: &Scalar, x: &Scalar) -> Scalar {
    let found = y.grad_of(&[x], Options::new().create_graph(true));
    found.into_iter().next().flatten().unwrap()
}

#[test]
fn three_derivatives_of_a_product() {
    let x = leaf(0.9);
    let square = mul(&x, &x);
    let f = mul(&mul(&square, &square), &sin(&x));
    let first = derivative(&f, &x);
    let second = derivative(&first, &x);
    let third = derivative(&second, &x);

    let x = 0.9_f64;
    let (s, c) = x.sin_cos();
    assert_close(*f.value(), x.powi(4) * s);
    assert_close(*first.value(), 4.0 * x.powi(3) * s + x.powi(4) * c);
    assert_close(*second.value(), 12.0 * x.powi(2) * s + 8.0 * x.powi(3) * c - x.powi(4) * s);
    assert_close(*third.value(), 24.0 * x * s + 36.0 * x.powi(2) * c - 12.0 * x.powi(3) * s - x.powi(4) * c);
}

#[test]
fn a_rule_that_saved_its_own_output_is_differentiable() {
    let x = leaf(0.4);
    let first = derivative(&tanh(&x), &x);
    let second = derivative(&first, &x);
    let third = derivative(&second, &x);
    let t = 0.4_f64.tanh();
    let slope = 1.0 - t * t;
    assert_close(*first.value(), slope);
    assert_close(*second.value(), -2.0 * t * slope);
    assert_close(*third.value(), -2.0 * slope * slope + 4.0 * t * t * slope);
}

#[test]
fn a_linear_function_has_no_second_derivative() {
    let x = leaf(0.4);
    let first = derivative(&mul(&x, &constant(3.0)), &x);
    assert_eq!(*first.value(), 3.0);
    assert!(!first.requires_grad());
}

#[test]
fn a_gradient_penalty_trains_the_weight() {
    // f = tanh(w·x), and the penalty is (df/dx − 1)².
    let (w, x) = (leaf(0.7), leaf(1.3));
    let slope = derivative(&tanh(&mul(&w, &x)), &x);
    let excess = add(&slope, &constant(-1.0));
    mul(&excess, &excess).backward();

    let (w0, x0) = (0.7_f64, 1.3_f64);
    let t = (w0 * x0).tanh();
    let slope0 = w0 * (1.0 - t * t);
    let by_w = (1.0 - t * t) * (1.0 - 2.0 * w0 * x0 * t);
    let by_x = -2.0 * w0 * w0 * t * (1.0 - t * t);
    assert_close(gradient(&w), 2.0 * (slope0 - 1.0) * by_w);
    assert_close(gradient(&x), 2.0 * (slope0 - 1.0) * by_x);
}

#[test]
fn a_hessian_vector_product() {
    // f = x²·y + sin(x·y), times the vector v.
    let (x, y) = (leaf(0.5), leaf(-1.1));
    let f = add(&mul(&mul(&x, &x), &y), &sin(&mul(&x, &y)));
    let slopes: Vec<_> =
        f.grad_of(&[&x, &y], Options::new().create_graph(true)).into_iter().map(Option::unwrap).collect();
    let v = [2.0, -3.0];
    let along = add(&mul(&slopes[0], &constant(v[0])), &mul(&slopes[1], &constant(v[1])));
    let product = along.grad_of(&[&x, &y], Options::new());

    let (x, y) = (0.5_f64, -1.1_f64);
    let (s, c) = (x * y).sin_cos();
    let hessian = [[2.0 * y - y * y * s, 2.0 * x + c - x * y * s], [2.0 * x + c - x * y * s, -x * x * s]];
    for (product, row) in product.iter().zip(hessian) {
        let product = *product.as_ref().unwrap().value();
        assert_close(product, row[0] * v[0] + row[1] * v[1]);
    }
}

#[test]
fn backward_can_be_recorded_too() {
    let x = leaf(2.0);
    let cube = mul(&mul(&x, &x), &x);
    cube.backward_with(None, Options::new().create_graph(true));
    let slope = x.grad().unwrap();
    assert_eq!(*slope.value(), 12.0);
    x.zero_grad();
    slope.backward();
    assert_eq!(gradient(&x), 12.0);
}

#[test]
fn recorded_gradients_add_up_as_recorded_operations() {
    // The gradient holds 2x from the first pass and cos x from the second, both with their graphs.
    let x = leaf(0.6);
    let options = Options::new().create_graph(true);
    mul(&x, &x).backward_with(None, options);
    sin(&x).backward_with(None, options);
    let slope = x.grad().unwrap();
    x.zero_grad();
    slope.backward();
    assert_close(gradient(&x), 2.0 - 0.6_f64.sin());
}

#[test]
fn the_seed_is_part_of_a_recorded_pass() {
    // d(w·cos x)/dw and /dx.
    let (x, w) = (leaf(0.6), leaf(3.0));
    sin(&x).backward_with(Some(w.clone()), Options::new().create_graph(true));
    let slope = x.grad().unwrap();
    x.zero_grad();
    slope.backward();
    assert_close(gradient(&w), 0.6_f64.cos());
    assert_close(gradient(&x), -3.0 * 0.6_f64.sin());
}

#[test]
fn without_create_graph_gradients_are_constants() {
    let x = leaf(2.0);
    let options = Options::new().retain_graph(true);
    let found = mul(&x, &neg(&x)).grad_of(&[&x], options);
    assert!(!found[0].as_ref().unwrap().requires_grad());
}
