//! What a panic said, and where: for tests of messages.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Once;

/// What a panic said, and where.
#[derive(Debug, Clone)]
pub(crate) struct Panic {
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

impl Panic {
    /// Asserts that the message has each of `parts`.
    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.message.contains(part), "no {part:?} in {:?}", self.message);
        }
        self
    }

    /// Asserts that the panic named this place.
    #[track_caller]
    pub(crate) fn at(&self, file: &str, line: u32) {
        assert_eq!((self.file.as_str(), self.line), (file, line), "{self:?}");
    }
}

/// The panic that ends `f`. It isn't printed; those of other threads are.
#[track_caller]
pub(crate) fn panic_of<T>(f: impl FnOnce() -> T) -> Panic {
    thread_local! {
        static CATCHING: Cell<bool> = const { Cell::new(false) };
        static CAUGHT: RefCell<Option<Panic>> = const { RefCell::new(None) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                return print(info);
            }
            let place = info.location().unwrap_or_else(|| Location::caller());
            CAUGHT.set(Some(Panic {
                message: info.payload_as_str().unwrap_or_default().to_owned(),
                file: place.file().to_owned(),
                line: place.line(),
            }));
        }));
    });

    CATCHING.set(true);
    let end = panic::catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(false);
    assert!(end.is_err(), "it didn't panic");
    CAUGHT.take().expect("the panic was seen")
}
