//! How a block's intermediate values lie in scratch memory. All distances are
//! known to the compiler, whatever the number of channels: channels come in
//! blocks as wide as a register (input) or two (output). Frequencies lie an odd
//! number of cache lines apart, so that the streams of one transform do not
//! meet in the same set of the cache.
//!
//! | array | holds | order |
//! |---|---|---|
//! | columns | the block's columns, transformed vertically | channel block, frequency row, column |
//! | values | one frequency row, transformed horizontally as well | channel block, frequency, tile |
//! | products | the same of one block of output channels | frequency, tile |
//! | rows | its results of the horizontal output transform | channel block, frequency row, column of a tile, tile |

use super::transform::Transform;
use crate::simd::Vector;

/// Elements of a line of the cache.
pub(super) const LINE: usize = 16;

/// Columns of a block of `tiles` tiles, in one row or in several.
const fn columns<X: Transform>(tiles: usize) -> usize {
    tiles * X::TILE
}

/// From a frequency row to the next, of tiles that `X` transforms along rows.
pub(super) const fn column_step<V: Vector, X: Transform>(tiles: usize) -> usize {
    columns::<X>(tiles) * V::LANES + LINE
}

/// From a block of input channels to the next, where `Y` transforms columns.
pub(super) const fn column_block<V: Vector, Y: Transform, X: Transform>(tiles: usize) -> usize {
    Y::TILE * column_step::<V, X>(tiles)
}

/// From a frequency to the next.
pub(super) const fn value_step<V: Vector>(tiles: usize) -> usize {
    tiles * V::LANES + LINE
}

/// From a block of input channels to the next, for whichever transform.
pub(super) const fn value_block<V: Vector>(tiles: usize) -> usize {
    super::transform::MOST * value_step::<V>(tiles)
}

/// From a frequency to the next.
pub(super) const fn product_step<V: Vector>(tiles: usize) -> usize {
    tiles * 2 * V::LANES + LINE
}

/// From a column of a tile to the next.
pub(super) const fn row_column<V: Vector>(tiles: usize) -> usize {
    tiles * 2 * V::LANES
}

/// From a frequency row to the next.
pub(super) const fn row_step<V: Vector, X: Transform>(tiles: usize) -> usize {
    X::OUT * row_column::<V>(tiles) + LINE
}

/// From a block of output channels to the next.
pub(super) const fn row_block<V: Vector, X: Transform>(tiles: usize) -> usize {
    X::TILE * row_step::<V, X>(tiles)
}
