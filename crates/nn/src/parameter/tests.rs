//! What becomes of a parameter, and of who uses it while it changes.

use deltarule_tensor::Tensor;

use super::*;

#[test]
fn a_step_in_place_reuses_the_memory_and_a_shared_one_does_not() {
    let w = Parameter::new(Tensor::from([1.0, 2.0]));
    let place = |tensor: &Tensor| tensor.as_slice().map(<[f32]>::as_ptr);
    let before = place(&w.value());
    w.update(|values| values[0] = 5.0);
    assert_eq!(place(&w.value()), before);

    let snapshot = w.tensor();
    w.update(|values| values[0] = 7.0);
    assert_ne!(place(&w.value()), before);
    assert_eq!((snapshot.to_vec(), w.value().to_vec()), (vec![5.0, 2.0], vec![7.0, 2.0]));
}

#[test]
fn a_value_is_read_as_a_snapshot_has_it() {
    let w = Parameter::new(Tensor::from([1.0]));
    assert!(w.read().requires_grad() && w.read().node() == w.tensor().node());
    w.set_requires_grad(false);
    assert!(!w.read().requires_grad() && !w.value().requires_grad());
    w.update(|values| values[0] = 2.0);
    w.set_requires_grad(true);
    w.set(w.value() + 1.0);
    assert_eq!((w.read().item(), w.read().requires_grad()), (3.0, true));
}

#[test]
fn a_frozen_parameter_gets_no_gradient() {
    let w = Parameter::new(Tensor::from([1.0]));
    w.set_requires_grad(false);
    assert!(!(w.tensor() * 2.0).requires_grad());
    w.set_requires_grad(true);
    (w.tensor() * 2.0).sum().backward();
    assert_eq!(w.grad().map(|grad| grad.to_vec()), Some(vec![2.0]));
}

#[test]
fn a_panic_inside_of_an_update_leaves_the_parameter_usable() {
    let w = Parameter::new(Tensor::from([1.0]));
    let other = w.clone();
    std::thread::spawn(move || other.update(|_| panic!("in the closure"))).join().unwrap_err();
    w.update(|values| values[0] += 1.0);
    assert_eq!(w.value().item(), 2.0);
}

#[test]
#[should_panic(expected = "set: a value of shape [3] can't replace that of a parameter of shape [2]")]
fn a_value_of_another_shape_is_refused() {
    Parameter::new(Tensor::zeros([2])).set(Tensor::zeros([3]));
}

/// What a step does with the gradient locks nothing that its closure could ask for.
#[test]
fn the_closure_of_a_step_may_look_at_the_gradient() {
    let w = Parameter::new(Tensor::from([1.0]));
    w.set_grad(Some(Tensor::from([2.0])));
    assert!(w.step(|values, gradient| {
        assert_eq!(w.grad().map(|grad| grad.item()), Some(2.0));
        w.zero_grad();
        values[0] -= gradient[0];
    }));
    assert_eq!((w.value().item(), w.step(|_, _| unreachable!())), (-1.0, false));
}

#[test]
#[should_panic(expected = "set: the parameter of shape [2] can't change while this thread reads it, since")]
fn a_value_that_is_read_is_not_replaced() {
    let w = Parameter::new(Tensor::zeros([2]));
    let _held = w.read();
    w.set(Tensor::ones([2]));
}

/// Reading twice is well, and ends as it began, in whatever order.
#[test]
fn a_parameter_is_read_by_several_and_changed_after_them() {
    let w = Parameter::new(Tensor::zeros([2]));
    let (first, second) = (w.read(), w.read());
    drop(first);
    assert!(Reading::since(w.address()).is_some());
    drop(second);
    assert!(Reading::since(w.address()).is_none());
    w.update(|values| values[0] = 1.0);
}

/// A second read of one thread, while another waits to write, would wait for that one, which waits for the first.
#[test]
fn a_second_read_does_not_wait_for_who_waits_for_the_first() {
    let w = Parameter::new(Tensor::zeros([2]));
    let held = w.read();
    let writer = std::thread::spawn({
        let w = w.clone();
        move || w.update(|values| values[0] = 1.0)
    });
    let message = loop {
        // Until the other thread waits, the second read succeeds.
        let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(w.read())));
        if let Err(payload) = again {
            break payload.downcast_ref::<String>().cloned().unwrap_or_default();
        }
    };
    assert!(message.contains("read: this thread reads the parameter of shape [2] already, since"), "{message}");
    drop(held);
    writer.join().unwrap();
    assert_eq!(w.value().to_vec(), [1.0, 0.0]);
}

#[test]
fn a_closure_that_uses_its_parameter_panics_and_leaves_it_usable() {
    let w = Parameter::new(Tensor::from([1.0]));
    for wrong in [|w: &Parameter| drop(w.tensor()), |w: &Parameter| w.update(|_| ())] {
        let inside = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| w.update(|_| wrong(&w))));
        let message = inside.unwrap_err().downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(message.contains("the parameter of shape [1] is being changed by this thread"), "{message}");
    }
    w.update(|values| values[0] = 3.0);
    assert_eq!(w.value().item(), 3.0);
}

#[test]
fn parameters_and_their_snapshots_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Parameter>();
}
