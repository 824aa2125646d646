//! When work is shared among threads, and how it is cut.
//!
//! Work is measured in elementary operations: about one vectorised
//! multiply-add, or four bytes moved. The calling thread shares it with the
//! program's `Team`; a thread of rayon's, as in a pool of the user's, with its
//! pool.

use crate::team::Team;
use rayon::prelude::*;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// How many callers there are.
static CALLERS: AtomicUsize = AtomicUsize::new(0);

/// A thread that calls kernels for a while, beside others that may do so too.
/// As long as there are as many of them as threads, each does its own work:
/// they are busy all the same, and nobody waits for another.
///
/// ```
/// let mut sum = [0.0];
/// let calling = tf_kernels::threads::Caller::enter();
/// tf_kernels::unary::unary_f32(tf_kernels::unary::UnaryOp::Neg, &[1.0], &mut sum);
/// drop(calling);
/// assert_eq!(sum, [-1.0]);
/// ```
#[must_use = "it calls for as long as this is held"]
#[derive(Debug)]
pub struct Caller(());

impl Caller {
    /// One more.
    pub fn enter() -> Caller {
        CALLERS.fetch_add(1, Ordering::Relaxed);
        Caller(())
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        CALLERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many of so many threads are left to share a caller's work, itself among
/// them.
pub(crate) fn left_of(threads: usize) -> usize {
    (threads + 1).saturating_sub(CALLERS.load(Ordering::Relaxed).max(1)).max(1)
}

/// Calls `f`, whose kernels share their work with no other thread.
pub fn alone<R>(f: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            ALONE.set(self.0);
        }
    }
    let _before = Before(ALONE.replace(true));
    f()
}

/// Elementary operations that justify a piece of their own.
const GRAIN: usize = 1 << 13;

/// Elementary operations for which sleeping threads are woken, which takes
/// several microseconds.
const WORTH_WAKING: usize = 1 << 15;

/// Elementary operations of a piece where the cut decides the result.
const FIXED_GRAIN: usize = 1 << 15;

/// More pieces than threads, so that a thread delayed by other programs does
/// not keep the others waiting for long.
const PIECES_PER_THREAD: usize = 4;

/// The same at most, where pieces need nothing of each other. A thread takes
/// several that follow each other at once, so they are no shorter to the caches.
const SHORT_PIECES_PER_THREAD: usize = 64;

/// Elementary operations of such a piece: a microsecond or a few.
const SHORT: usize = 1 << 14;

/// Into how many pieces `work` elementary operations are worth cutting.
pub(crate) fn pieces(work: usize) -> usize {
    of_each_thread(work, PIECES_PER_THREAD)
}

/// The same for work whose parts need nothing of each other: as many more as
/// make the wait for the last of them short.
pub(crate) fn short_pieces(work: usize) -> usize {
    let most = (work / SHORT / rayon::current_num_threads()).clamp(PIECES_PER_THREAD, SHORT_PIECES_PER_THREAD);
    of_each_thread(work, most)
}

fn of_each_thread(work: usize, most: usize) -> usize {
    if work < 2 * GRAIN {
        return 1;
    }
    let threads = rayon::current_num_threads();
    let of_pool = rayon::current_thread_index().is_some();
    match if of_pool { threads } else { left_of(threads) } {
        _ if ALONE.get() => 1,
        1 => 1,
        threads => (work / GRAIN).min(threads * most),
    }
}

/// Like [`pieces`] without looking at the number of threads: for work whose
/// result depends on how it is cut and must not depend on the machine's cores.
pub(crate) fn fixed_pieces(work: usize, most: usize) -> usize {
    if work < 2 * FIXED_GRAIN { 1 } else { (work / FIXED_GRAIN).min(most) }
}

/// Calls `f(start, chunk)` for chunks that together cover `out`, each but the
/// last a multiple of `unit` elements long and beginning at `out[start]`.
/// `work` is that of the whole of `out`.
#[inline]
pub(crate) fn for_each_chunk<T: Send>(out: &mut [T], unit: usize, work: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    for_each_chunk_dyn(out, unit, work, &f);
}

/// One copy for each element type, not for each closure: what rayon makes of
/// one loop takes long to compile.
fn for_each_chunk_dyn<T: Send>(out: &mut [T], unit: usize, work: usize, f: &(dyn Fn(usize, &mut [T]) + Sync)) {
    if out.is_empty() {
        return;
    }
    let units = out.len().div_ceil(unit);
    let pieces = pieces(work).min(units);
    if pieces == 1 {
        return f(0, out);
    }
    let chunk = units.div_ceil(pieces) * unit;
    if rayon::current_thread_index().is_some() {
        return out.par_chunks_mut(chunk).enumerate().for_each(|(i, part)| f(i * chunk, part));
    }
    let len = out.len();
    let shared = SharedMut::new(out);
    Team::of_program().share(len.div_ceil(chunk), work >= WORTH_WAKING, &|i| {
        let start = i * chunk;
        // SAFETY: chunks lie within `out`, and no two overlap.
        let part = unsafe { std::slice::from_raw_parts_mut(shared.get().add(start), chunk.min(len - start)) };
        f(start, part);
    });
}

/// Calls `f(i)` for every `i` in `0..count`, together `work` operations.
#[inline]
pub(crate) fn for_each_index(count: usize, work: usize, f: impl Fn(usize) + Sync) {
    for_each_index_dyn(count, work, &f);
}

fn for_each_index_dyn(count: usize, work: usize, f: &(dyn Fn(usize) + Sync)) {
    if count <= 1 || pieces(work) == 1 {
        (0..count).for_each(f);
    } else if rayon::current_thread_index().is_some() {
        (0..count).into_par_iter().for_each(f);
    } else {
        Team::of_program().share(count, work >= WORTH_WAKING, f);
    }
}

/// A pointer that several threads may hold, for outputs whose parts are
/// disjoint but not contiguous.
pub(crate) struct SharedMut<T>(*mut T);

// SAFETY: the pointer itself is only a number; whoever dereferences it answers
// for the parts being disjoint.
unsafe impl<T: Send> Send for SharedMut<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for SharedMut<T> {}

impl<T> SharedMut<T> {
    pub(crate) fn new(slice: &mut [T]) -> Self {
        Self(slice.as_mut_ptr())
    }

    pub(crate) fn get(&self) -> *mut T {
        self.0
    }
}
