//! Bounds on gradients, before a step.

use deltarule_tensor::{Float, TensorOf};

use super::distinct;
use crate::ParameterOf;

/// Scales the gradients of all parameters by one factor, so that their p-norm is `max_norm` at most, and gives back the
/// norm before. PyTorch: `torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type)`.
///
/// The norm is that of all gradients in one vector; 2 is PyTorch's default for `p`, and `f64::INFINITY` takes the largest
/// |g|. The factor is max_norm/(norm + 1e-6), or 1 if that is less. A norm that isn't finite makes gradients NaN: look at
/// what is given back.
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::clip_grad_norm;
/// use deltarule_tensor::Tensor;
///
/// let p = Parameter::new(Tensor::zeros([2]));
/// p.set_grad(Some(Tensor::from([3.0, 4.0])));
/// assert_eq!(clip_grad_norm([p.clone()], 1.0, 2.0), 5.0);
/// let clipped = p.grad().unwrap().to_vec();
/// assert!((clipped[0] - 0.6).abs() < 1e-6 && (clipped[1] - 0.8).abs() < 1e-6);
/// ```
pub fn clip_grad_norm<E: Float>(parameters: impl IntoIterator<Item = ParameterOf<E>>, max_norm: f64, p: f64) -> E {
    let gradients = gradients(parameters);
    let p = E::from_f64(p);
    let mut norms = Vec::with_capacity(gradients.len());
    for (_, gradient) in &gradients {
        // A parameter without elements adds nothing, and has no largest one.
        if gradient.numel() > 0 {
            norms.push(gradient.flatten(0, -1).norm_dim(p, 0, false).item());
        }
    }
    if norms.is_empty() {
        return E::default();
    }
    let norm = TensorOf::from(norms).norm_dim(p, 0, false).item();
    let factor = E::from_f64(max_norm) / (norm + E::from_f64(1e-6));
    if factor < E::ONE || factor.is_nan() {
        for (parameter, gradient) in gradients {
            parameter.set_grad(Some(gradient * factor));
        }
    }
    norm
}

/// Sets each element of each gradient to the nearest value in [−`bound`, `bound`]. PyTorch:
/// `torch.nn.utils.clip_grad_value_`.
///
/// ```
/// use deltarule_nn::Parameter;
/// use deltarule_nn::optim::clip_grad_value;
/// use deltarule_tensor::Tensor;
///
/// let p = Parameter::new(Tensor::zeros([2]));
/// p.set_grad(Some(Tensor::from([3.0, -0.5])));
/// clip_grad_value([p.clone()], 1.0);
/// assert_eq!(p.grad().unwrap().to_vec(), [1.0, -0.5]);
/// ```
pub fn clip_grad_value<E: Float>(parameters: impl IntoIterator<Item = ParameterOf<E>>, bound: f64) {
    let bound = E::from_f64(bound);
    for (parameter, gradient) in gradients(parameters) {
        parameter.set_grad(Some(gradient.clamp(-bound, bound)));
    }
}

/// The parameters that have gradients, each once, with them.
fn gradients<E: Float>(parameters: impl IntoIterator<Item = ParameterOf<E>>) -> Vec<(ParameterOf<E>, TensorOf<E>)> {
    let with = |parameter: ParameterOf<E>| parameter.grad().map(|gradient| (parameter, gradient.detach()));
    distinct(parameters).filter_map(with).collect()
}
