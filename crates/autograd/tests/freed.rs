//! What a graph keeps alive, and until when: each value carries a token whose owners are counted.

mod common;

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, LocalKey};

use common::panic_of;
use deltarule_autograd::{Options, Spare, Value, Var, record};

/// A number whose copies can be counted.
#[derive(Debug, Clone)]
struct Counted {
    number: f64,
    token: Arc<()>,
}

impl Counted {
    fn new(number: f64) -> Self {
        let token = Arc::new(());
        Counted { number, token }
    }
}

impl Value for Counted {
    type Meta = ();

    fn meta(&self) {}

    fn add(self, other: Self) -> Self {
        Counted::new(self.number + other.number)
    }

    fn seed(&self) -> Result<Self, String> {
        Ok(Counted::new(1.0))
    }

    fn is_finite(&self) -> bool {
        self.number.is_finite()
    }

    fn spare() -> Option<&'static LocalKey<Spare<Self>>> {
        thread_local! {
            static SPARE: Spare<Counted> = const { Spare::new() };
        }
        Some(&SPARE)
    }
}

type Number = Var<Counted>;

fn copies(x: &Number) -> usize {
    Arc::strong_count(&x.value().token)
}

fn watch(x: &Number) -> Weak<()> {
    Arc::downgrade(&x.value().token)
}

fn leaf(number: f64) -> Number {
    Var::leaf(Counted::new(number))
}

/// Saves its inputs.
fn mul(a: &Number, b: &Number) -> Number {
    let y = Counted::new(a.value().number * b.value().number);
    record("mul", y, &[a.node(), b.node()], |keep| {
        let a = keep.input(0, a.value().clone());
        let b = keep.input(1, b.value().clone());
        move |g, to| {
            let (a, b) = (to.open(a), to.open(b));
            to.input(0, || mul(&g, &b));
            to.input(1, || mul(&g, &a));
        }
    })
}

/// Saves its output.
fn exp(x: &Number) -> Number {
    let y = Counted::new(x.value().number.exp());
    record("exp", y.clone(), &[x.node()], |keep| {
        let y = keep.output(y);
        move |g, to| {
            let y = to.open(y);
            to.input(0, || mul(&g, &y));
        }
    })
}

/// Saves nothing.
fn double(x: &Number) -> Number {
    let y = Counted::new(2.0 * x.value().number);
    record("double", y, &[x.node()], |_| |g, to| to.input(0, || double(&g)))
}

fn gradient(x: &Number) -> f64 {
    x.grad().unwrap().value().number
}

#[test]
fn backward_frees_what_was_saved_while_the_output_lives_on() {
    let (x, w) = (leaf(3.0), leaf(2.0));
    let product = mul(&x, &w);
    let y = exp(&product);
    assert_eq!((copies(&x), copies(&w), copies(&y)), (2, 2, 2));
    y.backward();
    assert_eq!((copies(&x), copies(&w), copies(&y)), (1, 1, 1));
}

#[test]
fn a_saved_value_is_freed_as_soon_as_its_rule_has_run() {
    let x = leaf(3.0);
    let square = mul(&x, &x);
    let product = mul(&square, &leaf(1.0));
    let saved = watch(&square);
    let _ = square.register_hook(move |_| {
        assert_eq!(saved.strong_count(), 1);
        None
    });
    assert_eq!(copies(&square), 2);
    product.backward();
}

#[test]
fn retain_graph_keeps_what_was_saved() {
    let x = leaf(3.0);
    let y = exp(&mul(&x, &x));
    let options = Options::new().retain_graph(true);
    y.backward_with(None, options);
    y.backward_with(None, options);
    assert_eq!((copies(&x), copies(&y)), (3, 2));
    let once = 6.0 * 9_f64.exp();
    assert_eq!(gradient(&x), 2.0 * once);

    y.backward();
    assert_eq!((copies(&x), copies(&y)), (1, 1));
}

#[test]
fn create_graph_retains_unless_told_not_to() {
    let x = leaf(3.0);
    let y = mul(&x, &x);
    let options = Options::new().create_graph(true);
    drop(y.grad_of(&[&x], options));
    assert_eq!(copies(&x), 3);
    drop(y.grad_of(&[&x], options.retain_graph(false)));
    assert_eq!(copies(&x), 1);
}

#[test]
fn a_second_backward_says_what_to_do() {
    let x = leaf(3.0);
    let y = double(&mul(&x, &x));
    y.backward();
    panic_of(|| y.backward()).says(&["backward", "freed", "mul", "retain_graph(true)", file!()]);
    panic_of(|| y.grad_of(&[&x], Options::new())).says(&["grad:", "freed", "retain_graph(true)"]);
    assert_eq!(gradient(&x), 12.0);
}

#[test]
fn a_graph_that_saved_nothing_can_be_walked_again() {
    let x = leaf(3.0);
    let y = double(&double(&x));
    y.backward();
    y.backward();
    assert_eq!(gradient(&x), 8.0);
}

#[test]
fn grad_frees_only_what_it_walked() {
    let (x, w) = (leaf(3.0), leaf(2.0));
    let beneath = mul(&w, &w);
    let y = mul(&x, &beneath);
    y.grad_of(&[&x], Options::new());
    assert_eq!((copies(&x), copies(&w)), (1, 3));
    beneath.backward();
    assert_eq!((copies(&w), gradient(&w)), (1, 4.0));
}

#[test]
fn a_graph_that_is_never_walked_is_freed_by_scope() {
    let x = leaf(3.0);
    let (square, y) = {
        let square = mul(&x, &x);
        let y = exp(&square);
        (watch(&square), y)
    };
    assert_eq!(square.strong_count(), 0);
    let saved = watch(&y);
    assert_eq!((copies(&x), copies(&y)), (3, 2));
    drop(y);
    assert_eq!(saved.strong_count(), 0);
    assert_eq!(copies(&x), 1);
}

#[test]
fn an_intermediate_does_not_hold_what_was_made_of_it() {
    let x = leaf(3.0);
    let square = mul(&x, &x);
    let y = watch(&exp(&square));
    assert_eq!(y.strong_count(), 0);
    assert_eq!(copies(&square), 1);
}

#[test]
fn a_panicking_rule_frees_what_it_had() {
    let x = leaf(3.0);
    let seed = Counted::new(1.0);
    let (kept, given) = (Arc::downgrade(&x.value().token), Arc::downgrade(&seed.token));
    let y: Number = record("broken", Counted::new(0.0), &[x.node()], |keep| {
        let x = keep.input(0, x.value().clone());
        move |_, to| {
            let _x = to.open(x);
            panic!("a broken rule")
        }
    });
    panic_of(|| y.backward_with(Some(Var::constant(seed)), Options::new())).says(&["a broken rule"]);
    assert_eq!((kept.strong_count(), given.strong_count()), (1, 0));
}

#[test]
fn a_recorded_pass_is_freed_by_scope_too() {
    let x = leaf(0.5);
    {
        let y = exp(&mul(&x, &x));
        let options = Options::new().create_graph(true);
        let slope = y.grad_of(&[&x], options).remove(0).unwrap();
        let _second = slope.grad_of(&[&x], options);
        assert!(copies(&x) > 3);
    }
    assert_eq!(copies(&x), 1);
}

#[test]
fn a_leaf_holds_the_graph_of_its_gradient_until_it_is_zeroed() {
    let x = leaf(0.5);
    mul(&x, &x).backward_with(None, Options::new().create_graph(true));
    assert!(copies(&x) > 1);
    x.zero_grad();
    assert_eq!(copies(&x), 1);
}

#[test]
fn the_collected_gradient_goes_with_its_leaf() {
    let x = leaf(3.0);
    mul(&x, &x).backward();
    let collected = watch(&x.grad().unwrap());
    assert_eq!(collected.strong_count(), 1);
    drop(x);
    assert_eq!(collected.strong_count(), 0);
}

#[test]
fn the_first_gradient_to_arrive_is_moved_in() {
    let x = leaf(3.0);
    let seed = Counted::new(1.0);
    let token = Arc::downgrade(&seed.token);
    x.backward_with(Some(Var::constant(seed)), Options::new());
    assert_eq!(copies(&x.grad().unwrap()), 2, "the leaf's and the one just asked for");
    assert!(Weak::ptr_eq(&token, &watch(&x.grad().unwrap())));
}

#[test]
fn a_node_that_is_used_again_is_as_a_new_one() {
    let x = leaf(2.0);
    let calls = Arc::new(AtomicUsize::new(0));
    let squared = || {
        let (a, calls) = (mul(&x, &x), Arc::clone(&calls));
        a.retain_grad();
        let _ = a.register_hook(move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            None
        });
        a
    };
    // Nobody but the double holds the square, so that its node is kept for the next operation.
    double(&squared()).backward();
    assert_eq!(calls.load(Ordering::Relaxed), 1);

    let e = exp(&x);
    let node = e.node().unwrap();
    assert_eq!((node.name(), node.inputs().count()), ("exp", 1));
    assert_eq!(node.inputs().next().flatten(), x.node());
    double(&e).backward();
    assert_eq!((calls.load(Ordering::Relaxed), e.grad().is_none()), (1, true));
    assert_eq!(gradient(&x), 2.0 * (2.0 * 2.0) + 2.0 * 2.0_f64.exp());
}

#[test]
fn a_graph_may_be_dropped_when_its_thread_ends() {
    thread_local! {
        static BEFORE: RefCell<Option<Number>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<Number>> = const { RefCell::new(None) };
    }
    let tokens = thread::spawn(|| {
        let x = leaf(2.0);
        let graph = || double(&exp(&x));
        // One is there before the thread keeps its first node and one after, so that one of them outlives these nodes.
        BEFORE.set(None);
        drop(graph());
        BEFORE.set(Some(graph()));
        AFTER.set(Some(graph()));
        [BEFORE.with_borrow(|y| y.as_ref().map(watch)), AFTER.with_borrow(|y| y.as_ref().map(watch))]
    });
    for token in tokens.join().unwrap() {
        assert!(token.unwrap().upgrade().is_none());
    }
}
