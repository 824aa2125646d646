//! Convolution of stride 1 with 3×3 and 5×5 filters by fewer multiplications:
//! transforms of tiles of the images and of the filter, products, and a
//! transform of those (Winograd); of few input channels, and of other filters and
//! strides, by transforms of rows (`line`). See `transform` for the arithmetic and `band`
//! for the order of the work.
//!
//! Results whose sums are not finite are computed anew by their definition, so
//! NaN, infinities and overflow are those of a direct convolution.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | a convolution by transforms, from beginning to end |
//! | `transform` | the one-dimensional transforms |
//! | `factors` | the filter's transform, and its transpose |
//! | `tiles` | tiles, blocks of them, bands for threads |
//! | `layout` | where intermediate values lie |
//! | `input`, `products`, `output` | the three steps of a block |
//! | `band` | their order |
//! | `ahead` | the memory that they come to soon |
//! | `line`, `line_gradient` | a convolution by transforms of rows only, and its filter's gradient |
//! | `lines` | rows as these take them |
//! | `gradient` | the sums of the filter's gradient; of 5×5 filters by tiles of 4×2 results |
//! | `kernels` | all of it for each instruction set |

mod ahead;
mod band;
mod factors;
mod gradient;
mod input;
mod kernels;
mod layout;
pub(super) mod line;
pub(super) mod line_gradient;
mod lines;
mod output;
mod products;
mod tiles;
mod transform;

pub(super) use kernels::Family;
pub(super) use transform::{F4x4, F4x5, Transform};

use super::summing::{SQUARES, Summed};
use super::{Conv2dShape, Epilogue};
use crate::isa::Isa;
use crate::scratch::{with_aligned_scratch, with_scratch};
use crate::threads::{SharedMut, fixed_pieces, for_each_index, short_pieces};
use band::Job;
use factors::Factors;
use input::Images;
use kernels::kernels;
use output::Results;
use tiles::Tiles;

/// Elements that the filter's factors take.
pub(super) fn factors_len(isa: Isa, family: Family, shape: &Conv2dShape) -> usize {
    factors_of(isa, family, shape).len()
}

fn factors_of(isa: Isa, family: Family, shape: &Conv2dShape) -> Factors {
    Factors::new(shape.in_c, shape.out_c, [family.tile(); 2], kernels(isa, family).lanes)
}

/// Transforms a filter; `factors` has [`factors_len`] elements.
pub(super) fn transform_filter(isa: Isa, family: Family, shape: &Conv2dShape, filter: &[f32], factors: &mut [f32]) {
    let (kernels, layout) = (kernels(isa, family), factors_of(isa, family, shape));
    assert_eq!(factors.len(), layout.len(), "elements of the filter's factors");
    let shared = SharedMut::new(factors);
    // Of each channel and register of output channels rows and columns are transformed.
    let work = 4 * family.taps().pow(3) * shape.in_c * shape.out_c.div_ceil(kernels.lanes);
    for_each_index(shape.in_c, work, |channel| {
        // SAFETY: the path was detected; each call has a channel of its own.
        unsafe { (kernels.transform)(&layout, channel, filter.as_ptr(), shared.get()) };
    });
}

/// The convolution of a shape that `family` fits, with the filter's factors. What
/// is `summed`, if something is, is added to its totals.
pub(super) fn convolve(
    (isa, family): (Isa, Family),
    shape: &Conv2dShape,
    input: &[f32],
    (filter, factors): (&[f32], &[f32]),
    epilogue: Epilogue<'_, f32>,
    out: &mut [f32],
    summed: Option<Summed<'_>>,
) {
    let (kernels, layout) = (kernels(isa, family), factors_of(isa, family, shape));
    let after = epilogue.after();
    let channels = layout.blocks() * layout.width;
    with_scratch(channels, |bias| {
        bias.fill(0.0);
        if let Some(given) = epilogue.bias {
            bias[..shape.out_c].copy_from_slice(given);
        }
        let against = summed.as_ref().and_then(|summed| summed.against);
        let results = Results { shape, bias, after, against, out: out.as_mut_ptr() };
        let job = Job {
            images: Images::input(shape, input),
            tiles: Tiles::new(shape, [family.out(); 2], kernels.tiles),
            factors: layout,
            filter,
            transformed: factors,
            results,
        };
        let table = (kernels.table)();
        let work = work(family, shape);
        // What is summed up must not depend on the number of threads, nor on who else computes at the time.
        let pieces = if summed.is_some() { fixed_pieces(work, MOST_SUMMED) } else { short_pieces(work) };
        let bands = job.tiles.bands(pieces);
        let totals = if summed.is_some() { shape.out_c + SQUARES } else { 0 };
        with_scratch(bands * totals, |of_bands: &mut [f64]| {
            of_bands.fill(0.0);
            let shared = SharedMut::new(of_bands);
            for_each_index(bands, work, |i| {
                with_aligned_scratch((kernels.scratch_len)(&job.factors), |scratch| {
                    // SAFETY: the path was detected, the table is its own; bands are
                    // disjoint parts of the results, and have totals of their own.
                    unsafe {
                        let totals = std::slice::from_raw_parts_mut(shared.get().add(i * totals), totals);
                        (kernels.band)(&job, table, job.tiles.band(i, bands), scratch, totals);
                    }
                });
            });
            if let Some(summed) = summed {
                for of_band in of_bands.chunks_exact(totals) {
                    summed.totals.iter_mut().zip(of_band).for_each(|(total, of_band)| *total += of_band);
                }
            }
        });
    });
}

/// Bands, at most, where results are summed up.
const MOST_SUMMED: usize = 64;

/// Parts into which the sums of the filter's gradient are cut, by their size
/// alone: they must not depend on the number of threads.
const MOST_PARTS: usize = 16;

/// Tiles that a part has at least, or writing and adding its sums takes as long as
/// they do; half as many where there would be a single part.
const TILES_OF_PART: usize = 84;

/// Input and output channels of which blocks of the filter's gradient have half as many tiles.
const WIDE: usize = 128;

/// Elements that the parts' sums may take.
const MOST_SUMS: usize = 1 << 23;

/// The gradient of the filter of a shape that `family` fits. Says whether it is
/// finite; if not, it is not what the definition makes of it.
pub(super) fn filter_gradient(
    isa: Isa,
    family: Family,
    shape: &Conv2dShape,
    input: &[f32],
    slope: &[f32],
    out: &mut [f32],
) -> bool {
    let kernels = kernels(isa, family);
    let factors = Factors::new(shape.in_c, shape.out_c, family.gradient_tile(), kernels.lanes);
    // Where channels are many, the values of fewer tiles fill the first-level cache.
    let is_wide = shape.in_c + shape.out_c > WIDE;
    let most = if is_wide { kernels.gradient_tiles / 2 } else { kernels.gradient_tiles };
    let tiles = Tiles::new(shape, family.gradient_out(), most);
    let job =
        gradient::Job { images: Images::input(shape, input), slope: Images::results(shape, slope), tiles, factors };
    let work = work(family, shape);
    let all = tiles.rows * tiles.across;
    let parts = (all / TILES_OF_PART).max((2 * all / TILES_OF_PART).min(2));
    let parts = fixed_pieces(work, MOST_PARTS).min(parts).min(MOST_SUMS / factors.len()).max(1);
    let parts = tiles.bands(parts);
    let len = factors.len();
    with_aligned_scratch(parts * len, |sums: &mut [f32]| {
        let shared = SharedMut::new(sums);
        for_each_index(parts, work, |i| {
            with_aligned_scratch((kernels.gradient_scratch_len)(&factors), |scratch| {
                // SAFETY: each part has `len` of the `parts * len` elements to
                // itself; the path was detected.
                unsafe {
                    let sums = std::slice::from_raw_parts_mut(shared.get().add(i * len), len);
                    (kernels.accumulate)(&job, tiles.band(i, parts), sums, scratch);
                }
            });
        });
        let shared = SharedMut::new(out);
        for_each_index(shape.in_c, parts * len / 8, |channel| {
            // SAFETY: the path was detected; each call has a channel of its own.
            unsafe { (kernels.gather)(&factors, channel, sums.as_ptr(), (parts, len), shared.get()) };
        });
    });
    are_finite(out)
}

/// Whether all are, some at a time: one sum would wait for itself with each.
fn are_finite(values: &[f32]) -> bool {
    let (chunks, rest) = values.as_chunks::<64>();
    // Zero as long as all are finite.
    let mut sums = [0.0; 64];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += 0.0 * x;
        }
    }
    sums == [0.0; 64] && rest.iter().all(|x| x.is_finite())
}

/// Elementary operations: the products, and about as many again for a third of
/// the channels in transforms.
fn work(family: Family, shape: &Conv2dShape) -> usize {
    let tiles = Tiles::new(shape, [family.out(); 2], 1);
    tiles.rows * tiles.across * family.tile().pow(2) * shape.in_c * shape.out_c.div_ceil(16)
}
