//! Second derivatives: Hessian-vector products of every operation, and a gradient penalty.

use deltarule_tensor::{DoubleTensor, OPERATIONS, Options, Sample, grad_with};

use crate::compare::largest_distance;
use crate::fixture::Fixture;
use crate::ops::{NAMES, weights};

/// v·∇x of the weighted output, and the gradients of Σ w·∇x, of v too; zeros where there is none.
fn second(sample: &Sample, inputs: &[DoubleTensor]) -> [Vec<DoubleTensor>; 2] {
    let leaves: Vec<_> = inputs.iter().map(|x| x.clone().requires_grad_()).collect();
    let y = (sample.f64)(&leaves);
    let v = weights(y.shape()).requires_grad_();
    let inputs: Vec<_> = leaves.iter().collect();
    let all: Vec<_> = leaves.iter().chain([&v]).collect();
    let fill = |grads: Vec<Option<DoubleTensor>>| -> Vec<_> {
        let grads = grads.into_iter().chain(std::iter::repeat(None));
        all.iter().zip(grads).map(|(x, grad)| grad.unwrap_or_else(|| x.zeros_like())).collect()
    };
    if !y.requires_grad() {
        return [fill(Vec::new()), fill(Vec::new())];
    }
    let first = fill(grad_with(&y, Some(&v), &inputs, Options::new().create_graph(true)));
    let terms = first.iter().filter(|grad| grad.requires_grad()).map(|grad| (grad * weights(grad.shape())).sum());
    let total = terms.reduce(|sum, term| sum + term);
    let detached = first.iter().map(DoubleTensor::detach).collect();
    match total {
        Some(total) => [detached, fill(grad_with(&total, None, &all, Options::new()))],
        None => [detached, fill(Vec::new())],
    }
}

/// 100 units in the last place of the largest number are 2·10⁻¹⁴, and a wrong rule is off by more than that.
const LIMIT: f64 = 100.0;

/// PyTorch's second gradient of the binary cross-entropy adds 1e-12 to its denominator, which shows at the 9th digit.
const SHIFTED: (&str, f64) = ("binary_cross_entropy", 1e7);

/// PyTorch's second gradient of a norm whose p isn't whole is NaN at 0; see `differences`.
const FINITE: &str = "norm";

/// PyTorch's numbers, and ours where PyTorch has NaN and we a number.
fn where_finite(theirs: &DoubleTensor, ours: &DoubleTensor) -> DoubleTensor {
    (&theirs.isnan() & &ours.isfinite()).where_(ours, theirs)
}

#[test]
fn hessian_vector_products() {
    let fixture = Fixture::read("higher_order");
    let mut wrong = Vec::new();
    let stored = fixture.names();
    for operation in OPERATIONS {
        for (number, sample) in operation.samples.iter().enumerate() {
            let sample_name = format!("{}/{number}/", operation.name);
            let kinds: Vec<_> =
                stored.iter().filter_map(|name| name.strip_prefix(&sample_name)?.strip_suffix("/a")).collect();
            assert!(kinds.contains(&"random"), "{sample_name} has no fixture: run generate.py");
            for kind in kinds {
                let names = &NAMES[..sample.domains.len()];
                let one = |name: &str| fixture.tensor::<f64>(&format!("{sample_name}{kind}/{name}"));
                let inputs: Vec<_> = names.iter().map(|name| one(name)).collect();
                for (found, part) in second(sample, &inputs).iter().zip(["g", "h"]) {
                    let of_v = (part == "h").then_some("v");
                    for (found, name) in found.iter().zip(names.iter().copied().chain(of_v)) {
                        let expected = one(&format!("{part}{name}"));
                        let expected = if operation.name == FINITE { where_finite(&expected, found) } else { expected };
                        let error = largest_distance(found, &expected);
                        let limit = if operation.name == SHIFTED.0 { SHIFTED.1 } else { LIMIT };
                        if error > limit {
                            wrong.push(format!(
                                "{} ({}), {kind}, {part}{name}: {error:.1} ulp: {found:?}, PyTorch {expected:?}, of {inputs:?}",
                                operation.name, sample.torch
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn gradient_penalty() {
    let fixture = Fixture::read("higher_order");
    let read = |name: &str| fixture.tensor::<f64>(&format!("penalty/{name}"));
    let names = ["x", "0.weight", "0.bias", "2.weight", "2.bias", "4.weight"];
    let leaves = names.map(|name| read(name).requires_grad_());
    let [x, w0, b0, w2, b2, w4] = &leaves;
    let hidden = x.linear(w0, Some(b0)).tanh().linear(w2, Some(b2)).softplus(1.0, 20.0);
    let y = hidden.linear(w4, Some(&read("4.bias")));
    let slope = grad_with(&y.sum(), None, &[x], Options::new().create_graph(true)).remove(0).expect("y depends on x");
    let loss = (slope.norm_dim(2.0, 1, false) - 1.0).square().mean();
    loss.backward();
    let check = |found: &DoubleTensor, name: &str| {
        let error = largest_distance(found, &read(name));
        assert!(error <= LIMIT, "{name}: {error:.1} ulp");
    };
    check(&slope, "slope");
    check(&loss, "loss");
    for (leaf, name) in leaves.iter().zip(names) {
        check(&leaf.grad().expect("a gradient"), &format!("{name}.grad"));
    }
}
