//! Copies, other weights, and the modules that Rust's own types are.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};

use deltarule_nn::{BatchNorm1d, Buffer, Forward, Linear, Module, Parameter, functional_call};
use deltarule_tensor::{Options, Tensor, grad};

/// A net whose last layer's weight is the first one's.
#[derive(Clone, Module)]
struct Tied {
    first: Linear,
    norm: BatchNorm1d,
    tied: Parameter,
    seen: Buffer,
}

fn tied() -> Tied {
    let first = Linear::new(3, 3);
    let tied = first.weight.clone();
    Tied { first, norm: BatchNorm1d::new(3), tied, seen: Buffer::new(Tensor::zeros([1])) }
}

#[test]
fn a_deep_copy_shares_nothing_and_ties_what_is_tied() {
    let model = tied();
    model.eval();
    model.first.weight.set_requires_grad(false);
    let copy = model.deep_copy();
    assert_eq!(copy.state_dict(), model.state_dict());
    assert!(copy.tied.is(&copy.first.weight) && !copy.tied.is(&model.tied));
    assert!(!copy.is_training() && !copy.first.weight.requires_grad() && copy.norm.parameters()[0].requires_grad());

    copy.train();
    copy.seen.set(Tensor::ones([1]));
    copy.tied.update(|values| values.fill(7.0));
    assert!(!model.is_training());
    assert_eq!((model.seen.tensor().item(), copy.first.weight.value().at([0, 0])), (0.0, 7.0));
    assert!(model.tied.value().to_vec().iter().all(|&value| value != 7.0));
    // Afterwards a clone shares again.
    assert!(model.clone().tied.is(&model.tied));
}

#[test]
fn a_panic_while_copying_ends_the_copying() {
    struct Bad;
    impl Module for Bad {
        fn visit(&self, _: &mut deltarule_nn::Visitor<'_>) {}
    }
    impl Clone for Bad {
        fn clone(&self) -> Self {
            panic!("can't")
        }
    }
    std::panic::catch_unwind(|| Bad.deep_copy()).map(drop).unwrap_err();
    let p = Parameter::new(Tensor::zeros([1]));
    assert!(p.clone().is(&p));
}

/// MAML's step on one weight: the loss of w' = w − 0.1·dl/dw, with l = (w·x)², has the gradient 2·x²·w'·(1 − 0.2·x²).
#[test]
fn gradients_flow_through_weights_that_were_computed() {
    let model = Linear::without_bias(1, 1);
    model.weight.set(Tensor::from([[3.0]]));
    let x = Tensor::from([[2.0]]);
    let w = model.weight.tensor();
    let loss = model.forward(&x).square().sum();
    let slope = grad(&loss, &[&w], Options::new().create_graph(true)).remove(0).unwrap();
    let fast = w - slope * 0.1;
    functional_call(&model, [("weight", fast)], || model.forward(&x).square().sum()).backward();
    let fast = 3.0 - 0.1 * 24.0;
    let found = model.weight.grad().unwrap().item();
    assert!((found - 8.0 * fast * (1.0 - 0.8)).abs() < 1e-5, "{found}");
    assert_eq!(model.weight.value().item(), 3.0);

    let stopped = std::panic::AssertUnwindSafe(|| {
        functional_call(&model, [("weight", Tensor::from([[9.0]]))], || panic!("inside"))
    });
    let _: Box<_> = std::panic::catch_unwind(stopped).map(|(): ()| ()).unwrap_err();
    assert_eq!(model.weight.value().item(), 3.0);
}

#[test]
fn cells_locks_and_maps_pass_their_modules_on() {
    let layer = || Linear::without_bias(1, 1);
    let map: HashMap<&str, Linear> = ["b", "a", "c"].map(|name| (name, layer())).into();
    let inside = (Rc::new(layer()), RefCell::new(layer()), Mutex::new(layer()), RwLock::new(Arc::new(layer())), map);
    let names: Vec<_> = inside.named_parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["0.weight", "1.weight", "2.weight", "3.weight", "4.a.weight", "4.b.weight", "4.c.weight"]);
    let one = || Parameter::new(Tensor::zeros([1]));
    let twelve = (one(), one(), one(), one(), one(), one(), one(), one(), one(), one(), one(), one());
    assert_eq!(twelve.named_parameters()[11].0, "11");
}

#[test]
fn a_parameter_is_calculated_with_as_a_tensor() {
    let (p, x) = (Parameter::new(Tensor::from([4.0])), Tensor::from([2.0]));
    let all = [&p + &x, &x - &p, &p * x.clone(), x.clone() / &p, &p - 1.0, 1.0 / &p, &p * &p, -&p, Tensor::from(&p)];
    assert_eq!(all.each_ref().map(Tensor::item), [6.0, -2.0, 8.0, 0.5, 3.0, 0.25, 16.0, -4.0, 4.0]);
    let sum = all.into_iter().reduce(|a, b| a + b).unwrap();
    sum.backward();
    // 1 − 1 + 2 − 2/16 + 1 − 1/16 + 8 − 1 + 1
    assert_eq!(p.grad().map(|grad| grad.item()), Some(10.8125));
}
