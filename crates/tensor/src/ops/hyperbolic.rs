//! The hyperbolic tangent.

use crate::array::Array;
use crate::element::Float;
use crate::kernels::math;
use crate::ops::given::Given;
use crate::record::{record_any, records};
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// tanh x, of each element. PyTorch: `torch.tanh`.
    ///
    /// dy/dx = 1 − y²
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0.0, 100.0]).tanh().to_vec(), [0.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn tanh(&self) -> Self {
        let y = Array::map(math::Tanh, self.array());
        record_any("tanh", y.clone(), &[self.node()], |keep| {
            let y = keep.output(y);
            move |g: TensorOf<E>, to| {
                let y = to.open(y);
                to.input(0, || tanh_backward(g.into(), (&y).into()));
            }
        })
    }
}

operation! { TANH = "tanh":
    "torch.tanh(a)", |a| a.tanh(), [ANY], EACH;
}

/// z = g·(1 − y²); dz/dg = 1 − y², dz/dy = −2·g·y. One pass over memory instead of three.
#[track_caller]
fn tanh_backward<E: Float>(g: Given<'_, E>, y: Given<'_, E>) -> TensorOf<E> {
    if !records(&[g.node(), y.node()]) {
        return TensorOf::new(Array::zip(math::TanhBackward, g.split().0, y.split().0));
    }
    let z = Array::zip(math::TanhBackward, g.array(), y.array());
    record_any("tanh_backward", z, &[g.node(), y.node()], |keep| {
        let (g, y) = (
            keep.input(0, g.array().clone()),
            keep.input(1, y.array().clone()),
        );
        move |h: TensorOf<E>, to| {
            let (g, y) = (to.open(g), to.open(y));
            to.input(0, || tanh_backward((&h).into(), (&y).into()));
            to.input(1, || h * &g * &y * E::from_f64(-2.0));
        }
    })
}

operation! { TANH_BACKWARD = "tanh_backward":
    "a * (1 - b * b)", |a, b| tanh_backward(a.into(), b.into()), [ANY, ANY], EACH_PAIR;
}
