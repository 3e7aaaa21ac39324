//! Matrix products of arrays of any layout, in batches.

use crate::array::Array;
use crate::element::Float;
use crate::kernels::matmul::{Matrix, matmul, matmul_serial};
use crate::kernels::parallel;
use crate::kernels::scratch::vec_for;
use crate::layout::{Axes, Layout, advance, broadcast};

/// An operand of a matrix product: the last two axes are the matrix, transposed if `transposed`; the axes before them
/// are the batch.
#[derive(Clone, Copy)]
pub(crate) struct Factor<'a, E: Float> {
    pub(crate) array: &'a Array<E>,
    pub(crate) transposed: bool,
}

impl<'a, E: Float> Factor<'a, E> {
    /// Rows and columns of the matrix.
    pub(crate) fn size(self) -> [usize; 2] {
        let ([rows, columns], _) = self.array.layout().matrix();
        if self.transposed { [columns, rows] } else { [rows, columns] }
    }

    pub(crate) fn batch(self) -> &'a [usize] {
        let shape = self.array.shape();
        &shape[..shape.len() - 2]
    }

    /// The matrix that starts `offset` elements after the start of the memory.
    #[inline]
    fn matrix(self, offset: usize) -> Matrix<'a, E> {
        let ([rows, columns], [row_stride, column_stride]) = self.array.layout().matrix();
        // An empty matrix may start anywhere.
        let data = self.array.memory().get(offset..).unwrap_or_default();
        let matrix = Matrix { data, rows, columns, row_stride, column_stride };
        if self.transposed { matrix.transposed() } else { matrix }
    }

    /// The matrix of a factor without a batch.
    #[inline]
    fn whole(self) -> Matrix<'a, E> {
        self.matrix(self.array.layout().offset())
    }

    /// Where the matrices of the batch start, when it is broadcast to `batch`.
    fn starts(self, batch: &[usize]) -> Vec<usize> {
        let layout = self.array.layout();
        let own = Layout::strided(self.batch(), &layout.strides()[..self.batch().len()], layout.offset());
        let Some(own) = own.expand(batch) else { unreachable!("batches are checked by the operation") };
        let (mut index, mut next) = (Axes::from_elem(0, batch.len()), own.offset());
        let mut starts = vec_for("matmul", own.len());
        starts.extend((0..own.len()).map(|_| {
            let start = next;
            advance(&mut index, batch, [(&mut next, own.strides())]);
            start
        }));
        starts
    }
}

/// How many multiplications a task of a batch should have.
const TASK: usize = 1 << 20;

impl<E: Float> Array<E> {
    /// a·b, for each matrix of the batches, which are broadcast.
    #[inline]
    pub(crate) fn product(a: Factor<'_, E>, b: Factor<'_, E>) -> Self {
        if a.batch().is_empty() && b.batch().is_empty() {
            let (a, b) = (a.whole(), b.whole());
            return Self::build(&[a.rows, b.columns], |out| matmul(a, b, None, out));
        }
        Self::product_of_batches(a, b)
    }

    fn product_of_batches(a: Factor<'_, E>, b: Factor<'_, E>) -> Self {
        let ([rows, inner], [_, columns]) = (a.size(), b.size());
        let Some(mut shape) = broadcast(a.batch(), b.batch()) else {
            unreachable!("batches are checked by the operation")
        };
        let batch = shape.len();
        shape.extend_from_slice(&[rows, columns]);
        if shape.contains(&0) {
            // The batch alone may be longer than any list.
            return Self::zeros(&shape);
        }
        let (a_starts, b_starts) = (a.starts(&shape[..batch]), b.starts(&shape[..batch]));
        let size = (rows * columns).max(1);
        Self::build(&shape, |out| {
            let product = |number: usize, out: &mut [E]| {
                matmul_serial(a.matrix(a_starts[number]), b.matrix(b_starts[number]), out);
            };
            let each = size * inner;
            if each * a_starts.len() < 2 * TASK {
                out.chunks_exact_mut(size).enumerate().for_each(|(number, out)| product(number, out));
            } else if each >= 4 * TASK {
                // Large products are parallel in themselves.
                for (number, out) in out.chunks_exact_mut(size).enumerate() {
                    matmul(a.matrix(a_starts[number]), b.matrix(b_starts[number]), None, out);
                }
            } else {
                let together = (TASK / each.max(1)).max(1);
                parallel::for_each_chunk(out, together * size, |task, out| {
                    for (number, out) in out.chunks_exact_mut(size).enumerate() {
                        product(task * together + number, out);
                    }
                });
            }
        })
    }

    /// a·b, with the vector `bias` added to each row.
    pub(crate) fn product_plus(a: Factor<'_, E>, b: Factor<'_, E>, bias: &Array<E>) -> Self {
        let (a, b) = (a.whole(), b.whole());
        let bias = bias.elements();
        Self::build(&[a.rows, b.columns], |out| matmul(a, b, Some(&bias), out))
    }
}
