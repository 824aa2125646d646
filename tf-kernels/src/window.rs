//! What convolution and pooling share: windows that slide over a padded image.

use std::ops::Range;

/// Cells added around an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Padding {
    /// Rows above the first one.
    pub top: usize,
    /// Rows below the last one.
    pub bottom: usize,
    /// Columns before the first one.
    pub left: usize,
    /// Columns after the last one.
    pub right: usize,
}

impl Padding {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How many cells a window of `taps` taps covers.
pub(crate) fn extent(taps: usize, dilation: usize) -> usize {
    (taps - 1) * dilation + 1
}

/// The taps that fall on one of `size` real cells, for a window whose first tap
/// lies at cell `start` of the image with `before` cells added in front.
pub(crate) fn real_taps(start: usize, before: usize, taps: usize, dilation: usize, size: usize) -> Range<usize> {
    let first = before.saturating_sub(start).div_ceil(dilation);
    let end = (size + before).saturating_sub(start).div_ceil(dilation).min(taps);
    first.min(end)..end
}

/// Asserts that `out` windows of `extent` cells at distance `stride` fit an axis
/// of `size` cells with all its padding.
pub(crate) fn assert_fits(out: usize, extent: usize, stride: usize, size: usize, padding: usize) {
    assert!(stride > 0, "a positive stride");
    assert!(
        out == 0 || (out - 1) * stride + extent <= size + padding,
        "{out} windows of {extent} cells every {stride} in {size} + {padding} cells"
    );
}
