//! Views, by the positions of their elements.

use super::*;

/// The positions of all elements, in row-major order of the view.
fn positions(layout: &Layout) -> Vec<usize> {
    let mut index = vec![0; layout.rank()];
    (0..layout.len())
        .map(|_| {
            let position = layout.position(&index);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < layout.shape()[axis] {
                    break;
                }
                index[axis] = 0;
            }
            position
        })
        .collect()
}

#[test]
fn views_point_at_the_right_elements() {
    let layout = Layout::new(&[2, 3]);
    assert_eq!(positions(&layout), [0, 1, 2, 3, 4, 5]);
    assert_eq!(positions(&layout.transpose(0, 1)), [0, 3, 1, 4, 2, 5]);
    assert_eq!(positions(&layout.slice(1, 0, 2, 2)), [0, 2, 3, 5]);
    assert_eq!(positions(&layout.select(0, 1)), [3, 4, 5]);
    assert_eq!(positions(&layout.unsqueeze(1).expand(&[2, 2, 3]).unwrap())[3..9], [0, 1, 2, 3, 4, 5]);
}

#[test]
fn reshape_is_a_view_when_it_can_be() {
    let layout = Layout::new(&[4, 3, 2]);
    // Rows 0 and 2 of axis 0: the other two axes are still one piece.
    let view = layout.slice(0, 0, 2, 2);
    let flat = view.reshape(&[2, 6]).unwrap();
    assert_eq!(positions(&flat), positions(&view));
    let split = view.reshape(&[2, 1, 2, 3]).unwrap();
    assert_eq!(positions(&split), positions(&view));
    assert!(view.reshape(&[12]).is_none());
    assert!(layout.transpose(0, 1).reshape(&[12, 2]).is_none());
    // Repeated elements can be split, and merged among themselves.
    let repeated = Layout::new(&[1, 1]).expand(&[4, 3]).unwrap();
    assert_eq!(positions(&repeated.reshape(&[2, 6]).unwrap()), [0; 12]);
}

#[test]
fn dense_means_no_gaps_and_no_repeats() {
    let layout = Layout::new(&[2, 3, 4]);
    assert!(layout.permute(&[2, 0, 1]).is_dense());
    assert!(!layout.slice(2, 0, 2, 1).is_dense());
    assert!(!layout.select(1, 0).is_dense());
    assert!(layout.slice(0, 1, 1, 1).is_dense());
    assert!(!Layout::new(&[1, 3]).expand(&[2, 3]).unwrap().is_dense());
}

/// As in PyTorch, whose strides would overflow.
#[test]
fn a_zero_doesnt_make_other_sizes_right() {
    let largest = isize::MAX as usize;
    assert_eq!(Layout::new(&[largest, 0]).len(), 0);
    assert_eq!(checked_count(&[1 << 31, 0, 1 << 31]), Some(0));
    assert_eq!(checked_count(&[largest]), Some(largest));
    for wrong in [&[largest + 1][..], &[usize::MAX, 0], &[0, 1 << 32, 1 << 32], &[2, 1 << 62]] {
        assert_eq!(checked_count(wrong), None, "{wrong:?}");
    }
}
