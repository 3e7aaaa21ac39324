//! Random programs: what deltarule and PyTorch make of the same ones, with gradients of two orders.
//!
//! `tests/torch/cases/fuzz.py` draws them, and says what makes a program comparable. The committed ones are a few hundred;
//! `tests/torch/fuzz.py` draws as many fresh ones as asked for, and runs this test on them by `FUZZ_FIXTURES`.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use deltarule_tensor::{DoubleTensor, Float, OPERATIONS, Options, TensorOf, grad, step};
use serde_json::Value;

use crate::compare::{Precision, ulp};
use crate::expressions::EXPRESSIONS;
use crate::fixture::{Fixture, folder, json_in};
use crate::ops::{Parts, shape, weights};

/// How far a number may be from PyTorch's, of the largest number of its tensor. The programs multiply roundings by 1,000 at
/// the most, have some ten of them in a row, and PyTorch's own `f32` lies within 1e-4. A wrong rule is off by far more.
const NEAR: [(&str, f64); 2] = [("32", 1e-3), ("64", 1e-11)];

/// The same where nothing is rounded, but for what a function such as pow itself is off.
const ROUNDINGS: f64 = 2.0;

/// Numbers that are small beside the largest that came up are what is left of sums, whose roundings a program may have
/// multiplied as well: they are compared with this share of it.
const SHARE: f64 = 0.1;

/// The expressions, by what they are in PyTorch.
type Table<E> = HashMap<&'static str, fn(&[TensorOf<E>]) -> TensorOf<E>>;

fn table<E: Precision>() -> Table<E> {
    let samples = OPERATIONS.iter().chain(EXPRESSIONS).flat_map(|operation| operation.samples);
    samples.map(|sample| (sample.torch, E::expression(sample))).collect()
}

/// Looks at `x` another way, as `view` in `cases/fuzz.py`.
fn view<E: Float>(x: &TensorOf<E>, view: &Value) -> TensorOf<E> {
    let by: Vec<usize> =
        view.as_array().expect("a list").iter().skip(1).map(|n| n.as_u64().unwrap() as usize).collect();
    let axis = |i: usize| by[i] as isize;
    match view[0].as_str() {
        Some("transpose") => x.transpose(axis(0), axis(1)),
        Some("permute") => x.permute(&by.iter().map(|&axis| axis as isize).collect::<Vec<_>>()[..]),
        Some("expand") => x.expand(&by[..]),
        Some("select") => x.select(axis(0), axis(1)),
        Some("narrow") => x.narrow(axis(0), by[1], by[2]),
        Some("step") => x.transpose(0, axis(0)).slice(step(by[1].., by[2])).transpose(0, axis(0)),
        Some("flip") => x.flip(axis(0)),
        other => panic!("no view {other:?}"),
    }
}

/// What a program gives: its open values, and the gradients of its leaves of both orders.
fn run<E: Precision>(program: &Value, leaves: &[TensorOf<E>], table: &Table<E>) -> [Vec<TensorOf<E>>; 3] {
    let leaves: Vec<_> = leaves.iter().map(|leaf| leaf.clone().requires_grad_()).collect();
    let mut made: Vec<TensorOf<E>> = Vec::new();
    let place = |value: &Value| value.as_u64().expect("the number of a step") as usize;
    for step in program["steps"].as_array().expect("a list") {
        made.push(if let Some(leaf) = step.get("leaf") {
            leaves[place(leaf)].clone()
        } else if let Some(how) = step.get("view") {
            view(&made[place(&step["of"])], how)
        } else {
            let torch = step["torch"].as_str().expect("an expression");
            let inputs: Vec<_> = step["of"].as_array().unwrap().iter().map(|of| made[place(of)].clone()).collect();
            table.get(torch).unwrap_or_else(|| panic!("{torch} is no longer in the table"))(&inputs)
        });
    }
    let values: Vec<_> =
        program["open"].as_array().expect("a list").iter().map(|open| made[place(open)].clone()).collect();
    let two = program["orders"] == 2;
    let first = gradients(&values, &leaves, Options::new().create_graph(two));
    let second = if two { gradients(&first, &leaves, Options::new()) } else { Vec::new() };
    [values, first, second]
}

/// Those of the sum of all values times their weights; zero where there is none.
fn gradients<E: Precision>(values: &[TensorOf<E>], leaves: &[TensorOf<E>], options: Options) -> Vec<TensorOf<E>> {
    let terms = values.iter().map(|x| (x * weights(x.shape())).sum());
    let zeros = || leaves.iter().map(TensorOf::zeros_like);
    match terms.reduce(|sum, term| sum + term) {
        Some(total) if total.requires_grad() => {
            let inputs: Vec<_> = leaves.iter().collect();
            let found = grad(&total, &inputs, options).into_iter().zip(zeros());
            found.map(|(gradient, zero)| gradient.unwrap_or(zero)).collect()
        }
        _ => zeros().collect(),
    }
}

fn largest(x: &DoubleTensor) -> f64 {
    x.to_vec().into_iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

/// A program with its leaves, and what PyTorch gave: open values, first and second gradients.
struct Expected<'a> {
    program: &'a Value,
    leaves: Vec<DoubleTensor>,
    parts: [Vec<DoubleTensor>; 3],
}

/// What is wrong about a program in precision `E`.
fn differences<E: Precision>(expected: &Expected, table: &Table<E>) -> Vec<String> {
    let Expected { program, leaves, parts } = expected;
    let cast = |x: &DoubleTensor| {
        let values = x.to_vec().into_iter().map(E::from_f64).collect();
        TensorOf::<E>::from_vec(values, x.shape()).expect("the same shape")
    };
    let leaves: Vec<_> = leaves.iter().map(cast).collect();
    let Ok(found) = catch_unwind(AssertUnwindSafe(|| run(program, &leaves, table))) else {
        return vec!["it panics".to_owned()];
    };
    let scale = program["scale"].as_f64().expect("a number");
    let (_, near) = NEAR.into_iter().find(|(bits, _)| *bits == E::BITS).expect("both precisions");
    let mut wrong = Vec::new();
    for ((part, found), expected) in ["value", "first gradient", "second gradient"].iter().zip(found).zip(parts) {
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            if found.shape() != expected.shape() {
                wrong.push(format!("{part} {i}: shape {:?}, PyTorch {:?}", found.shape(), expected.shape()));
                continue;
            }
            let size = largest(expected).max(SHARE * scale);
            let allowed = if program["kind"] == "exact" { ROUNDINGS * ulp::<E>(size) } else { near * size };
            // NaN isn't near anything.
            let is_near = |(found, expected): (E, f64)| (found.to_f64() - expected).abs() <= allowed;
            if !found.to_vec().into_iter().zip(expected.to_vec()).all(is_near) {
                wrong.push(format!("{part} {i}: {:?}, PyTorch {:?}", found.to_vec(), expected.to_vec()));
            }
        }
    }
    wrong
}

/// The folder that `FUZZ_FIXTURES` names, or that of the committed programs.
fn programs() -> PathBuf {
    std::env::var_os("FUZZ_FIXTURES").map_or_else(|| folder().join("fixtures"), |folder| Path::new(&folder).to_owned())
}

#[test]
fn random_programs_give_what_pytorch_gives() {
    let (folder, f32, f64) = (programs(), table::<f32>(), table::<f64>());
    let (fixture, listed) = (Fixture::read_in(&folder, "fuzz"), json_in(&folder, "fuzz"));
    let listed = listed.as_array().expect("a list");
    assert!(!listed.is_empty());
    let mut stored = ["leaf", "value", "first", "second"].map(|part| Parts::<f64>::new(&fixture, part));
    let mut wrong = Vec::new();
    for program in listed {
        let shapes = |of: &str| program[of].as_array().expect("shapes").iter().map(shape).collect::<Vec<_>>();
        let mut take = |part: usize, shapes: &[Vec<usize>]| -> Vec<_> {
            shapes.iter().map(|shape| stored[part].take(shape)).collect()
        };
        let (of_leaves, of_values) = (shapes("leaves"), shapes("values"));
        let leaves = take(0, &of_leaves);
        let second = if program["orders"] == 2 { take(3, &of_leaves) } else { Vec::new() };
        let expected = Expected { program, leaves, parts: [take(1, &of_values), take(2, &of_leaves), second] };
        for (bits, found) in [("f32", differences(&expected, &f32)), ("f64", differences(&expected, &f64))] {
            wrong.extend(found.into_iter().map(|what| format!("in {bits}, {what}\n  {program}")));
        }
    }
    assert!(wrong.is_empty(), "{} differences in {} programs:\n{}", wrong.len(), listed.len(), wrong.join("\n"));
}
