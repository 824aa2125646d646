//! How results fall into tiles, tiles into blocks that are worked on at once,
//! and rows of tiles into bands for one thread each.

use super::super::Conv2dShape;
use std::ops::Range;

/// The tiles of a convolution: rows of tiles of all images, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Tiles {
    /// Rows of tiles of an image, and tiles of a row.
    pub(super) down: usize,
    pub(super) across: usize,
    /// Rows of tiles of all images.
    pub(super) rows: usize,
    /// Tiles of a block at most.
    most: usize,
}

/// Some rows of tiles, and some columns of them.
pub(super) struct Block {
    pub(super) rows: Range<usize>,
    pub(super) across: Range<usize>,
}

/// Where a row of tiles lies.
pub(super) struct Place {
    pub(super) image: usize,
    /// The row of tiles within the image.
    pub(super) row: usize,
}

impl Tiles {
    /// Tiles of so many rows and columns of results, in blocks of at most `most`.
    pub(super) fn new(shape: &Conv2dShape, [rows, columns]: [usize; 2], most: usize) -> Self {
        let (down, across) = (shape.out_h.div_ceil(rows), shape.out_w.div_ceil(columns));
        Self { down, across, rows: shape.batch * down, most }
    }

    /// Rows of tiles that one block holds.
    fn rows_of_block(&self) -> usize {
        (self.most / self.across).max(1)
    }

    /// Into how many bands to cut the rows, if there should be about `pieces`.
    pub(super) fn bands(&self, pieces: usize) -> usize {
        pieces.min(self.rows.div_ceil(self.rows_of_block())).max(1)
    }

    /// The rows of band `i` of `bands`.
    pub(super) fn band(&self, i: usize, bands: usize) -> Range<usize> {
        part(&(0..self.rows), i, bands)
    }

    /// How many blocks lie below and beside each other in the rows.
    pub(super) fn blocks(&self, rows: &Range<usize>) -> [usize; 2] {
        [rows.len().div_ceil(self.rows_of_block()), self.across.div_ceil(self.most)]
    }

    /// Block `i` of the rows, from left to right and down. Blocks are of nearly
    /// equal size: small ones waste registers.
    pub(super) fn block(&self, rows: &Range<usize>, i: usize) -> Block {
        let [down, across] = self.blocks(rows);
        Block { rows: part(rows, i / across, down), across: part(&(0..self.across), i % across, across) }
    }

    /// The block after block `i` of the rows; after the last one, the first below them, if there are rows below.
    pub(super) fn after(&self, rows: &Range<usize>, i: usize) -> Option<Block> {
        let [down, across] = self.blocks(rows);
        if i + 1 < down * across {
            return Some(self.block(rows, i + 1));
        }
        (rows.end < self.rows).then(|| self.block(&(rows.end..rows.end + 1), 0))
    }

    pub(super) fn place(&self, row: usize) -> Place {
        Place { image: row / self.down, row: row % self.down }
    }
}

impl Block {
    /// Tiles of the block.
    pub(super) fn tiles(&self) -> usize {
        self.rows.len() * self.across.len()
    }
}

fn part(range: &Range<usize>, i: usize, parts: usize) -> Range<usize> {
    range.start + range.len() * i / parts..range.start + range.len() * (i + 1) / parts
}
