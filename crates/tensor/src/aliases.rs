//! Names that PyTorch has and that work here too, though the method has another name: who types them is right.
//!
//! They are left out of the documentation, where each thing has one name, and a search finds that by the other.

use crate::dim::NewShape;
use crate::element::{Element, Float};
use crate::tensor::TensorOf;

impl<E: Element> TensorOf<E> {
    /// PyTorch's second name of [`reshape`](TensorOf::reshape). There it is for what needs no copy; the values are the same.
    #[doc(hidden)]
    #[track_caller]
    pub fn view(&self, shape: impl NewShape /* several sizes: [2, 3], or (n, -1) */) -> Self {
        self.reshape(shape)
    }

    /// PyTorch's second name of [`ndim`](TensorOf::ndim).
    #[doc(hidden)]
    pub fn dim(&self) -> usize {
        self.ndim()
    }

    /// PyTorch's second name of [`numel`](TensorOf::numel).
    #[doc(hidden)]
    pub fn nelement(&self) -> usize {
        self.numel()
    }

    /// The elements as [`to_vec`](TensorOf::to_vec) has them: PyTorch's has a list in a list for each axis.
    #[doc(hidden)]
    pub fn tolist(&self) -> Vec<E> {
        self.to_vec()
    }

    /// PyTorch's `x.T`, of a matrix; see [`t`](TensorOf::t).
    #[doc(hidden)]
    #[track_caller]
    #[allow(non_snake_case)]
    pub fn T(&self) -> Self {
        self.t()
    }
}

impl<E: Float> TensorOf<E> {
    /// PyTorch's name of [`ln`](TensorOf::ln).
    #[doc(hidden)]
    #[track_caller]
    pub fn log(&self) -> Self {
        self.ln()
    }

    /// PyTorch's `mm`, of two matrices; see [`matmul`](TensorOf::matmul).
    #[doc(hidden)]
    #[track_caller]
    pub fn mm(&self, other: &Self) -> Self {
        self.matmul(other)
    }

    /// PyTorch's `bmm`, of two batches of matrices; see [`matmul`](TensorOf::matmul).
    #[doc(hidden)]
    #[track_caller]
    pub fn bmm(&self, other: &Self) -> Self {
        self.matmul(other)
    }

    /// PyTorch's `mv`, of a matrix and a vector; see [`matmul`](TensorOf::matmul).
    #[doc(hidden)]
    #[track_caller]
    pub fn mv(&self, other: &Self) -> Self {
        self.matmul(other)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tensor;

    #[test]
    fn both_names_mean_the_same() {
        let x = Tensor::from([[1., 2., 3.], [4., 5., 6.]]);
        assert_eq!(x.view((3, -1)).tolist(), x.reshape([3, 2]).to_vec());
        assert_eq!((x.dim(), x.nelement()), (2, 6));
        assert_eq!(x.log().to_vec(), x.ln().to_vec());
        assert_eq!(x.mm(&x.T()).to_vec(), x.matmul(&x.t()).to_vec());
        let (batch, vector) = (x.unsqueeze(0), Tensor::from([1., 0., 2.]));
        assert_eq!(batch.bmm(&batch.transpose(1, 2)).shape(), [1, 2, 2]);
        assert_eq!(x.mv(&vector).to_vec(), [7., 16.]);
    }
}
