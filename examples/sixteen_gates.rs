//! All sixteen gates of two inputs: which of them one neuron can learn.
//!
//! `cargo run --example sixteen_gates`
//!
//! Reaches: fourteen are learnt; XOR and XNOR are not.

use clap::Parser;
use deltarule_examples::{COLORS, Common, N, Outcome, Svg, reached};

/// Tries each gate of two inputs on a perceptron
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

const INPUTS: [[i32; 2]; 4] = [[0, 0], [0, 1], [1, 0], [1, 1]];
const NAMES: [&str; 16] = [
    "never",
    "NOR",
    "b, not a",
    "not a",
    "a, not b",
    "not b",
    "XOR",
    "NAND",
    "AND",
    "XNOR",
    "b",
    "a implies b",
    "a",
    "b implies a",
    "OR",
    "always",
];

// ANCHOR: learn
/// The perceptron's weights (w₁, w₂, b) once it makes no mistake; `None` if that takes more than 100
/// passes.
fn learn(gate: usize) -> Option<[i32; 3]> {
    let mut w = [0; 3];
    for _ in 0..100 {
        let mut mistakes = 0;
        for (row, [x1, x2]) in INPUTS.into_iter().enumerate() {
            // Bit `row` of the gate's number is its answer in that row.
            let target = (gate >> row & 1) as i32;
            let fires = i32::from(w[0] * x1 + w[1] * x2 + w[2] > 0);
            let error = target - fires;
            w = [w[0] + error * x1, w[1] + error * x2, w[2] + error];
            mistakes += error.abs();
        }
        if mistakes == 0 {
            return Some(w);
        }
    }
    None
}
// ANCHOR_END: learn

// ANCHOR: search
/// Whether any whole weights from -9 to 9 compute the gate.
fn exists(gate: usize) -> bool {
    let all = -9..=9;
    all.clone().any(|w1| {
        all.clone().any(|w2| {
            all.clone().any(|b| {
                let mut rows = INPUTS.into_iter().enumerate();
                rows.all(|(row, [x1, x2])| (w1 * x1 + w2 * x2 + b > 0) == (gate >> row & 1 == 1))
            })
        })
    })
}
// ANCHOR_END: search

fn main() -> Outcome {
    let args = Args::parse();
    println!("The sixteen gates:");
    println!("gate         00  01  10  11  weights    bias");
    let mut failed = Vec::new();
    for (gate, name) in NAMES.into_iter().enumerate() {
        let answers: Vec<_> = (0..4).map(|row| (gate >> row & 1).to_string()).collect();
        let found = match learn(gate) {
            Some([w1, w2, b]) => format!("{:<9}  {b:>2}", format!("{w1} and {w2}")),
            None => "none       none".to_owned(),
        };
        println!("{name:<11}  {}   {found}", answers.join("   "));
        if learn(gate).is_none() {
            failed.push(name);
        }
    }
    let searched: Vec<&str> =
        NAMES.into_iter().enumerate().filter(|(gate, _)| !exists(*gate)).map(|(_, n)| n).collect();
    println!("\nwithout any weights in 6859 tries each: {}", searched.join(" and "));
    args.common.save("gates", &picture())?;
    println!();
    reached(failed == ["XOR", "XNOR"] && searched == failed, "fourteen gates are learnt, XOR and XNOR are not")
}

/// Each gate as a unit square: full corners are its ones, and the line is the neuron's.
fn picture() -> String {
    const CELL: f64 = 120.0;
    let description = "Sixteen squares with a full or an empty dot at each corner. A line separates the full from the \
                       empty dots in all but XOR and XNOR, whose equal corners face each other.";
    let mut svg = Svg::new(4.0 * CELL, 4.0 * CELL + 10.0, "All gates of two inputs", description);
    for (gate, name) in NAMES.into_iter().enumerate() {
        let (left, top) = ((gate % 4) as f64 * CELL + 30.0, (gate / 4) as f64 * CELL + 32.0);
        let place = |x1: f64, x2: f64| (left + 60.0 * x1, top + 60.0 * (1.0 - x2));
        svg.text(left + 30.0, top - 16.0, "middle", name);
        // A nested picture cuts off what lies outside of its square.
        svg.put(format_args!(
            r#"<svg x="{0}" y="{1}" width="80" height="80" viewBox="{0} {1} 80 80">"#,
            N(left - 10.0),
            N(top - 10.0)
        ));
        match learn(gate) {
            Some([w1, w2, b]) if (w1, w2) != (0, 0) => {
                let (w1, w2, b) = (f64::from(w1), f64::from(w2), f64::from(b));
                let square = w1 * w1 + w2 * w2;
                // "Fires" is a sum over 0, and the sums are whole: the line that leaves most room is at a half.
                let near = |along: f64| place(((0.5 - b) * w1 - along * w2) / square, ((0.5 - b) * w2 + along * w1) / square);
                let ((x0, y0), (x1, y1)) = (near(-9.0), near(9.0));
                let (x0, y0, x1, y1) = (N(x0), N(y0), N(x1), N(y1));
                svg.put(format_args!(
                    r#"<path d="M{x0},{y0}L{x1},{y1}" stroke="{}" stroke-width="2"/>"#,
                    COLORS[2]
                ));
            }
            Some(_) => {}
            None => svg.put(format_args!(
                r#"<rect x="{}" y="{}" width="78" height="78" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="5 4"/>"#,
                N(left - 9.0),
                N(top - 9.0),
                COLORS[3]
            )),
        }
        for (row, [x1, x2]) in INPUTS.into_iter().enumerate() {
            let (x, y) = place(f64::from(x1), f64::from(x2));
            let fill = if gate >> row & 1 == 1 { COLORS[0] } else { "none" };
            svg.put(format_args!(
                r#"<circle cx="{}" cy="{}" r="6" fill="{fill}" stroke="currentColor" stroke-width="1.5"/>"#,
                N(x),
                N(y)
            ));
        }
        svg.put(format_args!("</svg>"));
    }
    svg.finish()
}
