//! Products of matrices of any strides.
//!
//! Each element of the result is Σ aᵢₖ·bₖⱼ in one order, whatever the path, the cut into tiles and the width of the
//! vectors: blocks of [`KC`] terms are each summed from zero, one after the other with fused multiply-adds, and the
//! sums of the blocks are added up in order. So the bits depend neither on the number of threads nor on AVX2 or AVX-512.
//! Only the products of a vector with a matrix whose rows lie along the sum have an order of their own (see `vector`).

mod blocked;
mod pack;
mod panel;
mod register;
mod small;
mod tile;
mod tiny;
mod vector;

#[cfg(test)]
mod tests;

use crate::element::Float;

/// How many terms are summed from zero before they are added to the element: also what the nearest cache is meant to
/// hold of a panel of b. A sum of blocks has a smaller error than one long chain.
const KC: usize = 256;

/// A matrix in memory: element (i, j) lies at `i * row_stride + j * column_stride`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a, E> {
    pub(crate) data: &'a [E],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
}

impl<E: Float> Matrix<'_, E> {
    #[inline]
    pub(crate) fn transposed(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Where element (i, j) lies.
    #[inline(always)]
    fn position(&self, i: usize, j: usize) -> usize {
        i * self.row_stride + j * self.column_stride
    }

    /// Whether all elements lie in the data. What the kernels' unchecked reads stand on.
    #[inline]
    fn fits(&self) -> bool {
        self.rows == 0 || self.columns == 0 || self.position(self.rows - 1, self.columns - 1) < self.data.len()
    }
}

/// `out = a·b`, with the vector `bias` added to each row if there is one. `out` is in row-major order.
#[inline]
pub(crate) fn matmul<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E]) {
    product(a, b, bias, out, true);
}

/// As [`matmul`], on this thread alone: for products that are parallel among themselves.
#[inline]
pub(crate) fn matmul_serial<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, out: &mut [E]) {
    product(a, b, None, out, false);
}

#[inline(always)]
fn product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E], parallel: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert!(b.rows == k && out.len() == m * n && a.fits() && b.fits(), "the sizes of a product");
    assert!(bias.is_none_or(|bias| bias.len() == n), "the length of the bias of a product");
    if !out.is_empty() && k > 0 && m * n * k <= tiny::LARGEST {
        tiny::product(&a, &b, bias, out);
    } else {
        large_product(a, b, bias, out, parallel);
    }
}

/// A product whose sizes are checked, and that isn't tiny.
#[inline(never)]
fn large_product<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, bias: Option<&[E]>, out: &mut [E], parallel: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    if out.is_empty() {
    } else if k == 0 {
        match bias {
            None => out.fill(E::default()),
            Some(bias) => out.chunks_exact_mut(n).for_each(|out| out.copy_from_slice(bias)),
        }
    } else if m == 1 {
        vector::product(a, b, bias, out, parallel);
    } else if n == 1 && bias.is_none() {
        // A column lies in memory as a row does: cᵀ = bᵀ·aᵀ.
        vector::product(b.transposed(), a.transposed(), None, out, parallel);
    } else if small::is_small(m, k, n) {
        small::product(a, b, bias, out);
    } else {
        blocked::product(a, b, bias, out, parallel);
    }
}
