//! Normalisation: of each example's features, and of each feature over a batch.

use deltarule_autograd::call_site::fail;
use deltarule_autograd::is_grad_enabled;

use crate::array::Array;
use crate::element::Float;
use crate::kernels::reduce::{self, Moments};
use crate::layout::Axes;
use crate::record::record_any;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// Each example's features with mean 0 and variance 1, then scaled and shifted: (x − mean)/√(var + eps)·w + b, over
    /// the last `normalized_ndim` axes. `weight` and `bias` have these axes' shape. PyTorch:
    /// `torch.nn.functional.layer_norm`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let x = Tensor::from([[1., 3.], [10., 30.]]);
    /// assert_eq!(x.layer_norm(1, None, None, 0.0).to_vec(), [-1., 1., -1., 1.]);
    /// ```
    ///
    /// # Panics
    /// If `normalized_ndim` is 0 or more than there are axes, or if the weight or the bias has another shape than the last ones.
    #[track_caller]
    pub fn layer_norm(&self, normalized_ndim: usize, weight: Option<&Self>, bias: Option<&Self>, eps: f64) -> Self {
        if normalized_ndim == 0 || normalized_ndim > self.ndim() {
            fail(
                "layer_norm",
                format_args!(
                    "it is over 1 to {} of the axes of {:?}, not {normalized_ndim}",
                    self.ndim(),
                    self.shape()
                ),
            );
        }
        let first = self.ndim() - normalized_ndim;
        self.check_room::<E>("layer_norm");
        check("layer_norm", "weight", weight, &self.shape()[first..]);
        check("layer_norm", "bias", bias, &self.shape()[first..]);
        let features = self.shape()[first..].iter().product();
        let examples = self.numel() / usize::max(features, 1);
        let (y, ..) = standardized(&self.reshape([examples, features]), 1, eps);
        affine(y.reshape(self.shape()), weight, bias)
    }

    /// Each feature over a batch with mean 0 and variance 1, then scaled and shifted: (x − mean)/√(var + eps)·w + b, for
    /// x of shape `[N, C]` or `[N, C, …]`, over all axes but that of the features, C. Gives the result, the means and the
    /// biased variances; no gradient flows to the latter two. PyTorch: `torch.nn.functional.batch_norm` in training.
    ///
    /// # Panics
    /// If x has fewer than two axes, or if the weight or the bias isn't of shape `[C]`.
    #[track_caller]
    pub fn batch_norm(&self, weight: Option<&Self>, bias: Option<&Self>, eps: f64) -> (Self, Self, Self) {
        let features = features(self);
        self.check_room::<E>("batch_norm");
        check("batch_norm", "weight", weight, &[features]);
        check("batch_norm", "bias", bias, &[features]);
        if self.ndim() == 2 {
            let (y, mean, variance) = standardized(self, 0, eps);
            return (affine(y, weight, bias), mean, variance);
        }
        // Each feature as one row.
        let turned = self.transpose(0, 1);
        let rows = turned.reshape([features, self.numel() / features.max(1)]);
        let (y, mean, variance) = standardized(&rows, 1, eps);
        let y = y.reshape(turned.shape()).transpose(0, 1);
        let shape = per_feature(self);
        let [weight, bias] = [weight, bias].map(|factor| factor.map(|factor| factor.reshape(&shape[..])));
        (affine(y, weight.as_ref(), bias.as_ref()), mean, variance)
    }

    /// As [`batch_norm`](TensorOf::batch_norm), by a mean and a variance for each feature that are given, of shape `[C]`.
    /// PyTorch: `torch.nn.functional.batch_norm` in evaluation.
    ///
    /// # Panics
    /// As [`batch_norm`](TensorOf::batch_norm), and if the mean or the variance isn't of shape `[C]`.
    #[track_caller]
    pub fn batch_norm_eval(
        &self,
        mean: &Self,
        variance: &Self,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Self {
        let features = features(self);
        self.check_room::<E>("batch_norm");
        check("batch_norm", "mean", Some(mean), &[features]);
        check("batch_norm", "variance", Some(variance), &[features]);
        check("batch_norm", "weight", weight, &[features]);
        check("batch_norm", "bias", bias, &[features]);
        let shape = per_feature(self);
        let [weight, bias] = [weight, bias].map(|factor| factor.map(|factor| factor.reshape(&shape[..])));
        let (mean, variance) = (mean.reshape(&shape[..]), variance.reshape(&shape[..]));
        let y = (self - mean) * (variance + E::from_f64(eps)).rsqrt();
        affine(y, weight.as_ref(), bias.as_ref())
    }
}

/// y·w + b.
#[track_caller]
fn affine<E: Float>(mut y: TensorOf<E>, weight: Option<&TensorOf<E>>, bias: Option<&TensorOf<E>>) -> TensorOf<E> {
    if let Some(weight) = weight {
        y *= weight;
    }
    if let Some(bias) = bias {
        y += bias;
    }
    y
}

/// y = (x − mean)/√(variance + eps) along one axis of a matrix; also the means and the biased variances, without a graph.
///
/// With r = 1/√(variance + eps): dy/dx = r·(g − mean g − y·mean(g·y)).
#[track_caller]
fn standardized<E: Float>(x: &TensorOf<E>, axis: usize, eps: f64) -> (TensorOf<E>, TensorOf<E>, TensorOf<E>) {
    let lines = [x.shape()[1 - axis]];
    let [mut means, mut variances, mut scales] = [(); 3].map(|()| Array::zeros(&lines));
    let y = x.array().along(axis, |x, sizes, out| {
        let (means, variances, scales) = (means.make_mut(), variances.make_mut(), scales.make_mut());
        reduce::standardized(x, sizes, eps, Moments { means, variances, scales }, out);
    });
    let y = record_any("standardized", y.clone(), &[x.node()], |keep| {
        let (x, y) = (keep.input(0, x.array().clone()), keep.output(y));
        move |g: TensorOf<E>, to| {
            let (x, y) = (to.open(x), to.open(y));
            to.input(0, || {
                if is_grad_enabled() {
                    let mean = |x: &TensorOf<E>| x.mean_dim(axis as isize, true);
                    let scale = (x.var_dim(axis as isize, 0.0, true) + E::from_f64(eps)).rsqrt();
                    return (&g - mean(&g) - &y * mean(&(&g * &y))) * scale;
                }
                let (g, y) = (g.array().contiguous(), y.array().contiguous());
                TensorOf::new(y.along(axis, |y, sizes, out| {
                    let [g, scales] = [&g, &scales].map(|array| array.as_slice().unwrap_or_default());
                    reduce::standardized_backward(g, y, scales, sizes, out);
                }))
            });
        }
    });
    (y, TensorOf::new(means), TensorOf::new(variances))
}

/// The number of features of a batch, C of `[N, C, …]`.
#[track_caller]
fn features<E: Float>(x: &TensorOf<E>) -> usize {
    match x.shape() {
        &[_, features, ..] => features,
        shape => fail("batch_norm", format_args!("a batch is [N, C] or [N, C, …], and its shape is {shape:?}")),
    }
}

/// `[1, C, 1, …]`, as which a number for each feature broadcasts to `x`.
fn per_feature<E: Float>(x: &TensorOf<E>) -> Axes {
    x.shape().iter().enumerate().map(|(axis, &size)| if axis == 1 { size } else { 1 }).collect()
}

#[track_caller]
fn check<E: Float>(operation: &str, name: &str, factor: Option<&TensorOf<E>>, shape: &[usize]) {
    if let Some(factor) = factor
        && factor.shape() != shape
    {
        fail(operation, format_args!("the {name}'s shape is {:?}, and must be {shape:?}", factor.shape()));
    }
}

operation! { STANDARDIZED = "standardized":
    "torch.nn.functional.layer_norm(a, a.shape[-1:], eps=0.1)", |a| a.layer_norm(1, None, None, 0.1), [ANY],
        &[&[&[3, 4]], &[&[2, 2, 3]], &[&[5]]];
    "torch.nn.functional.layer_norm(a, a.shape[-2:], b, c)", |a, b, c| a.layer_norm(2, Some(b), Some(c), 1e-5),
        [DISTINCT, ANY, ANY], &[&[&[2, 3, 2], &[3, 2], &[3, 2]]];
    "torch.nn.functional.batch_norm(a, None, None, b, c, training=True)",
        |a, b, c| a.batch_norm(Some(b), Some(c), 1e-5).0, [DISTINCT, ANY, ANY],
        &[&[&[4, 3], &[3], &[3]], &[&[2, 3, 4], &[3], &[3]]];
}

#[cfg(test)]
mod tests {
    use crate::tensor::DoubleTensor;

    #[test]
    fn batches() {
        let x = DoubleTensor::from([[1., 10.], [3., 30.]]);
        let (weight, bias) = (DoubleTensor::from([2., 1.]), DoubleTensor::from([0., 5.]));
        let (y, mean, variance) = x.batch_norm(Some(&weight), Some(&bias), 0.0);
        assert_eq!(y.to_vec(), [-2., 4., 2., 6.]);
        assert_eq!((mean.to_vec(), variance.to_vec()), (vec![2., 20.], vec![1., 100.]));
        let again = x.batch_norm_eval(&mean, &variance, Some(&weight), Some(&bias), 0.0);
        assert_eq!(again.to_vec(), y.to_vec());
        // Images: two features of two numbers each.
        let x = DoubleTensor::from([[[1., 3.], [10., 30.]]]);
        assert_eq!(x.batch_norm(None, None, 0.0).0.to_vec(), [-1., 1., -1., 1.]);
    }

    #[test]
    #[should_panic(expected = "layer_norm: the weight's shape is [3], and must be [2]")]
    fn a_weight_of_another_shape() {
        DoubleTensor::zeros([4, 2]).layer_norm(1, Some(&DoubleTensor::ones([3])), None, 1e-5);
    }
}
