//! The pool: classes, caps, and memory that comes back.

use super::*;

#[test]
fn a_class_holds_its_sizes_with_at_most_a_quarter_unused() {
    for bytes in (257..100_000).chain([1 << 20, (1 << 20) + 1, 1 << 40]) {
        let class = Class::of(bytes);
        assert!(class.bytes() >= bytes && class.bytes() * 4 <= bytes * 5 + 4, "{bytes}: {}", class.bytes());
        assert_eq!(Class::of(class.bytes()), class);
    }
    assert_eq!(Class::of(0).bytes(), SMALLEST);
}

#[test]
fn pieces_are_aligned_and_come_back() {
    let first = take(1000);
    assert_eq!(first.start.as_ptr() as usize % ALIGN, 0);
    let address = first.start;
    give(first);
    let second = take(1000);
    assert_eq!(second.start, address);
    give(second);
}

#[test]
fn what_is_over_the_cap_goes_back_to_the_system() {
    let mut lists = Lists::new();
    let class = Class::of(2 << 20);
    let cap = 2 * class.bytes();
    assert!(lists.push(Piece::from_system(class), cap).is_ok());
    assert!(lists.push(Piece::from_system(class), cap).is_ok());
    let refused = lists.push(Piece::from_system(class), cap).err();
    assert_eq!(lists.bytes, cap);
    refused.into_iter().for_each(Piece::free);
    assert!(lists.pop(class).map(Piece::free).is_some());
    assert_eq!(lists.bytes, class.bytes());
    lists.clear();
    assert_eq!(lists.bytes, 0);
    assert!(lists.pop(class).is_none());
}

/// On a thread of its own, whose list nobody else fills.
#[test]
fn a_thread_keeps_no_more_than_its_cap() {
    let run = || {
        let pieces: Vec<_> = (0..80).map(|_| take(1 << 20)).collect();
        pieces.into_iter().for_each(give);
        let kept = with_local(Local::bytes);
        empty_cache();
        (kept, with_local(Local::bytes))
    };
    assert_eq!(std::thread::spawn(run).join().unwrap(), (LOCAL_CAP, 0));
}
