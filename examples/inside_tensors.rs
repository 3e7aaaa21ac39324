//! Inside a tensor: strides, views without copies, broadcasting and its gradient, values that never change under a graph.
//!
//! `cargo run --release --example inside_tensors`
//!
//! Reaches: views share their memory, a write to one of them copies first, and a broadcast gradient is a sum.

use clap::Parser;
use deltarule::prelude::*;
use deltarule_examples::{Common, N, Outcome, Svg, reached};

/// What a tensor is made of
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

fn main() -> Outcome {
    let args = Args::parse();

    // ANCHOR: strides
    let x = Tensor::from([[0., 1., 2., 3.], [4., 5., 6., 7.], [8., 9., 10., 11.]]);
    println!("Views of one memory:");
    println!("view             shape      strides");
    for (name, view) in [
        ("x", x.clone()),
        ("x.t()", x.t()),
        ("x.narrow(1,1,2)", x.narrow(1, 1, 2)),
        ("x.select(0,2)", x.select(0, 2)),
        ("x.unsqueeze(0)", x.unsqueeze(0)),
    ] {
        println!("{name:<15}  {:<9}  {:?}", format!("{:?}", view.shape()), view.strides());
    }
    // ANCHOR_END: strides

    // ANCHOR: expand
    let row = Tensor::from([[1., 2., 3., 4.]]);
    let repeated = row.expand([1000, 4]);
    println!("\na row, seen a thousand times: shape {:?}, strides {:?}", repeated.shape(), repeated.strides());
    // ANCHOR_END: expand

    // ANCHOR: broadcast
    let bias = Tensor::from([10., 20., 30., 40.]).requires_grad_();
    let y = &x + &bias; // [3, 4] + [4]
    y.sum().backward();
    let gradient = bias.grad().expect("backward reached it");
    println!("\ngradient of the bias: {:?}", gradient.to_vec());
    // ANCHOR_END: broadcast

    // ANCHOR: copy_on_write
    let mut a = Tensor::from([1., 2., 3.]);
    let place = |tensor: &Tensor| tensor.as_slice().map(<[f32]>::as_ptr);
    let before = place(&a);
    a.update(|values| values[0] = 100.); // nobody else sees it
    println!("\nthe only owner writes in place: {}", place(&a) == before);
    let b = a.clone(); // a second handle, no copy
    println!("a clone shares the memory: {}", place(&a) == place(&b));
    a.update(|values| values[0] = 7.); // b sees it: copy first
    println!("after a write they are apart: {}", place(&a) != place(&b));
    println!("a is {:?}, b is {:?}", a.to_vec(), b.to_vec());
    // ANCHOR_END: copy_on_write

    // ANCHOR: stepped
    // A parameter that is stepped while a graph of it is alive.
    let w = nn::Parameter::new(Tensor::from([3.]));
    let loss = w.tensor().square().sum();
    w.update(|values| values[0] = 1000.); // a step in between
    loss.backward();
    let grad = w.grad().expect("backward reached it").item();
    println!("\ngradient of w² at the 3 that the graph was made with: {grad}");
    // ANCHOR_END: stepped

    args.common.save("strides", &picture())?;
    println!();
    reached(
        gradient.to_vec() == [3.; 4] && (a.at([0]), b.at([0])) == (7., 100.) && grad == 6.,
        "each tensor is as the chapter says",
    )
}

/// The memory of x, and two walks over it.
fn picture() -> String {
    let mut svg = Svg::new(
        480.0,
        230.0,
        "One memory, two walks",
        "Twelve numbers in a row. By rows a walk goes from each to the next; transposed, it jumps four places at a time.",
    );
    let at = |i: usize| 24.0 + 36.0 * i as f64;
    for i in 0..12 {
        svg.put(format_args!(r#"<path d="M{},95h36v40h-36Z" fill="none" stroke="currentColor"/>"#, N(at(i))));
        svg.text(at(i) + 18.0, 120.0, "middle", &i.to_string());
    }
    svg.text(24.0, 20.0, "start", "x, strides [4, 1]: the next column is the next place");
    svg.text(24.0, 222.0, "start", "x.t(), strides [1, 4]: the next column is four places on");
    let mut arc = |from: usize, to: usize, up: bool, color: &str| {
        let (x0, x1) = (at(from) + 18.0, at(to) + 18.0);
        let (y, bend) = if up {
            (92.0, 92.0 - 8.0 * (to - from) as f64 - 25.0)
        } else {
            (138.0, 138.0 + 11.0 * (to - from) as f64 + 12.0)
        };
        svg.put(format_args!(
            r#"<path d="M{},{}Q{},{} {},{}" fill="none" stroke="{color}" stroke-width="2"/><circle cx="{}" cy="{}" r="3.5" fill="{color}"/>"#,
            N(x0), N(y), N((x0 + x1) / 2.0), N(bend), N(x1), N(y), N(x1), N(y)
        ));
    };
    for i in 0..3 {
        arc(i, i + 1, true, deltarule_examples::COLORS[0]);
    }
    for i in [0, 4] {
        arc(i, i + 4, false, deltarule_examples::COLORS[1]);
    }
    svg.finish()
}
