//! STUB until the real one lands.

use crate::element::Float;

/// A matrix in memory: element (i, j) lies at `i * row_stride + j * column_stride`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a, E> {
    pub(crate) data: &'a [E],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
}

/// `out = a·b`, or `out += a·b` if `accumulate`.
pub(crate) fn matmul<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, out: &mut [E], accumulate: bool) {
    for i in 0..a.rows {
        for j in 0..b.columns {
            let mut sum = if accumulate { out[i * b.columns + j] } else { E::default() };
            for k in 0..a.columns {
                sum = sum
                    + a.data[i * a.row_stride + k * a.column_stride] * b.data[k * b.row_stride + j * b.column_stride];
            }
            out[i * b.columns + j] = sum;
        }
    }
}
