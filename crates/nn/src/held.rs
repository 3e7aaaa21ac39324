//! Which parameters this thread has its hands on, so that one that would wait for itself panics instead.

use std::cell::RefCell;
use std::panic::Location;

thread_local! {
    /// The parameters that are being read, by address, and the lines that began it.
    static READ: RefCell<Vec<(usize, &'static Location<'static>)>> = const { RefCell::new(Vec::new()) };
}

/// Notes that this thread reads a parameter, until the result is dropped.
#[derive(Debug)]
pub(crate) struct Reading {
    address: usize,
}

impl Reading {
    #[track_caller]
    pub(crate) fn begin(address: usize) -> Self {
        let line = Location::caller();
        READ.with_borrow_mut(|read| read.push((address, line)));
        Reading { address }
    }

    /// The line since which this thread reads the parameter, if it does.
    pub(crate) fn since(address: usize) -> Option<&'static Location<'static>> {
        READ.with_borrow(|read| read.iter().find(|(other, _)| *other == address).map(|&(_, line)| line))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // A thread that ends may have dropped the list already.
        let _ = READ.try_with(|read| {
            let mut read = read.borrow_mut();
            if let Some(place) = read.iter().rposition(|(address, _)| *address == self.address) {
                read.swap_remove(place);
            }
        });
    }
}
