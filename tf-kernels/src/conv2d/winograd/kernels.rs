//! The loops of each instruction set and transform, behind pointers.

use super::band::{Job, band, scratch_len};
use super::factors::{Factors, gather, transform};
use super::gradient;
use super::products::{Table, table};
use super::transform::{F2x5, F4x3, F4x5, Transform};
use crate::isa::Isa;
use crate::simd::{Portable, Vector};
use std::ops::Range;

/// A transform, the same for rows and columns, but for the filter's gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Family {
    /// F(2×2, 5×5).
    F2x5,
    /// F(4×4, 3×3).
    F4x3,
    /// F(4×4, 5×5).
    F4x5,
}

impl Family {
    /// Rows and columns of the filter.
    pub(in super::super) fn taps(self) -> usize {
        match self {
            Self::F2x5 => F2x5::TAPS,
            Self::F4x3 => F4x3::TAPS,
            Self::F4x5 => F4x5::TAPS,
        }
    }

    /// Rows and columns of a tile's results.
    pub(in super::super) fn out(self) -> usize {
        match self {
            Self::F2x5 => F2x5::OUT,
            Self::F4x3 => F4x3::OUT,
            Self::F4x5 => F4x5::OUT,
        }
    }

    /// Rows and columns of frequencies.
    pub(in super::super) fn tile(self) -> usize {
        self.out() + self.taps() - 1
    }

    /// Rows and columns of a tile's results where the filter's gradient is asked
    /// for: its sums are begun anew so often that a larger transform of 5×5 filters
    /// in one direction loses no more than what their order does.
    pub(in super::super) fn gradient_out(self) -> [usize; 2] {
        match self {
            Self::F2x5 => [F4x5::OUT, F2x5::OUT],
            Self::F4x3 | Self::F4x5 => [self.out(); 2],
        }
    }

    /// Rows and columns of its frequencies.
    pub(in super::super) fn gradient_tile(self) -> [usize; 2] {
        self.gradient_out().map(|out| out + self.taps() - 1)
    }
}

/// The functions of a transform on an instruction set.
pub(super) struct Kernels {
    pub(super) lanes: usize,
    /// Tiles of a block.
    pub(super) tiles: usize,
    pub(super) table: fn() -> Table,
    pub(super) scratch_len: fn(&Factors) -> usize,
    pub(super) band: unsafe fn(&Job<'_>, Table, Range<usize>, &mut [f32], &mut [f64]),
    pub(super) transform: unsafe fn(&Factors, usize, *const f32, *mut f32),
    /// The same of the filter's gradient.
    pub(super) gradient_tiles: usize,
    pub(super) gradient_scratch_len: fn(&Factors) -> usize,
    pub(super) accumulate: unsafe fn(&gradient::Job<'_>, Range<usize>, &mut [f32], &mut [f32]),
    pub(super) gather: unsafe fn(&Factors, usize, *const f32, (usize, usize), *mut f32),
}

/// Defines the kernels of a vector type, compiled with the given features.
macro_rules! kernels {
    ($isa:expr, $x:ty, $y:ty, $vector:ty, $tiles:literal, gradient $gradient_tiles:literal by $rows:literal; $($enable:meta)?) => {{
        /// # Safety
        /// As [`band`].
        $(#[$enable])?
        unsafe fn run_band(
            job: &Job<'_>,
            table: Table,
            rows: Range<usize>,
            scratch: &mut [f32],
            totals: &mut [f64],
        ) {
            // SAFETY: the caller's promise.
            unsafe { band::<$vector, $x, $tiles>(job, table, rows, scratch, totals) }
        }
        /// # Safety
        /// As [`transform`].
        $(#[$enable])?
        unsafe fn run_transform(factors: &Factors, channel: usize, filter: *const f32, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { transform::<$vector, $x>(factors, channel, filter, to) }
        }
        /// # Safety
        /// As [`gather`].
        $(#[$enable])?
        unsafe fn run_gather(
            factors: &Factors,
            channel: usize,
            from: *const f32,
            parts: (usize, usize),
            filter: *mut f32,
        ) {
            // SAFETY: the caller's promise.
            unsafe { gather::<$vector, $y, $x>(factors, channel, from, parts, filter) }
        }
        /// # Safety
        /// As [`gradient::accumulate`].
        $(#[$enable])?
        unsafe fn run_accumulate(job: &gradient::Job<'_>, rows: Range<usize>, sums: &mut [f32], scratch: &mut [f32]) {
            // SAFETY: the caller's promise.
            unsafe { gradient::accumulate::<$vector, $y, $x, $gradient_tiles, $rows>(job, rows, sums, scratch) }
        }
        static KERNELS: Kernels = Kernels {
            lanes: <$vector as Vector>::LANES,
            tiles: $tiles,
            table: || table($isa),
            scratch_len: scratch_len::<$vector, $x, $tiles>,
            band: run_band,
            transform: run_transform,
            gradient_tiles: $gradient_tiles,
            gradient_scratch_len: gradient::scratch_len::<$vector, $y, $x, $gradient_tiles>,
            accumulate: run_accumulate,
            gather: run_gather,
        };
        &KERNELS
    }};
}

/// The transform of rows and columns, and that of columns for the filter's gradient.
macro_rules! of_family {
    ($isa:expr, $x:ty, gradient $y:ty) => {{
        #[cfg(target_arch = "x86_64")]
        {
            use crate::simd::x86::{F32x8, F32x16};
            match $isa {
                Isa::Avx512 => return kernels!(Isa::Avx512, $x, $y, F32x16, 14, gradient 64 by 8; target_feature(enable = "avx512f")),
                Isa::Avx2 => return kernels!(Isa::Avx2, $x, $y, F32x8, 12, gradient 48 by 4; target_feature(enable = "avx2,fma")),
                Isa::Neon | Isa::Portable => {}
            }
        }
        #[cfg(target_arch = "aarch64")]
        if $isa == Isa::Neon {
            use crate::simd::arm::F32x4;
            return kernels!(Isa::Neon, $x, $y, F32x4, 14, gradient 56 by 4;);
        }
        kernels!(Isa::Portable, $x, $y, Portable<f32, 4>, 12, gradient 48 by 4;)
    }};
}

/// The kernels of a path that this machine has.
pub(super) fn kernels(isa: Isa, family: Family) -> &'static Kernels {
    match family {
        Family::F2x5 => of_family!(isa, F2x5, gradient F4x5),
        Family::F4x3 => of_family!(isa, F4x3, gradient F4x3),
        Family::F4x5 => of_family!(isa, F4x5, gradient F4x5),
    }
}
