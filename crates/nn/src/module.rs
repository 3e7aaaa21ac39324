//! What all modules have in common: parts with names.

use std::collections::HashSet;

use deltarule_autograd::call_site::{fail, short_name};
use deltarule_tensor::{DType, Float};

use crate::copy;
use crate::load::{for_each_state, load, load_partial};
use crate::repr::Shown;
use crate::{AnyParameter, IncompatibleKeys, LoadError, Parameter, ParameterOf, Part, StateDict, Visitor};

/// Something with parameters: a layer, a model, a part of one. PyTorch: `torch.nn.Module`.
///
/// The trait tells what a module is made of; all else follows from it. Derive it for your structs, whose fields are the
/// parts. How a module is applied is up to it: a method `forward` with the arguments that it needs, or the trait
/// [`Forward`](crate::Forward) if it is to stand in a [`Sequential`](crate::Sequential).
///
/// ```
/// use deltarule_nn::{Forward, Linear, Module};
/// use deltarule_tensor::Tensor;
///
/// #[derive(Module)]
/// struct Residual {
///     inner: Linear,
///     scale: f32,
/// }
///
/// impl Residual {
///     fn forward(&self, x: &Tensor) -> Tensor {
///         x + self.inner.forward(x) * self.scale
///     }
/// }
///
/// let model = Residual { inner: Linear::new(3, 3), scale: 0.5 };
/// assert_eq!(model.forward(&Tensor::ones([2, 3])).shape(), [2, 3]);
/// assert_eq!(model.state_dict().names().collect::<Vec<_>>(), ["inner.weight", "inner.bias"]);
/// assert_eq!(model.num_parameters(), 12);
/// ```
///
/// **A clone of a layer shares its weights**: it is the same layer in a second place, and so are all elements of
/// `vec![Linear::new(4, 4); 3]`. A copy with weights of its own, such as the best model so far, a target network or a moving
/// average, is a [`deep_copy`](Module::deep_copy):
///
/// ```
/// use deltarule_nn::{Linear, Module};
/// use deltarule_tensor::Tensor;
///
/// let model = Linear::new(2, 1);
/// let (shared, average) = (model.clone(), model.deep_copy());
///
/// // After each step of the model: average ← 0.99·average + 0.01·model.
/// model.weight.set(Tensor::ones([1, 2]));
/// for (mean, new) in average.parameters().iter().zip(model.parameters()) {
///     mean.set(mean.value() * 0.99 + new.value() * 0.01);
/// }
/// assert_eq!(shared.weight.value().to_vec(), [1.0, 1.0]);
/// assert_ne!(average.weight.value().to_vec(), [1.0, 1.0]);
/// ```
///
/// A module whose parts are no fields implements [`visit`](Module::visit) by hand:
///
/// ```
/// use deltarule_nn::{Linear, Module, Visitor};
///
/// enum Head {
///     Regression(Linear),
///     Nothing,
/// }
///
/// impl Module for Head {
///     fn visit(&self, visitor: &mut Visitor<'_>) {
///         match self {
///             Head::Regression(linear) => visitor.child("regression", linear),
///             Head::Nothing => {}
///         }
///     }
/// }
/// # assert!(Head::Nothing.parameters().is_empty());
/// # assert_eq!(Head::Regression(Linear::new(1, 1)).named_parameters()[0].0, "regression.weight");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module",
    label = "not a module",
    note = "derive it: `#[derive(Module)]` on the struct; or leave a field out of its struct's parts: `#[module(skip)]`"
)]
pub trait Module {
    /// Passes each part to the visitor, in a fixed order.
    fn visit(&self, visitor: &mut Visitor<'_>);

    /// The name of the module's type in messages, without the path of its crate: `Linear`.
    fn name(&self) -> &'static str {
        short_name(self.full_name())
    }

    /// The name with its path: making it shorter is left to the messages, for it costs as much as a small layer.
    #[doc(hidden)]
    fn full_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// The module's options, as they stand in the brackets after its name when it is [printed](crate::repr()). None by
    /// default. PyTorch: `extra_repr()`.
    ///
    /// A derived module names the function that writes them:
    ///
    /// ```
    /// use deltarule_nn::{Linear, Module, repr};
    ///
    /// #[derive(Module)]
    /// #[module(extra_repr = Self::options)]
    /// struct Scaled {
    ///     inner: Linear,
    ///     scale: f32,
    /// }
    ///
    /// impl Scaled {
    ///     fn options(&self) -> String {
    ///         format!("scale={}", self.scale)
    ///     }
    /// }
    ///
    /// let expected = "\
    /// Scaled(
    ///   scale=0.5
    ///   (inner): Linear(in_features=3, out_features=3, bias=True)
    /// )";
    /// assert_eq!(repr(&Scaled { inner: Linear::new(3, 3), scale: 0.5 }), expected);
    /// ```
    fn extra_repr(&self) -> String {
        String::new()
    }

    /// What it is in a printout.
    #[doc(hidden)]
    fn shown(&self) -> Shown {
        Shown::Module(self.name())
    }

    /// The parameters with their names, in the order of the fields. One that several fields share comes once, under its
    /// first name. PyTorch: `named_parameters()`.
    ///
    /// # Panics
    /// If there are parameters of another type than `f32`: see [`named_parameters_of`](Module::named_parameters_of).
    #[track_caller]
    fn named_parameters(&self) -> Vec<(String, Parameter)> {
        let mut other = None;
        for_each_parameter(self, |name, parameter| {
            if parameter.dtype() != DType::F32 && other.is_none() {
                other = Some((name.to_owned(), parameter.dtype()));
            }
        });
        if let Some((name, dtype)) = other {
            fail(
                "parameters",
                format_args!(
                    "`{name}` is of {dtype}, and these are the parameters of f32. Those of {dtype} are \
                     parameters_of::<{dtype}>()"
                ),
            );
        }
        parameters_of(self)
    }

    /// The parameters, for an optimizer. One that several fields share comes once. PyTorch: `parameters()`.
    ///
    /// # Panics
    /// If there are parameters of another type than `f32`: see [`parameters_of`](Module::parameters_of).
    #[track_caller]
    fn parameters(&self) -> Vec<Parameter> {
        self.named_parameters().into_iter().map(|(_, parameter)| parameter).collect()
    }

    /// The parameters whose elements are of type `E`, with their names; see
    /// [`named_parameters`](Module::named_parameters). Those of other types are left out.
    fn named_parameters_of<E: Float>(&self) -> Vec<(String, ParameterOf<E>)>
    where
        Self: Sized,
    {
        parameters_of(self)
    }

    /// The parameters whose elements are of type `E`, for an optimizer of that type. Those of other types are left out.
    ///
    /// ```
    /// use deltarule_nn::optim::{Optimizer, SgdOf};
    /// use deltarule_nn::{Forward, LinearOf, Module, MseLoss, Tanh, sequential};
    /// use deltarule_tensor::DoubleTensor;
    ///
    /// let model = sequential![LinearOf::<f64>::new(1, 8), Tanh, LinearOf::<f64>::new(8, 1)];
    /// let mut optimizer = SgdOf::<f64>::new(model.parameters_of(), 0.1);
    /// let (x, y) = (DoubleTensor::from([[0.0], [1.0]]), DoubleTensor::from([[1.0], [0.0]]));
    /// for _ in 0..300 {
    ///     let loss = MseLoss::default().forward(&model.forward(&x), &y);
    ///     optimizer.zero_grad();
    ///     loss.backward();
    ///     optimizer.step();
    /// }
    /// assert!(MseLoss::default().forward(&model.forward(&x), &y).item() < 1e-6);
    /// ```
    fn parameters_of<E: Float>(&self) -> Vec<ParameterOf<E>>
    where
        Self: Sized,
    {
        parameters_of(self).into_iter().map(|(_, parameter)| parameter).collect()
    }

    /// A copy that shares nothing with this module: parameters, buffers and modes are its own, with the same values. Those
    /// that this module has in several places are so in the copy. Gradients and hooks are not copied. PyTorch:
    /// `copy.deepcopy(module)`.
    ///
    /// It is the module's own `clone`, in which parameters, buffers and modes are new; what lies in an [`Arc`](std::sync::Arc)
    /// stays shared. A [`Sequential`](crate::Sequential) can't be cloned: build a second one, and load the first one's state
    /// dict. To go back to the best weights, the [`state_dict`](Module::state_dict) is enough.
    ///
    /// ```
    /// use deltarule_nn::{Linear, Module};
    ///
    /// let layers = [Linear::new(4, 4), Linear::new(4, 4)];
    /// let copies = layers.deep_copy();
    /// layers[0].weight.update(|values| values.fill(0.0));
    /// assert_ne!(layers.state_dict(), copies.state_dict());
    /// ```
    #[must_use]
    fn deep_copy(&self) -> Self
    where
        Self: Sized + Clone,
    {
        copy::deep(|| self.clone())
    }

    /// The number of values that are learnt, of all types. PyTorch: `sum(p.numel() for p in parameters())`.
    fn num_parameters(&self) -> usize {
        let mut count = 0;
        for_each_parameter(self, |_, parameter| count += parameter.numel());
        count
    }

    /// The values of all parameters and buffers by name. PyTorch: `state_dict()`.
    fn state_dict(&self) -> StateDict {
        let mut dict = StateDict::new();
        for_each_state(self, &mut |name, state| dict.push(name, state.get()));
        dict
    }

    /// Sets all parameters and buffers to the values in `dict`. PyTorch: `load_state_dict`, in the strict form.
    ///
    /// Of a parameter that has several names, such as tied weights, one will do; if there are more, they must agree.
    ///
    /// # Errors
    /// If a name is missing or unknown, or if a shape or an element type is another. The error names all of them, and
    /// nothing is changed.
    fn load_state_dict(&self, dict: &StateDict) -> Result<(), LoadError> {
        load(self, dict)
    }

    /// Sets those parameters and buffers that `dict` has, leaves the others as they are, and says what was missing and what
    /// was left over. PyTorch: `load_state_dict(dict, strict=False)`.
    ///
    /// ```
    /// use deltarule_nn::{Linear, Module, Relu, sequential};
    ///
    /// // A net that was trained for something else, but for its last layer.
    /// let trained = sequential![Linear::new(4, 8), Relu, Linear::new(8, 2)];
    /// let mut dict = trained.state_dict();
    /// dict.remove("2.weight");
    /// dict.remove("2.bias");
    ///
    /// let model = sequential![Linear::new(4, 8), Relu, Linear::new(8, 10)];
    /// let keys = model.load_state_dict_partial(&dict)?;
    /// assert_eq!((keys.missing, keys.unexpected), (vec!["2.weight".to_owned(), "2.bias".to_owned()], vec![]));
    /// # Ok::<(), deltarule_nn::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// If a value has a name of the model's, and another shape or element type, as in PyTorch. Then nothing is changed.
    #[doc(alias = "strict")]
    fn load_state_dict_partial(&self, dict: &StateDict) -> Result<IncompatibleKeys, LoadError> {
        load_partial(self, dict)
    }

    /// Switches the module and its parts to training. PyTorch: `train()`.
    fn train(&self) {
        set_training(self, true);
    }

    /// Switches the module and its parts to evaluation: dropout passes everything, a batch normalisation uses what it
    /// has learnt. PyTorch: `eval()`.
    fn eval(&self) {
        set_training(self, false);
    }

    /// Whether every part that acts differently in training is [being trained](crate::Mode). A module without such
    /// parts is the same in both modes, and always says yes.
    fn is_training(&self) -> bool {
        let mut training = true;
        self.visit(&mut Visitor::new(&mut |_, part| {
            if let Part::Mode(mode) = part {
                training &= mode.is_training();
            }
        }));
        training
    }

    /// Sets the gradient of each parameter to none. PyTorch: `zero_grad()`.
    fn zero_grad(&self) {
        for_each_parameter(self, |_, parameter| parameter.zero_grad());
    }

    /// Freezes (`false`) or thaws all parameters. PyTorch: `requires_grad_()`.
    fn requires_grad_(&self, requires_grad: bool) {
        for_each_parameter(self, |_, parameter| parameter.set_requires_grad(requires_grad));
    }
}

/// Calls `each` with the parameters and their names, in order. One that several fields share comes once.
pub(crate) fn for_each_parameter<M: Module + ?Sized>(module: &M, mut each: impl FnMut(&str, &dyn AnyParameter)) {
    let mut seen = HashSet::new();
    module.visit(&mut Visitor::new(&mut |name, part| {
        if let Part::Parameter(parameter) = part
            && seen.insert(parameter.address())
        {
            each(name, parameter);
        }
    }));
}

fn parameters_of<E: Float, M: Module + ?Sized>(module: &M) -> Vec<(String, ParameterOf<E>)> {
    let mut found = Vec::new();
    for_each_parameter(module, |name, parameter| {
        found.extend(parameter.downcast_ref().map(|parameter| (name.to_owned(), ParameterOf::clone(parameter))));
    });
    found
}

fn set_training<M: Module + ?Sized>(module: &M, training: bool) {
    module.visit(&mut Visitor::new(&mut |_, part| {
        if let Part::Mode(mode) = part {
            mode.set_training(training);
        }
    }));
}
