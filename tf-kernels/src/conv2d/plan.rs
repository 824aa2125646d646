//! A convolution of `f32` whose way is chosen once, and filters made ready for it.

use super::choice::{Algorithm, Task, choose, cost};
use super::summing::Summed;
use super::winograd::{self, F4x4, F4x5, line};
use super::{Conv2dShape, Epilogue, Precision, depthwise, direct::direct};
use crate::isa::{Isa, isa};
use crate::scratch::{Aligned, with_aligned_scratch};
use std::fmt;

/// How the convolution of one shape is computed.
///
/// ```
/// use tf_kernels::conv2d::{Algorithm, Conv2dPlan, Conv2dShape, Epilogue, Padding, Precision};
/// let shape = Conv2dShape {
///     batch: 1, in_h: 28, in_w: 28, in_c: 32, k_h: 5, k_w: 5, out_c: 32, groups: 1,
///     strides: [1, 1], dilations: [1, 1], pad: Padding { top: 2, bottom: 2, left: 2, right: 2 },
///     out_h: 28, out_w: 28,
/// };
/// let (input, filter) = (vec![1.0; 28 * 28 * 32], vec![0.5; 25 * 32 * 32]);
/// let plan = Conv2dPlan::for_packed(&shape, Precision::Default);
/// let packed = plan.pack(&filter);
/// let mut out = vec![0.0; 28 * 28 * 32];
/// plan.run_packed(&input, &packed, Epilogue::default(), &mut out);
/// assert!((out[14 * 28 * 32] - 0.5 * 15.0 * 32.0).abs() < 1e-3, "the first column sees 5 × 3 cells");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv2dPlan {
    shape: Conv2dShape,
    isa: Isa,
    algorithm: Algorithm,
}

/// A filter that a [`Conv2dPlan`] made ready. It serves every plan of the same
/// algorithm and path whose filters have the same shape.
pub struct PackedFilter {
    sizes: [usize; 5],
    isa: Isa,
    algorithm: Algorithm,
    filter: Vec<f32>,
    factors: Aligned<f32>,
}

/// The way, in words: `F(4x4, 3x3)`, `direct`, or `direct, by cells` where lanes
/// are neighbouring cells rather than channels.
impl fmt::Display for Conv2dPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(f)?;
        let by_cells = self.algorithm == Algorithm::Direct && depthwise::is_narrow::<f32>(self.isa, &self.shape);
        f.write_str(if by_cells { ", by cells" } else { "" })
    }
}

impl Conv2dPlan {
    /// The fastest way that `precision` allows, where the filter is made ready
    /// in each run.
    pub fn new(shape: &Conv2dShape, precision: Precision) -> Self {
        Self::for_task(shape, precision, Task::Forward)
    }

    /// The fastest way that `precision` allows, where the filter is made ready
    /// once, with [`pack`](Self::pack).
    pub fn for_packed(shape: &Conv2dShape, precision: Precision) -> Self {
        Self::for_task(shape, precision, Task::ForwardPacked)
    }

    /// The fastest way that `precision` allows for what is asked for.
    pub fn for_task(shape: &Conv2dShape, precision: Precision, task: Task) -> Self {
        let isa = isa();
        Self { shape: *shape, isa, algorithm: choose(isa, shape, precision, task) }
    }

    /// The way `algorithm`.
    ///
    /// # Panics
    /// If it does not [fit](Algorithm::fits) the shape.
    pub fn by(shape: &Conv2dShape, algorithm: Algorithm) -> Self {
        assert!(algorithm.fits(shape), "{algorithm} does not fit {shape:?}");
        Self { shape: *shape, isa: isa(), algorithm }
    }

    /// How results are computed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What the plan is estimated to cost, in multiply-add instructions of the
    /// path's registers, all threads together. Choices compare these; `cargo
    /// bench -p tf-kernels --bench convolution -- choices` compares them with
    /// measured times.
    pub fn cost(&self, task: Task) -> f64 {
        cost(self.isa, &self.shape, self.algorithm, task)
    }

    fn sizes(&self) -> [usize; 5] {
        let s = &self.shape;
        [s.k_h, s.k_w, s.in_c, s.out_c, s.groups]
    }

    /// Makes a filter ready for runs of this plan.
    ///
    /// # Panics
    /// If its length does not fit the shape.
    pub fn pack(&self, filter: &[f32]) -> PackedFilter {
        let s = &self.shape;
        assert_eq!(filter.len(), s.k_h * s.k_w * s.filter_in_c() * s.out_c, "elements of the filter");
        let mut factors = Aligned::new(self.factors_len());
        self.transform(filter, factors.as_mut_slice());
        let (sizes, isa, algorithm) = (self.sizes(), self.isa, self.algorithm);
        PackedFilter { sizes, isa, algorithm, filter: filter.to_vec(), factors }
    }

    /// The gradient of the filter by the plan's algorithm, as
    /// [`conv2d_filter_gradient_f32`](super::conv2d_filter_gradient_f32), which
    /// may choose another one.
    ///
    /// # Panics
    /// If a length does not fit the shape or the windows do not fit the image.
    pub fn filter_gradient(&self, input: &[f32], slope: &[f32], out: &mut [f32]) {
        self.shape.assert_valid(input, out, &Epilogue::default(), slope);
        self.algorithm.filter_gradient(self.isa, &self.shape, input, slope, out);
    }

    fn factors_len(&self) -> usize {
        match (self.algorithm, self.algorithm.family()) {
            (Algorithm::Row4x4, _) => line::factors_len::<F4x4>(self.isa, &self.shape),
            (Algorithm::Row4x5, _) => line::factors_len::<F4x5>(self.isa, &self.shape),
            (_, Some(family)) => winograd::factors_len(self.isa, family, &self.shape),
            (_, None) => 0,
        }
    }

    fn transform(&self, filter: &[f32], factors: &mut [f32]) {
        match (self.algorithm, self.algorithm.family()) {
            (Algorithm::Row4x4, _) => line::transform_filter::<F4x4>(self.isa, &self.shape, filter, factors),
            (Algorithm::Row4x5, _) => line::transform_filter::<F4x5>(self.isa, &self.shape, filter, factors),
            (_, Some(family)) => winograd::transform_filter(self.isa, family, &self.shape, filter, factors),
            (_, None) => {}
        }
    }

    /// With a filter and its factors.
    fn convolve(
        &self,
        input: &[f32],
        filter: (&[f32], &[f32]),
        epilogue: Epilogue<'_, f32>,
        out: &mut [f32],
        summed: Option<Summed<'_>>,
    ) {
        match (self.algorithm, self.algorithm.family()) {
            (Algorithm::Row4x4, _) => line::convolve::<F4x4>(self.isa, &self.shape, input, filter, epilogue, out),
            (Algorithm::Row4x5, _) => line::convolve::<F4x5>(self.isa, &self.shape, input, filter, epilogue, out),
            (_, Some(family)) => {
                let how = (self.isa, family);
                return winograd::convolve(how, &self.shape, input, filter, epilogue, out, summed);
            }
            (_, None) => direct(self.isa, &self.shape, input, filter.0, epilogue, out),
        }
        if let Some(summed) = summed {
            summed.afterwards(epilogue.activation, out);
        }
    }

    pub(super) fn shape(&self) -> &Conv2dShape {
        &self.shape
    }

    /// The convolution, as [`conv2d_f32`](super::conv2d_f32).
    ///
    /// # Panics
    /// If a length does not fit the shape or the windows do not fit the image.
    pub fn run(&self, input: &[f32], filter: &[f32], epilogue: Epilogue<'_, f32>, out: &mut [f32]) {
        self.run_summing(input, filter, epilogue, out, None);
    }

    pub(super) fn run_summing(
        &self,
        input: &[f32],
        filter: &[f32],
        epilogue: Epilogue<'_, f32>,
        out: &mut [f32],
        summed: Option<Summed<'_>>,
    ) {
        self.shape.assert_valid(input, filter, &epilogue, out);
        with_aligned_scratch(self.factors_len(), |factors| {
            self.transform(filter, factors);
            self.convolve(input, (filter, factors), epilogue, out, summed);
        });
    }

    /// The convolution with a filter made ready before.
    ///
    /// # Panics
    /// As [`run`](Self::run), and if the filter was packed for another
    /// algorithm, path or shape of filters.
    pub fn run_packed(&self, input: &[f32], filter: &PackedFilter, epilogue: Epilogue<'_, f32>, out: &mut [f32]) {
        self.run_packed_summing(input, filter, epilogue, out, None);
    }

    pub(super) fn run_packed_summing(
        &self,
        input: &[f32],
        filter: &PackedFilter,
        epilogue: Epilogue<'_, f32>,
        out: &mut [f32],
        summed: Option<Summed<'_>>,
    ) {
        let of_filter = (filter.sizes, filter.isa, filter.algorithm);
        assert_eq!(of_filter, (self.sizes(), self.isa, self.algorithm), "a filter packed for such a plan");
        self.shape.assert_valid(input, &filter.filter, &epilogue, out);
        self.convolve(input, (&filter.filter, filter.factors.as_slice()), epilogue, out, summed);
    }
}
