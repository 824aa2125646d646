//! Fresh memory of megabytes. The system hands it out page by page, when each is touched, and what was used before has to be cleared: for a
//! result that takes a millisecond to compute either takes a good part of that. Threads share the clearing, and the pages are large ones
//! where the system has them.

use crate::threads::for_each_chunk;
use std::mem::MaybeUninit;

/// Bytes from which threads share the clearing.
const SHARED: usize = 1 << 18;

/// Bytes from which large pages are worth asking for.
const LARGE: usize = 1 << 22;

/// Bytes from which every allocator takes memory from the system, which hands it out cleared.
const CLEARED: usize = 1 << 25;

/// So many zeros.
///
/// ```
/// let zeros = tf_kernels::memory::zeros(100_000);
/// assert!(zeros.len() == 100_000 && zeros.iter().all(|&x| x == 0.0));
/// ```
pub fn zeros(len: usize) -> Vec<f32> {
    let bytes = len.saturating_mul(size_of::<f32>());
    if !(SHARED..CLEARED).contains(&bytes) {
        let memory = vec![0.0; len];
        if bytes >= CLEARED {
            ask_for_large_pages(memory.as_ptr_range());
        }
        return memory;
    }
    let mut memory = Vec::with_capacity(len);
    let spare = &mut memory.spare_capacity_mut()[..len];
    if bytes >= LARGE {
        let spare = spare.as_ptr_range();
        ask_for_large_pages(spare.start.cast()..spare.end.cast());
    }
    for_each_chunk(spare, 1024, len, |_, part| part.fill(MaybeUninit::new(0.0f32)));
    // SAFETY: all elements were filled.
    unsafe { memory.set_len(len) };
    memory
}

/// Asks for the large pages that lie within memory, as advice: where there are none it stays as it is.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn ask_for_large_pages(memory: std::ops::Range<*const f32>) {
    use std::ffi::{c_int, c_void};
    unsafe extern "C" {
        fn madvise(address: *mut c_void, length: usize, advice: c_int) -> c_int;
    }
    const HUGE_PAGES: c_int = 14;
    const PAGE: usize = 1 << 21;
    let (start, end) = (memory.start.addr().next_multiple_of(PAGE), memory.end.addr() / PAGE * PAGE);
    if start < end {
        let skipped = start - memory.start.addr();
        // SAFETY: the pages lie within the memory, and the advice changes nothing of what is in it.
        unsafe { madvise(memory.start.cast_mut().wrapping_byte_add(skipped).cast(), end - start, HUGE_PAGES) };
    }
}

/// There is nobody to ask.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn ask_for_large_pages(_: std::ops::Range<*const f32>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_of_every_size() {
        for bytes in [0, 4, SHARED - 4, SHARED, LARGE + 12, CLEARED - 4, CLEARED + 4096] {
            let mut memory = zeros(bytes / 4);
            assert_eq!(memory.len(), bytes / 4);
            assert!(memory.iter().all(|&x| x.to_bits() == 0));
            // Memory that was used before.
            memory.fill(1.0);
            drop(memory);
            assert!(zeros(bytes / 4).iter().all(|&x| x.to_bits() == 0));
        }
    }
}
