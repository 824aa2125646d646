//! When work is shared among rayon's threads, and how it is cut.
//!
//! Work is measured in elementary operations: about one vectorised
//! multiply-add, or four bytes moved. Waking a sleeping worker costs several
//! microseconds, so less than two grains run on the calling thread.

use rayon::prelude::*;

/// Elementary operations that justify a piece of their own.
const GRAIN: usize = 1 << 15;

/// More pieces than threads, so that a thread delayed by other programs does
/// not keep the others waiting for long.
const PIECES_PER_THREAD: usize = 4;

/// Into how many pieces `work` elementary operations are worth cutting.
pub(crate) fn pieces(work: usize) -> usize {
    if work < 2 * GRAIN {
        return 1;
    }
    match rayon::current_num_threads() {
        1 => 1,
        threads => (work / GRAIN).min(threads * PIECES_PER_THREAD),
    }
}

/// Like [`pieces`] without looking at the number of threads: for work whose
/// result depends on how it is cut and must not depend on the machine's cores.
pub(crate) fn fixed_pieces(work: usize, most: usize) -> usize {
    if work < 2 * GRAIN { 1 } else { (work / GRAIN).min(most) }
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
    out.par_chunks_mut(chunk).enumerate().for_each(|(i, part)| f(i * chunk, part));
}

/// Calls `f(i)` for every `i` in `0..count`, together `work` operations.
#[inline]
pub(crate) fn for_each_index(count: usize, work: usize, f: impl Fn(usize) + Sync) {
    for_each_index_dyn(count, work, &f);
}

fn for_each_index_dyn(count: usize, work: usize, f: &(dyn Fn(usize) + Sync)) {
    if count <= 1 || pieces(work) == 1 {
        (0..count).for_each(f);
    } else {
        (0..count).into_par_iter().for_each(f);
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
