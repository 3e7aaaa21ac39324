//! Checking gradient rules against differences: `gradcheck` and `gradgradcheck`.

use std::fmt;

use deltarule_autograd::{Options, backward};

use crate::array::Array;
use crate::grad::grad_with;
use crate::tensor::DoubleTensor;

/// Step of the differences. The error of the five-point formula is h⁴/30 times the fifth derivative, and rounding adds
/// about 10⁻¹⁶/h: near 10⁻¹² each.
const STEP: f64 = 1e-3;
const TOLERANCE: f64 = 1e-8;

/// A gradient that differs from what differences say.
#[derive(Debug, Clone, PartialEq)]
pub struct GradcheckError {
    /// Which input.
    pub input: usize,
    /// Which element of it, in row-major order.
    pub element: usize,
    /// What the gradient rules gave.
    pub gradient: f64,
    /// What differences gave.
    pub difference: f64,
}

impl fmt::Display for GradcheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the gradient with respect to element {} of input {} is {}, and by differences it is {}",
            self.element, self.input, self.gradient, self.difference
        )
    }
}

impl std::error::Error for GradcheckError {}

/// Checks the gradient of `f` at `inputs` against central differences, for a fixed random weighting of the outputs.
///
/// `f` must be smooth within ±0.002 of the inputs. The gradient may differ by 10⁻⁸, relative to the larger of 1 and its
/// own size. PyTorch: `torch.autograd.gradcheck`, whose differences are of second order and its tolerance so wider.
///
/// ```
/// use deltarule_tensor::{DoubleTensor, gradcheck};
/// let x = DoubleTensor::from([[0.3, -1.2], [0.7, 2.0]]);
/// gradcheck(|x| x[0].tanh() * &x[0], &[x]).unwrap();
/// ```
///
/// # Errors
/// Names the first element whose gradient is wrong.
#[track_caller]
pub fn gradcheck(f: impl Fn(&[DoubleTensor]) -> DoubleTensor, inputs: &[DoubleTensor]) -> Result<(), GradcheckError> {
    check(|inputs| vec![f(inputs)], inputs)
}

/// Checks the gradient of the gradient of `f`: that rules are themselves differentiable, and right.
/// PyTorch: `torch.autograd.gradgradcheck`.
///
/// # Errors
/// Names the first element whose second gradient is wrong.
#[track_caller]
pub fn gradgradcheck(
    f: impl Fn(&[DoubleTensor]) -> DoubleTensor,
    inputs: &[DoubleTensor],
) -> Result<(), GradcheckError> {
    let count = inputs.len();
    let output = f(inputs);
    // The weighting is an input too: the gradient depends on it, linearly.
    let mut with_weights = inputs.to_vec();
    with_weights.push(weights(output.shape(), 1.0));
    let gradients = |inputs: &[DoubleTensor]| {
        // An input that comes without a graph, while differences are taken, is made a leaf of its own.
        let inputs: Vec<_> =
            inputs.iter().map(|x| if x.requires_grad() { x.clone() } else { x.clone().requires_grad_() }).collect();
        let (inputs, weights) = (&inputs[..count], &inputs[count]);
        let y = f(inputs);
        if !y.requires_grad() {
            return Vec::new();
        }
        let inputs: Vec<_> = inputs.iter().collect();
        let gradients = grad_with(&y, Some(weights), &inputs, Options::new().create_graph(true));
        gradients.into_iter().flatten().collect()
    };
    check(gradients, &with_weights)
}

#[track_caller]
fn check(f: impl Fn(&[DoubleTensor]) -> Vec<DoubleTensor>, inputs: &[DoubleTensor]) -> Result<(), GradcheckError> {
    let leaves: Vec<_> = inputs.iter().map(|x| x.detach().requires_grad_()).collect();
    let outputs = f(&leaves);
    let cotangents: Vec<_> = outputs.iter().enumerate().map(|(i, y)| weights(y.shape(), i as f64)).collect();
    let starts = outputs.iter().zip(&cotangents).filter_map(|(y, v)| Some((y.node()?, v.clone().into_var())));
    backward(starts, Options::new());

    // Σ v·f(x), where element `element` of input `input` is moved by `step`.
    let weighted = |input: usize, element: usize, step: f64| {
        let mut moved = inputs.to_vec();
        let mut values = moved[input].to_vec();
        values[element] += step;
        moved[input] = DoubleTensor::new(Array::build(inputs[input].shape(), |out| out.copy_from_slice(&values)));
        let dot =
            |(y, v): (&DoubleTensor, &DoubleTensor)| y.to_vec().iter().zip(v.to_vec()).map(|(y, v)| y * v).sum::<f64>();
        f(&moved).iter().zip(&cotangents).map(dot).sum::<f64>()
    };
    for (input, leaf) in leaves.iter().enumerate() {
        let gradients = leaf.grad().map_or_else(|| vec![0.0; leaf.numel()], |gradient| gradient.to_vec());
        for (element, gradient) in gradients.into_iter().enumerate() {
            let pair = |h: f64| weighted(input, element, h) - weighted(input, element, -h);
            let difference = (8.0 * pair(STEP) - pair(2.0 * STEP)) / (12.0 * STEP);
            let scale = gradient.abs().max(difference.abs()).max(1.0);
            // Written so that NaN fails, and an infinity: beside it everything would be small.
            let right = (gradient - difference).abs() <= TOLERANCE * scale && scale.is_finite();
            if !right {
                return Err(GradcheckError { input, element, gradient, difference });
            }
        }
    }
    Ok(())
}

/// Fixed weights without a pattern that a wrong rule could hide in.
fn weights(shape: &[usize], phase: f64) -> DoubleTensor {
    DoubleTensor::new(Array::build(shape, |out| {
        for (i, value) in out.iter_mut().enumerate() {
            *value = 0.3 + ((i as f64 + phase) * 12.9898).sin().abs();
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    #[test]
    fn a_wrong_rule_is_found() {
        let wrong = |x: &DoubleTensor| {
            record("wrong", x.detach() * x.detach(), [x.node()], |_| |g, to| to.input(0, || g * 3.0))
        };
        let x = DoubleTensor::from([1.5, 2.0]);
        let error = gradcheck(|x| wrong(&x[0]), &[x]).unwrap_err();
        assert_eq!((error.input, error.element), (0, 1));
        assert!((error.difference / error.gradient - 4.0 / 3.0).abs() < 1e-6);
    }

    /// Of an infinity's share everything is a part.
    #[test]
    fn an_infinite_gradient_is_found() {
        let infinite = |x: &DoubleTensor| {
            record("infinite", x.detach() * 2.0, [x.node()], |_| |g, to| to.input(0, || g * f64::INFINITY))
        };
        let error = gradcheck(|x| infinite(&x[0]), &[DoubleTensor::from([1.5])]).unwrap_err();
        assert_eq!((error.gradient, error.difference.round()), (f64::INFINITY, 1.0));
    }

    #[test]
    fn a_wrong_second_rule_is_found() {
        // The first gradient is right, but it is cut off from the graph.
        let cut = |x: &DoubleTensor| {
            let value = x.detach();
            record("cut", &value * &value, [x.node()], |keep| {
                let x = keep.input(0, value.clone());
                move |g, to| {
                    let x = to.open(x).detach();
                    to.input(0, || g * x * 2.0);
                }
            })
        };
        let x = DoubleTensor::from([1.5, 2.0]);
        gradcheck(|x| cut(&x[0]), std::slice::from_ref(&x)).unwrap();
        assert!(gradgradcheck(|x| cut(&x[0]), &[x]).is_err());
    }
}
