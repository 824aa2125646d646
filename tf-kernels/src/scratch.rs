//! Memory that a thread keeps between calls, so that a kernel in a loop does not
//! ask the system for the same pages again and again.

use std::cell::Cell;
use std::thread::LocalKey;

/// An element type with a buffer for each thread.
pub(crate) trait Scratch: Copy + Default + 'static {
    fn buffer() -> &'static LocalKey<Cell<Vec<Self>>>;
}

macro_rules! scratch {
    ($($t:ty)*) => {$(
        impl Scratch for $t {
            fn buffer() -> &'static LocalKey<Cell<Vec<Self>>> {
                thread_local! {
                    static BUFFER: Cell<Vec<$t>> = const { Cell::new(Vec::new()) };
                }
                &BUFFER
            }
        }
    )*};
}

scratch!(f32 f64);

/// Calls `f` with `len` elements of unspecified value. A call within the call
/// gets memory of its own.
pub(crate) fn with_scratch<T: Scratch, R>(len: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    T::buffer().with(|cell| {
        let mut buffer = cell.take();
        if buffer.len() < len {
            buffer.resize(len, T::default());
        }
        let result = f(&mut buffer[..len]);
        cell.set(buffer);
        result
    })
}
