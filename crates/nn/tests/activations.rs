//! The activation layers with their defaults and options, against PyTorch's.

use std::collections::BTreeMap;

use deltarule_nn::{
    Elu, Flatten, Forward, Gelu, Identity, LeakyRelu, LogSoftmax, Module, Relu, Sigmoid, Silu, Softmax, Softplus, Tanh,
};
use deltarule_tensor::Tensor;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    input: [[f32; 3]; 2],
    outputs: BTreeMap<String, Vec<f32>>,
}

#[test]
fn each_layer_gives_pytorchs_values() {
    let fixture: Fixture = serde_json::from_str(include_str!("fixtures/activations.json")).unwrap();
    let layers: [(&str, Box<dyn Forward>); 17] = [
        ("Sigmoid", Box::new(Sigmoid)),
        ("Tanh", Box::new(Tanh)),
        ("Relu", Box::new(Relu)),
        ("LeakyRelu", Box::new(LeakyRelu::default())),
        ("LeakyRelu 0.1", Box::new(LeakyRelu::new(0.1))),
        ("Elu", Box::new(Elu::default())),
        ("Elu 1.5", Box::new(Elu::new(1.5))),
        ("Softplus", Box::new(Softplus::default())),
        ("Softplus 2 1", Box::new(Softplus { beta: 2.0, threshold: 1.0 })),
        ("Gelu", Box::new(Gelu::default())),
        ("Gelu tanh", Box::new(Gelu::default().approximate_tanh())),
        ("Silu", Box::new(Silu)),
        ("Softmax 0", Box::new(Softmax::new(0))),
        ("Softmax -1", Box::new(Softmax::new(-1))),
        ("LogSoftmax 1", Box::new(LogSoftmax::new(1))),
        ("Identity", Box::new(Identity)),
        ("Flatten", Box::new(Flatten)),
    ];
    assert_eq!(layers.len(), fixture.outputs.len());
    let x = Tensor::from(fixture.input);
    for (name, layer) in layers {
        assert!(layer.parameters().is_empty() && layer.state_dict().is_empty());
        let (values, expected) = (layer.forward(&x).to_vec(), &fixture.outputs[name]);
        for (value, expected) in values.iter().zip(expected) {
            let bound = 4.0 * f32::EPSILON * expected.abs() + f32::MIN_POSITIVE;
            assert!((value - expected).abs() <= bound, "{name}: {values:?} for {expected}");
        }
    }
}
