//! Initial weights. PyTorch: `torch.nn.init`.
//!
//! The functions replace the value of a parameter. A weight has the shape [outputs, inputs, …]: what follows are the
//! axes of a receptive field, which multiply both fans.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, TensorOf};

use crate::ParameterOf;

/// Which number of connections a variance is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fan {
    /// The inputs of each output: activations keep their size in the forward pass.
    #[default]
    In,
    /// The outputs of each input: gradients keep their size in the backward pass.
    Out,
}

/// What follows the weights, for [`calculate_gain`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Nonlinearity {
    /// Nothing, a convolution or a linear layer: 1.
    Linear,
    /// [`Sigmoid`](crate::Sigmoid): 1.
    Sigmoid,
    /// [`Tanh`](crate::Tanh): 5/3.
    Tanh,
    /// [`Relu`](crate::Relu): √2.
    Relu,
    /// [`LeakyRelu`](crate::LeakyRelu) with this slope s: √(2/(1 + s²)).
    LeakyRelu(f64),
}

/// The factor by which weights are to be larger, since a nonlinearity makes values smaller. PyTorch: `calculate_gain`.
///
/// ```
/// use deltarule_nn::init::{Nonlinearity, calculate_gain};
/// assert_eq!(calculate_gain(Nonlinearity::Relu), 2f64.sqrt());
/// assert_eq!(calculate_gain(Nonlinearity::LeakyRelu(1.0)), 1.0);
/// ```
pub fn calculate_gain(nonlinearity: Nonlinearity) -> f64 {
    match nonlinearity {
        Nonlinearity::Linear | Nonlinearity::Sigmoid => 1.0,
        Nonlinearity::Tanh => 5.0 / 3.0,
        Nonlinearity::Relu => 2f64.sqrt(),
        Nonlinearity::LeakyRelu(slope) => (2.0 / (1.0 + slope * slope)).sqrt(),
    }
}

/// Draws from U(low, high). PyTorch: `uniform_`, with the same numbers after the same seed, as all that draw here.
///
/// # Panics
/// If `high` is below `low`.
#[track_caller]
pub fn uniform_<E: Float>(parameter: &ParameterOf<E>, low: f64, high: f64) {
    parameter.set(TensorOf::uniform(parameter.shape(), low, high));
}

/// Draws from N(mean, std²). PyTorch: `normal_`.
///
/// # Panics
/// If `std` is negative.
#[track_caller]
pub fn normal_<E: Float>(parameter: &ParameterOf<E>, mean: f64, std: f64) {
    parameter.set(TensorOf::normal(parameter.shape(), mean, std));
}

/// One value everywhere. PyTorch: `constant_`.
pub fn constant_<E: Float>(parameter: &ParameterOf<E>, value: f64) {
    parameter.set(TensorOf::full(parameter.shape(), E::from_f64(value)));
}

/// Zeros. PyTorch: `zeros_`.
pub fn zeros_<E: Float>(parameter: &ParameterOf<E>) {
    constant_(parameter, 0.0);
}

/// Ones. PyTorch: `ones_`.
pub fn ones_<E: Float>(parameter: &ParameterOf<E>) {
    constant_(parameter, 1.0);
}

/// Draws from U(−a, a), a = gain·√(6/(fan_in + fan_out)): variances are kept in both directions, as far as one
/// distribution can. PyTorch: `xavier_uniform_`. Glorot and Bengio, 2010.
///
/// ```
/// use deltarule_nn::{Linear, init};
/// let layer = Linear::new(4, 2);
/// init::xavier_uniform_(&layer.weight, 1.0);
/// assert!(layer.weight.value().to_vec().iter().all(|w| w.abs() <= 1.0)); // √(6/6)
/// ```
///
/// # Panics
/// If the parameter has fewer than two axes.
#[track_caller]
pub fn xavier_uniform_<E: Float>(parameter: &ParameterOf<E>, gain: f64) {
    let bound = 3f64.sqrt() * xavier_std("xavier_uniform_", parameter, gain);
    uniform_(parameter, -bound, bound);
}

/// Draws from N(0, σ²), σ = gain·√(2/(fan_in + fan_out)). PyTorch: `xavier_normal_`.
///
/// # Panics
/// If the parameter has fewer than two axes.
#[track_caller]
pub fn xavier_normal_<E: Float>(parameter: &ParameterOf<E>, gain: f64) {
    normal_(parameter, 0.0, xavier_std("xavier_normal_", parameter, gain));
}

/// Draws from U(−a, a), a = gain·√(3/fan): the variance is kept through this nonlinearity. PyTorch: `kaiming_uniform_`.
/// He et al., 2015.
///
/// # Panics
/// If the parameter has fewer than two axes.
#[track_caller]
pub fn kaiming_uniform_<E: Float>(parameter: &ParameterOf<E>, fan: Fan, nonlinearity: Nonlinearity) {
    let bound = kaiming_bound(chosen_fan("kaiming_uniform_", parameter, fan), nonlinearity);
    uniform_(parameter, -bound, bound);
}

/// Draws from N(0, σ²), σ = gain/√fan. PyTorch: `kaiming_normal_`.
///
/// # Panics
/// If the parameter has fewer than two axes.
#[track_caller]
pub fn kaiming_normal_<E: Float>(parameter: &ParameterOf<E>, fan: Fan, nonlinearity: Nonlinearity) {
    normal_(parameter, 0.0, kaiming_std(chosen_fan("kaiming_normal_", parameter, fan), nonlinearity));
}

#[track_caller]
fn xavier_std<E: Float>(operation: &str, parameter: &ParameterOf<E>, gain: f64) -> f64 {
    let (fan_in, fan_out) = fans(operation, parameter);
    gain * (2.0 / (fan_in + fan_out)).sqrt()
}

/// a of U(−a, a), rounded as PyTorch does.
pub(crate) fn kaiming_bound(fan: f64, nonlinearity: Nonlinearity) -> f64 {
    3f64.sqrt() * kaiming_std(fan, nonlinearity)
}

fn kaiming_std(fan: f64, nonlinearity: Nonlinearity) -> f64 {
    calculate_gain(nonlinearity) / fan.sqrt()
}

#[track_caller]
fn chosen_fan<E: Float>(operation: &str, parameter: &ParameterOf<E>, fan: Fan) -> f64 {
    let (fan_in, fan_out) = fans(operation, parameter);
    match fan {
        Fan::In => fan_in,
        Fan::Out => fan_out,
    }
}

/// The numbers of inputs of an output and of outputs of an input.
#[track_caller]
fn fans<E: Float>(operation: &str, parameter: &ParameterOf<E>) -> (f64, f64) {
    let [outputs, inputs, field @ ..] = parameter.shape() else {
        fail(
            operation,
            format_args!(
                "a parameter of shape {:?} has no fans: they need a weight [outputs, inputs, …]. Use uniform_ or zeros_",
                parameter.shape()
            ),
        )
    };
    let field: usize = field.iter().product();
    ((inputs * field) as f64, (outputs * field) as f64)
}

#[cfg(test)]
mod tests {
    use deltarule_tensor::Tensor;

    use super::*;
    use crate::Parameter;

    /// Mean and standard deviation of a parameter drawn by `init`.
    fn moments(shape: &[usize], init: impl Fn(&Parameter)) -> (f64, f64) {
        let parameter = Parameter::new(Tensor::zeros(shape));
        init(&parameter);
        let values = parameter.value().to_vec();
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>();
        (mean, (squares / values.len() as f64).sqrt())
    }

    /// Each distribution has the standard deviation that its formula says, on a weight [200, 100, 2].
    ///
    /// The standard error of a deviation of 40,000 values is σ/√(2·40,000) = 0.35 % at the most; the bound is four.
    #[test]
    fn deviations_follow_from_the_fans() {
        type Init = fn(&Parameter);
        let cases: [(Init, f64); 6] = [
            (|p| xavier_uniform_(p, 2.0), 2.0 * (2.0 / 600f64).sqrt()),
            (|p| xavier_normal_(p, 2.0), 2.0 * (2.0 / 600f64).sqrt()),
            (|p| kaiming_uniform_(p, Fan::In, Nonlinearity::Relu), (2.0 / 200f64).sqrt()),
            (|p| kaiming_normal_(p, Fan::In, Nonlinearity::Relu), (2.0 / 200f64).sqrt()),
            (|p| kaiming_normal_(p, Fan::Out, Nonlinearity::Tanh), 5.0 / 3.0 / 400f64.sqrt()),
            (|p| normal_(p, 0.0, 0.5), 0.5),
        ];
        for (case, (init, expected)) in cases.into_iter().enumerate() {
            let (mean, std) = moments(&[200, 100, 2], init);
            assert!((std / expected - 1.0).abs() < 0.014, "case {case}: {std} for {expected}");
            assert!(mean.abs() < 4.0 * expected / 200.0, "case {case}: mean {mean}");
        }
    }

    #[test]
    fn gains_are_pytorchs() {
        assert_eq!(calculate_gain(Nonlinearity::Linear), 1.0);
        assert_eq!(calculate_gain(Nonlinearity::Sigmoid), 1.0);
        assert_eq!(calculate_gain(Nonlinearity::Tanh), 5.0 / 3.0);
        assert_eq!(calculate_gain(Nonlinearity::LeakyRelu(0.2)), (2f64 / 1.04).sqrt());
    }

    #[test]
    #[should_panic(expected = "xavier_normal_: a parameter of shape [3] has no fans")]
    fn a_bias_has_no_fans() {
        xavier_normal_(&Parameter::new(Tensor::zeros([3])), 1.0);
    }
}
