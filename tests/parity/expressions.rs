//! Losses and layers as expressions of tensors, beside the table of operations: for the random programs.

use deltarule::LongTensor;
use deltarule::nn::{
    BatchNorm1dOf, BceLossOf, BceWithLogitsLossOf, CrossEntropyLossOf, Elu, Flatten, Forward, Gelu, HuberLoss, L1Loss,
    LayerNormOf, LeakyRelu, LogSoftmax, MseLoss, NllLossOf, Reduction, Silu, SmoothL1Loss, Softmax, Softplus,
};
use deltarule_tensor::{Domain, Operation, Sample};

use crate::check_file;
use crate::table::listed;

/// Pairs of equal shapes, as losses want them.
const PAIRS: &[&[&[usize]]] = &[&[&[], &[]], &[&[3, 4], &[3, 4]], &[&[2, 1, 3], &[2, 1, 3]], &[&[0, 2], &[0, 2]]];
const EACH: &[&[&[usize]]] = &[&[&[3, 4]], &[&[2, 3, 2]], &[&[1, 5]]];
const ROWS: &[&[&[usize]]] = &[&[&[3, 4]]];

const ANY: Domain = Domain::ANY;
const PROBABILITY: Domain = Domain::Within(0.1, 0.9);
const DISTINCT: Domain = Domain::DISTINCT;

macro_rules! expressions {
    ($($name:literal: $torch:literal, |$($input:ident),+| $body:expr, [$($domain:expr),+], $shapes:expr;)+) => {
        &[$(Operation {
            name: $name,
            samples: &[Sample {
                torch: $torch,
                rust: stringify!($body),
                domains: &[$($domain),+],
                shapes: $shapes,
                f32: |inputs| {
                    let [$($input),+] = inputs else { panic!("{}: wrong number of inputs", $torch) };
                    $body
                },
                f64: |inputs| {
                    let [$($input),+] = inputs else { panic!("{}: wrong number of inputs", $torch) };
                    $body
                },
            }],
        }),+]
    };
}

/// The classes of three examples.
fn classes() -> LongTensor {
    LongTensor::from([1, 0, 3])
}

pub(crate) const EXPRESSIONS: &[Operation] = expressions! {
    "MSELoss": "torch.nn.MSELoss(reduction='sum')(a, b)",
        |a, b| MseLoss::default().reduction(Reduction::Sum).forward(a, b), [ANY, ANY], PAIRS;
    "L1Loss": "torch.nn.L1Loss()(a, b)", |a, b| L1Loss::default().forward(a, b), [ANY, ANY], PAIRS;
    "SmoothL1Loss": "torch.nn.SmoothL1Loss(beta=0.75, reduction='none')(a, b)",
        |a, b| SmoothL1Loss::default().beta(0.75).reduction(Reduction::None).forward(a, b), [ANY, ANY], PAIRS;
    "HuberLoss": "torch.nn.HuberLoss(delta=0.5, reduction='sum')(a, b)",
        |a, b| HuberLoss::default().delta(0.5).reduction(Reduction::Sum).forward(a, b), [ANY, ANY], PAIRS;
    "BCELoss": "torch.nn.BCELoss()(a, b)", |a, b| BceLossOf::default().forward(a, b), [PROBABILITY, PROBABILITY], PAIRS;
    "BCEWithLogitsLoss": "torch.nn.BCEWithLogitsLoss(reduction='sum')(a, b)",
        |a, b| BceWithLogitsLossOf::default().reduction(Reduction::Sum).forward(a, b), [ANY, PROBABILITY], PAIRS;
    "CrossEntropyLoss": "torch.nn.CrossEntropyLoss(label_smoothing=0.25)(a, torch.tensor([1, 0, 3]))",
        |a| CrossEntropyLossOf::default().label_smoothing(0.25).forward(a, &classes()), [ANY], ROWS;
    "CrossEntropyLoss": "torch.nn.CrossEntropyLoss(reduction='none')(a, torch.softmax(b, 1))",
        |a, b| CrossEntropyLossOf::default().reduction(Reduction::None).forward(a, &b.softmax(1)), [ANY, ANY],
        &[&[&[3, 4], &[3, 4]]];
    "NLLLoss": "torch.nn.NLLLoss(ignore_index=0)(torch.log_softmax(a, 1), torch.tensor([1, 0, 3]))",
        |a| NllLossOf::default().ignore_index(0).forward(&a.log_softmax(1), &classes()), [ANY], ROWS;
    "LeakyReLU": "torch.nn.LeakyReLU(0.2)(a)", |a| LeakyRelu::new(0.2).forward(a), [Domain::NONZERO], EACH;
    "ELU": "torch.nn.ELU(0.5)(a)", |a| Elu::new(0.5).forward(a), [Domain::NONZERO], EACH;
    "Softplus": "torch.nn.Softplus()(a)", |a| Softplus::default().forward(a), [ANY], EACH;
    "GELU": "torch.nn.GELU(approximate='tanh')(a)", |a| Gelu::default().approximate_tanh().forward(a), [ANY], EACH;
    "SiLU": "torch.nn.SiLU()(a)", |a| Silu.forward(a), [ANY], EACH;
    "Softmax": "torch.nn.Softmax(dim=-2)(a)", |a| Softmax::new(-2).forward(a), [ANY], EACH;
    "LogSoftmax": "torch.nn.LogSoftmax(dim=1)(a)", |a| LogSoftmax::new(1).forward(a), [ANY], EACH;
    "Flatten": "torch.nn.Flatten()(a)", |a| Flatten.forward(a), [ANY], EACH;
    "LayerNorm": "torch.nn.LayerNorm(4, elementwise_affine=False, eps=0.125)(a)",
        |a| LayerNormOf::new([4]).without_affine().eps(0.125).forward(a), [DISTINCT], &[&[&[3, 4]], &[&[2, 1, 4]]];
    "BatchNorm1d": "torch.nn.BatchNorm1d(3, affine=False, eps=0.125)(a)",
        |a| BatchNorm1dOf::new(3).without_affine().eps(0.125).forward(a), [DISTINCT], &[&[&[4, 3]], &[&[2, 3, 4]]];
};

#[test]
fn the_generator_has_the_expressions() {
    check_file("tests/torch/expressions.json", &listed(EXPRESSIONS));
}
