//! Results that are too large to be found in the caches by whoever reads them next: they are stored past the caches, so that their memory is
//! not read first only to be overwritten.

use crate::scratch::LINE;

/// Bytes of a result from which it is stored past the caches.
const LARGE: usize = 1 << 25;

/// Whether a result of so many `f32` is stored past the caches.
pub(crate) fn is_streamed(len: usize) -> bool {
    len >= LARGE / size_of::<f32>()
}

/// Elements from `to` up to where a line of the cache begins.
pub(crate) fn before_line(to: *const f32) -> usize {
    (to.addr().wrapping_neg() % LINE) / size_of::<f32>()
}

/// Makes what this thread has stored past the caches visible to others, before it tells them that it is there.
pub(crate) fn finish() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of the architecture has the instruction, which only waits.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_after_so_many_elements() {
        let line = [0.0f32; 64];
        let first = before_line(line.as_ptr());
        assert!(first < 16);
        for at in 0..64 {
            let before = before_line(line[at..].as_ptr());
            assert_eq!((at + before + 16 - first) % 16, 0, "at {at}");
            assert!(before < 16);
        }
    }
}
