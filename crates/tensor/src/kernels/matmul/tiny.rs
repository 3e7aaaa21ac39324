//! Products of a few elements, as a plain loop: no packing, no tiles.

use super::Matrix;
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};

/// Up to how many multiplications the plain loop wins.
pub(super) const LARGEST: usize = 64;
// One chain of sums, as that of a block.
const _: () = assert!(LARGEST <= super::KC);

#[inline]
pub(super) fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E]) {
    dispatch(Tiny { a, b, bias, out });
}

struct Tiny<'a, E> {
    a: Matrix<'a, E>,
    b: Matrix<'a, E>,
    bias: Option<&'a [E]>,
    out: &'a mut [E],
}

impl<E: Float> Kernel for Tiny<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        // The sums of few terms are written out.
        match self.a.columns {
            1 => self.terms::<FMA>(1),
            2 => self.terms::<FMA>(2),
            3 => self.terms::<FMA>(3),
            4 => self.terms::<FMA>(4),
            k => self.terms::<FMA>(k),
        }
    }
}

impl<E: Float> Tiny<'_, E> {
    #[inline(always)]
    fn terms<const FMA: bool>(self, k: usize) {
        let Tiny { a, b, bias, out } = self;
        // One loop over all elements: loops over rows and columns would each be prepared for vectors, which takes longer
        // than the product.
        let (mut row, mut column, mut j) = (0, 0, 0);
        for out in out {
            let (mut at, mut bt, mut sum) = (row, column, E::default());
            for _ in 0..k {
                // SAFETY: these are the positions of elements (i, term) and (term, j), and `product` checked that all
                // elements of both matrices lie in their data.
                let (x, y) = unsafe { (*a.data.get_unchecked(at), *b.data.get_unchecked(bt)) };
                sum = x.mul_add::<FMA>(y, sum);
                at += a.column_stride;
                bt += b.row_stride;
            }
            *out = match bias {
                None => sum,
                Some(bias) => bias[j] + sum,
            };
            j += 1;
            column += b.column_stride;
            if j == b.columns {
                (j, column) = (0, 0);
                row += a.row_stride;
            }
        }
    }
}
