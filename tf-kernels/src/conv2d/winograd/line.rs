//! Convolution by transforms of rows only: four neighbouring results of a row by
//! eight products, or seven of four taps, each of which sums over the filter's rows
//! and the input channels. For few of these a tile of rows and columns would have
//! sums too short for what its transforms cost.
//!
//! Lanes of the images' transform are tiles and channels, as they follow each
//! other in a row; the products are tiles of `tile.rs`, whose pixels are tiles
//! of a row here.

use super::super::epilogue::load;
use super::super::tile::{Taps, Tile, TileElement};
use super::super::{Conv2dShape, Epilogue};
use super::ahead::is_far;
use super::band::directly;
use super::layout::LINE;
use super::lines::{Lines, of_path};
use super::output::{Cells, Channels, Results, finish};
use super::transform::{MOST, Transform};
use crate::isa::Isa;
use crate::scratch::{with_aligned_scratch, with_scratch};
use crate::simd::Vector;
use crate::threads::{SharedMut, for_each_index, pieces};
use std::marker::PhantomData;
use std::ops::Range;

/// Elements of the transformed rows of a band: they fit the second-level cache.
const BAND: usize = 1 << 16;

/// Where the filter's factors lie: for each block of output channels, product, row of taps and element of a cell two registers.
pub(super) struct Factors<X> {
    /// Rows and columns of taps, and columns that make a cell.
    taps: [usize; 2],
    pixels: usize,
    in_c: usize,
    pub(super) out_c: usize,
    pub(super) lanes: usize,
    transform: PhantomData<X>,
}

impl<X: Transform> Factors<X> {
    pub(super) fn new(isa: Isa, shape: &Conv2dShape) -> Self {
        let Conv2dShape { k_h, k_w, in_c, out_c, strides: [_, pixels], .. } = *shape;
        Self { taps: [k_h, k_w], pixels, in_c, out_c, lanes: f32::tiles(isa).lanes, transform: PhantomData }
    }

    pub(super) fn width(&self) -> usize {
        2 * self.lanes
    }

    pub(super) fn blocks(&self) -> usize {
        self.out_c.div_ceil(self.width())
    }

    /// Of one product of a block.
    pub(super) fn product(&self) -> usize {
        self.taps[0] * self.pixels * self.in_c * self.width()
    }

    pub(super) fn len(&self) -> usize {
        self.blocks() * X::TILE * self.product()
    }

    /// Elements of the filter.
    pub(super) fn of_filter(&self) -> usize {
        self.taps[0] * self.taps[1] * self.in_c * self.out_c
    }

    /// For each element of a cell in each row of taps: where a block's factors of it lie behind those of a product, and where the taps of
    /// the first output channel lie in the filter, as far as it has them.
    pub(super) fn taps(&self) -> impl Iterator<Item = (usize, [Option<usize>; MOST])> {
        let cell = self.pixels * self.in_c;
        let [rows, columns] = self.taps;
        (0..rows * cell).map(move |at| {
            let (row, pixel, channel) = (at / cell, at % cell / self.in_c, at % self.in_c);
            let tap = |x: usize| {
                let column = x * self.pixels + pixel;
                (x < X::TAPS && column < columns).then(|| ((row * columns + column) * self.in_c + channel) * self.out_c)
            };
            (at * self.width(), std::array::from_fn(tap))
        })
    }
}

/// Elements that the filter's factors take.
pub(in super::super) fn factors_len<X: Transform>(isa: Isa, shape: &Conv2dShape) -> usize {
    Factors::<X>::new(isa, shape).len()
}

/// Transforms a filter; `factors` has [`factors_len`] elements.
pub(in super::super) fn transform_filter<X: Transform>(
    isa: Isa,
    shape: &Conv2dShape,
    filter: &[f32],
    factors: &mut [f32],
) {
    let layout = Factors::<X>::new(isa, shape);
    assert_eq!(factors.len(), layout.len(), "elements of the filter's factors");
    assert_eq!(filter.len(), layout.of_filter(), "elements of the filter");
    // SAFETY: the path was detected; the lengths are as asserted.
    unsafe { (kernels(isa).transform)(&layout, filter.as_ptr(), factors) };
}

/// What the work on all bands has in common.
struct Job<'a, X> {
    lines: Lines<'a, X>,
    /// The filter, and what it was transformed to.
    filter: &'a [f32],
    transformed: &'a [f32],
    factors: Factors<X>,
    results: Results<'a>,
    isa: Isa,
}

// SAFETY: pointers within are to memory that is read, or to results of which
// each thread uses its own.
unsafe impl<X> Sync for Job<'_, X> {}

impl<X: Transform> Job<'_, X> {
    /// Elements of scratch memory for `rows` rows of results: the cells of a row by their places within tiles, the transformed rows, and
    /// the products of as many tiles as are summed at once.
    fn scratch(&self, rows: usize) -> [usize; 3] {
        let tiles = f32::tiles(self.isa).pixels();
        [self.lines.planes(), self.lines.values(rows), X::TILE * tiles * self.factors.width()]
    }
}

/// The convolution, with the filter's factors.
pub(in super::super) fn convolve<X: Transform>(
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
    let factors = Factors::<X>::new(isa, shape);
    assert_eq!(transformed.len(), factors.len(), "factors of this path");
    let after = epilogue.after();
    with_scratch(factors.blocks() * factors.width(), |bias| {
        bias.fill(0.0);
        if let Some(given) = epilogue.bias {
            bias[..shape.out_c].copy_from_slice(given);
        }
        let lines = Lines::new(shape, input);
        let shared = SharedMut::new(out);
        let vectors = shape.out_c.div_ceil(factors.lanes);
        let work = shape.batch * shape.out_h * lines.across * X::TILE * lines.taps * lines.cell * vectors;
        let in_cache = lines.rows_over(BAND).max(lines.taps);
        let rows = in_cache.min((shape.batch * shape.out_h).div_ceil(pieces(work))).min(shape.out_h);
        let job = Job {
            lines,
            filter,
            transformed,
            factors,
            results: Results { shape, bias, after, against: None, out: shared.get() },
            isa,
        };
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
unsafe fn transform<V: Vector<Elem = f32>, X: Transform>(factors: &Factors<X>, filter: *const f32, to: &mut [f32]) {
    assert!(factors.lanes == V::LANES && to.len() == factors.len(), "factors of this path");
    for first in (0..factors.blocks() * factors.width()).step_by(V::LANES) {
        let left = factors.out_c.saturating_sub(first);
        let start = first / factors.width() * X::TILE * factors.product() + first % factors.width();
        for (at, taps) in factors.taps() {
            // SAFETY: the caller's promise; where no channel is left nothing is read.
            unsafe {
                let mut w = [V::splat(0.0); MOST];
                for (w, tap) in w.iter_mut().zip(taps) {
                    if let (Some(tap), true) = (tap, left > 0) {
                        *w = load(filter.add(tap + first), left);
                    }
                }
                let u = X::filter(w);
                for (j, u) in u.iter().enumerate().take(X::TILE) {
                    u.store(to[start + j * factors.product() + at..][..V::LANES].as_mut_ptr());
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
unsafe fn band<V: Vector<Elem = f32>, X: Transform>(
    job: &Job<'_, X>,
    image: usize,
    rows: Range<usize>,
    scratch: &mut [f32],
) {
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
    let taps = Taps { rows: lines.taps, row_stride: lines.row, runs: 1, run: lines.cell, run_stride: 0 };
    let zeros = [0.0; 2 * LINE];
    assert!(width <= zeros.len(), "zeros for two registers");
    let count = lines.across.div_ceil(tiles.pixels());
    let is_far = is_far(&[lines.images.cells.len(), job.results.len()]);
    let depth = lines.taps * lines.cell;
    for (i, y) in rows.enumerate() {
        let mut first = 0;
        for part in 0..count {
            let pixels = (lines.across - first).div_ceil(count - part);
            // Results that lie far away come near while the products of all channels are computed, a line with each of their terms.
            let x = first * X::OUT;
            let far = job.results.out.wrapping_add(((image * s.out_h + y) * s.out_w + x) * s.out_c);
            let len = if is_far { (s.out_w - x).min(pixels * X::OUT) * s.out_c } else { 0 };
            for block in 0..job.factors.blocks() {
                let channels = Channels { first: block * width, count: (s.out_c - block * width).min(width) };
                let vectors = channels.count.div_ceil(V::LANES);
                for j in 0..X::TILE {
                    let number = block * X::TILE + j;
                    let values = &values[j * step + i * lines.stride * lines.row + first * lines.cell..];
                    let factors = &job.transformed[number * job.factors.product()..];
                    let products = &mut products[j * tiles.pixels() * width..][..pixels * width];
                    let needed = (lines.taps - 1) * lines.row + pixels * lines.cell;
                    assert!(values.len() >= needed && factors.len() >= job.factors.product(), "values and factors");
                    let asked = number * depth * LINE;
                    let tile = Tile {
                        taps: &taps,
                        input: values.as_ptr(),
                        pixel: lines.cell,
                        filter: factors.as_ptr(),
                        tap: width,
                        ahead: far.wrapping_add(asked),
                        ahead_step: if asked < len { LINE } else { 0 },
                        bias: zeros.as_ptr(),
                        after: Epilogue::default().after(),
                        pixels,
                        out: products.as_mut_ptr(),
                        out_pixel: width,
                        channels: vectors * V::LANES,
                    };
                    // SAFETY: the caller's promise; values, factors and products are as many as asserted.
                    unsafe { tiles.run(vectors, &tile) };
                }
                for tile in 0..pixels {
                    let x = (first + tile) * X::OUT;
                    let cells = Cells { image, y, x, height: 1, width: (s.out_w - x).min(X::OUT) };
                    // SAFETY: the caller's promise; the products of the tile.
                    unsafe {
                        let from = products.as_ptr().add(tile * width);
                        if !synthesize::<V, X>(job, channels, cells, from, tiles.pixels() * width) {
                            directly::<V>(&lines.images, job.filter, &job.results, channels, cells, &mut []);
                        }
                    }
                }
            }
            first += pixels;
        }
    }
}

/// The results of a tile from its products, which lie `step` apart. Says whether all sums are finite.
///
/// # Safety
/// The instructions of `V` must exist, the products be valid; nobody else may use the results.
#[inline(always)]
unsafe fn synthesize<V: Vector<Elem = f32>, X: Transform>(
    job: &Job<'_, X>,
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
            for (j, m) in m.iter_mut().enumerate().take(X::TILE) {
                *m = V::load(from.add(j * step + offset));
            }
            let y = X::output(m);
            let plain = left >= V::LANES && results.after.is_at_most_relu();
            for (i, &y) in y.iter().enumerate().take(cells.width.min(X::OUT)) {
                let sum = y.add(bias);
                finite = sum.mul_add(zero, finite);
                finish(results, plain, sum, first + i * s.out_c + offset, left);
            }
        }
        !finite.any_nan()
    }
}

/// The functions of an instruction set.
struct Kernels<X> {
    transform: unsafe fn(&Factors<X>, *const f32, &mut [f32]),
    band: unsafe fn(&Job<'_, X>, usize, Range<usize>, &mut [f32]),
}

/// Defines the kernels of a vector type, compiled with the given features.
macro_rules! kernels {
    ($vector:ty; $($enable:meta)?) => {{
        /// # Safety
        /// As [`transform`].
        $(#[$enable])?
        unsafe fn run_transform<X: Transform>(factors: &Factors<X>, filter: *const f32, to: &mut [f32]) {
            // SAFETY: the caller's promise.
            unsafe { transform::<$vector, X>(factors, filter, to) }
        }
        /// # Safety
        /// As [`band`].
        $(#[$enable])?
        unsafe fn run_band<X: Transform>(job: &Job<'_, X>, image: usize, rows: Range<usize>, scratch: &mut [f32]) {
            // SAFETY: the caller's promise.
            unsafe { band::<$vector, X>(job, image, rows, scratch) }
        }
        Kernels { transform: run_transform, band: run_band }
    }};
}

/// The kernels of a path that this machine has.
fn kernels<X: Transform>(isa: Isa) -> Kernels<X> {
    of_path!(isa, kernels)
}
