//! Rows of images as their transforms take them. Lanes are tiles and channels,
//! as they follow each other in a row.

use super::super::Conv2dShape;
use super::input::Images;
use super::layout::LINE;
use super::transform::{F4x5, MOST, Transform};
use crate::simd::Vector;
use std::ops::Range;

/// The transform of rows.
pub(super) type Row = F4x5;

/// Channels that are copied by one load and one store.
const FEW: usize = 4;

/// The rows of a convolution's images.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) images: Images<'a>,
    /// Tiles of a row, and elements that a row of them takes for each product.
    pub(super) across: usize,
    pub(super) row: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(shape: &Conv2dShape, input: &'a [f32]) -> Self {
        let across = shape.out_w.div_ceil(Row::OUT);
        Self { images: Images::input(shape, input), across, row: (across * shape.in_c).next_multiple_of(LINE) }
    }

    /// Elements for the cells of a row by their places within tiles.
    pub(super) fn planes(&self) -> usize {
        Row::OUT * self.plane()
    }

    /// From the cells of one place to those of the next.
    fn plane(&self) -> usize {
        self.row + self.images.channels.next_multiple_of(LINE) + LINE
    }

    /// Elements that the transformed rows under `rows` rows of results take.
    pub(super) fn values(&self, rows: usize) -> usize {
        Row::TILE * self.product(rows)
    }

    /// From those of a product to those of the next.
    pub(super) fn product(&self, rows: usize) -> usize {
        (rows + Row::TAPS - 1) * self.row + LINE
    }

    /// Transforms the rows under those of an image's results.
    ///
    /// # Safety
    /// The instructions of `V` must exist.
    #[inline(always)]
    pub(super) unsafe fn analyse<V: Vector<Elem = f32>>(
        &self,
        image: usize,
        rows: &Range<usize>,
        planes: &mut [f32],
        values: &mut [f32],
    ) {
        let step = self.product(rows.len());
        for i in 0..rows.len() + Row::TAPS - 1 {
            // SAFETY: the caller's promise.
            unsafe { self.row::<V>(image, rows.start + i, planes, &mut values[i * self.row..], step) };
        }
    }

    /// Transforms a row of the padded image, the row `y` from its top; `to` is that row of the first product.
    ///
    /// # Safety
    /// The instructions of `V` must exist.
    #[inline(always)]
    unsafe fn row<V: Vector<Elem = f32>>(
        &self,
        image: usize,
        y: usize,
        planes: &mut [f32],
        to: &mut [f32],
        step: usize,
    ) {
        let (images, plane) = (&self.images, self.plane());
        let len = self.row;
        assert!(len.is_multiple_of(V::LANES) && to.len() >= (Row::TILE - 1) * step + len, "a row of each product");
        let inside = y.checked_sub(images.above).filter(|&y| y < images.height);
        let Some(y) = inside else {
            for j in 0..Row::TILE {
                to[j * step..][..len].fill(0.0);
            }
            return;
        };
        let c = images.channels;
        let cells = &images.cells[(image * images.height + y) * images.width * c..][..images.width * c];
        // Cells that lie at one place within tiles follow each other: neighbouring lanes are neighbouring elements.
        for (place, plane) in planes.chunks_exact_mut(plane).enumerate() {
            for tile in 0..=self.across {
                let x = (tile * Row::OUT + place).wrapping_sub(images.left);
                let to = &mut plane[tile * c..];
                if x >= images.width {
                    to[..c].fill(0.0);
                } else if let (true, Some((to, _)), Some((from, _))) =
                    (c <= FEW, to.split_first_chunk_mut::<FEW>(), cells[x * c..].split_first_chunk::<FEW>())
                {
                    // More than the cell, at once: the next one goes where the rest went.
                    *to = *from;
                } else {
                    to[..c].copy_from_slice(&cells[x * c..][..c]);
                }
            }
        }
        let needed = (Row::OUT - 1) * plane + c + len;
        assert!(planes.len() >= needed, "cells of the row");
        for first in (0..len).step_by(V::LANES) {
            // SAFETY: the planes hold a register from there on, and so does each product's row, as asserted.
            unsafe {
                let mut d = [V::splat(0.0); MOST];
                for (i, d) in d.iter_mut().enumerate().take(Row::TILE) {
                    *d = V::load(planes.as_ptr().add(i % Row::OUT * plane + i / Row::OUT * c + first));
                }
                let v = Row::input(d);
                for (j, v) in v.iter().enumerate().take(Row::TILE) {
                    v.store(to.as_mut_ptr().add(j * step + first));
                }
            }
        }
    }
}

/// What a macro makes of the vector type of a path that this machine has, and of the attribute that its functions are compiled with.
macro_rules! of_path {
    ($isa:expr, $kernels:ident) => {{
        let isa: $crate::isa::Isa = $isa;
        #[cfg(target_arch = "x86_64")]
        {
            use $crate::{
                isa::Isa,
                simd::x86::{F32x8, F32x16},
            };
            match isa {
                Isa::Avx512 => return $kernels!(F32x16; target_feature(enable = "avx512f")),
                Isa::Avx2 => return $kernels!(F32x8; target_feature(enable = "avx2,fma")),
                Isa::Neon | Isa::Portable => {}
            }
        }
        #[cfg(target_arch = "aarch64")]
        if isa == $crate::isa::Isa::Neon {
            use $crate::simd::arm::F32x4;
            return $kernels!(F32x4;);
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let _ = isa;
        $kernels!($crate::simd::Portable<f32, 4>;)
    }};
}
pub(super) use of_path;
