//! A layer in a container takes its activation along, as one operation, and nothing else shows it.

use std::sync::Arc;

use deltarule_autograd::watch;
use deltarule_nn::{Forward, Linear, Module, Relu, Sequential, Sigmoid, Tanh, sequential, summary};
use deltarule_tensor::{Tensor, detect_anomaly, manual_seed, no_grad};

fn model() -> Sequential {
    manual_seed(0);
    let boxed: Box<dyn Forward> = Box::new(Linear::new(4, 4));
    sequential![
        Linear::new(3, 4),
        Relu,
        boxed,
        Tanh,
        Tanh,
        sequential![Linear::without_bias(4, 4)],
        Sigmoid,
        Arc::new(Linear::new(4, 2)),
        Arc::new(Sigmoid),
    ]
}

/// The value and the gradient of each parameter.
fn results(model: &Sequential, y: &Tensor) -> Vec<Vec<f32>> {
    y.square().sum().backward();
    let gradients: Vec<_> = model.parameters().iter().map(|p| p.grad().unwrap().to_vec()).collect();
    model.parameters().iter().for_each(|p| p.zero_grad());
    std::iter::once(y.to_vec()).chain(gradients).collect()
}

#[test]
fn the_bits_are_those_of_the_layers_one_by_one() {
    let model = model();
    let x = Tensor::randn([5, 3]);
    let together = model.forward(&x);
    let apart = model.iter().fold(x.clone(), |x, layer| layer.forward(&x));
    assert_eq!((together.node().unwrap().name(), apart.node().unwrap().name()), ("linear_sigmoid", "sigmoid"));
    let expected = results(&model, &apart);
    assert_eq!(expected.len(), 8);
    assert_eq!(results(&model, &together), expected);
    assert_eq!(no_grad(|| model.forward(&x)).to_vec(), expected[0]);
}

#[test]
fn who_looks_at_each_operation_sees_two() {
    let model = model();
    let x = Tensor::randn([5, 3]);
    let name = |y: &Tensor| y.node().unwrap().name();
    assert_eq!(name(&watch(|| model.forward(&x))), "sigmoid");
    assert_eq!(name(&detect_anomaly(|| model.forward(&x))), "sigmoid");
    let rows = summary(&model, [5, 3]).to_string();
    assert_eq!(rows.matches("Tanh").count(), 2, "{rows}");
    assert_eq!(name(&model.forward(&x)), "linear_sigmoid");
}
