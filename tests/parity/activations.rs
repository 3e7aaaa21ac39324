//! Each activation layer with each of its options: values and gradients.
//!
//! Rows of the conventions that are tested here: relu at 0, leaky_relu (slope 0.01, at 0 the gradient is the slope), elu
//! (α 1, the gradient at 0 is α), softplus (β 1, linear beyond 20), gelu (exact by default).

use deltarule::nn::{
    Elu, Flatten, Forward, Gelu, Identity, LeakyRelu, LogSoftmax, Module, Relu, Sigmoid, Silu, Softmax, Softplus, Tanh,
};
use deltarule::{Options, Tensor};
use serde_json::Value;

use crate::compared::Compared;
use crate::fixture::{self, Fixture};
use crate::near::largest;

fn layer(description: &Value) -> Box<dyn Forward> {
    let options = &description["options"];
    let number = |name: &str| options[name].as_f64();
    let dim = options["dim"].as_i64().unwrap_or_default() as isize;
    match description["layer"].as_str() {
        Some("Sigmoid") => Box::new(Sigmoid),
        Some("Tanh") => Box::new(Tanh),
        Some("ReLU") => Box::new(Relu),
        Some("SiLU") => Box::new(Silu),
        Some("Identity") => Box::new(Identity),
        Some("Flatten") => Box::new(Flatten),
        Some("LeakyReLU") => Box::new(number("negative_slope").map_or(LeakyRelu::default(), LeakyRelu::new)),
        Some("ELU") => Box::new(number("alpha").map_or(Elu::default(), Elu::new)),
        Some("Softplus") => Box::new(match (number("beta"), number("threshold")) {
            (Some(beta), Some(threshold)) => Softplus { beta, threshold },
            _ => Softplus::default(),
        }),
        Some("GELU") if options["approximate"] == "tanh" => Box::new(Gelu::default().approximate_tanh()),
        Some("GELU") => Box::new(Gelu::default()),
        Some("Softmax") => Box::new(Softmax::new(dim)),
        Some("LogSoftmax") => Box::new(LogSoftmax::new(dim)),
        other => panic!("no layer {other:?}"),
    }
}

/// 1e-6 relative is 8 roundings; these are functions of one number.
const ROUNDINGS: f32 = 4.0;

pub(crate) fn compare() -> Compared {
    let (cases, fixture) = (fixture::json("activations"), Fixture::read("activations"));
    let cases = cases.as_array().expect("a list");
    assert!(cases.len() > 60, "{} cases", cases.len());
    let mut compared = Compared::default();
    for (number, description) in cases.iter().enumerate() {
        let tensor = |name: &str| fixture.tensor::<f32>(&format!("{number}.{name}"));
        let (layer, x) = (layer(description), tensor("input").requires_grad_());
        let torch = format!("torch.nn.{}", description["layer"].as_str().expect("a name"));
        let differences = compared.case(&torch, &format!("nn::{}", layer.name()), &description["options"]);
        assert!(layer.state_dict().is_empty());
        let y = layer.forward(&x);
        let output_grad = tensor("output_grad");
        y.backward_with(Some(&output_grad), Options::new());
        let what = format!("case {number}, {description}");
        // Roundings of the value. A softmax's logarithm is a difference of inputs. PyTorch's GELU is ½x·(1 + erf(x/√2)),
        // and tanh for erf: far to the left it keeps no digits, so roundings of x count there.
        let inputs = x.to_vec();
        let scale = |place: usize| match description["layer"].as_str() {
            Some("LogSoftmax") => largest(&x),
            Some("GELU") => inputs[place].abs(),
            _ => 0.0,
        };
        differences.near_each(&format!("{what}: value"), &y, &tensor("output"), ROUNDINGS, scale);
        // A gradient is a product, and may be one of numbers as large as the gradient that came in.
        let gradient = x.grad().expect("a gradient");
        let (what, expected) = (format!("{what}: gradient"), tensor("input_grad"));
        differences.near(&what, &gradient, &expected, ROUNDINGS, largest(&output_grad));
    }
    compared
}

#[test]
fn values_and_gradients_are_pytorchs() {
    compare().expect_none();
}

/// PyTorch's gradient of the tanh form is NaN there: 0·∞.
#[test]
fn the_gradient_of_gelu_is_finite_for_large_inputs() {
    for layer in [Gelu::default(), Gelu::default().approximate_tanh()] {
        let x = Tensor::from([1e30, -1e30]).requires_grad_();
        let y = layer.forward(&x);
        y.sum().backward();
        assert_eq!((y.to_vec(), x.grad().unwrap().to_vec()), (vec![1e30, 0.0], vec![1.0, 0.0]));
    }
}
