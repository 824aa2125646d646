//! When work is shared among threads, and how it is cut.
//!
//! Work is measured in elementary operations: about one vectorised
//! multiply-add, or four bytes moved. The calling thread shares it with the
//! program's `Team`; a thread of rayon's, as in a pool of the user's, with its
//! pool.

use crate::team::Team;
use rayon::prelude::*;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
    static CALLED: Cell<usize> = const { Cell::new(0) };
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

/// How many threads a caller's work is shared among if no others call.
pub fn threads() -> usize {
    if ALONE.get() { 1 } else { rayon::current_num_threads() }
}

/// Whether a kernel of so many elementary operations shares them out where
/// there are threads.
pub fn is_shared_out(work: usize) -> bool {
    work >= 2 * GRAIN
}

/// Elementary operations of the kernels that this thread has called so far,
/// by which they decide whether to share them out. The difference of two calls
/// is the work of what was called between.
///
/// ```
/// use tf_kernels::{threads::work_called, unary::{UnaryOp, unary_f32}};
/// let before = work_called();
/// unary_f32(UnaryOp::Neg, &[1.0; 64], &mut [0.0; 64]);
/// assert_eq!(work_called().wrapping_sub(before), 64);
/// ```
pub fn work_called() -> usize {
    CALLED.get()
}

/// Notes the work of a kernel that `f` is, whatever other kernels it calls for
/// its parts.
fn noted(work: usize, f: impl FnOnce()) {
    let before = CALLED.get();
    f();
    CALLED.set(before.wrapping_add(work));
}

/// Calls `own`, and `f(i)` for every `i` in `0..count`, beside each other if
/// other threads take part. Each call's kernels are taken by its thread alone.
///
/// Sleeping threads are woken where calls follow each other, so that they wait
/// for the next one awake: whoever comes late is waited for longer than what is
/// worth calling so takes.
///
/// ```
/// let (mut own, others) = (0, std::sync::Mutex::new(0));
/// tf_kernels::threads::beside(|| own += 1, 3, |i| *others.lock().unwrap() += i);
/// assert_eq!((own, others.into_inner().unwrap()), (1, 3));
/// ```
pub fn beside(own: impl FnOnce(), count: usize, f: impl Fn(usize) + Sync) {
    let own = || alone(own);
    let f = |i| alone(|| f(i));
    if rayon::current_thread_index().is_some() {
        return rayon::in_place_scope(|scope| {
            (0..count).for_each(|i| scope.spawn(move |_| f(i)));
            own();
        });
    }
    let team = Team::of_program();
    if left_of(rayon::current_num_threads()) == 1 {
        own();
        (0..count).for_each(f);
    } else if team.is_awake() {
        team.share_beside(count, false, &f, own);
    } else {
        if CALLS.follow() {
            team.share_beside(count, true, &f, own);
        } else {
            own();
            (0..count).for_each(f);
        }
        CALLS.note();
    }
}

/// How calls of [`beside`] follow each other that found helpers asleep.
struct Calls {
    /// When the last one ended: nanoseconds after the first.
    last: AtomicU64,
    /// How many came soon after the one before, without a pause.
    soon: AtomicUsize,
}

static CALLS: Calls = Calls { last: AtomicU64::new(0), soon: AtomicUsize::new(0) };

impl Calls {
    /// Whether this call and some before it came while helpers would still be
    /// awake from the one before.
    fn follow(&self) -> bool {
        let pause = Calls::now().saturating_sub(self.last.load(Ordering::Relaxed));
        let soon = if pause < SOON { self.soon.load(Ordering::Relaxed).saturating_add(1) } else { 0 };
        self.soon.store(soon, Ordering::Relaxed);
        soon >= OFTEN
    }

    fn note(&self) {
        self.last.store(Calls::now(), Ordering::Relaxed);
    }

    fn now() -> u64 {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        FIRST.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }
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

/// Nanoseconds after which the next call finds helpers awake.
const SOON: u64 = 25_000;

/// As many calls have to follow each other before helpers are asked to wait
/// for more.
const OFTEN: usize = 8;

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
    if !is_shared_out(work) {
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
    noted(work, || share_chunks(out, unit, work, f));
}

fn share_chunks<T: Send>(out: &mut [T], unit: usize, work: usize, f: &(dyn Fn(usize, &mut [T]) + Sync)) {
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
    noted(work, || share_indices(count, work, f));
}

fn share_indices(count: usize, work: usize, f: &(dyn Fn(usize) + Sync)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn what_is_called_beside_each_other_is_called_once_and_each_by_one_thread() {
        for round in 0..3 * OFTEN {
            let count = round % 5;
            let called: Vec<AtomicUsize> = (0..=count).map(|_| AtomicUsize::new(0)).collect();
            let call = |i: usize| {
                assert_eq!(threads(), 1, "kernels have no other thread here");
                called[i].fetch_add(1, Ordering::Relaxed);
            };
            beside(|| call(count), count, call);
            assert!(called.iter().all(|called| called.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn a_panic_on_either_side_reaches_the_caller() {
        for round in 0..3 * OFTEN {
            let (own, other) = (round % 3 != 0, round % 3 != 1);
            let call = || beside(|| assert!(!own, "its own"), 2, |i| assert!(!(other && i == 1), "another's"));
            assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
            assert_eq!(threads(), rayon::current_num_threads(), "as before");
            beside(|| (), 2, |_| ());
        }
    }

    #[test]
    fn the_work_of_a_kernel_is_told_once() {
        let before = work_called();
        for_each_index(3, 1000, |_| for_each_index(2, 400, |_| ()));
        for_each_chunk(&mut [0; 8], 1, 500, |_, _| ());
        assert_eq!(work_called().wrapping_sub(before), 1500);
    }
}
