//! The table of operations, written down for the generator of the fixtures.

use std::fmt::Write;

use deltarule_tensor::{Domain, OPERATIONS, Sample};
use serde_json::json;

use crate::check_file;

fn sample(sample: &Sample) -> serde_json::Value {
    let domain = |domain: &Domain| match *domain {
        Domain::Within(low, high) => json!(["within", low, high]),
        Domain::Magnitude(low, high) => json!(["magnitude", low, high]),
        Domain::Distinct(low, high) => json!(["distinct", low, high]),
    };
    let domains: Vec<_> = sample.domains.iter().map(domain).collect();
    json!({"torch": sample.torch, "domains": domains, "shapes": sample.shapes})
}

#[test]
fn the_generator_has_the_table() {
    let mut text = String::from("{\n");
    for (i, operation) in OPERATIONS.iter().enumerate() {
        let end = if i + 1 == OPERATIONS.len() { "" } else { "," };
        writeln!(text, "\"{}\": [", operation.name).unwrap();
        let samples: Vec<_> = operation.samples.iter().map(|each| format!("  {}", sample(each))).collect();
        writeln!(text, "{}\n]{end}", samples.join(",\n")).unwrap();
    }
    text.push_str("}\n");
    check_file("tests/torch/operations.json", &text);
}
