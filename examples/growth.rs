//! How a training step's time grows with the net, drawn from what `cargo bench --bench growth` measured.
//!
//! Reaches: every series is there, and large products of matrices are at least five times as fast as small ones.
//!
//! `cargo run --release --example growth`

use clap::Parser;
use deltarule_examples::{Chart, Common, Outcome, reached};

/// Draws how a step's time grows
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

/// A row of benches/growth.csv.
struct Row {
    series: String,
    x: f64,
    threads: usize,
    seconds: f64,
    operations: f64,
}

fn rows() -> Result<Vec<Row>, String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/growth.csv");
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let wrong = || format!("benches/growth.csv, line {}: {line:?}", number + 1);
        let [series, x, threads, seconds, operations] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(wrong());
        };
        let value = |field: &str| field.parse::<f64>().map_err(|_| wrong());
        rows.push(Row {
            series: series.into(),
            x: value(x)?,
            threads: value(threads)? as usize,
            seconds: value(seconds)?,
            operations: value(operations)?,
        });
    }
    Ok(rows)
}

fn main() -> Outcome {
    let args = Args::parse();
    let rows = rows()?;
    let of = |series: &str, threads: usize| -> Vec<&Row> {
        rows.iter().filter(|row| row.series == series && row.threads == threads).collect()
    };

    // ANCHOR: table
    println!("One thread:");
    println!("what    from→to       small        large      times larger  times slower");
    for (series, what) in [("batch", "batch"), ("width", "width"), ("depth", "layers")] {
        let series = of(series, 1);
        let [first, .., last] = &series[..] else { return reached(false, "every series is there") };
        println!(
            "{what:<7} {:>4}→{:<5} {:>8.1} µs {:>8.0} µs  {:>12.0}  {:>12.0}",
            first.x,
            last.x,
            first.seconds * 1e6,
            last.seconds * 1e6,
            last.x / first.x,
            last.seconds / first.seconds
        );
    }
    // ANCHOR_END: table

    for (series, title, axis) in [
        ("batch", "A step of 784-128-10 by batch", "images in the batch"),
        ("width", "A step of two layers by width", "width"),
        ("depth", "A step by depth, 64 wide", "layers"),
    ] {
        let description = "The time of a training step over the size, on one thread and on two: flat where bookkeeping \
                           rules, then a straight line.";
        let mut chart = Chart::new(title, description).axes(axis, "microseconds").log_x().log_y();
        for threads in [1, 2] {
            let points: Vec<_> = of(series, threads).iter().map(|row| (row.x, row.seconds * 1e6)).collect();
            chart = chart.line(&on(threads), points);
            if threads == 2 {
                chart = chart.dashed(); // it lies on the one before, for the most part
            }
        }
        args.common.save(series, &chart.svg())?;
    }
    let roofline = roofline(&rows);
    args.common.save("roofline", &roofline)?;

    println!();
    let speeds: Vec<f64> = of("square", 1).iter().map(|row| row.operations / row.seconds / 1e9).collect();
    let (smallest, largest) = (speeds.first().copied().unwrap_or(0.0), speeds.iter().copied().fold(0.0, f64::max));
    println!("fastest product of matrices, GFLOP/s: {largest:.0}");
    println!(
        "fastest on two threads, GFLOP/s: {:.0}",
        of("square", 2).iter().map(|row| row.operations / row.seconds / 1e9).fold(0.0, f64::max)
    );
    reached(largest > 5.0 * smallest && of("add", 2).len() > 3, "every series is there")
}

fn on(threads: usize) -> String {
    format!("{threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// Speed over operations for each byte: products of squares, and a sum of vectors.
fn roofline(rows: &[Row]) -> String {
    let description = "Speed in operations a second over operations for each byte of memory. The sum of vectors lies at \
                       the far left, low. Products of matrices rise to the right and level out.";
    let mut chart = Chart::new("Roofline", description).axes("operations per byte", "GFLOP/s").log_x().log_y();
    for threads in [1, 2] {
        let name = |what: &str| format!("{what}, {}", on(threads));
        let speed = |row: &&Row| row.operations / row.seconds / 1e9;
        // Three matrices of n² numbers of 4 bytes; 2n³ operations.
        let products: Vec<_> = rows
            .iter()
            .filter(|row| row.series == "square" && row.threads == threads)
            .map(|row| (row.x / 6.0, speed(&row)))
            .collect();
        let sums: Vec<_> = rows
            .iter()
            .filter(|row| row.series == "add" && row.threads == threads)
            .map(|row| (1.0 / 12.0, speed(&row)))
            .collect();
        chart = chart.line(&name("products"), products).points(&name("sums"), sums);
    }
    chart.svg()
}
