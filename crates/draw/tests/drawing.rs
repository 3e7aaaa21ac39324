//! Drawings of graphs, whole: a small one to look at, a deep one, one without values.

use deltarule_autograd::{Var, record};
use deltarule_draw::{Drawing, draw, watch};
use deltarule_tensor::{Tensor, no_grad};

/// A neuron: the loss (σ(w·x + b) − 1)² for two inputs.
fn neuron() -> (Tensor, Tensor, Tensor) {
    let w = Tensor::from([[0.5, -1.0]]).requires_grad_();
    let b = Tensor::from([0.25]).requires_grad_();
    let x = Tensor::from([[1.0, 2.0]]);
    let loss = watch(|| (x.matmul(&w.t()) + &b).sigmoid().sub(&Tensor::from([1.0])).square().mean());
    (loss, w, b)
}

use std::ops::Sub;

#[test]
fn a_neuron_as_dot() {
    let (loss, w, b) = neuron();
    loss.backward();
    insta::assert_snapshot!(draw(&loss).name("w", &w).name("b", &b).name("loss", &loss).dot());
}

#[test]
fn a_neuron_as_svg() {
    let (loss, w, b) = neuron();
    loss.backward();
    insta::assert_snapshot!(draw(&loss).name("w", &w).name("b", &b).svg());
}

#[test]
fn without_watching_there_are_names_and_shapes_only() {
    let w = Tensor::from([[0.5, -1.0]]).requires_grad_();
    let dot = draw(&(&w * &w).sum()).dot();
    assert!(dot.contains("mul [1, 2]") && dot.contains("leaf [1, 2]"), "{dot}");
    assert!(!dot.contains("0.25") && !dot.contains("grad"), "{dot}");
}

#[test]
fn a_large_tensor_has_its_shape_alone() {
    let w = Tensor::ones([100, 100]).requires_grad_();
    let dot = draw(&watch(|| (&w * 2.0).sum())).name("w", &w).dot();
    assert!(dot.contains("w [100, 100]\"") && dot.contains("20000"), "{dot}");
}

#[test]
fn a_value_that_is_used_twice_is_one_box() {
    let x = Tensor::from([3.0]).requires_grad_();
    let dot = draw(&(&x * &x).sum()).dot();
    assert_eq!(dot.matches("leaf").count(), 1, "{dot}");
    assert_eq!(dot.matches("->").count(), 3, "{dot}");
}

#[test]
fn a_million_operations_are_summed_up() {
    let x = Tensor::from([0.0]).requires_grad_();
    let mut y = &x + 1.0;
    for _ in 1..1_000_000 {
        y += 1.0;
    }
    let picture = draw(&y).limit(10);
    assert!(picture.dot().contains("… and 999991 more"));
    assert!(picture.svg().contains("… and 999991 more"));
}

#[test]
fn the_graph_of_numbers_is_drawn_too() {
    fn double(x: &Var<f64>) -> Var<f64> {
        record("double", 2.0 * x.value(), &[x.node()], |_| |g, to| to.input(0, || double(&g)))
    }
    let x = Var::leaf(1.5);
    let y = watch(|| double(&double(&x)));
    y.backward();
    let dot = Drawing::of(&y).name("x", x).dot();
    for line in ["x\\n1.5\\ngrad 4", "double\\n3\\ngrad 2", "double\\n6\\ngrad 1"] {
        assert!(dot.contains(line), "{line}: {dot}");
    }
}

#[test]
#[should_panic(expected = "draw: this value has no graph")]
fn a_constant_has_no_graph() {
    let w = Tensor::from([1.0]).requires_grad_();
    draw(&no_grad(|| &w * 2.0));
}
