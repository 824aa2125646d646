//! The loop under every one-operand element-wise kernel.

use crate::isa::{isa, multiversion};
use crate::threads::for_each_chunk;

/// A function of one element, compiled for every instruction set.
pub(crate) trait MapOp<A, R>: Copy + Send + Sync {
    /// Cost in elementary operations.
    const WORK: usize;

    fn apply(self, a: A) -> R;
}

/// `out = op(input)`, with the instructions of the chosen path.
pub(crate) fn map_op<A, R, O>(op: O, input: &[A], out: &mut [R])
where
    A: Copy + Sync,
    R: Send,
    O: MapOp<A, R>,
{
    let isa = isa();
    map_slices(O::WORK, input, out, &|input, out| map_slice(isa, op, input, out));
}

/// One copy for each pair of types, not for each operation.
fn map_slices<A: Sync, R: Send>(work: usize, input: &[A], out: &mut [R], op: &(dyn Fn(&[A], &mut [R]) + Sync)) {
    assert_eq!(input.len(), out.len(), "elements of operand and result");
    for_each_chunk(out, 1, input.len() * work, |start, out| {
        op(&input[start..start + out.len()], out);
    });
}

multiversion! {
    fn map_slice[A: Copy, R, O: MapOp<A, R>](op: O, input: &[A], out: &mut [R]) {
        for (out, &x) in out.iter_mut().zip(input) {
            *out = op.apply(x);
        }
    }
}

/// `out = f(input)` for functions that gain nothing from wide registers:
/// `work` elementary operations each.
pub(crate) fn map<A, R>(work: usize, input: &[A], out: &mut [R], f: impl Fn(A) -> R + Sync)
where
    A: Copy + Sync,
    R: Send,
{
    map_slices(work, input, out, &|input, out| {
        for (out, &x) in out.iter_mut().zip(input) {
            *out = f(x);
        }
    });
}
