//! Initial weights are PyTorch's after the same seed. One test: the generator is the process's.

use std::collections::BTreeMap;

use deltarule_nn::init::{self, Fan, Nonlinearity};
use deltarule_nn::{Linear, Parameter};
use deltarule_tensor::{Tensor, manual_seed};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    draws: BTreeMap<String, Vec<f32>>,
}

#[test]
fn initial_weights_are_pytorchs_to_the_last_bit() {
    let mut fixture: Fixture = serde_json::from_str(include_str!("fixtures/init.json")).unwrap();
    let mut expect = |name: &str, parameter: &Parameter| {
        let expected = fixture.draws.remove(name).unwrap();
        assert_eq!(parameter.value().to_vec(), expected, "{name}");
    };

    manual_seed(0);
    let linear = Linear::new(3, 2);
    expect("linear.weight", &linear.weight);
    expect("linear.bias", &linear.bias.unwrap());

    type Init = fn(&Parameter);
    let inits: [(&str, Init); 7] = [
        ("uniform_", |w| init::uniform_(w, -0.5, 2.0)),
        ("normal_", |w| init::normal_(w, 1.0, 0.1)),
        ("xavier_uniform_", |w| init::xavier_uniform_(w, 2.0)),
        ("xavier_normal_", |w| init::xavier_normal_(w, 1.0)),
        ("kaiming_uniform_", |w| init::kaiming_uniform_(w, Fan::In, Nonlinearity::Relu)),
        ("kaiming_normal_", |w| init::kaiming_normal_(w, Fan::Out, Nonlinearity::Tanh)),
        ("kaiming_normal_ leaky", |w| init::kaiming_normal_(w, Fan::In, Nonlinearity::LeakyRelu(0.2))),
    ];
    for (name, init) in inits {
        manual_seed(1);
        let w = Parameter::new(Tensor::zeros([4, 3, 2]));
        init(&w);
        expect(name, &w);
    }
    assert!(fixture.draws.is_empty());
}
