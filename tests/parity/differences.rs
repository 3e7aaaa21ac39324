//! Where deltarule differs from PyTorch on purpose, and why: the end of the book's page. Each is shown by both results, so
//! that none can go stale.

use std::panic::{AssertUnwindSafe, catch_unwind};

use deltarule::nn::MseLoss;
use deltarule::tensor::grad_with;
use deltarule::{DoubleTensor, Options, Tensor, TensorOf};

use crate::fixture::{Fixture, Stored};

/// One difference.
pub(crate) struct Difference {
    /// What differs and why, in Markdown.
    pub(crate) text: &'static str,
    /// Panics unless it is so.
    check: fn(&Fixture),
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        text: "The gradient of GELU's tanh form stays 1 or 0 for numbers as large as ±10³⁰. PyTorch's is NaN there: it \
               computes x³, which overflows, and multiplies the infinity by 0.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "gelu_tanh gradient");
            assert!(theirs.iter().all(|g| g.is_nan()));
            assert_eq!(gradient(Tensor::gelu_tanh, &x), [1., 0.]);
        },
    },
    Difference {
        text: "GELU of ∞ is ∞. PyTorch's vector code gives NaN, and its code for single numbers ∞.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "gelu");
            assert!(theirs.iter().all(|y| y.is_nan()));
            assert_eq!(x.gelu().to_vec(), [f32::INFINITY; 32]);
        },
    },
    Difference {
        text: "The gradient of ELU at NaN is 1, as that of ReLU is. So is PyTorch's in its code for single numbers; its vector \
               code gives NaN.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "elu gradient");
            assert!(theirs.iter().all(|g| g.is_nan()));
            assert_eq!(gradient(|x| x.elu(1.0), &x), [1.0; 32]);
            let (x, theirs) = case::<f32>(fixture, "elu gradient of one");
            assert_eq!(gradient(|x| x.elu(1.0), &x), theirs);
        },
    },
    Difference {
        text: "`std` and `var` of equal numbers are exactly 0, and so is the gradient of `std`. PyTorch has what is left of the \
               mean's rounding, 7.9·10⁻⁹ of ten times 0.1, and a gradient as of numbers that differ.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "std of equal numbers");
            assert!(theirs[0] > 0.0);
            assert_eq!((x.std().item(), x.var().item()), (0.0, 0.0));
            assert_eq!(gradient(Tensor::std, &x), [0.0; 10]);
        },
    },
    Difference {
        text: "`sigmoid` and `silu` keep results that are too small to be normal numbers: the sigmoid of −90 is 8.2·10⁻⁴⁰. \
               PyTorch divides by 1 + e⁹⁰, which overflows in `f32`, and gives 0.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "sigmoid");
            assert_eq!(theirs, [0., 0.]);
            let exact = x.double().sigmoid().to_vec();
            let near = |y: f32, exact: f64| (f64::from(y) - exact).abs() <= 2.0 * f64::from(f32::from_bits(1));
            assert!(x.sigmoid().to_vec().into_iter().zip(exact).all(|(y, exact)| near(y, exact)));

            let (x, theirs) = case::<f32>(fixture, "silu");
            assert_eq!(theirs, [0., 0.]);
            assert!(x.silu().to_vec().iter().all(|&y| y < 0.0));
        },
    },
    Difference {
        text: "`var` and `std` of `f32` are infinite where a square is, from 1.8·10¹⁹ on: they add in `f32`. PyTorch adds in \
               double.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "std");
            assert_eq!((theirs, x.std_dim(0, 0.0, false).item()), (vec![2e19], f32::INFINITY));
            let (x, theirs) = case::<f32>(fixture, "var");
            assert!(theirs[0].is_finite());
            assert_eq!(x.var_dim(0, 0.0, false).item(), f32::INFINITY);
        },
    },
    Difference {
        text: "The second gradient of a norm whose p isn't whole is a number at 0. PyTorch's is NaN: it multiplies an infinite \
               power by 0.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "norm second gradient");
            assert!(theirs[0].is_nan());
            let x = x.requires_grad_();
            let y = x.norm_dim(2.5, 0, false);
            let first = grad_with(&y, None, &[&x], Options::new().create_graph(true)).remove(0).expect("a gradient");
            first.sum().backward();
            assert!(x.grad().expect("a gradient").to_vec().iter().all(|g| g.is_finite()));
        },
    },
    Difference {
        text: "The second gradient of the binary cross-entropy is that of its formula. PyTorch adds 10⁻¹² to its denominator.",
        check: |fixture| {
            let (x, theirs) = case::<f64>(fixture, "binary_cross_entropy second gradient");
            assert!(theirs[0] < 16.0 - 1e-11);
            let x = x.requires_grad_();
            let y = x.binary_cross_entropy(&DoubleTensor::ones([1]));
            let first = grad_with(&y, None, &[&x], Options::new().create_graph(true)).remove(0).expect("a gradient");
            first.backward();
            assert_eq!(x.grad().expect("a gradient").to_vec(), [16.0]);
        },
    },
    Difference {
        text: "Losses of input and target refuse different shapes. PyTorch broadcasts them and warns: a `[4]` and a `[4, 1]` \
               become 16 differences, and nothing is learnt.",
        check: |_| {
            let loss = || MseLoss::default().forward(&Tensor::zeros([4]), &Tensor::zeros([4, 1]));
            assert!(catch_unwind(AssertUnwindSafe(loss)).is_err());
        },
    },
    Difference {
        text: "No difference, but often taken for one: the gradient of `clamp` is 0 at both bounds, as in PyTorch 2.15.",
        check: |fixture| {
            let (x, theirs) = case::<f32>(fixture, "clamp gradient");
            assert_eq!(theirs, [0., 1., 0.]);
            assert_eq!(gradient(|x| x.clamp(-1.0, 1.0), &x), theirs);
        },
    },
];

/// An input, and what PyTorch gives for it.
fn case<E: Stored>(fixture: &Fixture, name: &str) -> (TensorOf<E>, Vec<E>) {
    (fixture.tensor(&format!("{name}.x")), fixture.tensor(&format!("{name}.y")).to_vec())
}

fn gradient(of: fn(&Tensor) -> Tensor, x: &Tensor) -> Vec<f32> {
    let x = x.detach().requires_grad_();
    of(&x).sum().backward();
    x.grad().expect("a gradient").to_vec()
}

#[test]
fn they_are_as_the_page_says() {
    let fixture = Fixture::read("differences");
    DIFFERENCES.iter().for_each(|difference| (difference.check)(&fixture));
}
