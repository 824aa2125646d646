//! The filter as the tiles read it: blocks of output channels.

use super::epilogue::After;
use super::tile::Tiles;
use super::{Conv2dShape, Element, Epilogue};
use crate::isa::Isa;
use crate::scratch::with_scratch;

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
    pub(super) tiles: &'static Tiles<T>,
    /// What happens to the sums, from the first result on.
    pub(super) after: After<T>,
    filter: &'a [T],
    /// Output channels of the filter, and of a group; input channels of a group.
    channels: [usize; 3],
    groups: usize,
    /// As many as the registers of a block hold, for each of the blocks.
    biases: &'a [T],
    /// Of the last block of each group, if its channels end within a register.
    taps: &'a [T],
}

/// Calls `f` with the blocks of a filter, in memory that the thread keeps.
pub(super) fn with_blocks<T: Element, R>(
    isa: Isa,
    shape: &Conv2dShape,
    filter: &[T],
    epilogue: Epilogue<'_, T>,
    f: impl FnOnce(&Blocks<'_, T>) -> R,
) -> R {
    let tiles = T::tiles(isa);
    let out_cg = shape.out_c / shape.groups;
    let widest = 2 * tiles.lanes;
    let in_last = out_cg % widest;
    let width = in_last.next_multiple_of(tiles.lanes);
    let of_taps = if in_last == width { 0 } else { filter.len() / shape.out_c * width };
    let blocks_of_group = out_cg.div_ceil(widest);
    let of_biases = shape.groups * blocks_of_group * widest;
    with_scratch(of_biases + shape.groups * of_taps, |memory| {
        let (biases, taps) = memory.split_at_mut(of_biases);
        biases.fill(T::default());
        if let Some(whole) = epilogue.bias {
            let groups =
                biases.chunks_exact_mut((blocks_of_group * widest).max(1)).zip(whole.chunks_exact(out_cg.max(1)));
            groups.for_each(|(to, from)| to[..out_cg].copy_from_slice(from));
        }
        if of_taps > 0 {
            taps.fill(T::default());
            for (group, taps) in taps.chunks_exact_mut(of_taps).enumerate() {
                let out_c = (group + 1) * out_cg - in_last;
                for (to, from) in taps.chunks_exact_mut(width).zip(filter.chunks_exact(shape.out_c)) {
                    to[..in_last].copy_from_slice(&from[out_c..out_c + in_last]);
                }
            }
        }
        let channels = [shape.out_c, out_cg, shape.filter_in_c()];
        f(&Blocks { tiles, after: epilogue.after(), filter, channels, groups: shape.groups, biases, taps })
    })
}

impl<T: Element> Blocks<'_, T> {
    /// The blocks, group by group.
    pub(super) fn iter(&self) -> impl Iterator<Item = Block<T>> {
        let [all, out_cg, in_cg] = self.channels;
        let lanes = self.tiles.lanes;
        let of_group = out_cg.div_ceil(2 * lanes);
        (0..self.groups * of_group).map(move |number| {
            let (group, first) = (number / of_group, number % of_group * 2 * lanes);
            let out_c = group * out_cg + first;
            let channels = (out_cg - first).min(2 * lanes);
            let vectors = channels.div_ceil(lanes);
            let (filter, tap) = if channels == vectors * lanes {
                (self.filter[out_c..].as_ptr(), all)
            } else {
                (self.taps[self.taps.len() / self.groups * group..].as_ptr(), vectors * lanes)
            };
            let bias = self.biases[number * 2 * lanes..].as_ptr();
            Block { in_c: group * in_cg, out_c, channels, vectors, filter, tap, bias }
        })
    }
}
