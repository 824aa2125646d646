//! Which way a convolution of `f32` goes: a model of what each way costs.

use super::winograd::Family;
use super::{Conv2dShape, Precision, filter_gradient as gradient, winograd};
use crate::isa::Isa;
use crate::simd::{Portable, Vector};
use std::fmt;

/// A way to compute a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Every product of the definition.
    Direct,
    /// Transforms of tiles of 2×2 results of a 5×5 filter.
    F2x5,
    /// Transforms of tiles of 4×4 results of a 3×3 filter.
    F4x3,
    /// Transforms of tiles of 4×4 results of a 5×5 filter.
    F4x5,
}

impl Algorithm {
    pub(super) fn family(self) -> Option<Family> {
        match self {
            Self::Direct => None,
            Self::F2x5 => Some(Family::F2x5),
            Self::F4x3 => Some(Family::F4x3),
            Self::F4x5 => Some(Family::F4x5),
        }
    }

    /// Whether it computes convolutions of this shape.
    pub fn fits(self, shape: &Conv2dShape) -> bool {
        self.family().is_none_or(|family| {
            let taps = family.taps();
            (shape.k_h, shape.k_w) == (taps, taps)
                && shape.strides == [1, 1]
                && shape.dilations == [1, 1]
                && shape.groups == 1
                && shape.in_c > 0
        })
    }
}

impl Algorithm {
    /// The gradient of the filter of a shape that this way fits.
    pub(super) fn filter_gradient(self, isa: Isa, shape: &Conv2dShape, input: &[f32], slope: &[f32], out: &mut [f32]) {
        let done = self.family().is_some_and(|family| winograd::filter_gradient(isa, family, shape, input, slope, out));
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
        })
    }
}

/// The way of least cost that the precision allows. `packed` says that the
/// filter is transformed beforehand.
pub(super) fn choose(isa: Isa, shape: &Conv2dShape, precision: Precision, packed: bool) -> Algorithm {
    let allowed: &[Algorithm] = match precision {
        Precision::Exact => &[],
        Precision::Default => &[Algorithm::F2x5, Algorithm::F4x3],
        Precision::Fast => &[Algorithm::F4x5, Algorithm::F2x5, Algorithm::F4x3],
    };
    let candidates = allowed.iter().copied().filter(|algorithm| algorithm.fits(shape));
    let cost = |algorithm| cost(isa, shape, algorithm, packed);
    candidates.fold(Algorithm::Direct, |best, other| if cost(other) < cost(best) { other } else { best })
}

/// The way of least cost for the gradient of the filter.
pub(super) fn filter_gradient(isa: Isa, shape: &Conv2dShape, precision: Precision) -> Algorithm {
    choose(isa, shape, precision, false)
}

/// What a loop with as many accumulators as fill the registers spends beyond
/// its multiplications.
const OVERHEAD: f64 = 1.1;

/// Instructions of a one-dimensional transform with its loads and stores,
/// for each of its inputs and results.
const TRANSFORM: f64 = 2.5;

/// An estimate in multiply-add instructions of registers.
pub(super) fn cost(isa: Isa, shape: &Conv2dShape, algorithm: Algorithm, packed: bool) -> f64 {
    let lanes = lanes(isa);
    let in_c = shape.in_c as f64;
    let (in_vectors, out_vectors) = (shape.in_c.div_ceil(lanes) as f64, shape.out_c.div_ceil(lanes) as f64);
    let Some(family) = algorithm.family() else {
        let pixels = (shape.batch * shape.out_h * shape.out_w) as f64;
        let taps = (shape.k_h * shape.k_w * shape.in_c / shape.groups) as f64;
        return OVERHEAD * pixels * taps * out_vectors;
    };
    let (tile, out, taps) = (family.tile() as f64, family.out() as f64, family.taps() as f64);
    let tiles = (shape.batch * shape.out_h.div_ceil(family.out()) * shape.out_w.div_ceil(family.out())) as f64;
    // Few tiles leave the registers half empty: the loads of the factors count.
    let products = OVERHEAD * tile * tile * in_c * out_vectors * tiles.max(4.0);
    let inputs = TRANSFORM * 2.0 * tile * (out + tile) * in_vectors * tiles;
    let results = TRANSFORM * (tile + out) * (tile + out) * out_vectors * tiles;
    let filter = if packed { 0.0 } else { TRANSFORM * (tile + taps) * (tile + taps) * in_c * out_vectors };
    products + inputs + results + filter
}

fn lanes(isa: Isa) -> usize {
    #[cfg(target_arch = "x86_64")]
    match isa {
        Isa::Avx512 => return crate::simd::x86::F32x16::LANES,
        Isa::Avx2 => return crate::simd::x86::F32x8::LANES,
        Isa::Portable => {}
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = isa;
    Portable::<f32, 4>::LANES
}
