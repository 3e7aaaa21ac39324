//! The step from one index to the next.

/// Moves `index` to the next one of `shape` in row-major order, and each of `positions` along by its strides. Says whether
/// there is a next one: after the last, everything is where it was at the first.
#[inline]
pub(crate) fn advance<const N: usize>(
    index: &mut [usize],
    shape: &[usize],
    mut positions: [(&mut usize, &[usize]); N],
) -> bool {
    for axis in (0..shape.len()).rev() {
        index[axis] += 1;
        for (position, strides) in &mut positions {
            **position += strides[axis];
        }
        if index[axis] < shape[axis] {
            return true;
        }
        index[axis] = 0;
        for (position, strides) in &mut positions {
            **position -= shape[axis] * strides[axis];
        }
    }
    false
}
