//! Every operation in the table: values and gradients.

use std::collections::BTreeMap;

use deltarule_tensor::{DoubleTensor, OPERATIONS, Operation, Options, Sample, TensorOf};
use serde_json::Value;

use crate::compare::{Precision, distance};
use crate::fixture::{Fixture, json};
use crate::page::Row;
use crate::tolerance::{Limit, Scale, limit};

/// The inputs' names.
pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];

/// One evaluation: the output and the gradient of each input.
struct Evaluated<E: Precision> {
    parts: Vec<TensorOf<E>>,
}

/// How the inputs lie in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Storage {
    RowMajor,
    /// The axes in reverse order.
    Reversed,
}

/// The weights of the outputs, as `weights` in tests/torch/cases/ops.py.
pub(crate) fn weights<E: Precision>(shape: &[usize]) -> TensorOf<E> {
    let weight = |i: usize| (1 + 7 * i % 11) as f64 / 8.0 * if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let values = (0..shape.iter().product()).map(|i| E::from_f64(weight(i))).collect();
    TensorOf::from_vec(values, shape).expect("as many as the shape has")
}

/// The same elements behind other strides.
fn reversed<E: Precision>(x: &TensorOf<E>) -> TensorOf<E> {
    let axes: Vec<isize> = (0..x.ndim() as isize).rev().collect();
    x.permute(&axes[..])
}

fn evaluate<E: Precision>(
    f: impl Fn(&[TensorOf<E>]) -> TensorOf<E>,
    inputs: &[TensorOf<E>],
    weights: impl Fn(&[usize]) -> TensorOf<E>,
    storage: Storage,
) -> Evaluated<E> {
    let strided = storage == Storage::Reversed;
    let store = |x: &TensorOf<E>| if strided { reversed(x).contiguous() } else { x.clone() };
    let leaves: Vec<_> = inputs.iter().map(|x| store(x).requires_grad_()).collect();
    let seen: Vec<_> = leaves.iter().map(|x| if strided { reversed(x) } else { x.clone() }).collect();
    let y = f(&seen);
    if y.requires_grad() {
        y.backward_with(Some(&weights(y.shape())), Options::new());
    }
    let gradient = |x: &TensorOf<E>| x.grad().unwrap_or_else(|| x.zeros_like());
    let gradients = leaves.iter().map(|x| if strided { reversed(&gradient(x)) } else { gradient(x) });
    Evaluated { parts: std::iter::once(y.detach()).chain(gradients).collect() }
}

/// The largest distances of an operation from PyTorch.
#[derive(Debug, Default, Clone)]
pub(crate) struct Found {
    /// Of values and of gradients, in units in the last place.
    pub(crate) value: f64,
    pub(crate) gradient: f64,
    /// What was over its limit.
    pub(crate) wrong: Vec<String>,
}

struct Case<'a> {
    operation: &'static str,
    number: usize,
    sample: &'a Sample,
    kind: &'a str,
    limit: Limit,
}

impl Case<'_> {
    fn check<E: Precision>(&self, inputs: &[TensorOf<E>], expected: &Evaluated<E>, found: &mut Found) {
        let doubles: Vec<DoubleTensor> = inputs.iter().map(double).collect();
        let exact = evaluate(self.sample.f64, &doubles, |shape| self.weights(shape), Storage::RowMajor);
        let scales = self.scales(&doubles, &exact);
        for storage in [Storage::RowMajor, Storage::Reversed] {
            let ours = evaluate(E::expression(self.sample), inputs, |shape| self.weights(shape), storage);
            for (part, ours) in ours.parts.iter().enumerate() {
                let theirs = &expected.parts[part];
                let name =
                    if part == 0 { "the value".to_owned() } else { format!("the gradient of {}", NAMES[part - 1]) };
                if ours.shape() != theirs.shape() {
                    let shapes = format!("shape {:?}, PyTorch {:?}", ours.shape(), theirs.shape());
                    found.wrong.push(format!("{}: {name} has {shapes}", self.label::<E>(inputs, storage)));
                    continue;
                }
                let (ours, theirs) = (ours.to_vec(), theirs.to_vec());
                let truth = exact.parts[part].to_vec();
                let limit = self.limit.of(E::BITS, part > 0);
                for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                    let (ours, theirs, scale) = (ours.to_f64(), theirs.to_f64(), scales[part][i]);
                    let zeros = ours == 0.0 && theirs == 0.0 && !self.limit.signs;
                    let mut error = if zeros { 0.0 } else { distance::<E>(ours, theirs, scale) };
                    if error > limit && self.is_better::<E>(ours, theirs, truth[i], scale, limit) {
                        error = 0.0;
                    }
                    if error > limit {
                        let at: Vec<_> = inputs.iter().map(|x| show(x, i)).collect();
                        found.wrong.push(format!(
                            "{}: {name} at {i} ({}): {ours:e}, PyTorch {theirs:e}: {error:.2} ulp, limit {limit}",
                            self.label::<E>(inputs, storage),
                            at.join(", ")
                        ));
                    }
                    let largest = if part == 0 { &mut found.value } else { &mut found.gradient };
                    if error <= limit {
                        *largest = largest.max(error);
                    }
                }
            }
        }
    }

    /// The weights of the outputs. Those of large inputs are 1024 times as large, so that products with them overflow.
    fn weights<E: Precision>(&self, shape: &[usize]) -> TensorOf<E> {
        weights(shape) * E::from_f64(if self.kind == "large" { 1024.0 } else { 1.0 })
    }

    fn label<E: Precision>(&self, inputs: &[TensorOf<E>], storage: Storage) -> String {
        let shapes: Vec<_> = inputs.iter().map(|x| x.shape().to_vec()).collect();
        format!(
            "{} {}: {} in f{}, {} {shapes:?} {storage:?}",
            self.operation,
            self.number,
            self.sample.torch,
            E::BITS,
            self.kind
        )
    }

    /// Whether PyTorch's `f32` result is the one that is off, as where it overflows on the way: ours is what the `f64`
    /// result rounds to, and that is compared with PyTorch's `f64` elsewhere.
    fn is_better<E: Precision>(&self, ours: f64, theirs: f64, truth: f64, scale: f64, limit: f64) -> bool {
        if E::BITS == "64" {
            return self.limit.overflows && !theirs.is_finite() && ours.is_finite();
        }
        let zeros = ours == 0.0 && theirs == 0.0;
        !ours.is_nan() && !zeros && distance::<E>(ours, E::from_f64(truth).to_f64(), scale) <= limit
    }

    /// What an error of each number is relative to, besides the number itself.
    fn scales(&self, inputs: &[DoubleTensor], exact: &Evaluated<f64>) -> Vec<Vec<f64>> {
        let y = &exact.parts[0];
        let mut scales = match self.limit.scale {
            Scale::Own => exact.parts.iter().map(|part| vec![0.0; part.numel()]).collect(),
            Scale::One => self.units(inputs, exact),
            Scale::Largest => {
                let largest = |part: &DoubleTensor| {
                    part.to_vec().into_iter().filter(|x| x.is_finite()).fold(f64::MIN_POSITIVE, |a, b| a.max(b.abs()))
                };
                exact.parts.iter().map(|part| vec![largest(part); part.numel()]).collect()
            }
            Scale::Magnitudes => {
                let inputs: Vec<_> = inputs.iter().map(DoubleTensor::abs).collect();
                let all = |shape: &[usize]| weights::<f64>(shape).abs();
                let sums = evaluate(self.sample.f64, &inputs, all, Storage::RowMajor);
                // Zero only for an empty sum.
                let scale = |part: &DoubleTensor| part.to_vec().into_iter().map(|x| x.max(f64::MIN_POSITIVE)).collect();
                sums.parts.iter().map(scale).collect::<Vec<_>>()
            }
        };
        // The gradient of what was broadcast is a sum of those of the copies.
        for (i, input) in inputs.iter().enumerate() {
            if self.limit.broadcasts && input.numel() < y.numel() {
                scales[i + 1] = self.terms(inputs, y.shape(), i);
            }
        }
        scales
    }

    /// 1 for a function of one input. That of a gradient g (the first input) is linear in it: |g|, but for its gradient
    /// with respect to g.
    fn units(&self, inputs: &[DoubleTensor], exact: &Evaluated<f64>) -> Vec<Vec<f64>> {
        let ones = vec![1.0; exact.parts[0].numel()];
        match inputs {
            [_] => vec![ones.clone(), ones],
            [g, ..] => {
                let g: Vec<_> = g.to_vec().into_iter().map(|g| g.abs().max(f64::MIN_POSITIVE)).collect();
                vec![g.clone(), ones, g]
            }
            [] => Vec::new(),
        }
    }

    /// For each element of input `input`, the sum of the magnitudes of what each output adds to its gradient.
    fn terms(&self, inputs: &[DoubleTensor], outputs: &[usize], input: usize) -> Vec<f64> {
        let all = weights::<f64>(outputs).to_vec();
        let mut sums = vec![0.0; inputs[input].numel()];
        for i in 0..all.len() {
            let one = |shape: &[usize]| {
                let mut values = vec![0.0; all.len()];
                values[i] = all[i];
                DoubleTensor::from_vec(values, shape).expect("the output's shape")
            };
            let term = &evaluate(self.sample.f64, inputs, one, Storage::RowMajor).parts[input + 1];
            sums.iter_mut().zip(term.to_vec()).for_each(|(sum, term)| *sum += term.abs());
        }
        sums
    }
}

/// Element `i` of an input, where it has one.
fn show<E: Precision>(x: &TensorOf<E>, i: usize) -> String {
    x.to_vec().get(i).map_or_else(String::new, |x| format!("{:e}", x.to_f64()))
}

fn double<E: Precision>(x: &TensorOf<E>) -> DoubleTensor {
    let values = x.to_vec().into_iter().map(|x| x.to_f64()).collect();
    DoubleTensor::from_vec(values, x.shape()).expect("the same shape")
}

pub(crate) fn shape(value: &Value) -> Vec<usize> {
    value.as_array().expect("a shape").iter().map(|size| size.as_u64().expect("a size") as usize).collect()
}

/// Takes tensors of given shapes one after the other from where the generator put them together.
pub(crate) struct Parts<E: Precision> {
    values: Vec<E>,
    next: usize,
}

impl<E: Precision> Parts<E> {
    pub(crate) fn new(fixture: &Fixture, name: &str) -> Self {
        Parts { values: fixture.tensor::<E>(name).to_vec(), next: 0 }
    }

    pub(crate) fn take(&mut self, shape: &[usize]) -> TensorOf<E> {
        let count: usize = shape.iter().product();
        self.next += count;
        TensorOf::from_slice(&self.values[self.next - count..self.next], shape).expect("a slice of that length")
    }
}

fn check_sample<E: Precision>(
    fixture: &Fixture,
    cases: &Value,
    operation: &'static str,
    number: usize,
    sample: &Sample,
    found: &mut Found,
) {
    let names = &NAMES[..sample.domains.len()];
    let part = |name: &str| Parts::<E>::new(fixture, &format!("{operation}/{number}/{name}{}", E::BITS));
    let mut stored: BTreeMap<String, Parts<E>> = BTreeMap::new();
    for name in names {
        stored.insert(name.to_string(), part(name));
        stored.insert(format!("g{name}"), part(&format!("g{name}")));
    }
    let mut outputs = part("y");
    for case in cases.as_array().expect("cases") {
        let shapes: Vec<_> = case["inputs"].as_array().expect("shapes").iter().map(shape).collect();
        let mut take = |prefix: &str| -> Vec<_> {
            let parts = names.iter().zip(&shapes);
            parts.map(|(name, shape)| stored.get_mut(&format!("{prefix}{name}")).expect("stored").take(shape)).collect()
        };
        let inputs = take("");
        let parts = std::iter::once(outputs.take(&shape(&case["output"]))).chain(take("g")).collect();
        let kind = case["kind"].as_str().expect("a kind");
        Case { operation, number, sample, kind, limit: limit(operation) }.check(&inputs, &Evaluated { parts }, found);
    }
    assert_eq!(outputs.next, outputs.values.len(), "{operation}: the fixture has more than its cases");
}

/// Compares every operation in precision `E`.
pub(crate) fn compare_all<E: Precision>() -> Vec<(&'static str, Found)> {
    let (fixture, listed) = (Fixture::read("ops"), json("ops"));
    let compare = |operation: &Operation| {
        let cases = listed[operation.name].as_array();
        let cases = cases.unwrap_or_else(|| panic!("{} has no fixture: run generate.py", operation.name));
        assert_eq!(cases.len(), operation.samples.len(), "{}: run generate.py", operation.name);
        let mut found = Found::default();
        for (number, (sample, cases)) in operation.samples.iter().zip(cases).enumerate() {
            check_sample::<E>(&fixture, cases, operation.name, number, sample, &mut found);
        }
        (operation.name, found)
    };
    OPERATIONS.iter().map(compare).collect()
}

/// How many differences of one operation a failing test lists.
const LISTED: usize = 6;

fn assert_right<E: Precision>() {
    let all = compare_all::<E>();
    let wrong: Vec<_> = all.iter().flat_map(|(_, found)| found.wrong.iter().take(LISTED).cloned()).collect();
    assert!(wrong.is_empty(), "{} differences or more:\n{}", wrong.len(), wrong.join("\n"));
}

/// An operation's name and what its comparison found.
type Named = (&'static str, Found);

/// The operations' lines of the page.
pub(crate) fn rows() -> Vec<Row> {
    let (f32, f64) = (compare_all::<f32>(), compare_all::<f64>());
    let row = |(operation, (f32, f64)): (&Operation, (&Named, &Named))| {
        let ((name, f32), (_, f64)) = (f32, f64);
        let limit = limit(name);
        let mut pairs: Vec<_> = operation.samples.iter().map(|sample| (sample.torch, written(name, sample))).collect();
        pairs.dedup();
        let (torch, rust): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let scale = (limit.scale != Scale::Own).then(|| format!("errors are relative to {}", limit.scale.name()));
        let remark = (!limit.remark.is_empty()).then(|| limit.remark.to_owned());
        let error = |found: &Found, bits| {
            Some((found.value.max(found.gradient), limit.of(bits, false).max(limit.of(bits, true))))
        };
        Row {
            torch: torch.join("\n"),
            deltarule: if rust.iter().all(|rust| rust == name) { name.to_string() } else { rust.join("\n") },
            short: Some(name.to_string()),
            options: None,
            errors: vec![error(f32, "32"), error(f64, "64")],
            notes: scale.into_iter().chain(remark).collect(),
        }
    };
    OPERATIONS.iter().zip(f32.iter().zip(&f64)).map(row).collect()
}

/// A sample as it is written here, on one line. A step of others' gradients has no public name: for it stands the
/// operation's.
fn written(name: &str, sample: &Sample) -> String {
    let line = sample.rust.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_inner = line.contains(".into()")
        || line.contains(".into_linear(")
        || line.starts_with(name) && !["cat", "stack"].contains(&name);
    if is_inner { name.to_owned() } else { line }
}

#[test]
fn values_and_gradients_in_f32() {
    assert_right::<f32>();
}

#[test]
fn values_and_gradients_in_f64() {
    assert_right::<f64>();
}

#[test]
fn every_fixture_has_its_operation() {
    let listed = json("ops");
    let names: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    for name in listed.as_object().expect("operations").keys() {
        assert!(names.contains(&name.as_str()), "{name} is in the fixture and not in the table: run generate.py");
    }
}
