//! The copy under transposition, slicing, reversal, broadcasting and tiling:
//! a contiguous result read from an array with arbitrary steps.

use super::{Word, moving};
use crate::threads::for_each_chunk;
use crate::walk::{Axis, Walk, for_each_offset, steps};

/// Side of the square blocks in which a transposition proceeds: two of them,
/// of 8-byte words, fit the first-level cache.
const BLOCK: usize = 32;

/// Fills `out` in row-major order with `input[base + offset]` over `walk`.
pub(super) fn strided_copy<W: Word>(walk: &Walk<1>, base: usize, input: &[W], out: &mut [W]) {
    if out.is_empty() {
        return;
    }
    let Some((&first, rest)) = walk.axes().split_first() else {
        out[0] = input[base];
        return;
    };
    let unit = steps(rest);
    debug_assert_eq!(out.len(), unit * first.size, "elements of the result");
    for_each_chunk(out, unit, moving::<W>(out.len()), |start, out| {
        let mut part = Walk::new();
        part.push(out.len() / unit, first.strides);
        for axis in rest {
            part.push(axis.size, axis.strides);
        }
        let base = base as isize + (start / unit) as isize * first.strides[0];
        copy_part(&part, base, input, out);
    });
}

fn copy_part<W: Word>(walk: &Walk<1>, base: isize, input: &[W], out: &mut [W]) {
    let (outer, row) = walk.rows();
    let [stride] = row.strides;
    if stride != 0 && stride != 1 {
        // Where another axis of the input is contiguous, both cache lines read
        // and cache lines written are used whole if the two go in blocks.
        if let Some(across) = outer.iter().position(|axis| axis.strides == [1]) {
            return transpose_blocks(outer, across, row, base, input, out);
        }
    }
    let n = row.size;
    let mut rows = out.chunks_exact_mut(n);
    for_each_offset(outer, 0..steps(outer), [base], |[at]| {
        let out = rows.next().expect("one row of the result for each step of the walk");
        match stride {
            0 => out.fill(input[at as usize]),
            1 => out.copy_from_slice(&input[at as usize..at as usize + n]),
            _ => {
                let mut at = at;
                for out in out {
                    *out = input[at as usize];
                    at += stride;
                }
            }
        }
    });
}

/// The axes `outer[across]`, contiguous in the input, and `row`, contiguous in
/// the output, block by block, for every step of the other axes.
fn transpose_blocks<W: Word>(outer: &[Axis<1>], across: usize, row: Axis<1>, base: isize, input: &[W], out: &mut [W]) {
    let mut others = Walk::<2>::new();
    for (i, axis) in outer.iter().enumerate() {
        if i != across {
            let out_stride = steps(&outer[i + 1..]) * row.size;
            others.push(axis.size, [axis.strides[0], out_stride as isize]);
        }
    }
    let (height, width) = (outer[across].size, row.size);
    let out_stride = steps(&outer[across + 1..]) * width;
    let in_stride = row.strides[0];
    for_each_offset(others.axes(), 0..steps(others.axes()), [base, 0], |[from, to]| {
        for y0 in (0..height).step_by(BLOCK) {
            for x0 in (0..width).step_by(BLOCK) {
                for y in y0..(y0 + BLOCK).min(height) {
                    let start = to as usize + y * out_stride + x0;
                    let n = BLOCK.min(width - x0);
                    let mut at = from + y as isize + x0 as isize * in_stride;
                    for out in &mut out[start..start + n] {
                        *out = input[at as usize];
                        at += in_stride;
                    }
                }
            }
        }
    });
}
