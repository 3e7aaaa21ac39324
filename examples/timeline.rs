//! Seventy years of neural networks as one picture.
//!
//! `cargo run --example timeline -- --out pictures`
//!
//! Reaches: every step stands after the one it builds on.

use clap::Parser;
use deltarule_examples::{COLORS, Common, N, Outcome, Svg, reached};

// ANCHOR: events
/// A step: its year, its name, its authors, and what it could do that the one before could not.
struct Event {
    year: u32,
    name: &'static str,
    by: &'static str,
    news: &'static str,
}

const fn event(year: u32, name: &'static str, by: &'static str, news: &'static str) -> Event {
    Event { year, name, by, news }
}

const EVENTS: [Event; 11] = [
    event(1943, "The formal neuron", "McCulloch & Pitts", "computes any logic, with wires set by hand"),
    event(1958, "The perceptron", "Rosenblatt", "learns its weights from examples"),
    event(1960, "ADALINE, the delta rule", "Widrow & Hoff", "learns from the size of an error, not its sign alone"),
    event(1960, "Gradients, backwards", "Kelley; Bryson", "steers a system of many stages by the chain rule"),
    event(1969, "“Perceptrons”", "Minsky & Papert", "proves what one layer can't do: XOR, parity"),
    event(1970, "Reverse-mode differentiation", "Linnainmaa", "differentiates any program, at the cost of a few runs"),
    event(
        1986,
        "Backpropagation in networks",
        "Rumelhart, Hinton & Williams",
        "trains hidden layers: they find features",
    ),
    event(1995, "Support vector networks", "Cortes & Vapnik", "no local minima, and a margin that generalises"),
    event(1998, "LeNet-5", "LeCun, Bottou, Bengio & Haffner", "reads cheques, from pixels to digits in one net"),
    event(2006, "Deep belief nets", "Hinton, Osindero & Teh", "trains many layers, one after the other"),
    event(2012, "AlexNet", "Krizhevsky, Sutskever & Hinton", "wins ImageNet: deep, end to end, on two GPUs"),
];
// ANCHOR_END: events

/// Draws the history of neural networks
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

const ROW: f64 = 74.0;

fn main() -> Outcome {
    let args = Args::parse();
    let height = 30.0 + ROW * EVENTS.len() as f64;
    let mut svg =
        Svg::new(460.0, height, "Timeline", "Eleven steps from the formal neuron of 1943 to AlexNet in 2012.");
    svg.put(format_args!(
        r#"<path d="M70,20V{}" stroke="currentColor" stroke-width="2" opacity="0.4"/>"#,
        N(height - 30.0)
    ));
    for (row, event) in EVENTS.iter().enumerate() {
        let y = 30.0 + ROW * row as f64;
        // What shows a limit has a colour of its own.
        let color = if event.year == 1969 { COLORS[3] } else { COLORS[0] };
        svg.put(format_args!(r#"<circle cx="70" cy="{}" r="6" fill="{color}"/>"#, N(y)));
        svg.text(54.0, y + 5.0, "end", &event.year.to_string());
        svg.put(format_args!(r#"<g font-weight="bold">"#));
        svg.text(92.0, y, "start", event.name);
        svg.put(format_args!("</g>"));
        svg.text(92.0, y + 18.0, "start", event.by);
        svg.text(92.0, y + 36.0, "start", event.news);
    }
    args.common.save("timeline", &svg.finish())?;

    for event in &EVENTS {
        println!("{}  {}: {}", event.year, event.name, event.by);
    }
    println!();
    let in_order = EVENTS.windows(2).all(|pair| pair[0].year <= pair[1].year);
    reached(in_order, format!("{} steps, each after the one before", EVENTS.len()))
}
