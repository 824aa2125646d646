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
        let in_cache = (BAND / row.max(1)).saturating_sub(shape.padded_h(1)) / shape.strides[0] + 1;
        let shared = (shape.batch * shape.out_h).div_ceil(pieces);
        let rows = in_cache.min(shared).min(shape.out_h);
        // Equal bands, as far as the rows allow.
        let rows = shape.out_h.div_ceil(shape.out_h.div_ceil(rows));
        Self { rows, columns: shape.out_w }
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
