//! Convolution by transforms of rows only: four neighbouring results of a row by
//! eight products, each of which sums over the filter's rows and the input
//! channels. For few of these a tile of rows and columns would have sums too
//! short for what its transforms cost.
//!
//! Lanes of the images' transform are tiles and channels, as they follow each
//! other in a row; the products are tiles of `tile.rs`, whose pixels are tiles
//! of a row here.

use super::super::epilogue::load;
use super::super::tile::{Taps, Tile, TileElement};
use super::super::{Conv2dShape, Epilogue};
use super::ahead::{Rows, is_far};
use super::band::directly;
use super::layout::LINE;
use super::lines::{Lines, Row, of_path};
use super::output::{Cells, Channels, Results, finish};
use super::transform::{MOST, Transform};
use crate::isa::Isa;
use crate::scratch::{with_aligned_scratch, with_scratch};
use crate::simd::Vector;
use crate::threads::{SharedMut, for_each_index, pieces};
use std::ops::Range;

/// Elements of the transformed rows of a band: they fit the second-level cache.
const BAND: usize = 1 << 16;

/// Where the filter's factors lie: for each block of output channels, product, row of taps and input channel two registers.
#[derive(Clone, Copy)]
pub(super) struct Factors {
    pub(super) in_c: usize,
    pub(super) out_c: usize,
    pub(super) lanes: usize,
}

impl Factors {
    pub(super) fn width(&self) -> usize {
        2 * self.lanes
    }

    pub(super) fn blocks(&self) -> usize {
        self.out_c.div_ceil(self.width())
    }

    /// Of one product of a block.
    pub(super) fn product(&self) -> usize {
        Row::TAPS * self.in_c * self.width()
    }

    pub(super) fn len(&self) -> usize {
        self.blocks() * Row::TILE * self.product()
    }
}

pub(super) fn factors_of(isa: Isa, shape: &Conv2dShape) -> Factors {
    Factors { in_c: shape.in_c, out_c: shape.out_c, lanes: f32::tiles(isa).lanes }
}

/// Elements that the filter's factors take.
pub(in super::super) fn factors_len(isa: Isa, shape: &Conv2dShape) -> usize {
    factors_of(isa, shape).len()
}

/// Transforms a filter; `factors` has [`factors_len`] elements.
pub(in super::super) fn transform_filter(isa: Isa, shape: &Conv2dShape, filter: &[f32], factors: &mut [f32]) {
    let layout = factors_of(isa, shape);
    assert_eq!(factors.len(), layout.len(), "elements of the filter's factors");
    assert_eq!(filter.len(), Row::TAPS * Row::TAPS * shape.in_c * shape.out_c, "elements of the filter");
    // SAFETY: the path was detected; the lengths are as asserted.
    unsafe { (kernels(isa).transform)(&layout, filter.as_ptr(), factors) };
}

/// What the work on all bands has in common.
struct Job<'a> {
    lines: Lines<'a>,
    /// The filter, and what it was transformed to.
    filter: &'a [f32],
    transformed: &'a [f32],
    factors: Factors,
    results: Results<'a>,
    isa: Isa,
}

// SAFETY: pointers within are to memory that is read, or to results of which
// each thread uses its own.
unsafe impl Sync for Job<'_> {}

impl Job<'_> {
    /// Elements of scratch memory for `rows` rows of results: the cells of a row by their places within tiles, the transformed rows, and
    /// the products of as many tiles as are summed at once.
    fn scratch(&self, rows: usize) -> [usize; 3] {
        let tiles = f32::tiles(self.isa).pixels();
        [self.lines.planes(), self.lines.values(rows), Row::TILE * tiles * self.factors.width()]
    }
}

/// The convolution, with the filter's factors.
pub(in super::super) fn convolve(
    isa: Isa,
    shape: &Conv2dShape,
    input: &[f32],
    (filter, transformed): (&[f32], &[f32]),
    epilogue: Epilogue<'_, f32>,
    out: &mut [f32],
) {
    if out.is_empty() {
        return;
    }
    let factors = factors_of(isa, shape);
    assert_eq!(transformed.len(), factors.len(), "factors of this path");
    let after = epilogue.after();
    with_scratch(factors.blocks() * factors.width(), |bias| {
        bias.fill(0.0);
        if let Some(given) = epilogue.bias {
            bias[..shape.out_c].copy_from_slice(given);
        }
        let lines = Lines::new(shape, input);
        let shared = SharedMut::new(out);
        let job = Job {
            lines,
            filter,
            transformed,
            factors,
            results: Results { shape, bias, after, against: None, out: shared.get() },
            isa,
        };
        let vectors = shape.out_c.div_ceil(factors.lanes);
        let work = shape.batch * shape.out_h * lines.across * Row::TILE * Row::TAPS * shape.in_c * vectors;
        let in_cache = (BAND / (Row::TILE * lines.row)).saturating_sub(Row::TAPS - 1).max(Row::TAPS);
        let rows = in_cache.min((shape.batch * shape.out_h).div_ceil(pieces(work))).min(shape.out_h);
        let bands = shape.out_h.div_ceil(rows);
        for_each_index(shape.batch * bands, work, |i| {
            let (image, band) = (i / bands, i % bands);
            let rows = band * shape.out_h / bands..(band + 1) * shape.out_h / bands;
            with_aligned_scratch(job.scratch(rows.len()).iter().sum(), |scratch| {
                // SAFETY: the path was detected; bands are disjoint parts of the
                // results.
                unsafe { (kernels(isa).band)(&job, image, rows, scratch) };
            });
        });
    });
}

/// # Safety
/// The instructions of `V` must exist, and `filter` be valid for all of it.
#[inline(always)]
unsafe fn transform<V: Vector<Elem = f32>>(factors: &Factors, filter: *const f32, to: &mut [f32]) {
    let Factors { in_c, out_c, lanes } = *factors;
    assert!(lanes == V::LANES && to.len() == factors.len(), "factors of this path");
    for first in (0..factors.blocks() * factors.width()).step_by(lanes) {
        let left = out_c.saturating_sub(first);
        let start = first / factors.width() * Row::TILE * factors.product() + first % factors.width();
        for row in 0..Row::TAPS {
            for channel in 0..in_c {
                // SAFETY: the caller's promise; where no channel is left nothing is read.
                unsafe {
                    let mut w = [V::splat(0.0); MOST];
                    for (x, w) in w.iter_mut().enumerate().take(Row::TAPS) {
                        let tap = ((row * Row::TAPS + x) * in_c + channel) * out_c + first;
                        *w = if left == 0 { *w } else { load(filter.wrapping_add(tap), left) };
                    }
                    let u = Row::filter(w);
                    for (j, u) in u.iter().enumerate().take(Row::TILE) {
                        let at = start + j * factors.product() + (row * in_c + channel) * factors.width();
                        u.store(to[at..][..lanes].as_mut_ptr());
                    }
                }
            }
        }
    }
}

/// Some rows of the results of an image.
///
/// # Safety
/// The instructions of `V` must exist; nobody else may use the results.
#[inline(always)]
unsafe fn band<V: Vector<Elem = f32>>(job: &Job<'_>, image: usize, rows: Range<usize>, scratch: &mut [f32]) {
    let [planes, values, products] = job.scratch(rows.len());
    assert!(scratch.len() >= planes + values + products && job.factors.lanes == V::LANES, "scratch memory of a band");
    let (planes, rest) = scratch.split_at_mut(planes);
    let (values, products) = rest.split_at_mut(values);
    let s = job.results.shape;
    let lines = &job.lines;
    // SAFETY: the caller's promise.
    unsafe { lines.analyse::<V>(image, &rows, planes, values) };
    let step = lines.product(rows.len());
    let tiles = f32::tiles(job.isa);
    let width = job.factors.width();
    let taps = Taps { rows: Row::TAPS, row_stride: lines.row, runs: 1, run: s.in_c, run_stride: 0 };
    let zeros = [0.0; 2 * LINE];
    assert!(width <= zeros.len(), "zeros for two registers");
    let count = lines.across.div_ceil(tiles.pixels());
    let is_far = is_far(&[lines.images.cells.len(), job.results.len()]);
    for block in 0..job.factors.blocks() {
        let channels = Channels { first: block * width, count: (s.out_c - block * width).min(width) };
        let vectors = channels.count.div_ceil(V::LANES);
        for (i, y) in rows.clone().enumerate() {
            let mut first = 0;
            for part in 0..count {
                let pixels = (lines.across - first).div_ceil(count - part);
                // Results that lie far away come near while their products are computed.
                let mut ahead = Rows::NONE;
                if is_far {
                    let x = first * Row::OUT;
                    let at = ((image * s.out_h + y) * s.out_w + x) * s.out_c + channels.first;
                    let cells = (s.out_w - x).min(pixels * Row::OUT);
                    ahead = Rows::new(job.results.out.wrapping_add(at), cells, channels.count, s.out_c, Row::TILE);
                }
                for j in 0..Row::TILE {
                    let values = &values[j * step + i * lines.row + first * s.in_c..];
                    let factors = &job.transformed[(block * Row::TILE + j) * job.factors.product()..];
                    let products = &mut products[j * tiles.pixels() * width..][..pixels * width];
                    let needed = (Row::TAPS - 1) * lines.row + pixels * s.in_c;
                    assert!(values.len() >= needed && factors.len() >= job.factors.product(), "values and factors");
                    let tile = Tile {
                        taps: &taps,
                        input: values.as_ptr(),
                        pixel: s.in_c,
                        filter: factors.as_ptr(),
                        tap: width,
                        ahead: values.as_ptr(),
                        ahead_step: 0,
                        bias: zeros.as_ptr(),
                        after: Epilogue::default().after(),
                        pixels,
                        out: products.as_mut_ptr(),
                        out_pixel: width,
                        channels: vectors * V::LANES,
                    };
                    // SAFETY: the caller's promise; values, factors and products are as many as asserted.
                    unsafe {
                        ahead.come::<V>();
                        tiles.run(vectors, &tile);
                    }
                }
                for tile in 0..pixels {
                    let x = (first + tile) * Row::OUT;
                    let cells = Cells { image, y, x, height: 1, width: (s.out_w - x).min(Row::OUT) };
                    // SAFETY: the caller's promise; the products of the tile.
                    unsafe {
                        let from = products.as_ptr().add(tile * width);
                        if !synthesize::<V>(job, channels, cells, from, tiles.pixels() * width) {
                            directly::<V, Row>(&lines.images, job.filter, &job.results, channels, cells, &mut []);
                        }
                    }
                }
                first += pixels;
            }
        }
    }
}

/// The results of a tile from its products, which lie `step` apart. Says whether all sums are finite.
///
/// # Safety
/// The instructions of `V` must exist, the products be valid; nobody else may use the results.
#[inline(always)]
unsafe fn synthesize<V: Vector<Elem = f32>>(
    job: &Job<'_>,
    channels: Channels,
    cells: Cells,
    from: *const f32,
    step: usize,
) -> bool {
    let (s, results) = (job.results.shape, &job.results);
    let first = ((cells.image * s.out_h + cells.y) * s.out_w + cells.x) * s.out_c + channels.first;
    // SAFETY: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        let mut finite = zero;
        for vector in 0..channels.count.div_ceil(V::LANES) {
            let (offset, left) = (vector * V::LANES, channels.count - vector * V::LANES);
            let bias = V::load(results.bias.as_ptr().add(channels.first + offset));
            let mut m = [zero; MOST];
            for (j, m) in m.iter_mut().enumerate().take(Row::TILE) {
                *m = V::load(from.add(j * step + offset));
            }
            let y = Row::output(m);
            let plain = left >= V::LANES && results.after.is_at_most_relu();
            for (i, &y) in y.iter().enumerate().take(Row::OUT) {
                if i < cells.width {
                    let sum = y.add(bias);
                    finite = sum.mul_add(zero, finite);
                    finish(results, plain, sum, first + i * s.out_c + offset, left);
                }
            }
        }
        !finite.any_nan()
    }
}

/// The functions of an instruction set.
struct Kernels {
    transform: unsafe fn(&Factors, *const f32, &mut [f32]),
    band: unsafe fn(&Job<'_>, usize, Range<usize>, &mut [f32]),
}

/// Defines the kernels of a vector type, compiled with the given features.
macro_rules! kernels {
    ($vector:ty; $($enable:meta)?) => {{
        /// # Safety
        /// As [`transform`].
        $(#[$enable])?
        unsafe fn run_transform(factors: &Factors, filter: *const f32, to: &mut [f32]) {
            // SAFETY: the caller's promise.
            unsafe { transform::<$vector>(factors, filter, to) }
        }
        /// # Safety
        /// As [`band`].
        $(#[$enable])?
        unsafe fn run_band(job: &Job<'_>, image: usize, rows: Range<usize>, scratch: &mut [f32]) {
            // SAFETY: the caller's promise.
            unsafe { band::<$vector>(job, image, rows, scratch) }
        }
        static KERNELS: Kernels = Kernels { transform: run_transform, band: run_band };
        &KERNELS
    }};
}

/// The kernels of a path that this machine has.
fn kernels(isa: Isa) -> &'static Kernels {
    of_path!(isa, kernels)
}
