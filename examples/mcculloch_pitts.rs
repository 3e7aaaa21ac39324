//! The neuron of 1943: it fires or it doesn't, and its wires are set by hand.
//!
//! `cargo run --example mcculloch_pitts`
//!
//! Reaches: AND, OR and NOT from one neuron each, XOR from three, right on every input.

use clap::Parser;
use deltarule_examples::{COLORS, Common, N, Outcome, Svg, reached};

// ANCHOR: neuron
/// Fires if enough of the exciting inputs are on, and none of the inhibiting ones.
fn neuron(exciting: &[bool], inhibiting: &[bool], threshold: usize) -> bool {
    let excitement = exciting.iter().filter(|on| **on).count();
    excitement >= threshold && !inhibiting.contains(&true)
}
// ANCHOR_END: neuron

// ANCHOR: gates
fn and(a: bool, b: bool) -> bool {
    neuron(&[a, b], &[], 2)
}

fn or(a: bool, b: bool) -> bool {
    neuron(&[a, b], &[], 1)
}

fn not(a: bool) -> bool {
    neuron(&[], &[a], 0)
}
// ANCHOR_END: gates

// ANCHOR: xor
/// One of them, but not the other: two neurons look for one case each, a third for either.
fn xor(a: bool, b: bool) -> bool {
    let only_a = neuron(&[a], &[b], 1);
    let only_b = neuron(&[b], &[a], 1);
    or(only_a, only_b)
}
// ANCHOR_END: xor

/// Gates from McCulloch-Pitts neurons
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

fn main() -> Outcome {
    let args = Args::parse();
    args.common.save("xor", &picture())?;

    println!("The gates:");
    println!("a  b  AND  OR  XOR");
    let mut right = not(false) && !not(true);
    for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
        let digit = u8::from;
        println!("{}  {}  {}    {}   {}", digit(a), digit(b), digit(and(a, b)), digit(or(a, b)), digit(xor(a, b)));
        right &= and(a, b) == (a && b) && or(a, b) == (a || b) && xor(a, b) == (a != b);
    }
    println!();
    reached(right, "every row is right")
}

/// The three neurons of XOR: an arrow excites, a line that ends in a ring inhibits.
fn picture() -> String {
    let description = "Inputs a and b lead to two neurons of threshold 1. Each is excited by one input and inhibited by \
                       the other. Both excite a third neuron of threshold 1, which is the output.";
    let mut svg = Svg::new(460.0, 220.0, "XOR from three neurons", description);
    let (a, b, only_a, only_b, out) = ((50.0, 60.0), (50.0, 160.0), (210.0, 60.0), (210.0, 160.0), (360.0, 110.0));
    for (from, to) in [(a, only_a), (b, only_b), (only_a, out), (only_b, out)] {
        wire(&mut svg, from, to, COLORS[2], true);
    }
    for (from, to) in [(a, only_b), (b, only_a)] {
        wire(&mut svg, from, to, COLORS[3], false);
    }
    for ((x, y), name, label) in
        [(a, "a", ""), (b, "b", ""), (only_a, "≥ 1", "only a"), (only_b, "≥ 1", "only b"), (out, "≥ 1", "a XOR b")]
    {
        svg.put(format_args!(
            r#"<circle cx="{}" cy="{}" r="22" fill="none" stroke="currentColor" stroke-width="1.5"/>"#,
            N(x),
            N(y)
        ));
        svg.text(x, y + 5.0, "middle", name);
        svg.text(x, y - 32.0, "middle", label);
    }
    svg.finish()
}

/// A wire between two circles of radius 22: it ends in an arrow or a ring.
fn wire(svg: &mut Svg, (x0, y0): (f64, f64), (x1, y1): (f64, f64), color: &str, excites: bool) {
    let length = (x1 - x0).hypot(y1 - y0);
    let (dx, dy) = ((x1 - x0) / length, (y1 - y0) / length);
    let (from, to) = ((x0 + 22.0 * dx, y0 + 22.0 * dy), (x1 - 32.0 * dx, y1 - 32.0 * dy));
    svg.put(format_args!(
        r#"<path d="M{},{}L{},{}" stroke="{color}" stroke-width="2"/>"#,
        N(from.0),
        N(from.1),
        N(to.0),
        N(to.1)
    ));
    let (x, y) = (to.0 + 5.0 * dx, to.1 + 5.0 * dy);
    if excites {
        let corner = |along: f64, across: f64| (x + along * dx - across * dy, y + along * dy + across * dx);
        let [tip, left, right] = [corner(5.0, 0.0), corner(-6.0, 5.0), corner(-6.0, -5.0)];
        svg.put(format_args!(
            r#"<path d="M{},{}L{},{}L{},{}Z" fill="{color}"/>"#,
            N(tip.0),
            N(tip.1),
            N(left.0),
            N(left.1),
            N(right.0),
            N(right.1)
        ));
    } else {
        svg.put(format_args!(
            r#"<circle cx="{}" cy="{}" r="5" fill="none" stroke="{color}" stroke-width="2"/>"#,
            N(x),
            N(y)
        ));
    }
}
