//! What PyTorch's autograd promises, beyond numbers: each test fails under the deviation that it names.

use std::panic::{AssertUnwindSafe, catch_unwind};

use deltarule_tensor::{BoolTensor, DoubleTensor, Options, Tensor, no_grad, record};

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

/// A view that changes nothing is a view like any other: outside of the graph where nothing is recorded. PyTorch's `contiguous`
/// and `flatten` are the exception: they give the very tensor if there is nothing to do.
#[test]
fn no_grad_views_that_change_nothing() {
    let x = leaf([1., 2., 3.]);
    let views = no_grad(|| {
        [
            x.reshape([3]),
            x.reshape([-1]),
            x.expand([3]),
            x.slice(..),
            x.squeeze(),
            x.squeeze_dim(0),
            x.t(),
            x.transpose(0, 0),
        ]
    });
    for (number, view) in views.iter().enumerate() {
        assert!(!view.requires_grad(), "view {number}");
    }
    let scalar = Tensor::from(2.0).requires_grad_();
    assert!(!no_grad(|| scalar.transpose(0, -1)).requires_grad() && !no_grad(|| scalar.squeeze_dim(0)).requires_grad());
    assert!(no_grad(|| x.contiguous()).requires_grad() && no_grad(|| x.flatten(0, -1)).requires_grad());
    // Where something is recorded, all lead back.
    let y = x.reshape([3]).expand([3]).slice(..).squeeze().squeeze_dim(0).t();
    y.sum().backward();
    assert_eq!(x.grad().expect("a gradient").to_vec(), [1.; 3]);
}

/// One axis more would be summed in silence, and the gradient be too large.
#[test]
fn a_hook_must_not_change_the_shape() {
    for hook in [|g: &Tensor| Some(g.expand([2, 3]) * 1.0), |g: &Tensor| Some(g.sum())] {
        let x = leaf([1., 2., 3.]);
        x.register_hook(hook);
        assert!(catch_unwind(AssertUnwindSafe(|| x.square().sum().backward())).is_err());
    }
    let x = leaf([1., 2., 3.]);
    x.register_hook(|g| Some(g * 10.0));
    x.sum().backward();
    assert_eq!(x.grad().expect("a gradient").to_vec(), [10.; 3]);
}

/// A rule that gives an axis more than the operation's output has is wrong, and a sum would hide it.
#[test]
fn a_gradient_of_more_than_the_output_is_refused() {
    let x = leaf([1., 2., 3.]);
    let repeated = record("repeated", x.detach() * 2.0, [x.node()], |_| {
        move |g: Tensor, to| to.input(0, || g.expand([2, 3]) * 2.0)
    });
    assert!(catch_unwind(AssertUnwindSafe(|| repeated.sum().backward())).is_err());
    // What the output has, the input was broadcast to.
    let shown = record("broadcast", x.detach().expand([2, 3]) * 2.0, [x.node()], |_| {
        move |g: Tensor, to| to.input(0, || g * 2.0)
    });
    shown.sum().backward();
    assert_eq!(x.grad().expect("a gradient").to_vec(), [4.; 3]);
}

/// The gradient is g·(y/x): (g·y)/x overflows, and so does x·(g/y).
#[test]
fn gradients_that_could_overflow_on_the_way() {
    let gradient = |of: fn(&Tensor) -> Tensor, x: &[f32], g: f32| {
        let x = Tensor::from(x).requires_grad_();
        of(&x).backward_with(Some(&Tensor::from(g)), Options::new());
        x.grad().expect("a gradient").to_vec()
    };
    assert_eq!(gradient(Tensor::prod, &[3e38], 1.5), [1.5]);
    assert_eq!(gradient(Tensor::norm, &[1e-15, 0.0], 1e25), [1e25, 0.0]);
    // The squares are 0, and so are the norm and its gradient.
    assert_eq!(gradient(Tensor::norm, &[1e-30, 0.0], 1e25), [0.0; 2]);
}

/// A part of nothing points nowhere, wherever it is said to start.
#[test]
fn a_part_of_nothing() {
    let part = Tensor::zeros([3, 0, 90]).select(0, 1);
    assert_eq!((part + Tensor::ones([90])).shape(), [0, 90]);
}

/// The bounds are no numbers: PyTorch makes NaN of everything, and of the gradient 0.
#[test]
fn clamp_by_nan() {
    let nan = f32::NAN;
    let bounds: [fn(&Tensor) -> Tensor; 4] =
        [|x| x.clamp(f32::NAN, 1.5), |x| x.clamp(0.0, f32::NAN), |x| x.clamp_min(f32::NAN), |x| x.clamp_max(f32::NAN)];
    for of in bounds {
        assert!(of(&Tensor::from([1., 2., nan])).to_vec().iter().all(|y| y.is_nan()));
        assert_eq!(gradient(of, [1., 2., nan]), [0.; 3]);
    }
}

/// Rounding must not make a deviation of equal numbers, whatever their number, in lines and in columns.
#[test]
fn equal_numbers_do_not_deviate() {
    for n in [2, 3, 10, 63, 100, 1000, 1025, 5000, 40_003] {
        for value in [0.1, 0.7, 1.0 / 3.0, 1e10, -1e-30] {
            let x = DoubleTensor::full([n], value).requires_grad_();
            let y = x.std();
            y.backward();
            assert_eq!((y.item(), x.var().item()), (0.0, 0.0), "{n} times {value}");
            assert!(x.grad().expect("a gradient").to_vec().iter().all(|&g| g == 0.0), "{n} times {value}");
            let x = Tensor::full([3, n], value as f32);
            for deviation in
                [x.std_dim(1, 1.0, false), x.t().std_dim(0, 0.0, false), x.t().contiguous().std_dim(0, 1.0, true)]
            {
                assert_eq!(deviation.to_vec(), [0.0; 3], "{n} times {value}");
            }
            let y = x.layer_norm(1, None, None, 1e-5);
            assert!(y.to_vec().iter().all(|&y| y == 0.0), "{n} times {value}");
        }
    }
    let infinite = Tensor::full([5], f32::INFINITY);
    assert!(infinite.std().item().is_nan());
}

/// With more correction than numbers the divisor is negative: PyTorch keeps it from the value alone.
#[test]
fn var_with_a_correction_larger_than_the_count() {
    let of = |correction| move |x: &Tensor| x.var_dim(0, correction, false);
    assert_eq!(of(5.0)(&leaf([1., 2., 4.])).item(), f32::INFINITY);
    // torch.tensor([1., 2., 4.]).var(0, correction=5)
    let (found, expected) = (gradient(of(5.0), [1., 2., 4.]), [1.333_333_3, 0.333_333_25, -1.666_666_7]);
    assert!(found.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() <= 2.0 * f32::EPSILON), "{found:?}");
    assert_eq!(gradient(of(3.0), [1., 2., 4.]), [f32::NEG_INFINITY, f32::NEG_INFINITY, f32::INFINITY]);
    assert_eq!(gradient(|x| x.std_dim(0, 5.0, false), [1., 2., 4.]), [0., 0., 0.]);
}

/// One number needs no step, and the distance of two may be none.
#[test]
fn linspace_over_more_than_the_range() {
    assert_eq!(Tensor::linspace(-3e38, 3e38, 1).to_vec(), [-3e38]);
    assert_eq!(Tensor::linspace(1.0, f32::NAN, 1).to_vec(), [1.0]);
    let x = Tensor::linspace(-3e38, 3e38, 4).to_vec();
    assert!(x[0].is_nan() && x[1] == f32::INFINITY && x[2] == f32::NEG_INFINITY && x[3].is_nan());
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
