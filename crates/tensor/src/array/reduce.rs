//! Reductions over axes of arrays of any layout, by kernels that see `[outer, n, inner]`.

use crate::array::Array;
use crate::element::Number;

impl<E: Number> Array<E> {
    /// The sums over `axes`, which become 1.
    pub(crate) fn sum(&self, axes: &[usize]) -> Self {
        let mut shape = self.shape().to_vec();
        for &a in axes {
            shape[a] = 1;
        }
        let out = Array::<E>::zeros(&shape);
        let mut v = out.to_vec();
        let full = out.layout().expand(self.shape()).unwrap();
        let strides = full.strides().to_vec();
        let data = self.to_vec();
        let s = self.shape().to_vec();
        for (i, x) in data.iter().enumerate() {
            let mut rest = i;
            let mut pos = 0;
            for d in (0..s.len()).rev() {
                pos += (rest % s[d]) * strides[d];
                rest /= s[d];
            }
            v[pos] = v[pos] + *x;
        }
        Array::build(&shape, |o| o.copy_from_slice(&v))
    }
}
