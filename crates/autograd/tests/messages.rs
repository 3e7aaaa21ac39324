//! What a wrong use says, and whose line it names: the caller's.

mod common;

use std::panic::Location;

use common::{Scalar, constant, leaf, mul, panic_of, sin};
use deltarule_autograd::call_site::{Layer, fail, layer_path};
use deltarule_autograd::{Options, Value, Var, no_grad, record};

/// Numbers whose gradient must have their length: no scalar.
#[derive(Debug, Clone)]
struct List(Vec<f64>);

impl Value for List {
    type Meta = usize;

    fn meta(&self) -> usize {
        self.0.len()
    }

    fn add(self, other: Self) -> Self {
        List(self.0.iter().zip(other.0).map(|(a, b)| a + b).collect())
    }

    fn seed(&self) -> Result<Self, String> {
        Err(format!("{} numbers are no scalar", self.0.len()))
    }

    fn is_finite(&self) -> bool {
        self.0.iter().all(|x| x.is_finite())
    }

    fn conform(gradient: Var<Self>, &length: &usize, _: Option<&usize>) -> Result<Var<Self>, String> {
        match gradient.value().0.len() {
            found if found == length => Ok(gradient),
            found => Err(format!("{found} numbers for {length}")),
        }
    }
}

fn ones(length: usize) -> Var<List> {
    Var::constant(List(vec![1.0; length]))
}

#[test]
fn backward_without_a_graph() {
    let y = no_grad(|| sin(&leaf(1.0)));
    let line = line!() + 1;
    let panic = panic_of(|| y.backward());
    panic.says(&["backward: this value has no graph", "requires_grad", "no_grad", "detach"]).at(file!(), line);
}

#[test]
fn each_question_to_a_constant_names_itself() {
    let (x, c) = (leaf(1.0), constant(1.0));
    panic_of(|| c.retain_grad()).says(&["retain_grad: ", "no graph"]).at(file!(), line!());
    panic_of(|| c.register_hook(|_| None)).says(&["register_hook: ", "no graph"]).at(file!(), line!());
    panic_of(|| c.grad_of(&[&x], Options::new())).says(&["grad: ", "no graph"]).at(file!(), line!());
    let y = sin(&x);
    panic_of(|| c.backward_with(Some(constant(1.0)), Options::new())).says(&["backward: "]).at(file!(), line!());
    // What can be answered is: a constant collects nothing.
    assert!(c.grad().is_none());
    c.zero_grad();
    y.backward();
}

#[test]
fn an_input_of_grad_without_a_graph() {
    let y = sin(&leaf(1.0));
    let line = line!() + 1;
    let panic = panic_of(|| y.grad_of(&[&constant(1.0)], Options::new()));
    panic.says(&["grad: ", "no graph"]).at(file!(), line);
}

#[test]
fn a_second_backward() {
    let x = leaf(1.0);
    let recorded = line!() + 1;
    let y = sin(&x);
    y.backward();
    let line = line!() + 1;
    let panic = panic_of(|| y.backward());
    let place = format!("sin, recorded at {}:{recorded}:", file!());
    panic.says(&["backward: an earlier backward freed", &place, "retain_graph(true)"]).at(file!(), line);
}

#[test]
fn what_fails_between_two_rules_is_no_rules_fault() {
    // The rule of mul has run when the pass finds that sin is freed, and when it comes to the hook.
    let x = leaf(1.0);
    let y = sin(&x);
    y.backward();
    let panic = panic_of(|| mul(&y, &constant(2.0)).backward());
    assert!(!panic.says(&["freed what sin"]).message.contains("in the gradient rule"), "{panic:?}");

    let _ = x.register_hook(|_| fail("my hook", "failed"));
    let panic = panic_of(|| mul(&x, &constant(2.0)).backward());
    assert_eq!(panic.message, "my hook: failed");
}

#[test]
fn a_second_pass_through_a_recorded_pass_names_the_users_line() {
    let x = leaf(1.0);
    let recorded = line!() + 1;
    let y = sin(&x);
    let slope = y.grad_of(&[&x], Options::new().create_graph(true)).remove(0).unwrap();
    slope.backward();
    // The product g·cos x was recorded by the rule of sin: the user's line is the one that called sin.
    let place = format!("mul, recorded at {}:{recorded}:", file!());
    panic_of(|| slope.backward()).says(&[&place]);
}

#[test]
fn a_value_that_has_no_seed() {
    let x = Var::leaf(List(vec![1.0; 3]));
    let line = line!() + 1;
    let panic = panic_of(|| x.backward());
    panic.says(&["backward: 3 numbers are no scalar"]).at(file!(), line);
    let line = line!() + 1;
    let panic = panic_of(|| x.grad_of(&[&x], Options::new()));
    panic.says(&["grad: 3 numbers are no scalar"]).at(file!(), line);
}

#[test]
fn a_gradient_that_does_not_fit() {
    let made = line!() + 1;
    let x = Var::leaf(List(vec![1.0; 3]));
    let place = format!("2 numbers for 3, for leaf, made at {}:{made}:", file!());

    let line = line!() + 1;
    let panic = panic_of(|| x.backward_with(Some(ones(2)), Options::new()));
    panic.says(&[&format!("backward: {place}")]).at(file!(), line);

    let handle = x.register_hook(|_| Some(ones(2)));
    panic_of(|| x.backward_with(Some(ones(3)), Options::new())).says(&[&format!("hook: {place}")]);
    handle.remove();

    let recorded = line!() + 1;
    let y: Var<List> = record("broken", List(vec![1.0; 3]), &[x.node()], |_| |_, to| to.input(0, || ones(2)));
    let panic = panic_of(|| y.backward_with(Some(ones(3)), Options::new()));
    panic.says(&[
        &format!("broken: {place}"),
        &format!("in the gradient rule of broken, recorded at {}:{recorded}:", file!()),
    ]);
}

#[test]
fn a_rule_that_asks_for_an_input_that_is_not_there() {
    let x = leaf(1.0);
    let sends: Scalar = record("sends", 1.0, &[x.node()], |_| |g, to| to.input(1, || g));
    panic_of(|| sends.backward()).says(&["sends: its rule asks for input 1, but it was recorded with 1"]);

    let opens: Scalar = record("opens", 1.0, &[x.node()], |keep| {
        let x = keep.input(7, 1.0);
        move |_, to| drop(to.open(x))
    });
    panic_of(|| opens.backward_with(None, Options::new().create_graph(true))).says(&["opens: ", "input 7"]);
}

#[test]
fn nodes_carry_the_users_line() {
    let here = Location::caller();
    let x = leaf(1.0);
    let y = sin(&x);
    for node in [x.node().unwrap(), y.node().unwrap()] {
        assert_eq!(node.line().file(), here.file());
    }
    assert_eq!(y.node().unwrap().line().line(), here.line() + 2);
}

#[test]
fn within_a_layer_the_message_names_it_and_the_line_that_called_the_container() {
    let line = Location::caller();
    assert_eq!(layer_path(), None);
    {
        let _outer = Layer::enter(line, 1, "Sequential");
        let _inner = Layer::enter(Location::caller(), 0, "Linear");
        assert_eq!(layer_path().as_deref(), Some("layer 1.0 (Linear)"));
        let at = line!() + 1;
        let panic = panic_of(|| fail("matmul", "shapes differ"));
        panic.says(&["matmul: shapes differ\n  in layer 1.0 (Linear), called at", &line.to_string()]).at(file!(), at);
    }
    assert_eq!(layer_path(), None);
}

#[test]
fn a_panic_leaves_the_layers() {
    panic_of(|| {
        let _layer = Layer::enter(Location::caller(), 1, "Linear");
        mul(&leaf(1.0), &constant(1.0)).detach().backward();
    })
    .says(&["in layer 1 (Linear)"]);
    assert_eq!(layer_path(), None);
}
