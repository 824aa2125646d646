//! Rows of images as their transforms take them. Lanes are tiles and channels,
//! as they follow each other in a row.
//!
//! Where results look at every second pixel of a row, or fewer, the pixels that a
//! window passes from a result to the next are one cell with the channels of all of
//! them, and so are taps: in cells every convolution has stride 1 along its rows.

use super::super::Conv2dShape;
use super::input::Images;
use super::layout::LINE;
use super::transform::{MOST, Transform};
use crate::simd::Vector;
use std::marker::PhantomData;
use std::ops::Range;

/// The rows of a convolution's images, for the transform `X`.
pub(super) struct Lines<'a, X> {
    pub(super) images: Images<'a>,
    /// Elements of a cell.
    pub(super) cell: usize,
    /// Rows of taps, and rows from those of a result to those of the result below.
    pub(super) taps: usize,
    pub(super) stride: usize,
    /// Tiles of a row, and elements that a row of them takes for each product.
    pub(super) across: usize,
    pub(super) row: usize,
    transform: PhantomData<X>,
}

impl<'a, X: Transform> Lines<'a, X> {
    pub(super) fn new(shape: &Conv2dShape, input: &'a [f32]) -> Self {
        let across = shape.out_w.div_ceil(X::OUT);
        let [stride, pixels] = shape.strides;
        let cell = pixels * shape.in_c;
        let row = (across * cell).next_multiple_of(LINE);
        let (images, transform) = (Images::input(shape, input), PhantomData);
        Self { images, cell, taps: shape.k_h, stride, across, row, transform }
    }

    /// Rows under `rows` rows of results.
    fn rows_under(&self, rows: usize) -> usize {
        (rows - 1) * self.stride + self.taps
    }

    /// Rows of results, at least one, whose transformed rows take so many elements.
    pub(super) fn rows_over(&self, elements: usize) -> usize {
        (elements / (X::TILE * self.row)).saturating_sub(self.taps) / self.stride + 1
    }

    /// Elements for the cells of a row by their places within tiles.
    pub(super) fn planes(&self) -> usize {
        X::OUT * self.plane()
    }

    /// From the cells of one place to those of the next.
    fn plane(&self) -> usize {
        self.row + self.cell.next_multiple_of(LINE) + LINE
    }

    /// Elements that the transformed rows under `rows` rows of results take.
    pub(super) fn values(&self, rows: usize) -> usize {
        X::TILE * self.product(rows)
    }

    /// From those of a product to those of the next.
    pub(super) fn product(&self, rows: usize) -> usize {
        self.rows_under(rows) * self.row + LINE
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
        for i in 0..self.rows_under(rows.len()) {
            // SAFETY: the caller's promise.
            unsafe { self.row::<V>(image, rows.start * self.stride + i, planes, &mut values[i * self.row..], step) };
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
        let (images, plane, len) = (&self.images, self.plane(), self.row);
        assert!(len.is_multiple_of(V::LANES) && to.len() >= (X::TILE - 1) * step + len, "a row of each product");
        let inside = y.checked_sub(images.above).filter(|&y| y < images.height);
        let Some(y) = inside else {
            for j in 0..X::TILE {
                to[j * step..][..len].fill(0.0);
            }
            return;
        };
        let width = images.width * images.channels;
        let pixels = &images.cells[(image * images.height + y) * width..][..width];
        // The row below comes near meanwhile.
        for line in (0..width).step_by(LINE) {
            // SAFETY: the caller's promise; the address may be any.
            unsafe { V::prefetch_second(pixels.as_ptr().wrapping_add(width + line)) };
        }
        let left = images.left * images.channels;
        for (place, plane) in planes.chunks_exact_mut(plane).enumerate() {
            match self.cell {
                0..=4 => self.lay_out::<4>(pixels, left, place, plane),
                5..=8 => self.lay_out::<8>(pixels, left, place, plane),
                _ => self.lay_out::<0>(pixels, left, place, plane),
            }
        }
        let needed = (X::OUT - 1) * plane + self.cell + len;
        assert!(planes.len() >= needed, "cells of the row");
        for first in (0..len).step_by(V::LANES) {
            // SAFETY: the planes hold a register from there on, and so does each product's row, as asserted.
            unsafe {
                let mut d = [V::splat(0.0); MOST];
                for (i, d) in d.iter_mut().enumerate().take(X::TILE) {
                    *d = V::load(planes.as_ptr().add(i % X::OUT * plane + i / X::OUT * self.cell + first));
                }
                let v = X::input(d);
                for (j, v) in v.iter().enumerate().take(X::TILE) {
                    v.store(to.as_mut_ptr().add(j * step + first));
                }
            }
        }
    }

    /// Cells that lie at one place within tiles follow each other: neighbouring lanes are neighbouring elements. A cell of at most
    /// `FEW` elements is copied by one load and one store.
    #[inline(always)]
    fn lay_out<const FEW: usize>(&self, pixels: &[f32], left: usize, place: usize, plane: &mut [f32]) {
        let cell = self.cell;
        for tile in 0..=self.across {
            let (start, to) = ((tile * X::OUT + place) * cell, &mut plane[tile * cell..]);
            let from = start.checked_sub(left).and_then(|start| pixels.get(start..));
            if let (true, Some((to, _)), Some((from, _))) =
                (FEW > 0, to.split_first_chunk_mut::<FEW>(), from.and_then(|from| from.split_first_chunk::<FEW>()))
            {
                // More than the cell, at once: the next one goes where the rest went.
                *to = *from;
                continue;
            }
            // A cell may lie across the image's edge.
            let before = left.saturating_sub(start).min(cell);
            let real = pixels.get((start + before).saturating_sub(left)..).unwrap_or_default();
            let real = &real[..real.len().min(cell - before)];
            to[..before].fill(0.0);
            to[before..][..real.len()].copy_from_slice(real);
            to[before + real.len()..cell].fill(0.0);
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
