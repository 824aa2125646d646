//! What steps of training sum up of a convolution's results while they are near:
//! of each channel, for the slope of a bias, and the squared distances from what
//! the results ought to be, whose slope then takes the results' place.

use super::input_gradient::input_gradient;
use super::plan::Conv2dPlan;
use super::{Activation, Conv2dShape, Epilogue, PackedFilter, Precision};
use crate::scratch::with_scratch;
use crate::simd::WIDEST;
use crate::threads::{SharedMut, fixed_pieces, for_each_index};

/// What results are held against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// What they ought to be: as many elements.
    pub target: &'a [f32],
    /// The slope of a result is its distance from the target times this.
    pub factor: f32,
}

/// What is summed of results, and where to.
pub(super) struct Summed<'a> {
    pub(super) against: Option<Against<'a>>,
    /// For each channel, and [`SQUARES`] that squared distances are spread over, to
    /// be added to.
    pub(super) totals: &'a mut [f64],
}

/// Totals of squared distances, which are the sum of all of these: one for each lane
/// of the widest register.
pub(super) const SQUARES: usize = WIDEST;

/// Pieces into which results are cut that are summed after they were stored.
const MOST_PIECES: usize = 16;

impl Summed<'_> {
    /// The same of results that are stored already, for ways that do not do it themselves.
    pub(super) fn afterwards(self, activation: Activation, out: &mut [f32]) {
        let Self { against, totals } = self;
        let channels = totals.len() - SQUARES;
        if channels == 0 {
            return;
        }
        let cells = out.len() / channels;
        let pieces = fixed_pieces(out.len() / 4, MOST_PIECES).min(cells.max(1));
        let (shared, len) = (SharedMut::new(out), totals.len());
        with_scratch(pieces * len, |of_pieces: &mut [f64]| {
            of_pieces.fill(0.0);
            let shared_totals = SharedMut::new(of_pieces);
            for_each_index(pieces, cells * channels / 4, |i| {
                let cells = i * cells / pieces..(i + 1) * cells / pieces;
                let (first, count) = (cells.start * channels, cells.len() * channels);
                // SAFETY: pieces are disjoint parts of the results, and have totals of their own.
                let (out, totals) = unsafe {
                    (
                        std::slice::from_raw_parts_mut(shared.get().add(first), count),
                        std::slice::from_raw_parts_mut(shared_totals.get().add(i * len), len),
                    )
                };
                let (totals, squares) = totals.split_at_mut(channels);
                for (i, out) in out.chunks_exact_mut(channels).enumerate() {
                    if let Some(Against { target, factor }) = against {
                        let target = &target[first + i * channels..][..channels];
                        for (out, target) in out.iter_mut().zip(target) {
                            let distance = *out - target;
                            squares[0] += f64::from(distance * distance);
                            let passes = activation == Activation::Identity || *out > 0.0;
                            *out = if passes { distance * factor } else { 0.0 };
                        }
                    }
                    totals.iter_mut().zip(out).for_each(|(total, &mut x)| *total += f64::from(x));
                }
            });
            for of_piece in of_pieces.chunks_exact(len) {
                totals.iter_mut().zip(of_piece).for_each(|(total, of_piece)| *total += of_piece);
            }
        });
    }
}

/// Calls `f` with totals of so many channels and of squares; the channels' are put
/// into `sums`, the sum of the others is returned.
fn with_totals(sums: &mut [f32], f: impl FnOnce(&mut [f64])) -> f64 {
    with_scratch(sums.len() + SQUARES, |totals: &mut [f64]| {
        totals.fill(0.0);
        f(totals);
        sums.iter_mut().zip(&*totals).for_each(|(sum, &total)| *sum = total as f32);
        totals[sums.len()..].iter().sum()
    })
}

/// [`conv2d_input_gradient_f32`](super::conv2d_input_gradient_f32), which also
/// puts the sum of each input channel's slopes into `sums`: the slope of the bias
/// that was added before (`tf.nn.bias_add`'s gradient).
///
/// # Panics
/// As that, and if `sums` has not an element for each input channel.
pub fn conv2d_input_gradient_sums_f32(
    shape: &Conv2dShape,
    precision: Precision,
    filter: &[f32],
    slope: &[f32],
    epilogue: Epilogue<'_, f32>,
    out: &mut [f32],
    sums: &mut [f32],
) {
    assert_eq!(sums.len(), shape.in_c, "a sum for each input channel");
    with_totals(sums, |totals| {
        let summed = Some(Summed { against: None, totals });
        if let Some(left) = input_gradient(shape, precision, filter, slope, epilogue, out, summed) {
            left.afterwards(Activation::Identity, out);
        }
    });
}

impl Conv2dPlan {
    /// The slopes of the squared distances of the results from a target, with
    /// bias and activation; in `sums` those of each output channel together.
    /// Returns the sum of the squared distances. Of the activations `Relu6` is
    /// none for this.
    ///
    /// ```
    /// use tf_kernels::conv2d::*;
    /// let shape = Conv2dShape {
    ///     batch: 1, in_h: 1, in_w: 3, in_c: 1, k_h: 1, k_w: 1, out_c: 1, groups: 1, strides: [1, 1],
    ///     dilations: [1, 1], pad: Padding { top: 0, bottom: 0, left: 0, right: 0 }, out_h: 1, out_w: 3,
    /// };
    /// let (mut slopes, mut sums) = ([0.0; 3], [0.0]);
    /// let against = Against { target: &[1.0, 1.0, 1.0], factor: 2.0 };
    /// let relu = Epilogue::default().then(Activation::Relu);
    /// let plan = Conv2dPlan::new(&shape, Precision::Default);
    /// let squares = plan.run_against(&[-1.0, 2.0, 3.0], &[2.0], relu, against, &mut slopes, &mut sums);
    /// // The results are 0, 4 and 6.
    /// assert_eq!((squares, slopes, sums), (35.0, [0.0, 6.0, 10.0], [16.0]));
    /// ```
    ///
    /// # Panics
    /// If a length does not fit the shape, the windows do not fit the image, or
    /// there is a residual, a gate or `Relu6`.
    pub fn run_against(
        &self,
        input: &[f32],
        filter: &[f32],
        epilogue: Epilogue<'_, f32>,
        against: Against<'_>,
        slopes: &mut [f32],
        sums: &mut [f32],
    ) -> f64 {
        self.assert_against(&epilogue, against, slopes, sums);
        with_totals(sums, |totals| {
            self.run_summing(input, filter, epilogue, slopes, Some(Summed { against: Some(against), totals }));
        })
    }

    /// The same with a filter made ready before.
    ///
    /// # Panics
    /// As [`run_against`](Self::run_against) and [`run_packed`](Self::run_packed).
    pub fn run_packed_against(
        &self,
        input: &[f32],
        filter: &PackedFilter,
        epilogue: Epilogue<'_, f32>,
        against: Against<'_>,
        slopes: &mut [f32],
        sums: &mut [f32],
    ) -> f64 {
        self.assert_against(&epilogue, against, slopes, sums);
        with_totals(sums, |totals| {
            self.run_packed_summing(input, filter, epilogue, slopes, Some(Summed { against: Some(against), totals }));
        })
    }

    fn assert_against(&self, epilogue: &Epilogue<'_, f32>, against: Against<'_>, slopes: &[f32], sums: &[f32]) {
        assert_eq!(against.target.len(), slopes.len(), "a target for each result");
        assert_eq!(sums.len(), self.shape().out_c, "a sum for each output channel");
        let follows = epilogue.residual.is_some() || epilogue.gate.is_some();
        assert!(!follows && epilogue.activation != Activation::Relu6, "at most a relu follows the bias");
    }
}
