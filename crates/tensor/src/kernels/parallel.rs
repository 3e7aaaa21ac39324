//! STUB until the real one lands.
pub(crate) fn for_each(tasks: usize, run: impl Fn(usize) + Sync) {
    (0..tasks).for_each(run)
}
pub(crate) fn for_each_chunk<T: Send>(
    out: &mut [T],
    chunk: usize,
    run: impl Fn(usize, &mut [T]) + Sync,
) {
    out.chunks_mut(chunk)
        .enumerate()
        .for_each(|(i, piece)| run(i, piece))
}
