//! How much rounding a faster way may add.

/// How much rounding a convolution of `f32` may add for speed; `f64` is always
/// exact in this sense.
///
/// Errors are those of results against the same sums without rounding, over the
/// root mean square of all results, for inputs and weights from a normal
/// distribution and 32 input channels; they grow with the square root of the
/// number of channels.
///
/// | | what is used | root mean square | largest |
/// |---|---|---|---|
/// | `Exact` | direct sums only | 7e-7 | 1e-5 |
/// | `Default` | F(2×2, 5×5), F(4×4, 3×3), F(4, 4) and F(4, 5) of rows | 1.2e-6 | 2e-5 |
/// | `Fast` | F(4×4, 5×5) or those, F(4×4, 3×3) | 4e-6 | 8e-5 |
///
/// Of rows alone, products are sums over the filter's rows and the channels, times the pixels from
/// a window to the next: `Default` goes that way where these are 160 at most.
///
/// The gradient of a filter is a sum over all pixels; `Default` computes that of a
/// 5×5 one by F(4×2, 5×5). Over 12,544 pixels it loses 2e-6 at most (root mean
/// square), that of a 3×3 filter 1.5e-6, `Fast` 5e-6.
///
/// A transform mixes the inputs of a tile. Results are bounded relative to the
/// largest of them, and one far larger than the others leaves traces of some
/// 1e-6 of its products in results of the same tile that do not see it: up to two
/// pixels beyond its window with F(4×4) and, in its rows, with F(4) (twice the stride there, where
/// it is not 1), nowhere with F(2×2). NaN, infinities and overflow reach what they reach in direct
/// sums, with every precision: results that are not finite are computed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Direct sums only.
    Exact,
    /// Transforms that lose about as little as the order of direct sums does.
    #[default]
    Default,
    /// Transforms that save the most.
    Fast,
}
