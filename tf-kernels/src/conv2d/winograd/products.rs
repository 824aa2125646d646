//! The products of a row of frequencies: for each frequency a small matrix
//! product of tiles by input channels and input by output channels, `P` tiles
//! by two registers of output channels held in registers.

use super::ahead::Ahead;
use super::layout::{product_step, value_block, value_step};
use crate::isa::Isa;
use crate::simd::{Portable, Vector};

/// One row of frequencies for one block of output channels.
pub(super) struct Products<'a> {
    /// Frequencies of the row, and tiles.
    pub(super) frequencies: usize,
    pub(super) tiles: usize,
    /// Input channels.
    pub(super) channels: usize,
    /// The input's values.
    pub(super) values: *const f32,
    /// The filter's factors: for each frequency, for each channel, two registers.
    pub(super) factors: &'a [f32],
    /// From the factors of a frequency to those of the next.
    pub(super) factor_step: usize,
    /// Where the products go.
    pub(super) products: *mut f32,
    /// What comes near meanwhile.
    pub(super) ahead: Option<&'a Ahead>,
}

type ProductsFn = unsafe fn(&Products<'_>);

/// The loops of an instruction set: one function for each number of tiles from
/// 1, and for blocks of one and of two registers.
pub(super) type Table = &'static [[ProductsFn; 2]];

/// All tiles, as many at once as the registers hold.
///
/// # Safety
/// The pointers must be valid for what `layout` says of blocks of `TILES`
/// tiles, the table one of `V`.
#[inline(always)]
pub(super) unsafe fn multiply<V: Vector<Elem = f32>, const TILES: usize>(
    table: Table,
    vectors: usize,
    p: &Products<'_>,
) {
    let passes = p.tiles.div_ceil(table.len());
    let mut tile = 0;
    for i in 0..passes {
        let tiles = (p.tiles - tile).div_ceil(passes - i);
        let part = Products {
            tiles,
            values: p.values.wrapping_add(tile * V::LANES),
            products: p.products.wrapping_add(tile * 2 * V::LANES),
            ..*p
        };
        // SAFETY: the caller's promise.
        unsafe { table[tiles - 1][vectors - 1](&part) };
        tile += tiles;
    }
}

/// # Safety
/// As [`multiply`], and `P` the number of tiles.
#[inline(always)]
unsafe fn row<V: Vector<Elem = f32>, const TILES: usize, const P: usize, const Q: usize>(p: &Products<'_>) {
    // Channels that the compiler lays out one after the other.
    const UNROLLED: usize = 4;
    let whole = p.channels / V::LANES;
    let rest = p.channels % V::LANES;
    let width = 2 * V::LANES;
    assert!(
        p.factors.len() >= p.frequencies * p.factor_step && p.factor_step >= p.channels * width,
        "factors of the whole row"
    );
    // SAFETY: every access is to a value, factor or product that the caller
    // promised; `V`'s instructions exist.
    unsafe {
        for frequency in 0..p.frequencies {
            if let Some(ahead) = p.ahead {
                ahead.come::<V>();
            }
            let mut factors = p.factors.as_ptr().add(frequency * p.factor_step);
            let mut values = p.values.add(frequency * value_step::<V>(TILES));
            let mut sums = [[V::splat(0.0); Q]; P];
            for _ in 0..whole {
                for c in (0..V::LANES).step_by(UNROLLED) {
                    for c in c..c + UNROLLED {
                        add_channel(&mut sums, values.add(c), factors.add(c * width));
                    }
                }
                factors = factors.add(V::LANES * width);
                values = values.wrapping_add(value_block::<V>(TILES));
            }
            for c in 0..rest {
                add_channel(&mut sums, values.add(c), factors.add(c * width));
            }
            let to = p.products.add(frequency * product_step::<V>(TILES));
            for (t, sums) in sums.iter().enumerate() {
                for (q, &sum) in sums.iter().enumerate() {
                    sum.store(to.add(t * width + q * V::LANES));
                }
            }
        }
    }
}

/// Adds the products of one channel.
///
/// # Safety
/// As [`row`]: `values` and `factors` are the channel's.
#[inline(always)]
unsafe fn add_channel<V: Vector<Elem = f32>, const P: usize, const Q: usize>(
    sums: &mut [[V; Q]; P],
    values: *const f32,
    factors: *const f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut weights = [V::load(factors); Q];
        for (q, weights) in weights.iter_mut().enumerate().skip(1) {
            *weights = V::load(factors.add(q * V::LANES));
        }
        for (t, sums) in sums.iter_mut().enumerate() {
            let value = V::splat(*values.add(t * V::LANES));
            for (sum, &weights) in sums.iter_mut().zip(&weights) {
                *sum = value.mul_add(weights, *sum);
            }
        }
    }
}

/// Defines the table of a vector type, compiled with the given features.
macro_rules! table {
    ($vector:ty, $tiles:literal: $($p:literal)*; $($enable:meta)?) => {{
        /// # Safety
        /// As [`multiply`].
        $(#[$enable])?
        unsafe fn run<const P: usize, const Q: usize>(p: &Products<'_>) {
            // SAFETY: the caller's promise.
            unsafe { row::<$vector, $tiles, P, Q>(p) }
        }
        static TABLE: Table = &[$([run::<$p, 1>, run::<$p, 2>]),*];
        TABLE
    }};
}

/// The loops for blocks of the path's number of tiles (see `kernels.rs`).
pub(super) fn table(isa: Isa) -> Table {
    #[cfg(target_arch = "x86_64")]
    {
        use crate::simd::x86::{F32x8, F32x16};
        match isa {
            Isa::Avx512 => {
                return table!(F32x16, 14: 1 2 3 4 5 6 7 8 9 10 11 12 13 14; target_feature(enable = "avx512f"));
            }
            Isa::Avx2 => return table!(F32x8, 12: 1 2 3 4 5 6; target_feature(enable = "avx2,fma")),
            Isa::Neon | Isa::Portable => {}
        }
    }
    #[cfg(target_arch = "aarch64")]
    if isa == Isa::Neon {
        use crate::simd::arm::F32x4;
        return table!(F32x4, 14: 1 2 3 4 5 6 7 8 9 10 11 12 13 14;);
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = isa;
    table!(Portable<f32, 4>, 12: 1 2 3 4 5 6;)
}
