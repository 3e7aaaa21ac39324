//! The table of layers: what it counts, and that it leaves the model alone.

use deltarule_nn::{BatchNorm1d, Buffer, Dropout, Forward, Linear, Module, Relu, Sequential, sequential, summary};
use deltarule_tensor::{Tensor, is_grad_enabled};

/// A module with parameters of its own and a container inside.
#[derive(Module)]
struct Residual {
    body: Sequential,
    gate: Linear,
}

impl Forward for Residual {
    fn forward(&self, x: &Tensor) -> Tensor {
        x + self.body.forward(x) * self.gate.forward(x)
    }
}

#[test]
fn a_custom_module_is_a_row_with_what_its_containers_do_not_hold() {
    let body = sequential![Linear::new(3, 4), Relu, Linear::new(4, 3)];
    let model = sequential![Residual { body, gate: Linear::new(3, 3) }, Linear::new(3, 1)];
    let expected = "\
layer          output shape  parameters  multiply-adds  memory
Sequential     [5, 1]                --             --      --
  0 Residual   [5, 3]                12             60      --
    0 Linear   [5, 4]                16             80    80 B
    1 Relu     [5, 4]                --             --    80 B
    2 Linear   [5, 3]                15             75    60 B
  1 Linear     [5, 1]                 4             20    20 B

parameters     47, all learnt
multiply-adds  235
memory         input 60 B, parameters 188 B, outputs and their gradients 480 B: 728 B
";
    assert_eq!(summary(&model, [5, 3]).to_string(), expected);
}

#[test]
fn the_model_is_as_it_was() {
    let model = sequential![Linear::new(2, 3), BatchNorm1d::new(3), Dropout::default()];
    model.requires_grad_(false);
    let before = model.state_dict();
    // A single example would be refused in training.
    let found = summary(&model, [1, 2]);
    assert_eq!((found.parameters, found.learnt, found.rows.len()), (15, 0, 4));
    assert!(found.to_string().contains("15, 0 learnt and 15 frozen"));
    assert!(model.state_dict() == before && model.is_training() && is_grad_enabled());
    model.eval();
    summary(&model, [1, 2]);
    assert!(!model.is_training());
}

#[test]
fn shared_parameters_count_once() {
    let layer = std::sync::Arc::new(Linear::new(2, 2));
    let model = sequential![layer.clone(), layer];
    let found = summary(&model, [1, 2]);
    assert_eq!((found.parameters, found.multiply_adds()), (6, 12));
}

/// Fails when it is run.
#[derive(Module)]
struct Broken(Buffer);

impl Forward for Broken {
    fn forward(&self, _: &Tensor) -> Tensor {
        panic!("broken")
    }
}

#[test]
fn after_a_panic_nobody_watches_and_the_mode_is_back() {
    let model = sequential![Dropout::default(), Broken(Buffer::new(Tensor::zeros([1])))];
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| summary(&model, [1, 2])));
    assert!(failed.is_err() && model.is_training() && is_grad_enabled());
    let model = sequential![Relu];
    model.forward(&Tensor::zeros([1]));
    assert_eq!(summary(&model, [1, 2]).rows.len(), 2);
}
