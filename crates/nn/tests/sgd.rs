//! SGD against the update rule written out for one number, and what all optimizers share.

use deltarule_nn::optim::{Optimizer, Sgd};
use deltarule_nn::{Forward, Linear, Module, MseLoss, Parameter};
use deltarule_tensor::Tensor;

#[derive(Debug, Clone, Copy)]
struct Options {
    lr: f64,
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
    nesterov: bool,
    maximize: bool,
}

impl Options {
    fn optimizer(self, parameter: &Parameter) -> Sgd {
        Sgd::new([parameter.clone()], self.lr)
            .momentum(self.momentum)
            .dampening(self.dampening)
            .weight_decay(self.weight_decay)
            .nesterov(self.nesterov)
            .maximize(self.maximize)
    }
}

/// PyTorch's documentation of SGD, line by line, for one number in f64.
struct Reference {
    options: Options,
    b: Option<f64>,
}

impl Reference {
    fn step(&mut self, p: f64, gradient: f64) -> f64 {
        let Options { lr, momentum, dampening, weight_decay, nesterov, maximize } = self.options;
        let mut g = if maximize { -gradient } else { gradient };
        if weight_decay != 0.0 {
            g += weight_decay * p;
        }
        if momentum != 0.0 {
            let b = match self.b {
                None => g,
                Some(b) => momentum * b + (1.0 - dampening) * g,
            };
            self.b = Some(b);
            g = if nesterov { g + momentum * b } else { b };
        }
        p - lr * g
    }
}

/// All mixes of options.
#[test]
fn each_mix_of_options_follows_the_documented_rule() {
    let mut mixes = 0;
    for choice in 0..32u32 {
        let on = |bit: u32| choice >> bit & 1 == 1;
        let pick = |bit, value| if on(bit) { value } else { 0.0 };
        let options = Options {
            lr: 0.05,
            momentum: pick(0, 0.7),
            dampening: pick(1, 0.4),
            weight_decay: pick(2, 0.1),
            nesterov: on(3),
            maximize: on(4),
        };
        if options.nesterov && (options.momentum == 0.0 || options.dampening != 0.0) {
            continue;
        }
        mixes += 1;
        let p = Parameter::new(Tensor::from([0.8]));
        let (mut optimizer, mut reference) = (options.optimizer(&p), Reference { options, b: None });
        let mut expected = f64::from(0.8f32);
        for step in 0..20 {
            let gradient = (f64::from(step) * 0.37).sin();
            p.set_grad(Some(Tensor::from([gradient as f32])));
            optimizer.step();
            expected = reference.step(expected, gradient);
            let value = f64::from(p.value().item());
            assert!((value - expected).abs() < 2e-6, "{options:?}, step {step}: {value} for {expected}");
        }
    }
    assert_eq!(mixes, 20);
}

#[test]
fn a_parameter_without_a_gradient_is_skipped_whole() {
    let with = Parameter::new(Tensor::from([1.0]));
    let without = Parameter::new(Tensor::from([1.0]));
    let mut optimizer = Sgd::new([with.clone(), without.clone()], 0.1).momentum(0.9).weight_decay(0.5);
    with.set_grad(Some(Tensor::from([0.0])));
    optimizer.step();
    // A zero gradient still decays; none at all leaves everything as it was.
    assert_eq!((with.value().item(), without.value().item()), (0.95, 1.0));

    // Nor did its momentum start: its first gradient counts whole, whatever the dampening.
    let mut optimizer = Sgd::new([with.clone(), without.clone()], 1.0).momentum(0.9).dampening(0.5);
    optimizer.step();
    without.set_grad(Some(Tensor::from([0.25])));
    optimizer.step();
    assert_eq!(without.value().item(), 0.75);
}

#[test]
fn a_strided_gradient_is_read_in_its_own_order() {
    let p = Parameter::new(Tensor::zeros([2, 3]));
    let gradient = Tensor::from([[1., 2.], [3., 4.], [5., 6.]]).t();
    assert!(!gradient.is_contiguous());
    p.set_grad(Some(gradient));
    Sgd::new([p.clone()], 1.0).step();
    assert_eq!(p.value().to_vec(), [-1., -3., -5., -2., -4., -6.]);
}

#[test]
fn a_parameter_listed_twice_takes_one_step() {
    let p = Parameter::new(Tensor::from([1.0]));
    let mut optimizer = Sgd::new([p.clone(), p.clone()], 0.5);
    assert_eq!(optimizer.parameters().len(), 1);
    p.set_grad(Some(Tensor::from([1.0])));
    optimizer.step();
    assert_eq!(p.value().item(), 0.5);
}

#[test]
fn a_new_learning_rate_counts_from_the_next_step() {
    let p = Parameter::new(Tensor::from([1.0]));
    let mut optimizer = Sgd::new([p.clone()], 0.5);
    p.set_grad(Some(Tensor::from([1.0])));
    optimizer.step();
    optimizer.set_lr(0.25);
    optimizer.step();
    assert_eq!((optimizer.options(0).lr, p.value().item()), (0.25, 0.25));
    optimizer.zero_grad();
    assert!(p.grad().is_none());
}

/// The gradients of a graph are those of the values it was made with, whatever steps were taken since.
#[test]
fn a_step_while_a_graph_is_alive_leaves_its_gradients_right() {
    let w = Parameter::new(Tensor::from([3.0]));
    let mut optimizer = Sgd::new([w.clone()], 0.1);
    let x = w.tensor();
    let loss = (&x * &x * &x).sum();
    w.set_grad(Some(Tensor::from([10.0])));
    optimizer.step();
    assert_eq!(w.value().item(), 2.0);

    optimizer.zero_grad();
    loss.backward();
    assert_eq!(w.grad().unwrap().item(), 27.0); // 3w² at 3, not 12 at 2
    assert_eq!(x.item(), 3.0);

    // The same parameter collects the gradient of a new graph.
    optimizer.zero_grad();
    let x = w.tensor();
    (&x * &x * &x).sum().backward();
    assert_eq!(w.grad().unwrap().item(), 12.0);
}

/// In the usual loop nobody holds the old weights when the step comes: backward has freed what the graph saved.
#[test]
fn a_step_after_backward_is_in_place() {
    let layers = [Linear::new(3, 4), Linear::new(4, 1)];
    let mut optimizer = Sgd::new(layers.parameters(), 0.1).momentum(0.9);
    let places = || layers.parameters().iter().map(|p| p.value().as_slice().map(<[f32]>::as_ptr)).collect::<Vec<_>>();
    let before = places();
    for _ in 0..3 {
        let output = layers[1].forward(&layers[0].forward(&Tensor::ones([2, 3])).tanh());
        let loss = MseLoss::default().forward(&output, &Tensor::zeros([2, 1]));
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        assert_eq!(places(), before);
    }
}

#[test]
#[should_panic(expected = "Sgd: nesterov needs a momentum above 0 and no dampening, and they are 0.9 and 0.1")]
fn nesterov_with_dampening_is_refused() {
    Sgd::new([Parameter::new(Tensor::zeros([1]))], 0.1).nesterov(true).dampening(0.1).momentum(0.9).step();
}

#[test]
#[should_panic(expected = "Sgd: nesterov needs a momentum above 0")]
fn nesterov_without_momentum_is_refused() {
    Sgd::new([Parameter::new(Tensor::zeros([1]))], 0.1).nesterov(true).step();
}

#[test]
#[should_panic(expected = "Sgd: lr must be 0 or more, and is -1")]
fn a_negative_learning_rate_is_refused() {
    Sgd::new([Parameter::new(Tensor::zeros([1]))], -1.0);
}
