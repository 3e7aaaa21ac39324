//! The sources of the book are in order: what they take from programs is there, and nothing is typed by hand.

use deltarule_book::{chapter, message, read, root};

#[test]
fn every_chapter_is_in_order() {
    assert_eq!(chapter::check(&root()), Vec::<String>::new());
}

#[test]
fn the_messages_in_the_repository_are_those_of_the_book() {
    let committed = read(&root().join(message::READABLE)).unwrap();
    let now = message::readable(&root()).unwrap();
    assert!(committed == now, "{} is stale: cargo run -p deltarule-book errors", message::READABLE);
}
