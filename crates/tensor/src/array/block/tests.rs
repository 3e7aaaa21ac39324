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
    let mut block = Array::<i64>::with_layout(vector(100));
    block.own_memory_mut().unwrap().fill(-1);
    drop(block);
    let mut block = Array::<bool>::with_layout(vector(800));
    assert!(block.memory().iter().all(|value| !value));
    // Memory that held `bool`s is not cleared again, of whatever number they were.
    block.own_memory_mut().unwrap().fill(true);
    drop(block);
    let block = Array::<bool>::with_layout(vector(790));
    assert!(block.memory().iter().all(|&value| value));
    drop(block);
    drop(Array::<i64>::with_layout(vector(100)));
    assert!(Array::<bool>::with_layout(vector(800)).memory().iter().all(|value| !value));
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
