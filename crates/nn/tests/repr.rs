//! How modules print that PyTorch doesn't have: Rust's collections and owners, values, enums, other element types.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};

use deltarule_nn::{
    Buffer, Forward, Identity, Linear, LinearOf, Mode, Module, Parameter, Relu, Sequential, SequentialOf, Softmax,
    Tanh, Visitor, repr, sequential,
};
use deltarule_tensor::Tensor;

const LINEAR: &str = "Linear(in_features=2, out_features=1, bias=True)";

fn linear() -> Linear {
    Linear::new(2, 1)
}

/// All kinds of values, and of collections of them.
#[derive(Module)]
struct Values<'a> {
    number: f64,
    text: &'a str,
    tensor: Tensor,
    kind: PhantomData<Linear>,
    parameter: Parameter,
    bias: Option<Parameter>,
    buffer: Buffer,
    mode: Mode,
    sizes: Vec<usize>,
    weights: [Parameter; 2],
    pair: (f32, Parameter),
    named: BTreeMap<&'static str, Parameter>,
    absent: Option<Linear>,
    none: Vec<Linear>,
    shared: Arc<Mutex<Option<Parameter>>>,
}

fn values() -> Values<'static> {
    let parameter = || Parameter::new(Tensor::from(1.0));
    Values {
        number: 0.5,
        text: "text",
        tensor: Tensor::ones([2]),
        kind: PhantomData,
        parameter: parameter(),
        bias: Some(parameter()),
        buffer: Buffer::new(Tensor::ones([2])),
        mode: Mode::default(),
        sizes: vec![1, 2],
        weights: [parameter(), parameter()],
        pair: (1.0, parameter()),
        named: BTreeMap::from([("a", parameter())]),
        absent: None,
        none: Vec::new(),
        shared: Arc::new(Mutex::new(Some(parameter()))),
    }
}

#[test]
fn values_are_not_shown() {
    assert_eq!(repr(&values()), "Values()");
}

#[test]
fn an_owner_prints_as_what_it_owns() {
    let (owned, shared): (Box<dyn Module>, Arc<dyn Forward>) = (Box::new(linear()), Arc::new(linear()));
    let texts = [
        repr(&linear()),
        repr(&&linear()),
        repr(&owned),
        repr(&*owned),
        repr(&shared),
        repr(&Rc::new(linear())),
        repr(&RefCell::new(linear())),
        repr(&Mutex::new(linear())),
        repr(&RwLock::new(linear())),
        repr(&Some(linear())),
        repr(&Arc::new(Mutex::new(Some(Box::new(linear()))))),
    ];
    assert_eq!(texts, [LINEAR; 11]);
}

#[test]
fn collections_are_lists_and_dicts() {
    let tuple = (linear(), 0.5, linear(), linear(), Parameter::new(Tensor::from(1.0)), Softmax::new(1));
    let expected = format!("ModuleList(\n  (0): {LINEAR}\n  (2-3): 2 x {LINEAR}\n  (5): Softmax(dim=1)\n)");
    assert_eq!(repr(&tuple), expected, "neighbours are one only if their indices follow each other");
    let (array, slice) = ([linear(), linear()], vec![linear(), linear()]);
    assert_eq!(repr(&array), format!("ModuleList(\n  (0-1): 2 x {LINEAR}\n)"));
    assert_eq!(repr(slice.as_slice()), repr(&array));
    let map = HashMap::from([("b", linear()), ("a", linear()), ("c", linear())]);
    assert_eq!(repr(&map), format!("ModuleDict(\n  (a): {LINEAR}\n  (b): {LINEAR}\n  (c): {LINEAR}\n)"));
    assert_eq!(repr(&vec![1.0, 2.0]), "ModuleList()");
}

enum Choice {
    Linear(Linear),
    Nothing,
}

impl Module for Choice {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        match self {
            Choice::Linear(linear) => visitor.child("linear", linear),
            Choice::Nothing => {}
        }
    }

    fn extra_repr(&self) -> String {
        "by hand".to_owned()
    }
}

#[test]
fn a_module_written_by_hand_prints_its_options_and_children() {
    assert_eq!(repr(&Choice::Linear(linear())), format!("Choice(\n  by hand\n  (linear): {LINEAR}\n)"));
    assert_eq!(repr(&Choice::Nothing), "Choice(by hand)");
    assert_eq!(repr(&Box::new(Choice::Nothing)), "Choice(by hand)");
}

#[derive(Module)]
#[module(extra_repr = options)]
struct Generic<M, const N: usize> {
    layers: [M; N],
}

fn options<M, const N: usize>(module: &Generic<M, N>) -> String {
    format!("{} layers\nin a row", module.layers.len())
}

#[test]
fn a_derived_module_prints_its_options() {
    let model = Generic { layers: [Some(linear()), None, Some(linear())] };
    let expected = format!(
        "Generic(
  3 layers
  in a row
  (layers): ModuleList(
    (0): {LINEAR}
    (2): {LINEAR}
  )
)"
    );
    assert_eq!(repr(&model), expected);
    assert_eq!(repr(&Generic::<Linear, 0> { layers: [] }), "Generic(\n  0 layers\n  in a row\n)");
}

#[test]
fn layers_and_containers_are_displayed() {
    let model: Sequential = sequential![linear(), Relu, sequential![Identity, Tanh]];
    let expected = format!(
        "Sequential(
  (0): {LINEAR}
  (1): ReLU()
  (2): Sequential(
    (0): Identity()
    (1): Tanh()
  )
)"
    );
    assert_eq!(model.to_string(), expected);
    assert_eq!(format!("{model:?}"), expected);
    assert_eq!(linear().to_string(), LINEAR);
    let double: SequentialOf<f64> = sequential![LinearOf::<f64>::new(2, 1), Relu];
    assert_eq!(double.to_string(), format!("Sequential(\n  (0): {LINEAR}\n  (1): ReLU()\n)"));
}
