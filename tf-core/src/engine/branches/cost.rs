//! About how long steps take, in nanoseconds: what decides whether they are taken beside each other. As measured with
//! `cargo run --release -p compare_rows -- branches` on an AMD EPYC of the 25th family.
//!
//! The work of a step is what its kernels call it themselves, in elementary operations (`tf_kernels::threads`), by which they also decide
//! whether to share it out.

use tf_kernels::threads::is_shared_out;

/// Elementary operations in a microsecond, of the slowest kernels and of the fastest: one row by a matrix that is in no cache of the core, and
/// many rows by a matrix. A fork has to pay at both.
pub(super) const RATES: [usize; 2] = [1500, 8000];

/// What a step takes beside its kernels, to find its inputs and its memory: rather too little, since forks that win little may lose.
const STEP: usize = 250;

/// The same of a step that computes nothing, such as the read of a variable.
const READ: usize = 80;

/// What it takes a kernel to have other threads take part, and to wait for the last.
const SHARING: usize = 500;

/// What it takes to have other threads take lanes, and to wait for the last.
const FORKING: usize = 1000;

/// What a thread waits for a kibibyte that another has written.
const CROSSING: usize = 200;

/// What is to be saved at least, beyond all that: at times what one thread writes reaches another several times as late.
const LEAST: usize = 2500;

/// What a step of so much work takes one thread at such a rate.
pub(super) fn alone(work: usize, rate: usize) -> usize {
    if work == 0 { READ } else { STEP + work * 1000 / rate }
}

/// What it takes where so many threads share out what is large.
pub(super) fn shared(work: usize, rate: usize, threads: usize) -> usize {
    if is_shared_out(work) { alone(work / threads, rate) + SHARING } else { alone(work, rate) }
}

/// What it takes to read so many bytes that another thread has written.
pub(super) fn crossing(bytes: usize) -> usize {
    bytes * CROSSING / 1024
}

/// What a fork takes whose longest lane takes so long.
pub(super) fn forked(longest: usize) -> usize {
    longest + FORKING
}

/// What is saved by taking so long beside each other in place of so long one after the other; nothing if that is too little to be relied on,
/// since estimates are not that good.
pub(super) fn saved(beside: usize, in_turn: usize) -> Option<usize> {
    in_turn.checked_sub(beside).filter(|&saved| saved >= LEAST.max(in_turn / 6))
}
