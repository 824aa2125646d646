//! The register tile: `P` neighbouring pixels by `Q` registers of output
//! channels, all taps added before anything is stored.

use super::epilogue::After;
use crate::isa::Isa;
use crate::simd::{Portable, Vector};

/// Pixels of the widest tile: with two registers each, and two of the filter,
/// they fill the 32 registers of AVX-512.
pub(super) const MOST_PIXELS: usize = 14;

/// Where the taps of a window lie in the input. In the filter they follow each
/// other.
pub(super) struct Taps {
    /// Rows of taps and the distance between them.
    pub(super) rows: usize,
    pub(super) row_stride: usize,
    /// Contiguous runs in a row, their length, and the distance between them.
    pub(super) runs: usize,
    pub(super) run: usize,
    pub(super) run_stride: usize,
}

/// One tile of work.
pub(super) struct Tile<'a, T> {
    pub(super) taps: &'a Taps,
    /// The first tap of the first pixel; pixels are `pixel` elements apart.
    pub(super) input: *const T,
    pub(super) pixel: usize,
    /// The first tap's output channels; taps are `tap` elements apart.
    pub(super) filter: *const T,
    pub(super) tap: usize,
    /// What will be read next, to have it come near meanwhile:
    /// `ahead_step` elements for each tap.
    pub(super) ahead: *const T,
    pub(super) ahead_step: usize,
    /// What the sums begin with.
    pub(super) bias: *const T,
    /// What happens to the sums, from the first pixel's result on.
    pub(super) after: After<T>,
    /// Pixels of the tile.
    pub(super) pixels: usize,
    /// The first pixel's result; pixels are `out_pixel` elements apart and
    /// `channels` of them are stored.
    pub(super) out: *mut T,
    pub(super) out_pixel: usize,
    pub(super) channels: usize,
}

type TileFn<T> = unsafe fn(&Tile<'_, T>);

/// The tiles of an instruction set: one function for each number of pixels from
/// 1, and for one and two registers.
pub(super) struct Tiles<T: 'static> {
    pub(super) lanes: usize,
    table: &'static [[TileFn<T>; 2]],
}

impl<T> Tiles<T> {
    /// Pixels of the widest tile.
    pub(super) fn pixels(&self) -> usize {
        self.table.len()
    }

    /// # Safety
    /// The tile's pointers must be valid: the input for all taps of all pixels,
    /// filter and bias for whole registers, the result and the epilogue's
    /// arrays for `channels` elements of each pixel.
    pub(super) unsafe fn run(&self, vectors: usize, tile: &Tile<'_, T>) {
        // SAFETY: the caller's promise; the table belongs to a detected path.
        unsafe { self.table[tile.pixels - 1][vectors - 1](tile) }
    }
}

/// # Safety
/// As [`Tiles::run`], and the instructions of `V` must exist.
#[inline(always)]
unsafe fn tile<V: Vector, const P: usize, const Q: usize>(t: &Tile<'_, V::Elem>)
where
    V::Elem: From<u8>,
{
    // SAFETY: every access is to the tap, pixel or register that the caller
    // promised; `V`'s instructions exist.
    unsafe {
        let mut acc = [[V::load(t.bias); Q]; P];
        for q in 1..Q {
            let bias = V::load(t.bias.add(q * V::LANES));
            for acc in &mut acc {
                acc[q] = bias;
            }
        }
        let (mut w, mut ahead) = (t.filter, t.ahead);
        for row in 0..t.taps.rows {
            for run in 0..t.taps.runs {
                let x = t.input.add(row * t.taps.row_stride + run * t.taps.run_stride);
                for i in 0..t.taps.run {
                    V::prefetch(ahead);
                    ahead = ahead.wrapping_add(t.ahead_step);
                    let mut weights = [V::load(w); Q];
                    for (q, weights) in weights.iter_mut().enumerate().skip(1) {
                        *weights = V::load(w.add(q * V::LANES));
                    }
                    for (p, acc) in acc.iter_mut().enumerate() {
                        let x = V::splat(*x.add(i + p * t.pixel));
                        for (acc, &weights) in acc.iter_mut().zip(&weights) {
                            *acc = x.mul_add(weights, *acc);
                        }
                    }
                    // Past the last tap this may point anywhere.
                    w = w.wrapping_add(t.tap);
                }
            }
        }
        if t.channels >= Q * V::LANES && t.after.is_at_most_relu() {
            let relu = t.after.is_relu();
            for (p, acc) in acc.iter().enumerate() {
                for (q, &sum) in acc.iter().enumerate() {
                    let value = if relu { sum.relu() } else { sum };
                    value.store(t.out.add(p * t.out_pixel + q * V::LANES));
                }
            }
            return;
        }
        // Rare, so not a copy of the code for each register: the bound is one
        // that the compiler does not know.
        let sums = acc;
        for (p, sums) in sums.iter().enumerate().take(t.pixels) {
            for (q, &sum) in sums.iter().enumerate() {
                let offset = p * t.out_pixel + q * V::LANES;
                let left = t.channels.saturating_sub(q * V::LANES);
                t.after.store(sum, t.out.add(offset), offset, left);
            }
        }
    }
}

/// An element type with tiles for every instruction set.
pub(super) trait TileElement: Copy + Default + Send + Sync + 'static {
    fn tiles(isa: Isa) -> &'static Tiles<Self>;
}

/// Defines the table of a vector type, compiled with the given features.
macro_rules! tiles {
    ($vector:ty, $($pixels:literal)*; $($enable:meta)?) => {{
        /// # Safety
        /// As [`Tiles::run`].
        $(#[$enable])?
        unsafe fn run<const P: usize, const Q: usize>(t: &Tile<'_, <$vector as Vector>::Elem>) {
            // SAFETY: the caller's promise.
            unsafe { tile::<$vector, P, Q>(t) }
        }
        static TILES: Tiles<<$vector as Vector>::Elem> = Tiles {
            lanes: <$vector as Vector>::LANES,
            table: &[$([run::<$pixels, 1>, run::<$pixels, 2>]),*],
        };
        &TILES
    }};
}

macro_rules! tile_element {
    ($t:ty: $portable:ty, $neon:ident, $avx2:ident, $avx512:ident) => {
        impl TileElement for $t {
            fn tiles(isa: Isa) -> &'static Tiles<Self> {
                #[cfg(target_arch = "x86_64")]
                {
                    use crate::simd::x86::{$avx2, $avx512};
                    match isa {
                        Isa::Avx512 => {
                            return tiles!($avx512, 1 2 3 4 5 6 7 8 9 10 11 12 13 14;
                                target_feature(enable = "avx512f"));
                        }
                        Isa::Avx2 => {
                            return tiles!($avx2, 1 2 3 4 5 6; target_feature(enable = "avx2,fma"));
                        }
                        Isa::Neon | Isa::Portable => {}
                    }
                }
                #[cfg(target_arch = "aarch64")]
                if isa == Isa::Neon {
                    use crate::simd::arm::$neon;
                    return tiles!($neon, 1 2 3 4 5 6 7 8 9 10 11 12 13 14;);
                }
                #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
                let _ = isa;
                tiles!($portable, 1 2 3 4 5 6;)
            }
        }
    };
}

tile_element!(f32: Portable<f32, 4>, F32x4, F32x8, F32x16);
tile_element!(f64: Portable<f64, 2>, F64x2, F64x4, F64x8);
