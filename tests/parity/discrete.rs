//! What has no gradient: comparisons, places of extrema, orders, logic, conversions. Everything must be equal.

use std::fmt::Write;

use deltarule_tensor::{BoolTensor, DoubleTensor, Element, Float, LongTensor, Tensor, TensorOf, stack};

use crate::check_file;
use crate::compare::Precision;
use crate::fixture::{Fixture, json};
use crate::ops::{NAMES, Parts, shape};

/// An output as the fixture has it: its shape, and each element as a number.
type Output = (Vec<usize>, Vec<f64>);

/// One function, with its expression in PyTorch.
struct Row {
    name: &'static str,
    torch: &'static str,
    shapes: &'static [&'static [&'static [usize]]],
    f32: fn(&[Tensor]) -> Vec<Output>,
    f64: fn(&[DoubleTensor]) -> Vec<Output>,
}

const EACH: &[&[&[usize]]] = &[&[&[]], &[&[0]], &[&[1]], &[&[3, 4]]];
const PAIRS: &[&[&[usize]]] =
    &[&[&[], &[]], &[&[3, 4], &[3, 4]], &[&[3, 1], &[1, 4]], &[&[2, 1, 3], &[4, 1]], &[&[0, 3], &[1]]];
/// For what takes a scalar for a vector of one element.
const SCALAR: &[&[&[usize]]] = &[&[&[]]];
const LINES: &[&[&[usize]]] = &[&[&[1]], &[&[7]], &[&[3, 4]], &[&[2, 3, 5]], &[&[4, 40]]];

fn output<E: Element>(x: TensorOf<E>, number: impl Fn(E) -> f64) -> Output {
    (x.shape().to_vec(), x.to_vec().into_iter().map(number).collect())
}

/// Anything that a function may give.
trait Outputs {
    fn outputs(self) -> Vec<Output>;
}

impl Outputs for BoolTensor {
    fn outputs(self) -> Vec<Output> {
        vec![output(self, |x| f64::from(u8::from(x)))]
    }
}

impl Outputs for LongTensor {
    fn outputs(self) -> Vec<Output> {
        vec![output(self, |x| x as f64)]
    }
}

impl Outputs for Tensor {
    fn outputs(self) -> Vec<Output> {
        vec![output(self, f64::from)]
    }
}

impl Outputs for DoubleTensor {
    fn outputs(self) -> Vec<Output> {
        vec![output(self, |x| x)]
    }
}

impl Outputs for bool {
    fn outputs(self) -> Vec<Output> {
        BoolTensor::full([], self).outputs()
    }
}

impl<A: Outputs, B: Outputs, C: Outputs> Outputs for (A, B, C) {
    fn outputs(self) -> Vec<Output> {
        let (a, b, c) = self;
        ((a, b), c).outputs()
    }
}

impl<A: Outputs, B: Outputs> Outputs for (A, B) {
    fn outputs(self) -> Vec<Output> {
        let (mut a, b) = (self.0.outputs(), self.1.outputs());
        a.extend(b);
        a
    }
}

macro_rules! rows {
    ($($name:literal: $torch:literal, |$($input:ident),+| $body:expr, $shapes:expr;)+) => {
        &[$(Row {
            name: $name,
            torch: $torch,
            shapes: $shapes,
            f32: |inputs| {
                let [$($input),+] = inputs else { panic!("{}: wrong number of inputs", $torch) };
                Outputs::outputs($body)
            },
            f64: |inputs| {
                let [$($input),+] = inputs else { panic!("{}: wrong number of inputs", $torch) };
                Outputs::outputs($body)
            },
        }),+]
    };
}

/// Rows of one name stand together.
const ROWS: &[Row] = rows! {
    "eq": "torch.eq(a, b)", |a, b| a.eq(b), PAIRS;
    "eq": "torch.eq(a, 1)", |a| a.eq_scalar(1.0), EACH;
    "ne": "torch.ne(a, b)", |a, b| a.ne(b), PAIRS;
    "ne": "torch.ne(a, 1)", |a| a.ne_scalar(1.0), EACH;
    "lt": "torch.lt(a, b)", |a, b| a.lt(b), PAIRS;
    "lt": "torch.lt(a, 1)", |a| a.lt_scalar(1.0), EACH;
    "le": "torch.le(a, b)", |a, b| a.le(b), PAIRS;
    "le": "torch.le(a, 1)", |a| a.le_scalar(1.0), EACH;
    "gt": "torch.gt(a, b)", |a, b| a.gt(b), PAIRS;
    "gt": "torch.gt(a, 1)", |a| a.gt_scalar(1.0), EACH;
    "ge": "torch.ge(a, b)", |a, b| a.ge(b), PAIRS;
    "ge": "torch.ge(a, 1)", |a| a.ge_scalar(1.0), EACH;
    "isnan": "torch.isnan(a)", |a| a.isnan(), EACH;
    "isinf": "torch.isinf(a)", |a| a.isinf(), EACH;
    "isfinite": "torch.isfinite(a)", |a| a.isfinite(), EACH;
    "allclose": "torch.allclose(a, b)", |a, b| a.allclose(b, 1e-5, 1e-8), &[&[&[3], &[3]], &[&[1], &[1]], &[&[0], &[0]]];
    "allclose": "torch.allclose(a, a * (1 + 1e-3), rtol=1.1e-3, atol=0)",
        |a| a.allclose(&(a * (1.0 + 1e-3)), 1.1e-3, 0.0), &[&[&[3]], &[&[2, 2]]];
    "allclose": "torch.allclose(a, a * (1 + 1e-3), rtol=0.9e-3, atol=0)",
        |a| a.allclose(&(a * (1.0 + 1e-3)), 0.9e-3, 0.0), &[&[&[3]], &[&[2, 2]]];
    "allclose": "torch.allclose(a, b, rtol=1e10, atol=1e-8)", |a, b| a.allclose(b, 1e10, 1e-8), &[&[&[1], &[1]]];
    "allclose": "torch.allclose(a[0], a)", |a| a.select(0, 0).allclose(a, 1e-5, 1e-8), &[&[&[1, 2]], &[&[2, 1]]];
    "isclose": "torch.isclose(a, b)", |a, b| a.isclose(b, 1e-5, 1e-8, false), PAIRS;
    "isclose": "torch.isclose(a, b, equal_nan=True)", |a, b| a.isclose(b, 1e-5, 1e-8, true), PAIRS;
    "isclose": "torch.isclose(a, b, rtol=0.5, atol=0)", |a, b| a.isclose(b, 0.5, 0.0, false), PAIRS;
    "clamp": "torch.clamp(a, math.nan, 1.5)", |a| a.clamp(nan(a), 1.5), EACH;
    "clamp": "torch.clamp(a, max=math.nan)", |a| a.clamp_max(nan(a)), EACH;
    "chunk": "torch.tensor([len(c) for c in torch.chunk(a, 3, 0)])",
        |a| LongTensor::from(a.chunk(3, 0).iter().map(|c| c.size(0) as i64).collect::<Vec<_>>()),
        &[&[&[0, 6]], &[&[1]], &[&[5]], &[&[4, 2]]];
    "split": "torch.tensor([len(c) for c in torch.split(a, 0, 0)])",
        |a| LongTensor::from(a.split(0, 0).iter().map(|c| c.size(0) as i64).collect::<Vec<_>>()), &[&[&[0, 6]]];
    "select": "torch.zeros(3, 0, 4).to(a)[1] + a", |a| a.expand([3, 0, 4]).select(0, 1) + a, &[&[&[0, 4]]];
    "argmax": "torch.argmax(a, 0)", |a| a.argmax(0), SCALAR;
    "argmax": "torch.argmax(a, -1)", |a| a.argmax(-1), LINES;
    "argmax": "torch.argmax(a, 0, keepdim=True)", |a| a.argmax_dim(0, true), LINES;
    "argmax": "torch.argmax(a)", |a| a.argmax(None), LINES;
    "argmin": "torch.argmin(a)", |a| a.argmin(None), LINES;
    "argmin": "torch.argmin(a, -1, keepdim=True)", |a| a.argmin_dim(-1, true), SCALAR;
    "argmin": "torch.argmin(a, -1)", |a| a.argmin(-1), LINES;
    "argmin": "torch.argmin(a, 0, keepdim=True)", |a| a.argmin_dim(0, true), LINES;
    "max": "tuple(torch.max(a, 0))", |a| a.max_dim(0, false), SCALAR;
    "max": "tuple(torch.max(a, -1))", |a| a.max_dim(-1, false), LINES;
    "max": "tuple(torch.max(a, 0, keepdim=True))", |a| a.max_dim(0, true), LINES;
    "min": "tuple(torch.min(a, -1, keepdim=True))", |a| a.min_dim(-1, true), SCALAR;
    "min": "tuple(torch.min(a, -1))", |a| a.min_dim(-1, false), LINES;
    "min": "tuple(torch.min(a, 0, keepdim=True))", |a| a.min_dim(0, true), LINES;
    "sort": "tuple(torch.sort(a, dim=0, stable=True))", |a| a.sort(0, false), SCALAR;
    "sort": "tuple(torch.sort(a, dim=-1, stable=True))", |a| a.sort(-1, false), LINES;
    "sort": "tuple(torch.sort(a, dim=0, descending=True, stable=True))", |a| a.sort(0, true), LINES;
    "topk": "tuple(torch.topk(a, 1, -1))", |a| a.topk(1, -1, true), SCALAR;
    "topk": "tuple(torch.topk(a, 0, 0))", |a| a.topk(0, 0, false), SCALAR;
    "topk": "torch.topk(a, 1, -1).values", |a| a.topk(1, -1, true).0, LINES;
    "topk": "torch.topk(a, 3, -1).values", |a| a.topk(3, -1, true).0, &[&[&[7]], &[&[3, 4]], &[&[4, 40]]];
    "topk": "torch.topk(a, 2, 0, largest=False).values", |a| a.topk(2, 0, false).0, &[&[&[7]], &[&[3, 4]], &[&[4, 40]]];
    "topk": "tuple(torch.topk(torch.cumsum(torch.ones_like(a), -1), 2, -1))",
        |a| a.ones_like().cumsum(-1).topk(2, -1, true), &[&[&[7]], &[&[3, 4]]];
    "median": "torch.median(a, -1).values", |a| a.median_dim(-1, false).0, LINES;
    "median": "tuple(torch.median(torch.cumsum(torch.ones_like(a), -1), -1, keepdim=True))",
        |a| a.ones_like().cumsum(-1).median_dim(-1, true), LINES;
    "cummax": "tuple(torch.cummax(a, -1))", |a| a.cummax(-1), LINES;
    "cummin": "tuple(torch.cummin(a, 0))", |a| a.cummin(0), LINES;
    "unique": "torch.unique(a, return_inverse=True, return_counts=True)", |a| a.unique(), &[&[&[0]], &[&[7]], &[&[3, 4]]];
    "unique": "torch.unique(CODES, return_inverse=True, return_counts=True)",
        |a| integers(a).unique(), &[&[&[7]], &[&[4, 40]]];
    "bincount": "torch.bincount(CODES + 18)", |a| (integers(a) + 18).bincount(0), &[&[&[0]], &[&[7]], &[&[30]]];
    "bincount": "torch.bincount(CODES + 18, minlength=40)", |a| (integers(a) + 18).bincount(40), &[&[&[0]], &[&[7]]];
    "bincount": "torch.bincount(CODES + 18, weights=b.round().double())",
        |a, b| (integers(a) + 18).bincount_weighted(&b.round().double(), 0), &[&[&[7], &[7]]];
    "one_hot": "torch.nn.functional.one_hot(CODES + 18)", |a| (integers(a) + 18).one_hot(-1), &[&[&[1]], &[&[2, 3]]];
    "one_hot": "torch.nn.functional.one_hot(CODES + 18, 40)", |a| (integers(a) + 18).one_hot(40), &[&[&[0]], &[&[2, 3]]];
    "count_nonzero": "torch.count_nonzero(a)", |a| a.count_nonzero(), EACH;
    "count_nonzero": "torch.count_nonzero(a, (0, -1))", |a| a.count_nonzero_dim([0, -1]), &[&[&[3, 4]], &[&[2, 3, 2]]];
    "count_nonzero": "torch.count_nonzero(a > 0, 1)", |a| a.gt_scalar(0.0).count_nonzero_dim(1), &[&[&[3, 4]], &[&[2, 0]]];
    "any": "torch.any(a > 0)", |a| a.gt_scalar(0.0).any(), EACH;
    "any": "torch.any(a > 0, 1, keepdim=True)", |a| a.gt_scalar(0.0).any_dim(1, true), &[&[&[3, 4]], &[&[2, 0]], &[&[2, 3, 2]]];
    "any": "torch.any(a > 0, (0, -1))", |a| a.gt_scalar(0.0).any_dim([0, -1], false), &[&[&[3, 4]], &[&[2, 3, 2]]];
    "all": "torch.all(a > 0)", |a| a.gt_scalar(0.0).all(), EACH;
    "all": "torch.all(a > 0, 1, keepdim=True)", |a| a.gt_scalar(0.0).all_dim(1, true), &[&[&[3, 4]], &[&[2, 0]], &[&[2, 3, 2]]];
    "all": "torch.all(a > 0, (0, -1))", |a| a.gt_scalar(0.0).all_dim([0, -1], false), &[&[&[3, 4]], &[&[2, 3, 2]]];
    "count": "torch.sum(a > 0)", |a| a.gt_scalar(0.0).sum(), EACH;
    "count": "torch.sum(a > 0, (0, -1), keepdim=True)", |a| a.gt_scalar(0.0).sum_dim([0, -1], true), &[&[&[3, 4]], &[&[2, 3, 2]]];
    "logical_and": "(a > 0) & (b > 0)", |a, b| &a.gt_scalar(0.0) & &b.gt_scalar(0.0), PAIRS;
    "logical_and": "torch.logical_and(a, b)", |a, b| a.logical_and(b), PAIRS;
    "logical_or": "torch.logical_or(a, b)", |a, b| a.logical_or(b), PAIRS;
    "logical_or": "(a > 0) | (b > 0)", |a, b| &a.gt_scalar(0.0) | &b.gt_scalar(0.0), PAIRS;
    "logical_xor": "(a > 0) ^ (b > 0)", |a, b| &a.gt_scalar(0.0) ^ &b.gt_scalar(0.0), PAIRS;
    "logical_xor": "torch.logical_xor(a, b)", |a, b| a.logical_xor(b), PAIRS;
    "logical_not": "torch.logical_not(a)", |a| a.logical_not(), EACH;
    "logical_not": "~(a > 0)", |a| !&a.gt_scalar(0.0), EACH;
    "bool": "a.bool()", |a| a.bool(), EACH;
    "long": "torch.nan_to_num(a, 0, 2, -2).clamp(-1e9, 1e9).long()",
        |a| a.masked_fill(&a.isnan(), 0.0).clamp(-1e9, 1e9).masked_fill(&a.eq_scalar(1.0 / 0.0), 2.0)
            .masked_fill(&a.eq_scalar(-1.0 / 0.0), -2.0).long(), EACH;
    "cumsum": "torch.cumsum((a > 0).long(), 0)", |a| a.gt_scalar(0.0).long().cumsum(0), &[&[&[4]], &[&[3, 4]]];
    "comparisons of integers": "torch.stack([CODES.eq(CODES.flip(0)), CODES.ne(CODES.flip(0)), CODES.lt(CODES.flip(0)), \
        CODES.le(CODES.flip(0)), CODES.gt(CODES.flip(0)), CODES.ge(CODES.flip(0))])",
        |a| {
            let (a, b) = (integers(a), integers(a).flip(0));
            stack(&[a.eq(&b), a.ne(&b), a.lt(&b), a.le(&b), a.gt(&b), a.ge(&b)], 0)
        }, &[&[&[3, 4]]];
    "comparisons of integers": "torch.stack([CODES.eq(1), CODES.ne(1), CODES.lt(1), CODES.le(1), CODES.gt(1), CODES.ge(1)])",
        |a| {
            let a = integers(a);
            stack(&[a.eq_scalar(1), a.ne_scalar(1), a.lt_scalar(1), a.le_scalar(1), a.gt_scalar(1), a.ge_scalar(1)], 0)
        }, &[&[&[3, 4]]];
    "functions of integers": "torch.stack([CODES.abs(), CODES.sign(), CODES.clamp(-2, 3), CODES.clamp(min=0), CODES.clamp(max=1)])",
        |a| {
            let a = integers(a);
            stack(&[a.abs(), a.sign(), a.clamp(-2, 3), a.clamp_min(0), a.clamp_max(1)], 0)
        }, &[&[&[0]], &[&[3, 4]]];
    "functions of integers": "torch.stack([torch.maximum(CODES, -CODES), torch.minimum(CODES, -CODES), \
        CODES.floor_divide(torch.tensor(-3)), CODES.remainder(torch.tensor(-3)), CODES.fmod(torch.tensor(-3)), \
        CODES.floor_divide(torch.tensor(4)), CODES.remainder(torch.tensor(4)), CODES.fmod(torch.tensor(4))])",
        |a| {
            let (a, three, four) = (integers(a), LongTensor::from(-3), LongTensor::from(4));
            stack(&[a.maximum(&-&a), a.minimum(&-&a), a.floor_divide(&three), a.remainder(&three), a.fmod(&three),
                a.floor_divide(&four), a.remainder(&four), a.fmod(&four)], 0)
        }, &[&[&[3, 4]]];
    "extrema of integers": "(*torch.max(CODES, 1), *torch.min(CODES, 0, keepdim=True))",
        |a| (integers(a).max_dim(1, false), integers(a).min_dim(0, true)), &[&[&[3, 4]], &[&[4, 40]]];
    "extrema of integers": "torch.stack([CODES.max(), CODES.min(), CODES.prod(), CODES.amax((0, 1)), CODES.amin((0, 1))])",
        |a| {
            let a = integers(a);
            stack(&[a.max(), a.min(), a.prod(), a.amax([0, 1], false), a.amin([0, 1], false)], 0)
        }, &[&[&[3, 4]]];
    "extrema of integers": "torch.stack([CODES.amax(1), CODES.amin(1), CODES.prod(1)])",
        |a| stack(&[integers(a).amax(1, false), integers(a).amin(1, false), integers(a).prod_dim(1, false)], 0), &[&[&[3, 4]]];
    "choices of integers": "torch.where(a > 0, CODES, -1)",
        |a| a.gt_scalar(0.0).where_(&integers(a), &LongTensor::from(-1)), EACH;
    "choices of integers": "CODES.masked_fill(a > 0, 9)", |a| integers(a).masked_fill(&a.gt_scalar(0.0), 9), EACH;
    "choices of masks": "torch.where(a > 0, a < 1, a < -1)",
        |a| a.gt_scalar(0.0).where_(&a.lt_scalar(1.0), &a.lt_scalar(-1.0)), EACH;
    "choices of masks": "torch.masked_select(a > 1, a > 0)", |a| a.gt_scalar(1.0).masked_select(&a.gt_scalar(0.0)), EACH;
    "choices of masks": "torch.tril(a > 0, -1)", |a| a.gt_scalar(0.0).tril(-1), &[&[&[3, 4]]];
    "writes to integers": "torch.stack([CODES.scatter(1, torch.tensor([[1], [0]]), CODES[:2] + 1), \
        CODES.index_add(0, torch.tensor([1, 1]), CODES[:2]), CODES.slice_scatter(CODES[:, :2] + 5, 1, 1, 3)])",
        |a| {
            let x = integers(a);
            stack(&[x.scatter(1, &LongTensor::from([[1], [0]]), &(x.narrow(0, 0, 2) + 1)),
                x.index_add(0, &LongTensor::from([1, 1]), &x.narrow(0, 0, 2)),
                x.slice_scatter(&(x.narrow(1, 0, 2) + 5), (.., 1..3))], 0)
        }, &[&[&[2, 3]]];
    "arange": "torch.arange(-1, 2, 0.375, dtype=a.dtype)", |a| arange(a, -1.0, 2.0, 0.375), &[&[&[1]]];
    "arange": "torch.arange(-1, 2, 0.3, dtype=a.dtype)", |a| arange(a, -1.0, 2.0, 0.3), &[&[&[1]]];
    "arange": "torch.arange(0, 1.1, 0.1, dtype=a.dtype)", |a| arange(a, 0.0, 1.1, 0.1), &[&[&[1]]];
    "arange": "torch.arange(-4, 4, 0.01, dtype=a.dtype)", |a| arange(a, -4.0, 4.0, 0.01), &[&[&[1]]];
    "arange": "torch.arange(5, -5, -0.13, dtype=a.dtype)", |a| arange(a, 5.0, -5.0, -0.13), &[&[&[1]]];
    "arange": "torch.arange(5, 5, -1, dtype=a.dtype)", |a| arange(a, 5.0, 5.0, -1.0), &[&[&[1]]];
    "arange": "torch.arange(5, 0, -2)", |a| { let _ = a; LongTensor::arange(5, 0, -2) }, &[&[&[1]]];
    "arange": "torch.arange(7, 7, -2)", |a| { let _ = a; LongTensor::arange(7, 7, -2) }, &[&[&[1]]];
    "arange": "torch.arange(2**53 + 1, 2**53 + 4) - 2**53", |a| {
        let _ = a;
        LongTensor::arange((1 << 53) + 1, (1 << 53) + 4, 1) - (1 << 53)
    }, &[&[&[1]]];
    "arange": "torch.arange(2**63 - 4, 2**63 - 1) - (2**63 - 5)", |a| {
        let _ = a;
        LongTensor::arange(i64::MAX - 3, i64::MAX, 1) - (i64::MAX - 4)
    }, &[&[&[1]]];
    "arange": "torch.arange(0, 144962911544046900, 1449629115440469)", |a| {
        let _ = a;
        LongTensor::arange(0, 144_962_911_544_046_900, 1_449_629_115_440_469)
    }, &[&[&[1]]];
    "linspace": "torch.linspace(-1, 2, 11, dtype=a.dtype)", |a| TensorOf::linspace(-1.0, 2.0, 11).like(a), &[&[&[1]]];
    "linspace": "torch.linspace(3, -1, 1, dtype=a.dtype)", |a| TensorOf::linspace(3.0, -1.0, 1).like(a), &[&[&[1]]];
    "eye": "torch.eye(3, dtype=a.dtype)", |a| TensorOf::eye(3).like(a), &[&[&[1]]];
};

/// NaN in the precision of an example.
fn nan<E: Float>(_: &TensorOf<E>) -> E {
    E::from_f64(f64::NAN)
}

/// `arange` in the precision of an example.
fn arange<E: Float>(_: &TensorOf<E>, start: f64, end: f64, step: f64) -> TensorOf<E> {
    TensorOf::<E>::arange(start, end, step)
}

/// Small integers made of any numbers: `CODES` in tests/torch/cases/discrete.py.
fn integers<E: Precision>(x: &TensorOf<E>) -> LongTensor {
    let code = |x: E| if x.to_f64().is_nan() { 0 } else { (x.to_f64() * 2.0).clamp(-9.0, 9.0) as i64 };
    LongTensor::from_vec(x.to_vec().into_iter().map(code).collect(), x.shape()).expect("as many")
}

/// Names the precision of a constructor's result by example.
trait Like: Sized {
    fn like(self, _: &Self) -> Self {
        self
    }
}

impl<E: Element> Like for TensorOf<E> {}

/// A row's number among those of its name.
fn numbered() -> impl Iterator<Item = (usize, &'static Row)> {
    ROWS.iter().enumerate().map(|(i, row)| (ROWS[..i].iter().filter(|other| other.name == row.name).count(), row))
}

#[test]
fn the_generator_has_the_list() {
    let mut text = String::from("{\n");
    for (number, row) in numbered() {
        let domains = vec![("within", -2.0, 2.0); row.shapes[0].len()];
        let sample = serde_json::json!({"torch": row.torch, "domains": domains, "shapes": row.shapes});
        match (text.len(), number) {
            (2, _) => writeln!(text, "\"{}\": [\n  {sample}", row.name).unwrap(),
            (_, 0) => writeln!(text, "],\n\"{}\": [\n  {sample}", row.name).unwrap(),
            _ => writeln!(text, "  ,{sample}").unwrap(),
        }
    }
    text.push_str("]\n}\n");
    check_file("tests/torch/discrete.json", &text);
}

fn check<E: Precision>(run: impl Fn(&Row, &[TensorOf<E>]) -> Vec<Output>) {
    let (fixture, listed) = (Fixture::read("discrete"), json("discrete"));
    let mut wrong = String::new();
    for (number, row) in numbered() {
        let part = |name: &str| Parts::<E>::new(&fixture, &format!("{}/{number}/{name}{}", row.name, E::BITS));
        let mut inputs: Vec<_> = NAMES[..row.shapes[0].len()].iter().map(|name| part(name)).collect();
        let mut outputs = Parts::<f64>::new(&fixture, &format!("{}/{number}/y{}", row.name, E::BITS));
        let cases = listed[row.name][number].as_array().unwrap_or_else(|| panic!("{}: run generate.py", row.torch));
        for case in cases {
            let shapes: Vec<_> = case["inputs"].as_array().expect("shapes").iter().map(shape).collect();
            let x: Vec<_> = inputs.iter_mut().zip(&shapes).map(|(parts, shape)| parts.take(shape)).collect();
            let expected = case[format!("outputs{}", E::BITS)].as_array().expect("shapes").iter().map(|each| {
                let shape = shape(each);
                let values = outputs.take(&shape).to_vec();
                (shape, values)
            });
            for (i, (found, expected)) in run(row, &x).into_iter().zip(expected).enumerate() {
                let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
                if found.0 != expected.0 || !found.1.iter().zip(&expected.1).all(same) {
                    writeln!(
                        wrong,
                        "{} in f{}, output {i} of {x:?}:\n{found:?}, PyTorch {expected:?}",
                        row.torch,
                        E::BITS
                    )
                    .unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn equal_in_f32() {
    check::<f32>(|row, x| (row.f32)(x));
}

#[test]
fn equal_in_f64() {
    check::<f64>(|row, x| (row.f64)(x));
}

/// The lines of the page: all are equal.
pub(crate) fn rows() -> Vec<crate::page::Row> {
    let mut names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
    names.dedup();
    let row = |name: &&str| {
        let mut torch: Vec<_> = ROWS.iter().filter(|row| row.name == *name).map(|row| row.torch).collect();
        torch.dedup();
        crate::page::Row {
            short: None,
            torch: torch.join("\n"),
            deltarule: name.to_string(),
            options: None,
            errors: vec![Some((0.0, 0.0)); 2],
            notes: match *name {
                "topk" => vec!["PyTorch promises no order of equal elements; here they keep theirs".to_owned()],
                "arange" => vec!["of more than 32,768 numbers PyTorch's roundings depend on the threads".to_owned()],
                _ => Vec::new(),
            },
        }
    };
    names.iter().map(row).collect()
}
