//! Blocks: who owns one, who may write, and what a `bool` may be.

use super::*;

fn vector(len: usize) -> Layout {
    Layout::new(&[len])
}

#[test]
fn a_view_keeps_its_owner_alive_and_the_last_handle_frees_it() {
    let mut block = Array::<f32>::zeroed(vector(10));
    let view = block.view(vector(5));
    assert!(view.is_view() && !block.is_view());
    assert!(block.own_memory_mut().is_none());
    drop(view);
    assert!(block.own_memory_mut().is_some());
    let view = block.view(vector(5)).view(vector(2));
    drop(block);
    assert_eq!((view.memory().len(), view.layout().len()), (10, 2));
}

#[test]
fn only_one_owner_may_write() {
    let mut block = Array::<i64>::zeroed(vector(3));
    block.own_memory_mut().unwrap()[1] = 5;
    let other = block.clone();
    assert!(block.own_memory_mut().is_none() && block.layout_mut().is_none());
    assert_eq!(other.memory(), [0, 5, 0]);
    drop(other);
    assert!(block.own_memory_mut().is_some() && block.layout_mut().is_some());
}

#[test]
fn a_handle_takes_no_other_type_than_its_own() {
    let handle = Array::<f32>::zeroed(vector(3)).erase();
    assert!(Array::<i64>::from_handle_ref(&handle).is_none() && Array::<i64>::from_handle(handle.clone()).is_none());
    assert!(Array::<f32>::from_handle_ref(&handle).is_some() && Array::<f32>::from_handle(handle).is_some());
}

#[test]
fn a_block_of_bools_is_valid_in_memory_that_held_numbers() {
    let mut block = Array::<i64>::new(&[100]);
    block.own_memory_mut().unwrap().fill(-1);
    drop(block);
    let mut block = Array::<bool>::new(&[800]);
    assert!(block.memory().iter().all(|value| !value));
    // Memory that held `bool`s is not cleared again, of whatever number they were.
    block.own_memory_mut().unwrap().fill(true);
    drop(block);
    let block = Array::<bool>::new(&[790]);
    assert!(block.memory().iter().all(|&value| value));
    drop(block);
    drop(Array::<i64>::new(&[100]));
    assert!(Array::<bool>::new(&[800]).memory().iter().all(|value| !value));
}

#[test]
fn owners_on_many_threads() {
    let mut block = Array::<f64>::zeroed(vector(1000));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let block = block.clone();
            scope.spawn(move || {
                for _ in 0..10_000 {
                    assert_eq!(block.clone().layout().shape(), [1000]);
                }
            });
        }
    });
    assert!(block.own_memory_mut().is_some());
}

/// Of any type and size, also in memory that held other values; and memory that is large is not asked of the system each time.
#[test]
fn zeros_take_kept_memory_and_are_zero() {
    fn check<E: Element + PartialEq + std::fmt::Debug>(len: usize, other: E) {
        for _ in 0..3 {
            let mut block = Array::<E>::zeroed(vector(len));
            assert!(block.memory().iter().all(|&value| value == E::default()), "{len} of {:?}", E::DTYPE);
            block.own_memory_mut().unwrap().fill(other);
        }
    }
    for len in [0, 1, 3, 1_001, 300_001, 2_000_003] {
        check(len, -1.5_f32);
        check(len, -1.5_f64);
        check(len, -1_i64);
        // Memory that held numbers is none of `bool`s, and the other way round.
        check(len, true);
        check(len, -1_i64);
        check(len / 8, f64::NAN);
        check(len, true);
        check(len, true);
    }
}
