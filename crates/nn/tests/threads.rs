//! Models on several threads: trained beside each other, and one evaluated by many.

use std::thread;

use deltarule_nn::optim::{Optimizer, Sgd};
use deltarule_nn::{Dropout, Forward, Linear, Module, MseLoss, Sequential, Tanh, sequential};
use deltarule_tensor::{Tensor, no_grad, with_seed};

fn model() -> Sequential {
    sequential![Linear::new(4, 16), Tanh, Linear::new(16, 2)]
}

/// Inputs that tell one number from another.
fn input(number: usize) -> Tensor {
    Tensor::from_vec((0..12).map(|i| ((i * 7 + number * 5) % 23) as f32 / 11.0 - 1.0).collect(), [3, 4]).unwrap()
}

#[test]
fn one_model_is_evaluated_from_several_threads() {
    let model = model();
    let expected: Vec<_> = (0..40).map(|number| no_grad(|| model.forward(&input(number))).to_vec()).collect();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..50 {
                    for (number, expected) in expected.iter().enumerate() {
                        // With a graph and without one.
                        let y = if round % 2 == 0 {
                            no_grad(|| model.forward(&input(number)))
                        } else {
                            model.forward(&input(number))
                        };
                        assert_eq!(y.to_vec(), *expected);
                    }
                }
            });
        }
    });
}

/// The values of a model after some steps.
fn train(model: &Sequential) -> Vec<Vec<f32>> {
    let mut optimizer = Sgd::new(model.parameters(), 0.1).momentum(0.9);
    for step in 0..200 {
        let x = input(step);
        let loss = MseLoss::default().forward(&model.forward(&x), &Tensor::ones([3, 2]));
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }
    model.parameters().iter().map(|parameter| parameter.value().to_vec()).collect()
}

#[test]
fn two_threads_train_two_models_as_one_thread_trains_each() {
    let models: Vec<_> = (0..4).map(|_| model()).collect();
    let copies: Vec<_> = models
        .iter()
        .map(|model| {
            let copy = crate::model();
            copy.load_state_dict(&model.state_dict()).unwrap();
            copy
        })
        .collect();
    let expected: Vec<_> = copies.iter().map(train).collect();
    let trained: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = models.iter().map(|model| scope.spawn(|| train(model))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(trained, expected);
}

/// A model that is made and trained on random data, with dropout, from `seed` on: the bits of its losses.
fn train_from(seed: u64) -> Vec<u32> {
    with_seed(seed, || {
        let model = sequential![Linear::new(2, 4), Tanh, Dropout::new(0.2), Linear::new(4, 1)];
        let mut optimizer = Sgd::new(model.parameters(), 0.1);
        let step = |_| {
            let x = Tensor::randn([32, 2]);
            let loss = MseLoss::default().forward(&model.forward(&x), &x.sum_dim(1, true));
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            loss.item().to_bits()
        };
        (0..20).map(step).collect()
    })
}

/// With `manual_seed` on each thread they would draw from one row of numbers, in another order each time.
#[test]
fn four_threads_with_seeds_of_their_own_give_what_each_gives_alone() {
    let alone: Vec<_> = (0..4).map(train_from).collect();
    for run in 0..50 {
        let together: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|seed| scope.spawn(move || train_from(seed))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(together, alone, "run {run}");
    }
}
