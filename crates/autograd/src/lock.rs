//! The lock of what nodes of the graph share: a rule until it is taken, a gradient while it adds up.

/// A lock that is free again by a plain store.
///
/// Two threads rarely meet at one node, so what a lock costs is what it costs when nobody else wants it. An atomic
/// instruction that reads and writes waits for all stores before it, which takes as long as some fifty other instructions.
/// `std::sync::Mutex` needs one to lock and one to unlock, for it must learn whether somebody sleeps; this one needs one. Who
/// has to wait gives its turn away meanwhile.
pub(crate) type Lock<T> = spin::mutex::SpinMutex<T, spin::Yield>;

/// A held [`Lock`].
pub(crate) type Guard<'a, T> = spin::mutex::SpinMutexGuard<'a, T, spin::Yield>;
