//! Walks over rectangular index spaces with several strided operands.

use std::ops::Range;

/// Ranks up to this one are walked without an allocation.
const INLINE: usize = 8;

/// One axis of a walk: its length and the step of each operand along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis<const K: usize> {
    pub(crate) size: usize,
    pub(crate) strides: [isize; K],
}

/// The axes of a walk, outermost first, merged where all operands allow it.
/// Axes of length 1 are dropped, so a scalar has no axis at all.
#[derive(Clone)]
pub(crate) struct Walk<const K: usize> {
    inline: [Axis<K>; INLINE],
    len: usize,
    /// Holds all axes once there are more than fit `inline`.
    spill: Vec<Axis<K>>,
}

impl<const K: usize> Walk<K> {
    const SCALAR: Axis<K> = Axis { size: 1, strides: [0; K] };

    pub(crate) fn new() -> Self {
        Self { inline: [Self::SCALAR; INLINE], len: 0, spill: Vec::new() }
    }

    /// Appends the next inner axis.
    pub(crate) fn push(&mut self, size: usize, strides: [isize; K]) {
        if size == 1 {
            return;
        }
        if let Some(outer) = self.axes_mut().last_mut() {
            let one_run = (0..K).all(|k| outer.strides[k] == strides[k] * size as isize);
            if one_run {
                *outer = Axis { size: outer.size * size, strides };
                return;
            }
        }
        if self.len < INLINE {
            self.inline[self.len] = Axis { size, strides };
        } else {
            if self.spill.is_empty() {
                self.spill.extend_from_slice(&self.inline);
            }
            self.spill.push(Axis { size, strides });
        }
        self.len += 1;
    }

    /// The walk over `out_shape` of operands of the given `shapes`, broadcast
    /// by NumPy's rules. `out_shape` holds at least one element.
    pub(crate) fn broadcast(shapes: [&[usize]; K], out_shape: &[usize]) -> Self {
        let mut walk = Self::new();
        let mut inner = shapes.map(|shape| shape.iter().product::<usize>());
        for (i, &size) in out_shape.iter().enumerate() {
            let mut strides = [0; K];
            for k in 0..K {
                let missing = out_shape.len() - shapes[k].len();
                let dim = if i < missing { 1 } else { shapes[k][i - missing] };
                assert!(dim == size || dim == 1, "{:?} broadcasts to {out_shape:?}", shapes[k]);
                inner[k] /= dim;
                strides[k] = if dim == 1 { 0 } else { inner[k] as isize };
            }
            walk.push(size, strides);
        }
        walk
    }

    pub(crate) fn axes(&self) -> &[Axis<K>] {
        if self.len <= INLINE { &self.inline[..self.len] } else { &self.spill }
    }

    fn axes_mut(&mut self) -> &mut [Axis<K>] {
        if self.len <= INLINE { &mut self.inline[..self.len] } else { &mut self.spill }
    }

    /// All axes but the innermost, and the innermost.
    pub(crate) fn rows(&self) -> (&[Axis<K>], Axis<K>) {
        match self.axes().split_last() {
            Some((row, outer)) => (outer, *row),
            None => (&[], Self::SCALAR),
        }
    }
}

/// How many steps a walk over `axes` takes.
pub(crate) fn steps<const K: usize>(axes: &[Axis<K>]) -> usize {
    axes.iter().map(|axis| axis.size).product()
}

/// Calls `f` with the operands' offsets at each of the steps `range` of the
/// row-major walk over `axes`; offsets start at `base`.
#[inline]
pub(crate) fn for_each_offset<const K: usize>(
    axes: &[Axis<K>],
    range: Range<usize>,
    base: [isize; K],
    mut f: impl FnMut([isize; K]),
) {
    let mut inline = [0usize; INLINE];
    let mut spill;
    let index = if axes.len() <= INLINE {
        &mut inline[..axes.len()]
    } else {
        spill = vec![0usize; axes.len()];
        &mut spill[..]
    };
    let mut offsets = base;
    let mut rest = range.start;
    for (i, axis) in axes.iter().enumerate().rev() {
        index[i] = rest % axis.size;
        rest /= axis.size;
        advance(&mut offsets, &axis.strides, index[i] as isize);
    }
    for _ in range {
        f(offsets);
        for (i, axis) in axes.iter().enumerate().rev() {
            index[i] += 1;
            advance(&mut offsets, &axis.strides, 1);
            if index[i] < axis.size {
                break;
            }
            index[i] = 0;
            advance(&mut offsets, &axis.strides, -(axis.size as isize));
        }
    }
}

#[inline]
fn advance<const K: usize>(offsets: &mut [isize; K], strides: &[isize; K], count: isize) {
    for (offset, stride) in offsets.iter_mut().zip(strides) {
        *offset += count * stride;
    }
}

/// The row-major strides of `shape`, one at a time from the outermost axis.
pub(crate) fn strides(shape: &[usize]) -> impl Iterator<Item = usize> + '_ {
    (0..shape.len()).map(|i| shape[i + 1..].iter().product())
}

/// How many elements an array of this shape has.
pub(crate) fn elements(shape: &[usize]) -> usize {
    shape.iter().product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets<const K: usize>(walk: &Walk<K>, range: Range<usize>) -> Vec<[isize; K]> {
        let mut all = Vec::new();
        for_each_offset(walk.axes(), range, [0; K], |o| all.push(o));
        all
    }

    #[test]
    fn axes_merge_where_every_operand_is_contiguous() {
        let walk = Walk::broadcast([&[2, 3, 4], &[2, 3, 4]], &[2, 3, 4]);
        assert_eq!(walk.axes(), [Axis { size: 24, strides: [1, 1] }]);
        let walk = Walk::broadcast([&[2, 3, 4], &[4]], &[2, 3, 4]);
        let expected = [Axis { size: 6, strides: [4, 0] }, Axis { size: 4, strides: [1, 1] }];
        assert_eq!(walk.axes(), expected);
    }

    #[test]
    fn a_walk_may_start_anywhere() {
        let walk = Walk::broadcast([&[3, 1, 2], &[1, 4, 1]], &[3, 4, 2]);
        let all = offsets(&walk, 0..24);
        for start in 0..24 {
            assert_eq!(offsets(&walk, start..24), all[start..]);
        }
    }

    #[test]
    fn ranks_beyond_the_inline_ones_are_walked() {
        let shape = [2usize; 12];
        let other: Vec<usize> = (0..12).map(|i| 1 + i % 2).collect();
        let walk = Walk::broadcast([&shape, &other], &shape);
        assert!(walk.axes().len() > INLINE);
        let all = offsets(&walk, 0..1 << 12);
        assert!(all.iter().enumerate().all(|(i, o)| o[0] == i as isize));
        assert_eq!(all[(1 << 12) - 1][1], 63);
    }
}
