//! Products of a few elements, as a plain loop: no packing, no tiles.

use super::Matrix;
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};

/// Up to how many multiplications the plain loop wins.
pub(super) const LARGEST: usize = 128;

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
        let n = b.columns;
        for (i, out) in out.chunks_exact_mut(n).enumerate() {
            for (j, out) in out.iter_mut().enumerate() {
                let mut sum = E::default();
                for term in 0..k {
                    // SAFETY: `product` checked that all elements of both matrices lie in their data, and i, term and
                    // j are below their sizes.
                    let (x, y) = unsafe {
                        (*a.data.get_unchecked(a.position(i, term)), *b.data.get_unchecked(b.position(term, j)))
                    };
                    sum = x.mul_add::<FMA>(y, sum);
                }
                *out = match bias {
                    None => sum,
                    Some(bias) => bias[j] + sum,
                };
            }
        }
    }
}
