//! How modules print: as PyTorch's, to the letter.

use std::collections::BTreeMap;
use std::sync::Arc;

use deltarule::Tensor;
use deltarule::nn::{
    BatchNorm1d, Buffer, Dropout, Elu, Embedding, Flatten, Gelu, Identity, LayerNorm, LeakyRelu, Linear, LogSoftmax,
    Module, Parameter, Relu, Sequential, Sigmoid, Silu, Softmax, Softplus, Tanh, repr, sequential,
};

use crate::fixture;

#[derive(Module)]
struct Head {
    query: Linear,
    scale: Parameter,
}

#[derive(Module)]
#[module(extra_repr = Attention::options)]
struct Attention {
    heads: Vec<Head>,
    norm: LayerNorm,
    last: LayerNorm,
    bias: Parameter,
    mask: Buffer,
    dropout: Option<Dropout>,
    sizes: Vec<usize>,
}

impl Attention {
    fn new(dim: usize, heads: usize) -> Self {
        let head = || Head { query: Linear::without_bias(dim, dim), scale: Parameter::new(Tensor::ones([1])) };
        let norm = LayerNorm::new([dim]);
        Attention {
            heads: (0..heads).map(|_| head()).collect(),
            last: norm.clone(),
            norm,
            bias: Parameter::new(Tensor::zeros([dim])),
            mask: Buffer::new(Tensor::ones([dim])),
            dropout: None,
            sizes: vec![dim, heads],
        }
    }

    fn options(&self) -> String {
        format!("{} heads\nof {}", self.heads.len(), self.bias.shape()[0])
    }
}

/// The modules of `tests/torch/cases/repr.py`, each beside its expression there.
fn modules() -> Vec<(&'static str, Box<dyn Module>)> {
    let linear = || Linear::new(2, 2);
    vec![
        ("nn.Linear(2, 3)", Box::new(Linear::new(2, 3))),
        ("nn.Linear(2, 3, bias=False)", Box::new(Linear::without_bias(2, 3))),
        ("nn.Embedding(5, 3)", Box::new(Embedding::new(5, 3))),
        ("nn.Embedding(5, 3, padding_idx=0)", Box::new(Embedding::new(5, 3).padding_idx(0))),
        ("nn.LayerNorm(4)", Box::new(LayerNorm::new([4]))),
        ("nn.LayerNorm((2, 3), eps=1e-3)", Box::new(LayerNorm::new([2, 3]).eps(1e-3))),
        ("nn.LayerNorm(4, eps=1e-12, bias=False)", Box::new(LayerNorm::new([4]).eps(1e-12).without_bias())),
        ("nn.LayerNorm(4, elementwise_affine=False)", Box::new(LayerNorm::new([4]).without_affine())),
        ("nn.BatchNorm1d(3)", Box::new(BatchNorm1d::new(3))),
        ("nn.BatchNorm1d(3, eps=1e-3, momentum=None)", Box::new(BatchNorm1d::new(3).eps(1e-3).momentum(None))),
        (
            "nn.BatchNorm1d(3, momentum=0.25, affine=False)",
            Box::new(BatchNorm1d::new(3).momentum(0.25).without_affine()),
        ),
        ("nn.BatchNorm1d(3, track_running_stats=False)", Box::new(BatchNorm1d::new(3).without_running_stats())),
        ("nn.Dropout()", Box::new(Dropout::default())),
        ("nn.Dropout(0.1)", Box::new(Dropout::new(0.1))),
        ("nn.Dropout(1.0)", Box::new(Dropout::new(1.0))),
        ("nn.Sigmoid()", Box::new(Sigmoid)),
        ("nn.Tanh()", Box::new(Tanh)),
        ("nn.ReLU()", Box::new(Relu)),
        ("nn.LeakyReLU()", Box::new(LeakyRelu::default())),
        ("nn.LeakyReLU(1e-5)", Box::new(LeakyRelu::new(1e-5))),
        ("nn.ELU()", Box::new(Elu::default())),
        ("nn.ELU(2.5)", Box::new(Elu::new(2.5))),
        ("nn.Softplus()", Box::new(Softplus::default())),
        ("nn.Softplus(0.5, 1e16)", Box::new(Softplus::new(0.5, 1e16))),
        ("nn.GELU()", Box::new(Gelu::new())),
        ("nn.GELU(approximate='tanh')", Box::new(Gelu::new().approximate_tanh())),
        ("nn.SiLU()", Box::new(Silu)),
        ("nn.Softmax(-1)", Box::new(Softmax::new(-1))),
        ("nn.LogSoftmax(1)", Box::new(LogSoftmax::new(1))),
        ("nn.Identity()", Box::new(Identity)),
        ("nn.Flatten()", Box::new(Flatten)),
        ("nn.Sequential()", Box::new(Sequential::new())),
        ("nn.Sequential(nn.Linear(2, 2), nn.Sigmoid())", Box::new(sequential![linear(), Sigmoid] as Sequential)),
        (
            "nn.Sequential(nn.ReLU(), nn.ReLU(), nn.Sequential(nn.Sequential(), nn.Sequential(nn.Linear(2, 1))))",
            Box::new(sequential![Relu, Relu, sequential![sequential![], sequential![Linear::new(2, 1)]]] as Sequential),
        ),
        ("nn.ModuleList([nn.ReLU()])", Box::new((Relu,))),
        (
            "nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 3), nn.Linear(2, 2)])",
            Box::new(vec![linear(), linear(), linear(), Linear::new(2, 3), linear()]),
        ),
        (
            "nn.ModuleList([nn.Sequential(nn.Linear(2, 2)), nn.Sequential(nn.Linear(2, 2))])",
            Box::new([sequential![linear()] as Sequential, sequential![linear()]]),
        ),
        ("nn.ModuleList()", Box::new(Vec::<Linear>::new())),
        (
            "nn.ModuleDict({'a': nn.ReLU(), 'b': nn.ModuleList([nn.Tanh(), nn.Tanh()])})",
            Box::new(BTreeMap::from([
                ("a", Arc::new(Relu) as Arc<dyn Module>),
                ("b", Arc::new([Tanh, Tanh]) as Arc<dyn Module>),
            ])),
        ),
        ("Attention(4, 2)", Box::new(Attention::new(4, 2))),
    ]
}

#[test]
fn modules_print_as_in_pytorch() {
    let fixture = fixture::json("repr");
    let fixture = fixture.as_object().expect("texts by expression");
    let modules = modules();
    assert_eq!(modules.len(), fixture.len());
    for (expression, module) in modules {
        let expected = fixture[expression].as_str().expect("a text");
        assert_eq!(repr(&module), expected, "{expression}");
    }
}
