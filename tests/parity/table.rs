//! The tables of operations, written down for the generator of the fixtures.

use std::fmt::Write;

use deltarule_tensor::{Domain, OPERATIONS, Operation, Sample};
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

/// Operations with their samples, as JSON. Rows of one name stand together.
pub(crate) fn listed(operations: &[Operation]) -> String {
    let groups: Vec<_> = operations.chunk_by(|a, b| a.name == b.name).collect();
    let mut text = String::from("{\n");
    for (i, group) in groups.iter().enumerate() {
        let end = if i + 1 == groups.len() { "" } else { "," };
        writeln!(text, "\"{}\": [", group[0].name).unwrap();
        let samples = group.iter().flat_map(|operation| operation.samples);
        let samples: Vec<_> = samples.map(|each| format!("  {}", sample(each))).collect();
        writeln!(text, "{}\n]{end}", samples.join(",\n")).unwrap();
    }
    text.push_str("}\n");
    text
}

#[test]
fn the_generator_has_the_table() {
    check_file("tests/torch/operations.json", &listed(OPERATIONS));
}
