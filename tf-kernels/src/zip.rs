//! The loop under every two-operand element-wise kernel.

use crate::isa::{isa, multiversion};
use crate::threads::for_each_chunk;
use crate::walk::{Axis, Walk, elements, for_each_offset};

/// A function of two elements.
pub(crate) trait ZipOp<A, R>: Copy + Send + Sync {
    /// Cost in elementary operations.
    const WORK: usize;

    fn apply(a: A, b: A) -> R;
}

/// Rows shorter than this are processed several at a time where one operand
/// repeats from row to row, as a bias does.
const SHORT_ROW: usize = 128;

/// Elements of a repeated short row held on the stack.
const REPEATED: usize = 512;

/// One row of a result; an operand of length 1 serves all of it.
type Row<'f, A, R> = dyn Fn(&[A], &[A], &mut [R]) + Sync + 'f;

/// `out = op(a, b)` with both operands broadcast to `out_shape`.
pub(crate) fn zip<A, R, O>(op: O, a: (&[A], &[usize]), b: (&[A], &[usize]), out: &mut [R], out_shape: &[usize])
where
    A: Copy + Send + Sync,
    R: Send,
    O: ZipOp<A, R>,
{
    let isa = isa();
    zip_rows(&|a, b, out| zip_row(isa, op, a, b, out), O::WORK, a, b, out, out_shape);
}

/// One copy for each pair of types, not for each operation.
fn zip_rows<A: Copy + Send + Sync, R: Send>(
    op: &Row<'_, A, R>,
    work: usize,
    (a, a_shape): (&[A], &[usize]),
    (b, b_shape): (&[A], &[usize]),
    out: &mut [R],
    out_shape: &[usize],
) {
    assert_eq!(a.len(), elements(a_shape), "elements of the first operand");
    assert_eq!(b.len(), elements(b_shape), "elements of the second operand");
    assert_eq!(out.len(), elements(out_shape), "elements of the result");
    if out.is_empty() {
        return;
    }
    let walk = Walk::broadcast([a_shape, b_shape], out_shape);
    let (outer, row) = walk.rows();
    let work = out.len() * work;
    if outer.is_empty() {
        return for_each_chunk(out, 1, work, |start, out| {
            let a = part(a, 0, row.strides[0], start, out.len());
            let b = part(b, 0, row.strides[1], start, out.len());
            op(a, b, out);
        });
    }
    let n = row.size;
    if let [rows] = outer
        && n < SHORT_ROW
        && row.strides == [1, 1]
    {
        return zip_short_rows(op, work, a, b, out, *rows, n);
    }
    for_each_chunk(out, n, work, |start, out| {
        let steps = start / n..(start + out.len()) / n;
        let mut rows = out.chunks_exact_mut(n);
        for_each_offset(outer, steps, [0; 2], |[ia, ib]| {
            let out = rows.next().expect("one row of the result for each step of the walk");
            let a = part(a, ia, row.strides[0], 0, n);
            let b = part(b, ib, row.strides[1], 0, n);
            op(a, b, out);
        });
    });
}

/// `n` elements of an operand from `start` of the row at `offset`, or its only
/// one where it does not advance along the row.
#[inline]
fn part<A>(operand: &[A], offset: isize, stride: isize, start: usize, n: usize) -> &[A] {
    let offset = offset as usize;
    if stride == 0 { &operand[offset..offset + 1] } else { &operand[offset + start..offset + start + n] }
}

/// Two axes, the inner one of `n` elements short and contiguous in both operands:
/// one operand runs on from row to row, the other starts anew and is laid out
/// several times.
fn zip_short_rows<A: Copy + Send + Sync, R: Send>(
    op: &Row<'_, A, R>,
    work: usize,
    a: &[A],
    b: &[A],
    out: &mut [R],
    rows: Axis<2>,
    n: usize,
) {
    let a_repeats = rows.strides[0] == 0;
    let once = if a_repeats { a } else { b };
    let mut repeated = [once[0]; REPEATED];
    let tile = REPEATED / n * n;
    for chunk in repeated[..tile].chunks_exact_mut(n) {
        chunk.copy_from_slice(&once[..n]);
    }
    for_each_chunk(out, n, work, |start, out| {
        for (i, out) in out.chunks_mut(tile).enumerate() {
            let start = start + i * tile;
            let repeated = &repeated[..out.len()];
            if a_repeats {
                op(repeated, &b[start..start + out.len()], out);
            } else {
                op(&a[start..start + out.len()], repeated, out);
            }
        }
    });
}

multiversion! {
    /// One row; an operand of length 1 serves all of it.
    fn zip_row[A: Copy, R, O: ZipOp<A, R>](_op: O, a: &[A], b: &[A], out: &mut [R]) {
        let n = out.len();
        if a.len() == n && b.len() == n {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = O::apply(a, b);
            }
        } else if b.len() == 1 && a.len() == n {
            let b = b[0];
            for (out, &a) in out.iter_mut().zip(a) {
                *out = O::apply(a, b);
            }
        } else if a.len() == 1 && b.len() == n {
            let a = a[0];
            for (out, &b) in out.iter_mut().zip(b) {
                *out = O::apply(a, b);
            }
        } else {
            let (a, b) = (a[0], b[0]);
            for out in out {
                *out = O::apply(a, b);
            }
        }
    }
}
