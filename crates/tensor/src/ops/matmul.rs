//! Products of vectors, matrices and batches of matrices.

use deltarule_autograd::call_site::fail;

use crate::array::{Array, Factor};
use crate::element::Float;
use crate::kernels::reduce;
use crate::layout::{Axes, broadcast};
use crate::ops::shape::transpose;
use crate::record::record_any;
use crate::room::{check_matrix, check_new};
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Float> TensorOf<E> {
    /// The matrix product. PyTorch: `torch.matmul`.
    ///
    /// Two vectors give their dot product, a scalar; a matrix and a vector give a vector. Of more axes the last two are
    /// matrices and the others are a batch, which is broadcast: [b, m, k] · [k, n] is [b, m, n].
    ///
    /// y = a·b; dy/da = g·bᵀ, dy/db = aᵀ·g
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// let (a, b) = (Tensor::from([[1., 2.], [3., 4.]]), Tensor::from([10., 1.]));
    /// assert_eq!(a.matmul(&b).to_vec(), [12., 34.]);
    /// ```
    ///
    /// # Panics
    /// If one is a scalar, if the inner dimensions differ, or if the batches don't broadcast.
    #[doc(alias = "mm")]
    #[doc(alias = "bmm")]
    #[doc(alias = "mv")]
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        let (a, b) = (self.shape(), other.shape());
        let (inner, other_inner) = match (a, b) {
            ([], _) | (_, []) => {
                fail("matmul", format_args!("a scalar has no matrix product: {a:?} · {b:?}. Use * to scale"))
            }
            (&[.., k], &[l] | &[.., l, _]) => (k, l),
        };
        if inner != other_inner {
            fail("matmul", format_args!("inner dimensions differ: {a:?} · {b:?}"));
        }
        self.check_factors(other);
        match (a, b) {
            ([_], [_]) => dot(self, other),
            ([_], _) => self.unsqueeze(0).matmul(other).squeeze_dim(-2),
            (_, [_]) => self.matmul(&other.unsqueeze(1)).squeeze_dim(-1),
            (_, &[_, n]) if a.len() > 2 => {
                // One matrix for the whole batch: one product of many rows.
                let mut shape = Axes::from_slice(&a[..a.len() - 1]);
                shape.push(n);
                product(&self.reshape([count_rows(a), inner]), other, false, false).reshape(&shape[..])
            }
            _ => {
                if broadcast(&a[..a.len() - 2], &b[..b.len() - 2]).is_none() {
                    fail("matmul", format_args!("the batches don't broadcast: {a:?} · {b:?}"));
                }
                product(self, other, false, false)
            }
        }
    }

    /// Fails unless there is memory for the product, and for what is copied on the way to it.
    #[inline]
    #[track_caller]
    fn check_factors(&self, other: &Self) {
        match (self.shape(), other.shape()) {
            (&[m, k], &[_, n]) => {
                check_matrix::<E>("matmul", [m, n]);
                // A row that is a view is copied.
                check_matrix::<E>("matmul", [1, k]);
            }
            (a, b) => {
                let batch = |shape: &[usize]| Axes::from_slice(&shape[..shape.len().saturating_sub(2)]);
                let Some(mut shape) = broadcast(&batch(a), &batch(b)) else { return };
                shape.extend(a.iter().rev().nth(1).copied());
                shape.extend((b.len() > 1).then(|| b[b.len() - 1]));
                check_new::<E>("matmul", &shape);
                check_matrix::<E>("matmul", [1, a[a.len() - 1]]);
                if b.len() == 2 {
                    // Its rows become those of one matrix.
                    self.check_copy("matmul");
                }
            }
        }
    }

    /// The dot product of two vectors, a scalar. PyTorch: `torch.dot`.
    ///
    /// y = Σ aᵢ·bᵢ; dy/da = b, dy/db = a
    ///
    /// # Panics
    /// If they aren't vectors of one length.
    #[track_caller]
    pub fn dot(&self, other: &Self) -> Self {
        if self.ndim() != 1 || self.shape() != other.shape() {
            fail(
                "dot",
                format_args!("two vectors of one length have a dot product: {:?} · {:?}", self.shape(), other.shape()),
            );
        }
        self.check_copy("dot");
        other.check_copy("dot");
        dot(self, other)
    }
}

/// How many vectors of the last axis there are.
pub(super) fn count_rows(shape: &[usize]) -> usize {
    shape[..shape.len() - 1].iter().product()
}

/// y = Σ aᵢ·bᵢ.
#[track_caller]
fn dot<E: Float>(a: &TensorOf<E>, b: &TensorOf<E>) -> TensorOf<E> {
    let y = reduce::dot(&a.array().elements(), &b.array().elements());
    record_any("dot", Array::scalar(y), &[a.node(), b.node()], |keep| {
        let (a, b) = (keep.input(0, a.array().clone()), keep.input(1, b.array().clone()));
        move |g: TensorOf<E>, to| {
            let (a, b) = (to.open(a), to.open(b));
            to.input(0, || &g * &b);
            to.input(1, || &g * &a);
        }
    })
}

/// y = a·b, where a factor is transposed in its last two axes if its flag says so. With flags the rules need no
/// transposed views, and give each gradient in its factor's own order.
#[track_caller]
pub(super) fn product<E: Float>(a: &TensorOf<E>, b: &TensorOf<E>, a_turned: bool, b_turned: bool) -> TensorOf<E> {
    let y = Array::product(
        Factor { array: a.array(), transposed: a_turned },
        Factor { array: b.array(), transposed: b_turned },
    );
    record_any("matmul", y, &[a.node(), b.node()], |keep| {
        let (a, b) = (keep.input(0, a.array().clone()), keep.input(1, b.array().clone()));
        move |g: TensorOf<E>, to| {
            let (a, b) = (to.open(a), to.open(b));
            to.input(0, || match a_turned {
                true => product_like(&a, &b, &g, b_turned, true),
                false => product_like(&a, &g, &b, false, !b_turned),
            });
            to.input(1, || match b_turned {
                true => product_like(&b, &g, &a, true, a_turned),
                false => product_like(&b, &a, &g, !a_turned, false),
            });
        }
    })
}

/// As [`product`], with the last two axes in the order in which those of `like` lie in memory: the gradient of a transposed
/// weight isn't to be transposed again.
#[track_caller]
fn product_like<E: Float>(
    like: &TensorOf<E>,
    a: &TensorOf<E>,
    b: &TensorOf<E>,
    a_turned: bool,
    b_turned: bool,
) -> TensorOf<E> {
    match (like.strides(), like.is_contiguous()) {
        ([.., 1, _], false) => {
            // a·b = (bᵀ·aᵀ)ᵀ, of each matrix: the product is a batch where one factor is, though `like` may be none.
            let turned = product(b, a, !b_turned, !a_turned);
            let rank = turned.ndim();
            transpose(turned.into(), rank - 2, rank - 1)
        }
        _ => product(a, b, a_turned, b_turned),
    }
}

operation! { MATMUL = "matmul":
    "torch.matmul(a, b)", |a, b| a.matmul(b), [ANY, ANY], &[
        &[&[2, 3], &[3, 4]], &[&[1, 1], &[1, 1]], &[&[2, 0], &[0, 3]], &[&[0, 2], &[2, 3]],
        &[&[3], &[3, 2]], &[&[2, 3], &[3]], &[&[2, 3, 2], &[2]],
        &[&[2, 2, 3], &[3, 2]], &[&[2, 2, 3], &[2, 3, 2]], &[&[2, 1, 2, 3], &[3, 3, 1]], &[&[3], &[2, 3, 2]]];
    "torch.matmul(a, b.mT)", |a, b| a.matmul(&b.transpose(-1, -2)), [ANY, ANY],
        &[&[&[2, 3], &[4, 3]], &[&[2, 2, 3], &[2, 1, 3]]];
    // A transposed matrix for a whole batch, of sizes that coincide and of such that don't.
    "torch.matmul(a.mT, b)", |a, b| a.transpose(-1, -2).matmul(b), [ANY, ANY],
        &[&[&[3, 3], &[3, 3, 3]], &[&[4, 3], &[2, 4, 2]]];
    "torch.matmul(a, b.mT)", |a, b| a.matmul(&b.transpose(-1, -2)), [ANY, ANY],
        &[&[&[2, 2, 2], &[2, 2]], &[&[2, 2, 3], &[4, 3]]];
}

operation! { DOT = "dot":
    "torch.dot(a, b)", |a, b| a.dot(b), [ANY, ANY], &[&[&[3], &[3]], &[&[0], &[0]], &[&[1], &[1]]];
}
