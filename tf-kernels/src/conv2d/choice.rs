//! Which way a convolution of `f32` goes: a model of what each way costs.

use super::tile::TileElement;
use super::winograd::{F4x4, F4x5, Family, Transform, line_gradient};
use super::{Conv2dShape, Precision, filter_gradient as gradient, winograd};
use crate::isa::Isa;
use crate::simd::{Portable, Vector};
use std::fmt;

/// A way to compute a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Every product of the definition.
    Direct,
    /// Transforms of tiles of 2×2 results of a 5×5 filter; of its gradient, 4×2.
    F2x5,
    /// Transforms of tiles of 4×4 results of a 3×3 filter.
    F4x3,
    /// Transforms of tiles of 4×4 results of a 5×5 filter.
    F4x5,
    /// Transforms of four results of a row, four columns of taps each: of a filter of stride 1 with
    /// four columns, of stride 2 with seven or eight, and so on.
    Row4x4,
    /// The same of five columns each: as those of a 5×5 filter.
    Row4x5,
}

impl Algorithm {
    pub(super) fn family(self) -> Option<Family> {
        match self {
            Self::Direct | Self::Row4x4 | Self::Row4x5 => None,
            Self::F2x5 => Some(Family::F2x5),
            Self::F4x3 => Some(Family::F4x3),
            Self::F4x5 => Some(Family::F4x5),
        }
    }

    /// Results of a row's tile, columns of taps and products, where rows alone are transformed.
    fn of_rows(self) -> Option<[usize; 3]> {
        match self {
            Self::Row4x4 => Some([F4x4::OUT, F4x4::TAPS, F4x4::TILE]),
            Self::Row4x5 => Some([F4x5::OUT, F4x5::TAPS, F4x5::TILE]),
            _ => None,
        }
    }

    /// Whether it computes convolutions of this shape.
    pub fn fits(self, shape: &Conv2dShape) -> bool {
        let fits = match (self.of_rows(), self.family().map(Family::taps)) {
            // As many columns of taps as a window passes from a result to the next are one.
            (Some([_, taps, _]), _) => shape.k_w.div_ceil(shape.strides[1]) == taps,
            (_, Some(taps)) => (shape.k_h, shape.k_w) == (taps, taps) && shape.strides == [1, 1],
            (None, None) => return true,
        };
        fits && shape.dilations == [1, 1] && shape.groups == 1 && shape.in_c > 0
    }
}

impl Algorithm {
    /// The gradient of the filter of a shape that this way fits.
    pub(super) fn filter_gradient(self, isa: Isa, shape: &Conv2dShape, input: &[f32], slope: &[f32], out: &mut [f32]) {
        let done = match (self, self.family()) {
            (Self::Row4x4, _) => line_gradient::filter_gradient::<F4x4>(isa, shape, input, slope, out),
            (Self::Row4x5, _) => line_gradient::filter_gradient::<F4x5>(isa, shape, input, slope, out),
            (_, Some(family)) => winograd::filter_gradient(isa, family, shape, input, slope, out),
            (_, None) => false,
        };
        if !done {
            gradient::direct(isa, shape, input, slope, out);
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "direct",
            Self::F2x5 => "F(2x2, 5x5)",
            Self::F4x3 => "F(4x4, 3x3)",
            Self::F4x5 => "F(4x4, 5x5)",
            Self::Row4x4 => "F(4, 4) of rows",
            Self::Row4x5 => "F(4, 5) of rows",
        })
    }
}

/// What a convolution is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Results, with a filter that is made ready in each run.
    Forward,
    /// Results, with a filter made ready before.
    ForwardPacked,
    /// The gradient of the filter.
    FilterGradient,
}

/// Terms of a product, where rows alone are transformed, with which it loses no more than by default: those of five rows of taps and
/// 32 channels.
const ROW_TERMS: usize = 160;

/// The way of least cost that the precision allows.
pub(super) fn choose(isa: Isa, shape: &Conv2dShape, precision: Precision, task: Task) -> Algorithm {
    let allowed: &[Algorithm] = match precision {
        Precision::Exact => &[],
        Precision::Default => &[Algorithm::Row4x4, Algorithm::Row4x5, Algorithm::F2x5, Algorithm::F4x3],
        Precision::Fast => &[Algorithm::Row4x4, Algorithm::Row4x5, Algorithm::F4x5, Algorithm::F2x5, Algorithm::F4x3],
    };
    // Longer sums of fewer products lose more than is stated.
    let is_short = shape.k_h * shape.strides[1] * shape.in_c <= ROW_TERMS || precision == Precision::Fast;
    let loses_little = |algorithm: Algorithm| is_short || algorithm.of_rows().is_none();
    let candidates = allowed.iter().copied().filter(|&algorithm| algorithm.fits(shape) && loses_little(algorithm));
    let cost = |algorithm| cost(isa, shape, algorithm, task);
    candidates.fold(Algorithm::Direct, |best, other| if cost(other) < cost(best) { other } else { best })
}

/// What a loop with as many accumulators as fill the registers spends on each
/// multiply-add.
const DIRECT: f64 = 1.07;
/// The same for the products of transforms, whose sums are shorter, and for
/// those of the filter's gradient, which go to memory and back.
const PRODUCT: f64 = 1.12;
const GRADIENT_PRODUCT: f64 = 1.2;
/// Storing a product's sum.
const STORE: f64 = 1.3;
/// Tiles whose loads of the filter's factors take as long as their products.
const FEW_TILES: f64 = 2.5;
/// Input channels that are summed together for the filter's gradient, and what
/// one that is left over takes beyond its share.
const TOGETHER: usize = 8;
const LEFT_OVER: f64 = 0.5;
/// Operations, loads and stores of a one-dimensional transform, for each of its
/// inputs and for each of its results; of the filter's and of its transpose,
/// for the cube and for the square of the taps.
const INPUT: f64 = 3.0;
const RESULT: f64 = 1.5;
const FILTER: f64 = 4.9;
const GATHER: f64 = 50.0;
/// Elements that the second and the third level of the cache hold, beside
/// others; what reading a register beyond the second costs, which is foreseen,
/// and writing one beyond the second and beyond the third.
const SECOND_LEVEL: f64 = 2e5;
const THIRD_LEVEL: f64 = 4e6;
const READ_FAR: f64 = 1.0;
const WRITE_FAR: f64 = 1.5;
const WRITE_FARTHER: f64 = 16.0;
/// Of transforms of rows: what a product takes, whose sum is short, and storing it,
/// and laying out and transforming an input.
const ROW_PRODUCT: f64 = 1.35;
const ROW_STORE: f64 = 4.0;
const ROW_INPUT: f64 = 8.0;
/// Tiles that are summed at once, below which sums wait for themselves.
const ROW_TILES: usize = 6;
/// Tiles of a block.
const BLOCK: f64 = 14.0;
const GRADIENT_BLOCK: f64 = 56.0;

/// An estimate in multiply-add instructions of registers. The constants are
/// those of an AVX-512 machine; other paths have the same proportions.
pub(super) fn cost(isa: Isa, shape: &Conv2dShape, algorithm: Algorithm, task: Task) -> f64 {
    let lanes = lanes(isa);
    let in_c = shape.in_c as f64;
    let (in_vectors, out_vectors) = (shape.in_c.div_ceil(lanes) as f64, shape.out_c.div_ceil(lanes) as f64);
    if let Some([out, taps, tile]) = algorithm.of_rows() {
        let across = shape.out_w.div_ceil(out);
        let at_once = across.max(ROW_TILES * across.div_ceil(f32::tiles(isa).pixels()));
        let rows = (shape.batch * shape.out_h) as f64;
        // Pixels that a window passes are channels of one cell.
        let [down, pixels] = shape.strides;
        let in_c = in_c * pixels as f64;
        let (out, taps, tile) = (out as f64, taps as f64, tile as f64);
        let products = tile * ROW_PRODUCT * shape.k_h as f64 * in_c;
        let stored = tile * ROW_STORE + RESULT * (tile + out);
        let inputs = ROW_INPUT * rows * down.min(shape.k_h) as f64 * across as f64 * in_c;
        return match task {
            Task::FilterGradient => (products + stored) * out_vectors * rows * across as f64 + inputs,
            Task::ForwardPacked => (products + stored) * out_vectors * rows * at_once as f64 + inputs,
            Task::Forward => {
                let filter = FILTER * taps * shape.k_h as f64 * in_c * out_vectors;
                (products + stored) * out_vectors * rows * at_once as f64 + inputs + filter
            }
        };
    }
    let Some(family) = algorithm.family() else {
        let pixels = (shape.batch * shape.out_h * shape.out_w) as f64;
        let taps = (shape.k_h * shape.k_w * shape.in_c / shape.groups) as f64;
        return DIRECT * pixels * taps * out_vectors;
    };
    let taps = family.taps() as f64;
    let ([down, across], out) = match task {
        Task::Forward | Task::ForwardPacked => ([family.tile() as f64; 2], [family.out(); 2]),
        Task::FilterGradient => (family.gradient_tile().map(|tile| tile as f64), family.gradient_out()),
    };
    let tiles = (shape.batch * shape.out_h.div_ceil(out[0]) * shape.out_w.div_ceil(out[1])) as f64;
    let frequencies = down * across * out_vectors;
    let factors = frequencies * in_c;
    // A tile's columns of its own, and its rows of frequencies.
    let transformed = down * (out[1] as f64 + across) * tiles;
    let inputs = INPUT * transformed * in_vectors;
    // Each block of tiles reads the filter's factors, or reads and writes their sums.
    let elements = factors * lanes as f64;
    let read = if elements > SECOND_LEVEL { READ_FAR } else { 0.0 };
    let write = match elements {
        near if near <= SECOND_LEVEL => 0.0,
        far if far <= THIRD_LEVEL => WRITE_FAR,
        _ => WRITE_FARTHER,
    };
    let filters = in_c * out_vectors;
    match task {
        Task::Forward | Task::ForwardPacked => {
            let (tile, out) = (across, out[1] as f64);
            let results = RESULT * (tile + out) * (tile + out) * out_vectors * tiles;
            let blocks = (tiles / BLOCK).ceil();
            let products = factors * (PRODUCT * tiles.max(FEW_TILES) + read * blocks) + STORE * frequencies * tiles;
            let filter = if task == Task::Forward { FILTER * taps.powi(3) * filters + write * factors } else { 0.0 };
            products + inputs + results + filter
        }
        Task::FilterGradient => {
            let slopes = INPUT * transformed * out_vectors;
            let blocks = (tiles / GRADIENT_BLOCK).ceil();
            let left_over = (shape.in_c % TOGETHER) as f64;
            let sums = frequencies * (in_c + LEFT_OVER * left_over) * GRADIENT_PRODUCT * tiles.max(FEW_TILES);
            sums + factors * (2.0 + read + write) * blocks + inputs + slopes + GATHER * taps * taps * filters
        }
    }
}

fn lanes(isa: Isa) -> usize {
    #[cfg(target_arch = "x86_64")]
    match isa {
        Isa::Avx512 => return crate::simd::x86::F32x16::LANES,
        Isa::Avx2 => return crate::simd::x86::F32x8::LANES,
        Isa::Neon | Isa::Portable => {}
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = isa;
    Portable::<f32, 4>::LANES
}
