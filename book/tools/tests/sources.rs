//! The sources of the book are in order: what they take from programs is there, and nothing is typed by hand.

use deltarule_book::{chapter, root};

#[test]
fn every_chapter_is_in_order() {
    assert_eq!(chapter::check(&root()), Vec::<String>::new());
}
