//! What PyTorch's autograd promises, beyond numbers: each test fails under the deviation that it names.

use std::panic::{AssertUnwindSafe, catch_unwind};

use deltarule_tensor::{BoolTensor, Options, Tensor, no_grad};

fn leaf(values: [f32; 3]) -> Tensor {
    Tensor::from(values).requires_grad_()
}

fn gradient(of: impl Fn(&Tensor) -> Tensor, values: [f32; 3]) -> Vec<f32> {
    let x = leaf(values);
    of(&x).sum().backward();
    x.grad().expect("a gradient").to_vec()
}

/// Without this a graph would be kept, or its second gradient be wrong in silence.
#[test]
fn backward_twice_is_an_error_unless_the_graph_is_retained() {
    let x = leaf([1., 2., 3.]);
    let y = x.square().sum();
    y.backward();
    assert!(catch_unwind(AssertUnwindSafe(|| y.backward())).is_err());

    let x = leaf([1., 2., 3.]);
    let y = x.square().sum();
    y.backward_with(None, Options::new().retain_graph(true));
    y.backward();
    assert_eq!(x.grad().expect("a gradient").to_vec(), [4., 8., 12.]);
}

/// A gradient that replaces the old one would break accumulation over batches.
#[test]
fn gradients_accumulate_and_zero_grad_sets_to_none() {
    let x = leaf([1., 2., 3.]);
    assert!(x.grad().is_none());
    x.square().sum().backward();
    x.sum().backward();
    assert_eq!(x.grad().expect("a gradient").to_vec(), [3., 5., 7.]);
    x.zero_grad();
    assert!(x.grad().is_none(), "zeros would make an optimizer step with momentum and weight decay");
}

/// Any input that requires a gradient makes the output require it, through any operation.
#[test]
fn requires_grad_spreads() {
    let (x, constant) = (leaf([1., 2., 3.]), Tensor::from([4., 5., 6.]));
    assert!((&x + &constant).requires_grad() && (&constant * &x).requires_grad());
    assert!(!(&constant * &constant).requires_grad());
    assert!(BoolTensor::from([true, false, true]).where_(&constant, &x).requires_grad());
    assert!(x.double().requires_grad(), "a cast must not cut the graph");
    assert!(!x.detach().requires_grad());
    assert!(x.is_leaf() && !x.exp().is_leaf());
}

/// Under `no_grad` nothing does, and what is made there is a constant afterwards.
#[test]
fn no_grad_records_nothing() {
    let x = leaf([1., 2., 3.]);
    let inside = no_grad(|| x.exp());
    let others = no_grad(|| [&x * &x, x.sum(), x.pow(&x), x.maximum(&x), x.softmax(0), x.mse_loss(&x)]);
    assert!(!inside.requires_grad() && others.iter().all(|y| !y.requires_grad()));
    let y = (&x * &inside).sum();
    y.backward();
    assert_eq!(x.grad().expect("a gradient").to_vec(), inside.to_vec());
}

/// Kinks and ties, each by the value that PyTorch has and a peer hasn't. The fixtures of `ops` hold them too.
#[test]
fn gradients_at_kinks() {
    assert_eq!(gradient(Tensor::relu, [0., -0., 1.]), [0., 0., 1.]);
    assert_eq!(gradient(Tensor::abs, [0., -0., -1.]), [0., 0., -1.]);
    assert_eq!(gradient(|x| x.leaky_relu(0.25), [0., -1., 1.]), [0.25, 0.25, 1.]);
    assert_eq!(gradient(|x| x.elu(1.5), [0., 1., 2.]), [1.5, 1., 1.]);
    assert_eq!(gradient(|x| x.max(), [2., 2., 1.]), [0.5, 0.5, 0.]);
    assert_eq!(gradient(|x| x.amax(0, false), [2., 2., 2.]), [1. / 3.; 3]);
    assert_eq!(gradient(|x| x.max_dim(0, false).0, [2., 2., 1.]), [1., 0., 0.]);
    assert_eq!(gradient(|x| x.maximum(&Tensor::from([1., 0., 2.])), [1., 1., 1.]), [0.5, 1., 0.]);
    assert_eq!(gradient(|x| x.minimum(&Tensor::from([1., 0., 2.])), [1., 1., 1.]), [0.5, 0., 1.]);
    assert_eq!(gradient(Tensor::sqrt, [0., 1., 4.]), [f32::INFINITY, 0.5, 0.25]);
    assert_eq!(gradient(Tensor::ln, [0., 1., 4.]), [f32::INFINITY, 1., 0.25]);
    assert_eq!(gradient(Tensor::norm, [0.; 3]), [0.; 3]);
    assert_eq!(gradient(Tensor::prod, [0., 2., 3.]), [6., 0., 0.]);
    assert_eq!(gradient(Tensor::prod, [0., 0., 3.]), [0., 0., 0.]);
}

/// PyTorch 2.15 gives 0 at the bounds of a clamp, as the fixtures say; its documentation says nothing of it.
#[test]
fn clamp_at_its_bounds() {
    assert_eq!(gradient(|x| x.clamp(-1.0, 1.0), [-1., 0., 1.]), [0., 1., 0.]);
    assert_eq!(gradient(|x| x.clamp_min(0.0), [0., f32::INFINITY, -1.]), [0., 1., 0.]);
}

/// Linear over the threshold, where e^x would overflow.
#[test]
fn softplus_has_a_threshold() {
    assert_eq!(Tensor::from([1000., 30., 20.5]).softplus(1.0, 20.0).to_vec(), [1000., 30., 20.5]);
}
