//! Reversing axes.

use crate::dim::Dims;
use crate::element::Element;
use crate::layout::Axes;
use crate::record::record_linear;
use crate::table::operation;
use crate::tensor::TensorOf;

impl<E: Element> TensorOf<E> {
    /// The tensor with the order of the axes `dims` reversed, in new memory. PyTorch: `torch.flip`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1., 2.], [3., 4.]]).flip(1).to_vec(), [2., 1., 4., 3.]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn flip(&self, dims: impl Into<Dims>) -> Self {
        flip(self, dims.into().axes("flip", self.shape()))
    }
}

#[track_caller]
fn flip<E: Element>(x: &TensorOf<E>, axes: Axes) -> TensorOf<E> {
    x.check_room::<E>("flip");
    let mut y = x.array().copied();
    for &axis in &axes {
        let shape = y.shape();
        let (size, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
        if size * inner == 0 {
            continue;
        }
        for block in y.make_mut().chunks_exact_mut(size * inner) {
            for row in 0..size / 2 {
                let (front, back) = block.split_at_mut((size - 1 - row) * inner);
                front[row * inner..][..inner].swap_with_slice(&mut back[..inner]);
            }
        }
    }
    record_linear("flip", y, x.node(), move |g| flip(&g, axes))
}

operation! { FLIP = "flip":
    "torch.flip(a, (0,))", |a| a.flip(0), [ANY], &[&[&[3]], &[&[3, 2]], &[&[0, 2]], &[&[]]];
    "torch.flip(a, (0, -1))", |a| a.flip([0, -1]), [ANY], &[&[&[3, 2]], &[&[2, 1, 3]]];
}
