//! Memory that a thread keeps between calls, so that a kernel in a loop does not
//! ask the system for the same pages again and again.

use std::cell::RefCell;
use std::thread::LocalKey;

/// An element type with buffers for each thread.
pub(crate) trait Scratch: Copy + Default + 'static {
    fn buffers() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>>;
}

macro_rules! scratch {
    ($($t:ty)*) => {$(
        impl Scratch for $t {
            fn buffers() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>> {
                thread_local! {
                    static BUFFERS: RefCell<Vec<Vec<$t>>> = const { RefCell::new(Vec::new()) };
                }
                &BUFFERS
            }
        }
    )*};
}

scratch!(f32 f64);

/// Calls `f` with `len` elements of unspecified value. A call within the call
/// gets other memory, the same one each time.
pub(crate) fn with_scratch<T: Scratch, R>(len: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    let mut buffer = T::buffers().with_borrow_mut(Vec::pop).unwrap_or_default();
    if buffer.len() < len {
        // Nothing is worth copying to the larger memory.
        buffer.clear();
        buffer.resize(len, T::default());
    }
    let result = f(&mut buffer[..len]);
    T::buffers().with_borrow_mut(|buffers| buffers.push(buffer));
    result
}

/// Bytes of a line of the caches, and of the largest register: its loads from
/// aligned memory touch one line.
pub(crate) const LINE: usize = 64;

/// [`with_scratch`] of elements that begin where a register does.
pub(crate) fn with_aligned_scratch<T: Scratch, R>(len: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    with_scratch(len + slack::<T>(), |memory| {
        let first = to_alignment(memory);
        f(&mut memory[first..][..len])
    })
}

/// Elements, zero at first, that begin where a register does.
pub(crate) struct Aligned<T> {
    memory: Vec<T>,
    first: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    pub(crate) fn new(len: usize) -> Self {
        let memory = vec![T::default(); len + slack::<T>()];
        let first = to_alignment(&memory);
        Self { memory, first, len }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.memory[self.first..][..self.len]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.memory[self.first..][..self.len]
    }

    pub(crate) fn as_ptr(&self) -> *const T {
        self.memory[self.first..].as_ptr()
    }
}

/// Elements of the largest register.
pub(crate) const fn slack<T>() -> usize {
    LINE / size_of::<T>()
}

/// Elements before the first aligned one. They are few; where the platform
/// cannot tell, alignment is given up.
fn to_alignment<T>(memory: &[T]) -> usize {
    let first = memory.as_ptr().align_offset(LINE);
    if first <= slack::<T>() { first } else { 0 }
}
