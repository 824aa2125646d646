//! How a convolution's result is cut into parts for one thread each.

use std::ops::Range;

use super::Conv2dShape;
use super::tile::MOST_PIXELS;

/// Input elements of a band of rows: with the filter's part in use they fit the
/// second-level cache.
const BAND: usize = 1 << 15;

/// How the result is cut: into bands of rows, or parts of them if there is a
/// single row.
pub(super) struct Bands {
    rows: usize,
    columns: usize,
}

/// Rows `y` and columns `x` of the result of image `n`.
pub(super) struct Band {
    pub(super) n: usize,
    pub(super) y: Range<usize>,
    pub(super) x: Range<usize>,
}

impl Bands {
    pub(super) fn new(shape: &Conv2dShape, pieces: usize) -> Self {
        let row = shape.padded_w() * shape.in_c;
        if shape.batch * shape.out_h == 1 && !shape.is_padded() {
            let columns = shape.out_w.div_ceil(pieces).next_multiple_of(MOST_PIXELS);
            let in_cache = (BAND / shape.in_c.max(1)).next_multiple_of(MOST_PIXELS);
            return Self { rows: 1, columns: columns.min(in_cache) };
        }
        Self { rows: rows(shape, row, shape.batch * shape.out_h, pieces, 1), columns: shape.out_w }
    }

    /// Bands of which a copy is made, `row(columns)` elements for each row of
    /// the input under `columns` columns of the result: the rows under a single
    /// one of the result already fit the cache. Bands are a multiple of `unit`
    /// columns wide, or all.
    pub(super) fn of_copies(shape: &Conv2dShape, pieces: usize, unit: usize, row: impl Fn(usize) -> usize) -> Self {
        let across = (shape.padded_h(1) * row(shape.out_w)).div_ceil(BAND);
        let across = across.max(pieces.div_ceil(shape.batch * shape.out_h)).max(1);
        let columns = shape.out_w.div_ceil(across).next_multiple_of(unit).min(shape.out_w);
        let bands = shape.batch * shape.out_h * shape.out_w.div_ceil(columns);
        // Copying is a good part of the work: the rows copied twice, for the
        // bands above and below, should be the minority.
        let least = shape.padded_h(1);
        Self { rows: rows(shape, row(columns), bands, pieces, least), columns }
    }

    /// Columns of the widest band.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    fn per_image(&self, shape: &Conv2dShape) -> (usize, usize) {
        (shape.out_h.div_ceil(self.rows), shape.out_w.div_ceil(self.columns))
    }

    pub(super) fn count(&self, shape: &Conv2dShape) -> usize {
        let (down, across) = self.per_image(shape);
        shape.batch * down * across
    }

    pub(super) fn band(&self, shape: &Conv2dShape, i: usize) -> Band {
        let (down, across) = self.per_image(shape);
        let (y, x) = (i / across % down * self.rows, i % across * self.columns);
        Band { n: i / across / down, y: y..(y + self.rows).min(shape.out_h), x: x..(x + self.columns).min(shape.out_w) }
    }
}

/// Rows of the result in a band, where those of the input have `row` elements
/// and bands of one row would be `bands`; at least `least`, if threads and image
/// allow, even if the cache does not.
fn rows(shape: &Conv2dShape, row: usize, bands: usize, pieces: usize, least: usize) -> usize {
    let in_cache = (BAND / row.max(1)).saturating_sub(shape.padded_h(1)) / shape.strides[0] + 1;
    let shared = bands.div_ceil(pieces);
    let rows = in_cache.max(least).min(shared).min(shape.out_h);
    // Equal bands, as far as the rows allow.
    shape.out_h.div_ceil(shape.out_h.div_ceil(rows))
}
