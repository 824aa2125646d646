//! Fresh memory of megabytes. What was used before need not be cleared for a kernel that writes all of it, which takes a good part of a
//! result that is computed in a millisecond. The system hands memory out page by page, when each is touched: large pages where it has them.

/// Bytes from which large pages are worth asking for.
const LARGE: usize = 1 << 22;

/// Memory for so many numbers of unspecified values: whoever asks for it writes all of them.
///
/// ```
/// let mut memory = tf_kernels::memory::unspecified(100_000);
/// memory.fill(1.0);
/// assert_eq!(memory.iter().sum::<f32>(), 100_000.0);
/// ```
pub fn unspecified(len: usize) -> Vec<f32> {
    let mut memory = Vec::with_capacity(len);
    if len.saturating_mul(size_of::<f32>()) >= LARGE {
        let spare = memory.spare_capacity_mut()[..len].as_ptr_range();
        ask_for_large_pages(spare.start.cast()..spare.end.cast());
    }
    specify(&mut memory, len);
    memory
}

/// Has memory that was asked for hold `len` numbers: those that lie there.
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
fn specify(memory: &mut Vec<f32>, len: usize) {
    assert!(len <= memory.capacity(), "memory that was asked for");
    // SAFETY: to the compiler the empty instruction writes what it is given the address of, so the numbers are no longer uninitialised:
    // those that it writes are the ones that lie there, and any bits are a number. They lie within the capacity, as asserted.
    unsafe {
        std::arch::asm!("/* {0} */", in(reg) memory.as_mut_ptr(), options(nostack, preserves_flags));
        memory.set_len(len);
    }
}

/// Elsewhere they are zeros.
#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
fn specify(memory: &mut Vec<f32>, len: usize) {
    memory.resize(len, 0.0);
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
    fn memory_of_every_size_holds_what_is_written() {
        for bytes in [0, 4, 4096, LARGE - 4, LARGE + 12, 8 * LARGE + 4096] {
            let mut memory = unspecified(bytes / 4);
            assert_eq!(memory.len(), bytes / 4);
            memory.iter_mut().enumerate().for_each(|(i, x)| *x = i as f32);
            assert!(memory.iter().enumerate().all(|(i, &x)| x == i as f32));
        }
    }
}
