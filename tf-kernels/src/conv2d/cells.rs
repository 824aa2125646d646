//! The register loop of convolutions by runs: `N` cells of a row at once, the
//! vectors of a cell one after the other, all taps added before anything is
//! stored. Neighbouring lanes are neighbouring elements of the result, each
//! with its own weight, so no channel count leaves lanes idle.

use super::epilogue::After;
use crate::isa::Isa;
use crate::simd::{Portable, Vector};

/// Some cells of one row of the result. A cell is a number of pixels after
/// which the weights repeat.
pub(super) struct Cells<'a, T> {
    /// What the first tap of the first cell reads; cells are `in_step` elements
    /// apart and taps lie at `offsets`.
    pub(super) input: *const T,
    pub(super) in_step: usize,
    pub(super) offsets: &'a [usize],
    /// For each vector of a cell a register of weights for each tap.
    pub(super) weights: *const T,
    /// For each vector of a cell what its sums begin with.
    pub(super) bias: *const T,
    /// What happens to the sums, from the first cell's result on.
    pub(super) after: After<T>,
    /// The first cell's result; cells are `out_step` elements apart and the
    /// first `len` elements of each are computed.
    pub(super) out: *mut T,
    pub(super) out_step: usize,
    pub(super) len: usize,
}

type CellsFn<T> = unsafe fn(&Cells<'_, T>);

/// The loops of an instruction set: one function for each number of cells
/// from 1.
pub(super) struct CellLoops<T: 'static> {
    pub(super) lanes: usize,
    table: &'static [CellsFn<T>],
}

impl<T> CellLoops<T> {
    /// The most cells at once.
    pub(super) fn cells(&self) -> usize {
        self.table.len()
    }

    /// # Safety
    /// The pointers of `cells` must be valid: input, weights and bias for whole
    /// registers, of all taps, up to the one that holds the last of the `len`
    /// elements; the result and the epilogue's arrays for `len` elements of
    /// each of the `count` cells.
    pub(super) unsafe fn run(&self, count: usize, cells: &Cells<'_, T>) {
        // SAFETY: the caller's promise; the table belongs to a detected path.
        unsafe { self.table[count - 1](cells) }
    }
}

/// # Safety
/// As [`CellLoops::run`], and the instructions of `V` must exist.
#[inline(always)]
unsafe fn cells<V: Vector, const N: usize>(c: &Cells<'_, V::Elem>)
where
    V::Elem: From<u8>,
{
    let taps = c.offsets.len();
    for vector in 0..c.len.div_ceil(V::LANES) {
        let first = vector * V::LANES;
        // SAFETY: every access is to a register or element that the caller
        // promised; `V`'s instructions exist.
        unsafe {
            let input = c.input.add(first);
            let weights = c.weights.add(first * taps);
            let mut acc = [V::load(c.bias.add(first)); N];
            for (tap, &offset) in c.offsets.iter().enumerate() {
                let weights = V::load(weights.add(tap * V::LANES));
                let input = input.add(offset);
                for (n, acc) in acc.iter_mut().enumerate() {
                    *acc = V::load(input.add(n * c.in_step)).mul_add(weights, *acc);
                }
            }
            for (n, &sum) in acc.iter().enumerate() {
                let offset = n * c.out_step + first;
                c.after.store(sum, c.out.add(offset), offset, c.len - first);
            }
        }
    }
}

/// An element type with loops for every instruction set.
pub(super) trait CellElement: Sized + 'static {
    fn cell_loops(isa: Isa) -> &'static CellLoops<Self>;
}

/// Defines the loops of a vector type, compiled with the given features.
macro_rules! cell_loops {
    ($vector:ty $(, $enable:meta)?) => {{
        /// # Safety
        /// As [`CellLoops::run`].
        $(#[$enable])?
        unsafe fn run<const N: usize>(c: &Cells<'_, <$vector as Vector>::Elem>) {
            // SAFETY: the caller's promise.
            unsafe { cells::<$vector, N>(c) }
        }
        static LOOPS: CellLoops<<$vector as Vector>::Elem> = CellLoops {
            lanes: <$vector as Vector>::LANES,
            table: &[run::<1>, run::<2>, run::<3>, run::<4>, run::<5>, run::<6>, run::<7>, run::<8>],
        };
        &LOOPS
    }};
}

macro_rules! cell_element {
    ($t:ty: $portable:ty, $neon:ident, $avx2:ident, $avx512:ident) => {
        impl CellElement for $t {
            fn cell_loops(isa: Isa) -> &'static CellLoops<Self> {
                #[cfg(target_arch = "x86_64")]
                {
                    use crate::simd::x86::{$avx2, $avx512};
                    match isa {
                        Isa::Avx512 => return cell_loops!($avx512, target_feature(enable = "avx512f")),
                        Isa::Avx2 => return cell_loops!($avx2, target_feature(enable = "avx2,fma")),
                        Isa::Neon | Isa::Portable => {}
                    }
                }
                #[cfg(target_arch = "aarch64")]
                if isa == Isa::Neon {
                    use crate::simd::arm::$neon;
                    return cell_loops!($neon);
                }
                #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
                let _ = isa;
                cell_loops!($portable)
            }
        }
    };
}

cell_element!(f32: Portable<f32, 4>, F32x4, F32x8, F32x16);
cell_element!(f64: Portable<f64, 2>, F64x2, F64x4, F64x8);
