//! The register tile: some rows of the result by one or two registers of its columns, all summed before anything is stored.

use super::few_rows::{Few, few};
use crate::isa::Isa;
use crate::simd::{Portable, Vector, WIDEST};

/// One tile of work. Columns of the second operand and of the result are contiguous.
pub(super) struct Tile<T> {
    /// Columns of the first operand and rows of the second.
    pub(super) depth: usize,
    /// The first row of the first operand; rows are `a_row` elements apart, columns `a_step`.
    pub(super) a: *const T,
    pub(super) a_row: usize,
    pub(super) a_step: usize,
    /// The first row of the second operand; rows are `b_step` elements apart.
    pub(super) b: *const T,
    pub(super) b_step: usize,
    /// What will be read next, to have it come near meanwhile: `ahead_step` elements for each column of the first operand.
    pub(super) ahead: *const T,
    pub(super) ahead_step: usize,
    /// What comes near while the sums are computed: this many elements apart, a row for each of the tile's.
    pub(super) near: *const T,
    pub(super) near_row: usize,
    /// What each row's sums begin with: whole registers, or null. Rows are `start_row` elements apart, 0 where all begin with the same.
    pub(super) start: *const T,
    pub(super) start_row: usize,
    /// If the sums are added to what is in the result: what they are multiplied by before.
    pub(super) onto: Option<T>,
    /// Whether negative results become 0.
    pub(super) relu: bool,
    /// The first result; rows are `out_row` elements apart and `columns` of each are stored.
    pub(super) out: *mut T,
    pub(super) out_row: usize,
    pub(super) columns: usize,
}

/// Terms of a sum that take longer than lines of memory take to come near.
const DEEP: usize = 64;

type TileFn<T> = unsafe fn(&Tile<T>);

/// Rows of a matrix that are copied, in slices of two registers.
#[derive(Clone, Copy)]
pub(super) struct Rows<T> {
    pub(super) rows: usize,
    pub(super) slices: usize,
    /// The first row; rows are `row` elements apart.
    pub(super) from: *const T,
    pub(super) row: usize,
    /// Where it goes; rows are `to_row` elements apart there, slices `to_slice`.
    pub(super) to: *mut T,
    pub(super) to_row: usize,
    pub(super) to_slice: usize,
}

type CopyFn<T> = unsafe fn(&Rows<T>);

type FewFn<T> = unsafe fn(&Few<T>);

/// The tiles of an instruction set: one function for each number of rows from 1, and for one and two registers.
pub(super) struct Tiles<T: 'static> {
    pub(super) lanes: usize,
    copy: CopyFn<T>,
    table: &'static [[TileFn<T>; 2]],
    /// For one row and for two: what multiplies them by so many slivers at once, ever more of them.
    pub(super) few: [&'static [(usize, FewFn<T>)]; 2],
}

impl<T> Tiles<T> {
    /// Rows of the tallest tile.
    pub(super) fn rows(&self) -> usize {
        self.table.len()
    }

    /// # Safety
    /// The pointers must be valid for the rows, at both places.
    #[inline]
    pub(super) unsafe fn copy(&self, rows: &Rows<T>) {
        // SAFETY: the caller's promise; the function belongs to a detected path.
        unsafe { (self.copy)(rows) }
    }

    /// # Safety
    /// The tile's pointers must be valid: the operands for `rows` rows, `registers` whole registers of columns and the depth, the
    /// start for the rows and registers, the result for `columns` elements of each row.
    #[inline]
    pub(super) unsafe fn run(&self, rows: usize, registers: usize, tile: &Tile<T>) {
        // SAFETY: the caller's promise; the table belongs to a detected path.
        unsafe { self.table[rows - 1][registers - 1](tile) }
    }
}

/// Elements of the largest tile.
const MOST: usize = 14 * 2 * WIDEST;

/// The first `n` elements; zeros follow.
///
/// # Safety
/// The pointer must be valid for `n` elements, and the instructions of `V` exist.
#[inline(always)]
unsafe fn load_first<V: Vector>(from: *const V::Elem, n: usize) -> V
where
    V::Elem: Default,
{
    let mut elements = [V::Elem::default(); WIDEST];
    // SAFETY: the caller's promise; no register is wider than the array.
    unsafe {
        elements.as_mut_ptr().copy_from_nonoverlapping(from, n);
        V::load(elements.as_ptr())
    }
}

/// # Safety
/// As [`Tiles::run`], and the instructions of `V` must exist.
#[inline(always)]
unsafe fn tile<V: Vector, const P: usize, const Q: usize>(t: &Tile<V::Elem>)
where
    V::Elem: TileElement,
{
    // SAFETY: every access is to a row, column and depth that the caller promised; `V`'s instructions exist.
    unsafe {
        let mut sums = [[V::splat(V::Elem::default()); Q]; P];
        if !t.start.is_null() {
            for (p, sums) in sums.iter_mut().enumerate() {
                for (q, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(t.start.add(p * t.start_row + q * V::LANES));
                }
            }
        }
        let (mut a, mut b, mut ahead) = (t.a, t.b, t.ahead);
        let mut left = t.depth;
        for p in 0..P {
            // A row at a time: all at once would leave the operands no place to come to.
            V::prefetch(t.near.wrapping_add(p * t.near_row));
            V::prefetch(t.near.wrapping_add(p * t.near_row + (Q - 1) * V::LANES));
            let now = if p + 1 == P || t.depth < DEEP { left } else { t.depth / P };
            left -= now;
            for _ in 0..now {
                V::prefetch(ahead);
                ahead = ahead.wrapping_add(t.ahead_step);
                let mut columns = [V::load(b); Q];
                for (q, columns) in columns.iter_mut().enumerate().skip(1) {
                    *columns = V::load(b.add(q * V::LANES));
                }
                for (p, sums) in sums.iter_mut().enumerate() {
                    let x = V::splat(*a.add(p * t.a_row));
                    for (sum, &columns) in sums.iter_mut().zip(&columns) {
                        *sum = x.mul_add(columns, *sum);
                    }
                }
                // Past the last one they may point anywhere.
                a = a.wrapping_add(t.a_step);
                b = b.wrapping_add(t.b_step);
            }
        }
        if t.columns == Q * V::LANES && t.onto.is_none() && !t.relu {
            for (p, sums) in sums.iter().enumerate() {
                for (q, sum) in sums.iter().enumerate() {
                    sum.store(t.out.add(p * t.out_row + q * V::LANES));
                }
            }
            return;
        }
        // The sums leave their registers in a loop that does nothing else: with decisions in it the compiler would not unroll it, and
        // keep them in memory all along.
        let mut all = [V::Elem::default(); MOST];
        for (p, sums) in sums.iter().enumerate() {
            for (q, sum) in sums.iter().enumerate() {
                sum.store(all.as_mut_ptr().add((p * Q + q) * V::LANES));
            }
        }
        finish::<V>(t, P, Q, &all);
    }
}

/// Adds sums to what is in the result, where that is asked for, and stores as many columns as there are.
///
/// # Safety
/// As [`Tiles::run`], and the instructions of `V` must exist.
#[inline(always)]
unsafe fn finish<V: Vector>(t: &Tile<V::Elem>, rows: usize, registers: usize, all: &[V::Elem; MOST])
where
    V::Elem: TileElement,
{
    // SAFETY: the caller's promise.
    unsafe {
        let scale = V::splat(t.onto.unwrap_or(V::Elem::ONE));
        for p in 0..rows {
            for q in 0..registers {
                let first = q * V::LANES;
                let out = t.out.add(p * t.out_row + first);
                let mut value = V::load(all.as_ptr().add((p * registers + q) * V::LANES));
                let whole = t.columns >= first + V::LANES;
                if t.onto.is_some() {
                    let before = if whole { V::load(out) } else { load_first::<V>(out, t.columns - first) };
                    value = value.mul_add(scale, before);
                }
                if t.relu {
                    value = value.relu();
                }
                if whole { value.store(out) } else { value.store_first(out, t.columns - first) }
            }
        }
    }
}

/// Slices that are on their way while others are copied: each row lies in pages of its own, which have to be found first.
const AHEAD: usize = 16;

/// # Safety
/// As [`Tiles::copy`], and the instructions of `V` must exist.
#[inline(always)]
unsafe fn copy<V: Vector>(r: &Rows<V::Elem>) {
    let ahead = AHEAD.div_ceil(r.slices.max(1)) * r.row;
    for i in 0..r.rows {
        for s in 0..r.slices {
            let from = r.from.wrapping_add(i * r.row + s * 2 * V::LANES);
            let to = r.to.wrapping_add(i * r.to_row + s * r.to_slice);
            // SAFETY: the caller's promise.
            unsafe {
                V::prefetch(from.wrapping_add(ahead));
                V::prefetch(from.wrapping_add(ahead + V::LANES));
                V::load(from).store(to);
                V::load(from.add(V::LANES)).store(to.add(V::LANES));
            }
        }
    }
}

/// An element type with tiles for every instruction set.
pub(super) trait TileElement: Copy + Default + Send + Sync + 'static {
    const ONE: Self;

    fn tiles(isa: Isa) -> &'static Tiles<Self>;
}

/// Defines the table of a vector type, compiled with the given features.
macro_rules! tiles {
    ($vector:ty, $($rows:literal)*; $($enable:meta)?) => {{
        /// # Safety
        /// As [`Tiles::run`].
        $(#[$enable])?
        unsafe fn run<const P: usize, const Q: usize>(t: &Tile<<$vector as Vector>::Elem>) {
            // SAFETY: the caller's promise.
            unsafe { tile::<$vector, P, Q>(t) }
        }
        /// # Safety
        /// As [`Tiles::copy`].
        $(#[$enable])?
        unsafe fn rows(rows: &Rows<<$vector as Vector>::Elem>) {
            // SAFETY: the caller's promise.
            unsafe { copy::<$vector>(rows) }
        }
        /// # Safety
        /// As [`few`].
        $(#[$enable])?
        unsafe fn slivers<const P: usize, const S: usize>(rows: &Few<<$vector as Vector>::Elem>) {
            // SAFETY: the caller's promise.
            unsafe { few::<$vector, P, S>(rows) }
        }
        static TILES: Tiles<<$vector as Vector>::Elem> = Tiles {
            lanes: <$vector as Vector>::LANES,
            copy: rows,
            table: &[$([run::<$rows, 1>, run::<$rows, 2>]),*],
            few: [&[(1, slivers::<1, 1>), (2, slivers::<1, 2>), (4, slivers::<1, 4>)], &[(1, slivers::<2, 1>), (2, slivers::<2, 2>)]],
        };
        &TILES
    }};
}

macro_rules! tile_element {
    ($t:ty: $portable:ty, $neon:ident, $avx2:ident, $avx512:ident) => {
        impl TileElement for $t {
            const ONE: $t = 1.0;

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
