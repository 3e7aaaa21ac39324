//! What two shapes become together.

use super::Axes;

/// The shape that `a` and `b` broadcast to, by NumPy's rules: aligned at the last axis, each pair of sizes is equal or
/// has a 1.
#[inline]
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Option<Axes> {
    if a == b {
        return Some(Axes::from_slice(a));
    }
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut shape = Axes::from_slice(long);
    let new = long.len() - short.len();
    for (size, &other) in shape[new..].iter_mut().zip(short) {
        match (*size, other) {
            (x, y) if x == y => {}
            (1, y) => *size = y,
            (_, 1) => {}
            _ => return None,
        }
    }
    Some(shape)
}

#[cfg(test)]
mod tests {
    use super::broadcast;

    #[test]
    fn broadcasting_follows_numpy() {
        let shape = |a: &[usize], b: &[usize]| broadcast(a, b).map(|shape| shape.to_vec());
        assert_eq!(shape(&[4, 1], &[3]), Some(vec![4, 3]));
        assert_eq!(shape(&[], &[2]), Some(vec![2]));
        assert_eq!(shape(&[1, 0], &[5, 1]), Some(vec![5, 0]));
        assert_eq!(shape(&[4, 2], &[3]), None);
    }
}
