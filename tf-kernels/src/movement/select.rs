//! Choice between two arrays, element by element.

use super::Word;
use crate::isa::{isa, multiversion};
use crate::threads::for_each_chunk;
use crate::walk::{Walk, elements, for_each_offset};

fn select<W: Word>(
    (cond, cond_shape): (&[bool], &[usize]),
    (a, a_shape): (&[W], &[usize]),
    (b, b_shape): (&[W], &[usize]),
    out: &mut [W],
    out_shape: &[usize],
) {
    assert_eq!(cond.len(), elements(cond_shape), "elements of the condition");
    assert_eq!(a.len(), elements(a_shape), "elements of the first operand");
    assert_eq!(b.len(), elements(b_shape), "elements of the second operand");
    assert_eq!(out.len(), elements(out_shape), "elements of the result");
    if out.is_empty() {
        return;
    }
    let isa = isa();
    let walk = Walk::broadcast([cond_shape, a_shape, b_shape], out_shape);
    let (outer, row) = walk.rows();
    let run = |[ic, ia, ib]: [isize; 3], skip: usize, out: &mut [W]| {
        let span = |offset: isize, stride: isize| {
            let start = (offset + skip as isize * stride) as usize;
            start..start + if stride == 0 { 1 } else { out.len() }
        };
        let cond = &cond[span(ic, row.strides[0])];
        let a = &a[span(ia, row.strides[1])];
        let b = &b[span(ib, row.strides[2])];
        select_row(isa, cond, a, b, out);
    };
    if outer.is_empty() {
        return for_each_chunk(out, 1, out.len(), |start, out| run([0; 3], start, out));
    }
    for_each_chunk(out, row.size, out.len(), |start, out| {
        let steps = start / row.size..(start + out.len()) / row.size;
        let mut rows = out.chunks_exact_mut(row.size);
        for_each_offset(outer, steps, [0; 3], |offsets| {
            let out = rows.next().expect("one row of the result for each step of the walk");
            run(offsets, 0, out);
        });
    });
}

multiversion! {
    /// One row; an operand of length 1 serves all of it.
    fn select_row[W: Word](cond: &[bool], a: &[W], b: &[W], out: &mut [W]) {
        let n = out.len();
        let whole = |operand: &[W]| operand.len() == n;
        if cond.len() != n {
            let chosen = if cond[0] { a } else { b };
            match chosen {
                [value] => out.fill(*value),
                _ => out.copy_from_slice(chosen),
            }
        } else if whole(a) && whole(b) {
            for (((out, &c), &a), &b) in out.iter_mut().zip(cond).zip(a).zip(b) {
                *out = if c { a } else { b };
            }
        } else if whole(a) {
            let b = b[0];
            for ((out, &c), &a) in out.iter_mut().zip(cond).zip(a) {
                *out = if c { a } else { b };
            }
        } else if whole(b) {
            let a = a[0];
            for ((out, &c), &b) in out.iter_mut().zip(cond).zip(b) {
                *out = if c { a } else { b };
            }
        } else {
            let (a, b) = (a[0], b[0]);
            for (out, &c) in out.iter_mut().zip(cond) {
                *out = if c { a } else { b };
            }
        }
    }
}

macro_rules! by_width {
    ($($select:ident $w:ty;)*) => {$(
        /// `out = cond ? a : b`, all three broadcast to `out_shape` (`tf.where`).
        ///
        /// # Panics
        /// If a slice does not fit its shape or a shape does not broadcast.
        #[allow(clippy::too_many_arguments, reason = "three operands and a result, with shapes")]
        pub fn $select(
            cond: &[bool],
            cond_shape: &[usize],
            a: &[$w],
            a_shape: &[usize],
            b: &[$w],
            b_shape: &[usize],
            out: &mut [$w],
            out_shape: &[usize],
        ) {
            select((cond, cond_shape), (a, a_shape), (b, b_shape), out, out_shape);
        }
    )*};
}

by_width! {
    select_u8 u8;
    select_u16 u16;
    select_u32 u32;
    select_u64 u64;
}
