//! Adding elements around an array.

use super::{Word, moving};
use crate::threads::for_each_chunk;
use crate::walk::elements;

/// What [`mirror_pad_u32`] and its kin put beside the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MirrorMode {
    /// The mirror lies in the outermost element, which is not repeated.
    Reflect,
    /// The mirror lies beside the outermost element, which is repeated.
    Symmetric,
}

#[derive(Clone, Copy)]
enum Edge<W> {
    Constant(W),
    Mirror(MirrorMode),
}

impl<W> Edge<W> {
    /// The input index that shows at output index `at` of an axis of `size`
    /// elements with `before` new ones in front, or `None` for the constant.
    fn source(&self, at: usize, before: usize, size: usize) -> Option<usize> {
        if (before..before + size).contains(&at) {
            return Some(at - before);
        }
        let repeated = match self {
            Self::Constant(_) => return None,
            Self::Mirror(MirrorMode::Reflect) => 0,
            Self::Mirror(MirrorMode::Symmetric) => 1,
        };
        Some(if at < before { before - at - repeated } else { 2 * size + before - 2 + repeated - at })
    }
}

fn pad<W: Word>(input: &[W], shape: &[usize], paddings: &[(usize, usize)], edge: Edge<W>, out: &mut [W]) {
    assert_eq!(shape.len(), paddings.len(), "axes of operand and paddings");
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    let padded = |axis: usize| paddings[axis].0 + shape[axis] + paddings[axis].1;
    let expected: usize = (0..shape.len()).map(padded).product();
    assert_eq!(out.len(), expected, "elements of the result");
    if let Edge::Mirror(mode) = edge {
        let most = |size: usize| match mode {
            MirrorMode::Reflect => size.saturating_sub(1),
            MirrorMode::Symmetric => size,
        };
        assert!(
            paddings.iter().zip(shape).all(|(&(b, a), &size)| b.max(a) <= most(size)),
            "mirrored paddings {paddings:?} of {shape:?}"
        );
    }
    if out.is_empty() {
        return;
    }
    let Some(last) = paddings.iter().rposition(|&padding| padding != (0, 0)) else {
        return out.copy_from_slice(input);
    };
    // Axes after the last padded one only make its elements wider.
    let inner = elements(&shape[last + 1..]);
    let (before, _) = paddings[last];
    let (row_in, row_out) = (shape[last] * inner, padded(last) * inner);
    let input_row = |mut row: usize| {
        let (mut from, mut stride) = (0, row_in);
        for axis in (0..last).rev() {
            from += edge.source(row % padded(axis), paddings[axis].0, shape[axis])? * stride;
            row /= padded(axis);
            stride *= shape[axis];
        }
        Some(&input[from..from + row_in])
    };
    for_each_chunk(out, row_out, moving::<W>(out.len()), |start, out| {
        for (i, out) in out.chunks_exact_mut(row_out).enumerate() {
            let row = input_row(start / row_out + i);
            let (front, rest) = out.split_at_mut(before * inner);
            let (middle, back) = rest.split_at_mut(row_in);
            match (edge, row) {
                (Edge::Constant(value), None) => {
                    front.fill(value);
                    middle.fill(value);
                    back.fill(value);
                }
                (Edge::Constant(value), Some(row)) => {
                    front.fill(value);
                    middle.copy_from_slice(row);
                    back.fill(value);
                }
                (Edge::Mirror(_), row) => {
                    let row = row.expect("a mirror shows an input row in every output row");
                    let mirror = |at: usize, out: &mut [W]| {
                        let source = edge.source(at, before, shape[last]);
                        let from = source.expect("a mirror shows an input element") * inner;
                        out.copy_from_slice(&row[from..from + inner]);
                    };
                    for (at, out) in front.chunks_exact_mut(inner).enumerate() {
                        mirror(at, out);
                    }
                    middle.copy_from_slice(row);
                    for (at, out) in back.chunks_exact_mut(inner).enumerate() {
                        mirror(before + shape[last] + at, out);
                    }
                }
            }
        }
    });
}

macro_rules! by_width {
    ($($pad:ident $mirror_pad:ident $w:ty;)*) => {$(
        /// `input` with `paddings` (before, after) of `value` on every axis
        /// (`tf.pad`).
        ///
        /// # Panics
        /// If a length or rank does not fit `shape`.
        pub fn $pad(
            input: &[$w],
            shape: &[usize],
            paddings: &[(usize, usize)],
            value: $w,
            out: &mut [$w],
        ) {
            pad(input, shape, paddings, Edge::Constant(value), out);
        }

        /// `input` with `paddings` (before, after) that mirror it on every axis
        /// (`tf.pad` with `mode="REFLECT"` or `"SYMMETRIC"`).
        ///
        /// # Panics
        /// If a length or rank does not fit `shape`, or a padding is longer
        /// than what the mirror shows.
        pub fn $mirror_pad(
            input: &[$w],
            shape: &[usize],
            paddings: &[(usize, usize)],
            mode: MirrorMode,
            out: &mut [$w],
        ) {
            pad(input, shape, paddings, Edge::Mirror(mode), out);
        }
    )*};
}

by_width! {
    pad_u8 mirror_pad_u8 u8;
    pad_u16 mirror_pad_u16 u16;
    pad_u32 mirror_pad_u32 u32;
    pad_u64 mirror_pad_u64 u64;
}
