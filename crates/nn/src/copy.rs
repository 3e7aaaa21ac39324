//! Copies of modules with weights of their own.
//!
//! A clone of a parameter shares its slot. While a deep copy is made on this thread it is a new one, and the same for each
//! clone of one parameter: so a module is copied by its own `Clone`, whatever it is made of.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// The copies of this deep copy, by the addresses of what they are copies of.
    static COPIES: RefCell<Option<HashMap<usize, Box<dyn Any>>>> = const { RefCell::new(None) };
}

/// Calls `clone`, with clones that share nothing.
pub(crate) fn deep<R>(clone: impl FnOnce() -> R) -> R {
    struct Before(Option<HashMap<usize, Box<dyn Any>>>);

    impl Drop for Before {
        fn drop(&mut self) {
            COPIES.set(self.0.take());
        }
    }

    let _before = Before(COPIES.replace(Some(HashMap::new())));
    clone()
}

/// A handle of what lies at `address`: `share` makes another one, and `own` a new thing, which a deep copy does once for
/// all handles.
pub(crate) fn cloned<T: 'static>(address: usize, this: &T, share: fn(&T) -> T, own: impl FnOnce() -> T) -> T {
    let known = COPIES.with_borrow(|copies| {
        let copy = copies.as_ref()?.get(&address);
        Some(copy.and_then(|copy| copy.downcast_ref()).map(share))
    });
    match known {
        None => share(this),
        Some(Some(copy)) => copy,
        Some(None) => {
            let copy = own();
            let kept = Box::new(share(&copy));
            COPIES.with_borrow_mut(|copies| copies.as_mut().map(|copies| copies.insert(address, kept)));
            copy
        }
    }
}
