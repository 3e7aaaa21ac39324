//! What depends on the seed, by PyTorch's names: the tests beside this file go through it, and the book's page lists it.

use deltarule::nn::init::{self, Fan, Nonlinearity};
use deltarule::nn::{
    AnyTensor, BatchNorm1d, Dropout, Embedding, LayerNorm, Linear, Module, Parameter, Relu, Sequential, sequential,
};
use deltarule::{DoubleTensor, LongTensor, Tensor};

/// A layer of its own kind: its name in the fixture, how PyTorch makes it, and how deltarule does.
pub(crate) type Layer = (&'static str, &'static str, fn() -> Box<dyn Module>);

pub(crate) const LAYERS: [Layer; 9] = [
    ("linear", "Linear(3, 2)", || Box::new(Linear::new(3, 2))),
    ("linear large", "Linear(30, 20)", || Box::new(Linear::new(30, 20))),
    ("linear without bias", "Linear(3, 2, bias=False)", || Box::new(Linear::without_bias(3, 2))),
    ("embedding", "Embedding(4, 3)", || Box::new(Embedding::new(4, 3))),
    ("embedding large", "Embedding(11, 7)", || Box::new(Embedding::new(11, 7))),
    ("embedding padding", "Embedding(4, 3, padding_idx=1)", || Box::new(Embedding::new(4, 3).padding_idx(1))),
    ("batch norm", "BatchNorm1d(3)", || Box::new(BatchNorm1d::new(3))),
    ("layer norm", "LayerNorm([2, 3])", || Box::new(LayerNorm::new([2, 3]))),
    ("model", "Sequential(…)", || Box::new(model())),
];

fn model() -> Sequential {
    sequential![
        Linear::new(4, 8),
        BatchNorm1d::new(8),
        Relu,
        sequential![Dropout::default(), Linear::without_bias(8, 3)],
    ]
}

/// A function of `torch.nn.init`: its name in both, its options in PyTorch, and the same in deltarule.
pub(crate) type Init = (&'static str, &'static str, fn(&Parameter));

pub(crate) const INITS: [Init; 13] = [
    ("uniform_", "a=-0.5, b=2", |w| init::uniform_(w, -0.5, 2.0)),
    ("normal_", "mean=1, std=0.1", |w| init::normal_(w, 1.0, 0.1)),
    ("constant_", "val=0.75", |w| init::constant_(w, 0.75)),
    ("zeros_", "", init::zeros_),
    ("ones_", "", init::ones_),
    ("xavier_uniform_", "gain=2", |w| init::xavier_uniform_(w, 2.0)),
    ("xavier_uniform_", "", |w| init::xavier_uniform_(w, 1.0)),
    ("xavier_normal_", "", |w| init::xavier_normal_(w, 1.0)),
    ("kaiming_uniform_", "nonlinearity='relu'", |w| init::kaiming_uniform_(w, Fan::In, Nonlinearity::Relu)),
    ("kaiming_uniform_", "mode='fan_out', nonlinearity='linear'", |w| {
        init::kaiming_uniform_(w, Fan::Out, Nonlinearity::Linear)
    }),
    ("kaiming_uniform_", "nonlinearity='sigmoid'", |w| init::kaiming_uniform_(w, Fan::In, Nonlinearity::Sigmoid)),
    ("kaiming_normal_", "mode='fan_out', nonlinearity='tanh'", |w| {
        init::kaiming_normal_(w, Fan::Out, Nonlinearity::Tanh)
    }),
    ("kaiming_normal_", "a=0.2, nonlinearity='leaky_relu'", |w| {
        init::kaiming_normal_(w, Fan::In, Nonlinearity::LeakyRelu(0.2))
    }),
];

/// The probabilities that dropout is tried with.
pub(crate) const DROPOUTS: [f64; 5] = [0.0, 0.1, 0.5, 0.9, 1.0];

/// A draw: PyTorch's expression, the name in deltarule, and the draw there.
pub(crate) type Draw = (&'static str, &'static str, fn() -> AnyTensor);

pub(crate) const DRAWS: [Draw; 21] = [
    ("torch.rand(3, 7)", "Tensor::rand", || Tensor::rand([3, 7]).into()),
    ("torch.rand(5, dtype=torch.double)", "DoubleTensor::rand", || DoubleTensor::rand([5]).into()),
    ("torch.randn(5)", "Tensor::randn", || Tensor::randn([5]).into()),
    ("torch.randn(3, 7)", "Tensor::randn", || Tensor::randn([3, 7]).into()),
    ("torch.randn(5, dtype=torch.double)", "DoubleTensor::randn", || DoubleTensor::randn([5]).into()),
    ("torch.randn(3, 7, dtype=torch.double)", "DoubleTensor::randn", || DoubleTensor::randn([3, 7]).into()),
    ("torch.empty(20).uniform_(-2, 3)", "Tensor::uniform", || Tensor::uniform([20], -2.0, 3.0).into()),
    ("torch.empty(20).normal_(1, 0.5)", "Tensor::normal", || Tensor::normal([20], 1.0, 0.5).into()),
    ("torch.empty(20).bernoulli_(0.3)", "Tensor::bernoulli", || Tensor::bernoulli([20], 0.3).into()),
    ("torch.randint(-5, 20, (3, 7))", "LongTensor::randint", || LongTensor::randint(-5, 20, [3, 7]).into()),
    ("torch.randint(2**40, (5,))", "LongTensor::randint", || LongTensor::randint(0, 1 << 40, [5]).into()),
    ("torch.randperm(20)", "LongTensor::randperm", || LongTensor::randperm(20).into()),
    ("torch.rand_like(torch.empty(2, 3))", "Tensor::rand_like", || Tensor::zeros([2, 3]).rand_like().into()),
    ("torch.randn_like(torch.empty(2, 3))", "Tensor::randn_like", || Tensor::zeros([2, 3]).randn_like().into()),
    ("torch.multinomial(torch.arange(5.), 4)", "Tensor::multinomial", || count(5).multinomial(4, false).into()),
    ("torch.multinomial(torch.arange(12.).reshape(3, 4), 1)", "Tensor::multinomial", || {
        count(12).reshape([3, 4]).multinomial(1, false).into()
    }),
    ("torch.multinomial(torch.arange(12.).reshape(3, 4).t(), 2)", "Tensor::multinomial", || {
        count(12).reshape([3, 4]).t().multinomial(2, false).into()
    }),
    ("torch.multinomial(torch.arange(3.).expand(2, 3), 2)", "Tensor::multinomial", || {
        count(3).expand([2, 3]).multinomial(2, false).into()
    }),
    ("torch.multinomial(torch.arange(12.).reshape(3, 4), 9, True)", "Tensor::multinomial", || {
        count(12).reshape([3, 4]).multinomial(9, true).into()
    }),
    ("torch.multinomial(torch.arange(7.).double(), 9, True)", "DoubleTensor::multinomial", || {
        count(7).double().multinomial(9, true).into()
    }),
    ("torch.multinomial(torch.arange(7.).double(), 3)", "DoubleTensor::multinomial", || {
        count(7).double().multinomial(3, false).into()
    }),
];

/// The numbers below `n`.
fn count(n: usize) -> Tensor {
    Tensor::arange(0.0, n as f32, 1.0)
}
