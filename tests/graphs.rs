//! The graph of tensors at its extremes: very long, much shared, outlived by a step, on several threads at once.
//!
//! The same on plain numbers stands in the tests of `deltarule-autograd`.

use std::thread;

use deltarule::prelude::*;

const LONG: usize = 1_000_000;

/// Runs `f` where a recursion over the graph would overflow at once.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(256 << 10).spawn(f).unwrap().join().unwrap();
}

#[test]
fn a_million_operations_backward_and_drop() {
    on_a_small_stack(|| {
        let x = Tensor::from([1.0, -2.0]).requires_grad_();
        let mut y = x.clone();
        for _ in 0..LONG / 2 {
            y = -(y + 1.0);
        }
        // y ← −(y + 1) twice gives y again.
        assert_eq!(y.to_vec(), x.to_vec());
        (&y * &y).sum().backward();
        assert_eq!(x.grad().unwrap().to_vec(), [2.0, -4.0]);
    });
}

#[test]
fn a_million_operations_dropped_without_backward() {
    on_a_small_stack(|| {
        let mut y = Tensor::from([1.0]).requires_grad_();
        for _ in 0..LONG {
            y = &y * 1.0;
        }
        drop(y);
    });
}

#[test]
fn a_diamond() {
    let x = Tensor::from([2.0, 3.0]).requires_grad_();
    let a = &x * &x;
    let (left, right) = (&a * 3.0, &a * &a);
    (left + right).sum().backward();
    // d(3x² + x⁴)/dx = 6x + 4x³
    assert_eq!(x.grad().unwrap().to_vec(), [12.0 + 32.0, 18.0 + 108.0]);
}

#[test]
fn a_value_used_many_times() {
    let x = Tensor::from([0.5]).requires_grad_();
    let y = x.exp();
    let sum = (0..1000).fold(Tensor::zeros([1]), |sum, k| sum + &y * k as f32);
    sum.sum().backward();
    let expected = 499_500.0 * 0.5_f32.exp();
    assert!((x.grad().unwrap().item() / expected - 1.0).abs() < 1e-5);
}

#[test]
fn one_tensor_in_both_places() {
    let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).requires_grad_();
    x.matmul(&x).sum().backward();
    // d/dx[i,j] Σ(xx) = Σₖ x[j,k] + Σₖ x[k,i]
    assert_eq!(x.grad().unwrap().to_vec(), [3.0 + 4.0, 7.0 + 4.0, 3.0 + 6.0, 7.0 + 6.0]);
}

#[test]
fn a_step_while_a_graph_is_alive() {
    let p = nn::Parameter::new(Tensor::from([3.0]));
    let mut optimizer = optim::Sgd::new([p.clone()], 1.0);
    let loss = p.tensor().square().sum();
    p.set_grad(Some(Tensor::from([1.0])));
    optimizer.step();
    assert_eq!(p.value().item(), 2.0);

    // The graph still knows the value that it was made with: 2·3, and not 2·2.
    optimizer.zero_grad();
    loss.backward();
    assert_eq!(p.grad().unwrap().item(), 6.0);
}

#[test]
fn parameters_set_while_a_graph_is_alive() {
    let model = nn::Linear::new(2, 1);
    let x = Tensor::from([[1.0, 2.0]]).requires_grad_();
    let y = model.forward(&x).sum();
    let weight = model.weight.value();
    model.weight.set(Tensor::zeros([1, 2]));
    y.backward();
    assert_eq!(x.grad().unwrap().to_vec(), weight.to_vec());
}

fn xor_net() -> nn::Sequential {
    nn::sequential![nn::Linear::new(2, 4), nn::Tanh, nn::Linear::new(4, 1)]
}

/// XOR, learnt from the weights `start`; gives all the losses.
fn train(start: &nn::StateDict) -> Vec<f32> {
    let x = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y = Tensor::from([[0.], [1.], [1.], [0.]]);
    let model = xor_net();
    model.load_state_dict(start).unwrap();
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 0.1);
    let mut step = || {
        let loss = criterion.forward(&model.forward(&x), &y);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        loss.item()
    };
    (0..2000).map(|_| step()).collect()
}

#[test]
fn two_threads_train_two_models_at_once() {
    let starts = [xor_net().state_dict(), xor_net().state_dict()];
    let alone = starts.each_ref().map(train);
    let together = thread::scope(|scope| {
        starts.each_ref().map(|start| scope.spawn(|| train(start))).map(|thread| thread.join().unwrap())
    });
    assert_eq!(together, alone);
    for losses in alone {
        assert!(losses[1999] < losses[0], "{losses:?}");
    }
}

#[test]
fn one_model_on_several_threads() {
    let model = (nn::Linear::new(16, 32), nn::Linear::new(32, 4));
    let run = |x: &Tensor| model.1.forward(&model.0.forward(x).relu());
    let inputs: Vec<_> = (0..4).map(|seed| Tensor::linspace(-1.0, 1.0 + seed as f32, 16).reshape([1, 16])).collect();
    let alone: Vec<_> = inputs.iter().map(|x| run(x).to_vec()).collect();
    let together: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            inputs.iter().map(|x| scope.spawn(|| (0..200).map(|_| run(x).to_vec()).collect::<Vec<_>>())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (alone, together) in alone.iter().zip(&together) {
        assert!(together.iter().all(|y| y == alone));
    }
}

/// A model may be handed to other threads, boxed layers included.
#[test]
fn models_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Tensor>();
    check::<nn::Parameter>();
    check::<nn::Linear>();
    check::<nn::Sequential>();
}
