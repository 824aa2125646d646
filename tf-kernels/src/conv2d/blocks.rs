//! The filter as the tiles read it: blocks of output channels.

use super::epilogue::After;
use super::tile::Tiles;
use super::{Conv2dShape, Element, Epilogue};
use crate::isa::Isa;

/// A block of output channels of one group, as wide as a tile.
pub(super) struct Block<T> {
    /// The first input channel of the group.
    pub(super) in_c: usize,
    /// The first output channel, and how many.
    pub(super) out_c: usize,
    pub(super) channels: usize,
    /// Registers across the block.
    pub(super) vectors: usize,
    /// The filter's first tap for the block, and the distance of taps.
    pub(super) filter: *const T,
    pub(super) tap: usize,
    /// The first bias, as many as the registers hold.
    pub(super) bias: *const T,
}

/// All blocks of a filter. Where channels end within a register, the filter's
/// taps and the bias are copied to full registers.
pub(super) struct Blocks<'a, T: 'static> {
    pub(super) blocks: Vec<Block<T>>,
    pub(super) tiles: &'static Tiles<T>,
    /// What happens to the sums, from the first result on.
    pub(super) after: After<T>,
    /// What the pointers of the blocks point into.
    _borrowed: &'a [T],
    _copied: Vec<Vec<T>>,
}

// SAFETY: the pointers are to memory that is only read.
unsafe impl<T: Sync + 'static> Sync for Blocks<'_, T> {}

impl<'a, T: Element> Blocks<'a, T> {
    pub(super) fn new(isa: Isa, shape: &Conv2dShape, filter: &'a [T], epilogue: Epilogue<'_, T>) -> Self {
        let tiles = T::tiles(isa);
        let (in_cg, out_cg) = (shape.filter_in_c(), shape.out_c / shape.groups);
        let mut blocks = Vec::new();
        let mut copied = Vec::new();
        for group in 0..shape.groups {
            for first in (0..out_cg).step_by(2 * tiles.lanes) {
                let channels = (out_cg - first).min(2 * tiles.lanes);
                let vectors = channels.div_ceil(tiles.lanes);
                let width = vectors * tiles.lanes;
                let out_c = group * out_cg + first;

                let mut bias = vec![T::default(); width];
                if let Some(whole) = epilogue.bias {
                    bias[..channels].copy_from_slice(&whole[out_c..out_c + channels]);
                }
                let (taps, tap) = if channels == width {
                    (filter[out_c..].as_ptr(), shape.out_c)
                } else {
                    let taps = filter.len() / shape.out_c;
                    let mut full = vec![T::default(); taps * width];
                    for (to, from) in full.chunks_exact_mut(width).zip(filter.chunks_exact(shape.out_c)) {
                        to[..channels].copy_from_slice(&from[out_c..out_c + channels]);
                    }
                    copied.push(full);
                    (copied[copied.len() - 1].as_ptr(), width)
                };
                copied.push(bias);
                let bias = copied[copied.len() - 1].as_ptr();
                let in_c = group * in_cg;
                blocks.push(Block { in_c, out_c, channels, vectors, filter: taps, tap, bias });
            }
        }
        Self { blocks, tiles, after: epilogue.after(), _borrowed: filter, _copied: copied }
    }
}
