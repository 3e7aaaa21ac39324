//! Beyond the first gradient: gradients of gradients, curvature without a matrix, and an operation of your own.
//!
//! `cargo run --release --example beyond`
//!
//! Reaches: derivatives of sin up to the fourth order, a Hessian-vector product that equals the Hessian times the vector,
//! and an operation that passes gradcheck and gradgradcheck.

use clap::Parser;
use deltarule::prelude::*;
use deltarule::{Options, grad, gradcheck, gradgradcheck, record};
use deltarule_examples::{Chart, Common, Outcome, reached};

/// Gradients of gradients, and an operation of your own
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

// ANCHOR: nth
/// The derivatives of `f` at x, from the function itself to the one of order `n`.
fn derivatives(f: impl Fn(&DoubleTensor) -> DoubleTensor, x: f64, n: usize) -> Vec<f64> {
    let x = DoubleTensor::from(x).requires_grad_();
    let mut y = f(&x);
    let mut values = vec![y.item()];
    for _ in 0..n {
        y = grad(&y, &[&x], Options::new().create_graph(true)).remove(0).expect("y depends on x");
        values.push(y.item());
    }
    values
}
// ANCHOR_END: nth

// ANCHOR: rosenbrock
/// A curved valley: (1 − x₀)² + 100·(x₁ − x₀²)².
fn rosenbrock(x: &DoubleTensor) -> DoubleTensor {
    let (a, b) = (x.select(0, 0), x.select(0, 1));
    (1.0 - &a).square() + (b - a.square()).square() * 100.0
}
// ANCHOR_END: rosenbrock

// ANCHOR: hvp
/// H·v, the second derivatives times a vector, without the matrix H: the gradient of (gradient · v).
fn hessian_times(x: &DoubleTensor, v: &DoubleTensor) -> DoubleTensor {
    let y = rosenbrock(x);
    let gradient = grad(&y, &[x], Options::new().create_graph(true)).remove(0).expect("y depends on x");
    grad(&gradient.dot(v), &[x], Options::new()).remove(0).expect("so does its gradient")
}
// ANCHOR_END: hvp

// ANCHOR: newton
/// Newton's method: solve H·d = −gradient, and step by d. There a bowl with this slope and this
/// curvature has its lowest point.
fn newton(start: [f64; 2], steps: usize) -> Vec<[f64; 2]> {
    let mut path = vec![start];
    for step in 0..steps {
        let x = DoubleTensor::from(path[step]).requires_grad_();
        let gradient = grad(&rosenbrock(&x), &[&x], Options::new()).remove(0).expect("y depends on x").to_vec();
        let column = |v: [f64; 2]| hessian_times(&x, &v.into()).to_vec();
        let (first, second) = (column([1.0, 0.0]), column([0.0, 1.0]));
        let determinant = first[0] * second[1] - first[1] * second[0];
        let d0 = (-gradient[0] * second[1] + gradient[1] * second[0]) / determinant;
        let d1 = (-gradient[1] * first[0] + gradient[0] * first[1]) / determinant;
        path.push([path[step][0] + d0, path[step][1] + d1]);
    }
    path
}
// ANCHOR_END: newton

// ANCHOR: descent
/// How many steps gradient descent takes until the cost is below 1e-10.
fn descent(start: [f64; 2], rate: f64) -> usize {
    let mut x = DoubleTensor::from(start);
    for step in 0.. {
        x = x.detach().requires_grad_();
        let cost = rosenbrock(&x);
        if cost.item() < 1e-10 {
            return step;
        }
        let gradient = grad(&cost, &[&x], Options::new()).remove(0).expect("the cost depends on x");
        x = x.detach() - gradient * rate;
    }
    unreachable!("the steps come nearer to the lowest point for ever")
}
// ANCHOR_END: descent

// ANCHOR: own
/// Mish, x·tanh(softplus x), as an operation of our own with a rule of its own. Misra, 2019.
///
/// With s = softplus x and t = tanh s: dy/dx = t + x·(1 − t²)·sigmoid x.
fn mish(x: &DoubleTensor) -> DoubleTensor {
    let value = x.detach();
    let y = &value * value.softplus(1.0, 20.0).tanh();
    record("mish", y, [x.node()], |keep| {
        let x = keep.input(0, value);
        move |g, to| {
            let x = to.open(x);
            to.input(0, || {
                let t = x.softplus(1.0, 20.0).tanh();
                g * (&t + &x * (1.0 - t.square()) * x.sigmoid())
            });
        }
    })
}
// ANCHOR_END: own

fn main() -> Outcome {
    let args = Args::parse();

    let values = derivatives(DoubleTensor::sin, 0.5, 4);
    println!("Derivatives of sin at 0.5:");
    println!("order  value");
    for (order, value) in values.iter().enumerate() {
        println!("{order}      {value:>9.6}");
    }

    let (x, v) = (DoubleTensor::from([-1.2, 1.0]).requires_grad_(), DoubleTensor::from([1.0, 2.0]));
    let product = hessian_times(&x, &v).to_vec();
    // By hand: [[2 − 400·x₁ + 1200·x₀², −400·x₀], [−400·x₀, 200]].
    let (x0, x1) = (-1.2, 1.0);
    let by_hand = [(2.0 - 400.0 * x1 + 1200.0 * x0 * x0) - 400.0 * x0 * 2.0, -400.0 * x0 + 200.0 * 2.0];
    println!("\nH·v by two passes: {:.3} {:.3}", product[0], product[1]);
    println!("H·v by hand: {:.3} {:.3}", by_hand[0], by_hand[1]);

    let path = newton([-1.2, 1.0], 7);
    println!("\nNewton's method:");
    println!("step  x₀         x₁         cost");
    for (step, x) in path.iter().enumerate() {
        println!("{step}     {:>9.6}  {:>9.6}  {:.1e}", x[0], x[1], rosenbrock(&DoubleTensor::from(*x)).item());
    }
    let descent = descent([-1.2, 1.0], 0.001);
    println!("\nsteps of gradient descent until the cost is below 1e-10: {descent}");

    // ANCHOR: check
    let x = DoubleTensor::from([-2.0, -0.5, 0.3, 1.7]);
    let first = gradcheck(|x| mish(&x[0]), std::slice::from_ref(&x));
    let second = gradgradcheck(|x| mish(&x[0]), std::slice::from_ref(&x));
    println!("\nfirst gradients of mish are right: {}", first.is_ok());
    println!("second gradients of mish are right: {}", second.is_ok());
    // ANCHOR_END: check

    // ANCHOR: wrong
    // The same with a factor left out: 1 − t² became 1 − t.
    let wrong = |x: &DoubleTensor| {
        let value = x.detach();
        let y = &value * value.softplus(1.0, 20.0).tanh();
        record("wrong", y, [x.node()], |keep| {
            let x = keep.input(0, value);
            move |g, to| {
                let x = to.open(x);
                to.input(0, || {
                    let t = x.softplus(1.0, 20.0).tanh();
                    g * (&t + &x * (1.0 - &t) * x.sigmoid())
                });
            }
        })
    };
    let found = gradcheck(|x| wrong(&x[0]), &[x]).expect_err("a wrong rule is found");
    println!("\ngradcheck of a wrong rule: {found}");
    // ANCHOR_END: wrong

    args.common.save("bell", &waves())?;
    args.common.save("newton", &valley(&path))?;
    println!();
    let sin = [0.5_f64.sin(), 0.5_f64.cos(), -0.5_f64.sin(), -0.5_f64.cos(), 0.5_f64.sin()];
    let near = |a: &[f64], b: &[f64], by: f64| a.iter().zip(b).all(|(a, b)| (a - b).abs() < by);
    reached(
        near(&values, &sin, 1e-12)
            && near(&product, &by_hand, 1e-9)
            && near(&path[7], &[1.0, 1.0], 1e-6)
            && descent > 1000
            && first.is_ok()
            && second.is_ok(),
        "derivatives of every order are right",
    )
}

fn waves() -> String {
    let mut curves: [Vec<(f64, f64)>; 4] = Default::default();
    for i in -40..=40 {
        let x = f64::from(i) * 0.1;
        for (curve, value) in curves.iter_mut().zip(derivatives(|x| (x.square() * -0.5).exp(), x, 3)) {
            curve.push((x, value));
        }
    }
    let [f, first, second, third] = curves;
    Chart::new("A bell and its derivatives", "A bell curve, its slope, its curvature, and the third derivative.")
        .axes("x", "value")
        .line("e^(−x²/2)", f)
        .line("first", first)
        .line("second", second)
        .line("third", third)
        .svg()
}

fn valley(path: &[[f64; 2]]) -> String {
    let (x, y) = ((-1.8, 1.8), (-1.2, 2.4));
    let cost = |a: f64, b: f64| (1.0 - a).powi(2) + 100.0 * (b - a * a).powi(2);
    let inside = |p: &&[f64; 2]| (x.0..x.1).contains(&p[0]) && (y.0..y.1).contains(&p[1]);
    let shown: Vec<_> = path.iter().filter(inside).map(|p| (p[0], p[1])).collect();
    let mut chart = Chart::new(
        "A curved valley",
        "Contours of a valley bent like a parabola, and the steps of Newton's method in it.",
    )
    .axes("x₀", "x₁")
    .square()
    .x_range(x.0, x.1)
    .y_range(y.0, y.1)
    .contours(x, y, [1.0, 4.0, 16.0, 64.0, 256.0], cost)
    .points("Newton's steps", shown)
    .color(1)
    .points("lowest", [(1.0, 1.0)])
    .color(3);
    // The last steps lie on one another, at the goal.
    let apart = |p: &[f64; 2]| (p[0] - 1.0).hypot(p[1] - 1.0) > 0.1;
    for (step, p) in path.iter().enumerate().filter(|(_, p)| inside(p) && apart(p)) {
        chart = chart.label(p[0], p[1], &step.to_string());
    }
    chart.svg()
}
