//! A module with other weights than its own.

use std::collections::HashMap;

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, TensorOf};

use crate::{Module, ParameterOf, Part, Visitor};

/// What `f` gives while the named parameters have these values, to which gradients flow instead. Others keep their own.
/// PyTorch: `torch.func.functional_call(module, weights, input)`.
///
/// So a model is run with weights that were computed, as meta-learning does, and its gradients are checked:
///
/// ```
/// use deltarule_nn::{Forward, LinearOf, Module, Tanh, functional_call, sequential};
/// use deltarule_tensor::{DoubleTensor, gradcheck};
///
/// let model = sequential![LinearOf::<f64>::new(2, 3), Tanh, LinearOf::<f64>::new(3, 1)];
/// let x = DoubleTensor::from([[0.5, -1.0], [0.3, 0.8]]);
/// let (names, weights): (Vec<_>, Vec<_>) =
///     model.named_parameters_of::<f64>().into_iter().map(|(name, weight)| (name, weight.value())).unzip();
/// gradcheck(|weights| functional_call(&model, names.iter().zip(weights.to_vec()), || model.forward(&x)), &weights).unwrap();
/// ```
///
/// While `f` runs, other threads see these values too.
///
/// # Panics
/// If there is no parameter of such a name and type of elements, or if it has another shape.
#[track_caller]
pub fn functional_call<E: Float, N: AsRef<str>, R>(
    module: &(impl Module + ?Sized),
    weights: impl IntoIterator<Item = (N, TensorOf<E>)>,
    f: impl FnOnce() -> R,
) -> R {
    let mut parameters = HashMap::new();
    module.visit(&mut Visitor::new(&mut |name, part| {
        if let Part::Parameter(parameter) = part {
            parameters.extend(parameter.downcast_ref::<E>().map(|parameter| (name.to_owned(), parameter.clone())));
        }
    }));
    let mut replaced = Replaced(Vec::new());
    for (name, value) in weights {
        let name = name.as_ref();
        let Some(parameter) = parameters.get(name) else {
            fail("functional_call", format_args!("the module has no parameter `{name}` of {}", E::DTYPE));
        };
        if parameter.shape() != value.shape() {
            fail(
                "functional_call",
                format_args!("`{name}` has the shape {:?}, and its value {:?}", parameter.shape(), value.shape()),
            );
        }
        replaced.0.push((parameter.clone(), parameter.replace(value)));
    }
    f()
}

/// Parameters with the values that they had, which they have again when this is dropped, by a panic too.
struct Replaced<E: Float>(Vec<(ParameterOf<E>, TensorOf<E>)>);

impl<E: Float> Drop for Replaced<E> {
    fn drop(&mut self) {
        // The last first: one that was replaced twice had its own value before the first.
        for (parameter, value) in self.0.drain(..).rev() {
            parameter.replace(value);
        }
    }
}
