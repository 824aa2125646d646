//! Convolution of NHWC images with HWIO filters; no matrix of patches is made.
//! There are three ways, and `choice` says which one a shape takes:
//!
//! * directly, by tiles of pixels and output channels (see `direct.rs`);
//! * directly, where groups have few channels, as those of a depthwise
//!   convolution, and would leave most of such a tile's lanes idle: there
//!   neighbouring lanes are neighbouring elements of the result (see
//!   `depthwise.rs`);
//! * by transforms, `f32` filters of 3×3 and 5×5 of stride 1, and filters of four
//!   or five columns for each column that a window passes to the next (7×7 of
//!   stride 2), as far as the [`Precision`] allows (see `winograd`).
//!
//! | file | what it holds |
//! |---|---|
//! | this one | the sizes of a convolution, the functions |
//! | `choice`, `precision` | which way is taken, and how much rounding it may add |
//! | `plan` | a choice made once, and filters made ready for it |
//! | `epilogue` | what happens to a result before it is stored |
//! | `direct` | the first way |
//! | `bands` | how its result is cut into parts for one thread each |
//! | `blocks` | the filter as the tiles read it |
//! | `tile` | the register tile |
//! | `depthwise` | the second way, for few channels per group |
//! | `cells` | its register loop |
//! | `summing` | sums of results while they are near |
//! | `unfold` | the copy of input rows that it and the filter's gradient read |
//! | `input_gradient` | the gradient with respect to the images: transposed convolution |
//! | `filter_gradient` | the gradient with respect to the filter |
//! | `winograd` | the third way |

mod bands;
mod blocks;
mod cells;
mod choice;
mod depthwise;
mod direct;
mod epilogue;
mod filter_gradient;
mod input_gradient;
mod plan;
mod precision;
mod summing;
mod tile;
mod unfold;
mod winograd;

pub use crate::window::Padding;
pub use choice::{Algorithm, Task};
pub use epilogue::{Activation, Epilogue};
pub use plan::{Conv2dPlan, PackedFilter};
pub use precision::Precision;
pub use summing::{Against, conv2d_input_gradient_sums_f32};

use crate::isa::isa;
use crate::scratch::Scratch;
use crate::window::{assert_fits, extent};
use cells::CellElement;
use std::ops::{AddAssign, Mul};
use summing::Summed;
use tile::TileElement;

/// The sizes of a convolution. Padding is resolved: `"SAME"` has become numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2dShape {
    /// Images.
    pub batch: usize,
    /// Rows of an input image.
    pub in_h: usize,
    /// Columns of an input image.
    pub in_w: usize,
    /// Channels of an input cell.
    pub in_c: usize,
    /// Rows of the filter.
    pub k_h: usize,
    /// Columns of the filter.
    pub k_w: usize,
    /// Channels of a result cell.
    pub out_c: usize,
    /// Groups that input and output channels fall into: input channels divided
    /// by input channels of the filter.
    pub groups: usize,
    /// Rows and columns from a window to the next.
    pub strides: [usize; 2],
    /// Rows and columns from a tap to the next.
    pub dilations: [usize; 2],
    /// Cells of zeros added around an image.
    pub pad: Padding,
    /// Rows of a result image.
    pub out_h: usize,
    /// Columns of a result image.
    pub out_w: usize,
}

impl Conv2dShape {
    /// Multiplications and additions of the convolution, those with padding
    /// included.
    pub fn flops(&self) -> u64 {
        let outputs = self.batch * self.out_h * self.out_w * self.out_c;
        2 * outputs as u64 * (self.k_h * self.k_w * self.in_c / self.groups) as u64
    }

    /// Input channels of the filter.
    fn filter_in_c(&self) -> usize {
        self.in_c / self.groups
    }

    fn assert_valid<T>(&self, input: &[T], filter: &[T], epilogue: &Epilogue<'_, T>, out: &[T]) {
        let s = self;
        assert!(s.k_h > 0 && s.k_w > 0, "a filter with taps");
        assert!(s.groups > 0 && s.in_c.is_multiple_of(s.groups), "whole groups of input channels");
        assert!(s.out_c.is_multiple_of(s.groups), "whole groups of output channels");
        assert_eq!(input.len(), s.batch * s.in_h * s.in_w * s.in_c, "elements of the input");
        let taps = s.k_h * s.k_w * s.filter_in_c();
        assert_eq!(filter.len(), taps * s.out_c, "elements of the filter");
        assert_eq!(out.len(), s.batch * s.out_h * s.out_w * s.out_c, "elements of the result");
        epilogue.assert_fits(s.out_c, out.len());
        let [dy, dx] = s.dilations;
        assert!(dy > 0 && dx > 0, "positive dilations");
        let (rows, columns) = (extent(s.k_h, dy), extent(s.k_w, dx));
        assert_fits(s.out_h, rows, s.strides[0], s.in_h, s.pad.top + s.pad.bottom);
        assert_fits(s.out_w, columns, s.strides[1], s.in_w, s.pad.left + s.pad.right);
    }
}

macro_rules! conv2d {
    ($($conv2d:ident $depthwise:ident $input_gradient:ident $filter_gradient:ident $t:ty;)*) => {$(
        #[doc = concat!("Convolution of `", stringify!($t), "` (`tf.nn.conv2d`): `input` `[batch, in_h, in_w, in_c]`, `filter` `[k_h, k_w, in_c / groups, out_c]`, `out` `[batch, out_h, out_w, out_c]`.")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $conv2d(
            shape: &Conv2dShape,
            precision: Precision,
            input: &[$t],
            filter: &[$t],
            epilogue: Epilogue<'_, $t>,
            out: &mut [$t],
        ) {
            conv2d(shape, precision, input, filter, epilogue, out);
        }

        #[doc = concat!("Convolution of each channel of `", stringify!($t), "` by itself (`tf.nn.depthwise_conv2d`): `filter` `[k_h, k_w, in_c, multiplier]`, output channel `c · multiplier + m` comes from input channel `c`; `shape` has `in_c` groups.")]
        ///
        /// # Panics
        /// If a length does not fit `shape`, the windows do not fit the image
        /// or `shape.groups` is not `shape.in_c`.
        pub fn $depthwise(
            shape: &Conv2dShape,
            input: &[$t],
            filter: &[$t],
            epilogue: Epilogue<'_, $t>,
            out: &mut [$t],
        ) {
            assert_eq!(shape.groups, shape.in_c, "one group for each input channel");
            // In memory such a filter is the grouped one of `conv2d`; it is always exact.
            conv2d(shape, Precision::Exact, input, filter, epilogue, out);
        }

        #[doc = concat!("What changes of each input element of the convolution `shape` of `", stringify!($t), "`, depthwise or not, do to results whose own changes count `slope` (`tf.nn.conv2d_backprop_input`); also the transposed convolution of `slope` (`tf.nn.conv2d_transpose`): `slope` `[batch, out_h, out_w, out_c]`, `out` `[batch, in_h, in_w, in_c]`.")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $input_gradient(
            shape: &Conv2dShape,
            precision: Precision,
            filter: &[$t],
            slope: &[$t],
            epilogue: Epilogue<'_, $t>,
            out: &mut [$t],
        ) {
            input_gradient::input_gradient(shape, precision, filter, slope, epilogue, out, None);
        }

        #[doc = concat!("What changes of each filter element of the convolution `shape` of `", stringify!($t), "`, depthwise or not, do to results whose own changes count `slope` (`tf.nn.conv2d_backprop_filter`): `input` `[batch, in_h, in_w, in_c]`, `slope` `[batch, out_h, out_w, out_c]`, `out` `[k_h, k_w, in_c / groups, out_c]`.")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $filter_gradient(
            shape: &Conv2dShape,
            precision: Precision,
            input: &[$t],
            slope: &[$t],
            out: &mut [$t],
        ) {
            filter_gradient::filter_gradient(shape, precision, input, slope, out);
        }
    )*};
}

conv2d! {
    conv2d_f32 depthwise_conv2d_f32 conv2d_input_gradient_f32 conv2d_filter_gradient_f32 f32;
    conv2d_f64 depthwise_conv2d_f64 conv2d_input_gradient_f64 conv2d_filter_gradient_f64 f64;
}

/// An element type with all that convolution needs.
trait Element: TileElement + CellElement + Scratch + PartialOrd + From<u8> + AddAssign + Mul<Output = Self> {
    /// The convolution, the fastest way that the precision allows. Sums are of `f32` only.
    fn convolve(
        shape: &Conv2dShape,
        precision: Precision,
        input: &[Self],
        filter: &[Self],
        epilogue: Epilogue<'_, Self>,
        out: &mut [Self],
        summed: Option<Summed<'_>>,
    );

    /// Whether that is the direct way, by tiles.
    fn is_direct(shape: &Conv2dShape, precision: Precision) -> bool;

    /// The gradient of its filter, likewise.
    fn filter_gradient(shape: &Conv2dShape, precision: Precision, input: &[Self], slope: &[Self], out: &mut [Self]);
}

impl Element for f32 {
    fn convolve(
        shape: &Conv2dShape,
        precision: Precision,
        input: &[Self],
        filter: &[Self],
        epilogue: Epilogue<'_, Self>,
        out: &mut [Self],
        summed: Option<Summed<'_>>,
    ) {
        Conv2dPlan::new(shape, precision).run_summing(input, filter, epilogue, out, summed);
    }

    fn is_direct(shape: &Conv2dShape, precision: Precision) -> bool {
        Conv2dPlan::new(shape, precision).algorithm() == Algorithm::Direct && !depthwise::is_narrow::<f32>(isa(), shape)
    }

    fn filter_gradient(shape: &Conv2dShape, precision: Precision, input: &[f32], slope: &[f32], out: &mut [f32]) {
        let isa = isa();
        let algorithm = choice::choose(isa, shape, precision, Task::FilterGradient);
        algorithm.filter_gradient(isa, shape, input, slope, out);
    }
}

impl Element for f64 {
    fn convolve(
        shape: &Conv2dShape,
        _: Precision,
        input: &[Self],
        filter: &[Self],
        epilogue: Epilogue<'_, Self>,
        out: &mut [Self],
        summed: Option<Summed<'_>>,
    ) {
        assert!(summed.is_none(), "sums of `f32`");
        direct::direct(isa(), shape, input, filter, epilogue, out);
    }

    fn is_direct(shape: &Conv2dShape, _: Precision) -> bool {
        !depthwise::is_narrow::<f64>(isa(), shape)
    }

    fn filter_gradient(shape: &Conv2dShape, _: Precision, input: &[f64], slope: &[f64], out: &mut [f64]) {
        filter_gradient::direct(isa(), shape, input, slope, out);
    }
}

fn conv2d<T: Element>(
    shape: &Conv2dShape,
    precision: Precision,
    input: &[T],
    filter: &[T],
    epilogue: Epilogue<'_, T>,
    out: &mut [T],
) {
    shape.assert_valid(input, filter, &epilogue, out);
    T::convolve(shape, precision, input, filter, epilogue, out, None);
}

impl Conv2dShape {
    /// A convolution that looks at one cell for one cell is the same on a
    /// single long row, which tiles better and needs no images.
    fn flattened(&self) -> Self {
        let cell_by_cell = self.k_h == 1
            && self.k_w == 1
            && self.strides == [1, 1]
            && self.pad.is_none()
            && (self.out_h, self.out_w) == (self.in_h, self.in_w);
        if !cell_by_cell {
            return *self;
        }
        let cells = self.batch * self.in_h * self.in_w;
        Self { batch: 1, in_h: 1, in_w: cells, out_h: 1, out_w: cells, ..*self }
    }

    /// Whether windows reach into the padding, or may be read where they are.
    fn is_padded(&self) -> bool {
        !self.pad.is_none()
    }

    /// Columns of a row with all that the windows reach.
    fn padded_w(&self) -> usize {
        if self.is_padded() {
            (self.out_w - 1) * self.strides[1] + extent(self.k_w, self.dilations[1])
        } else {
            self.in_w
        }
    }

    /// Padded rows under `rows` rows of the result.
    fn padded_h(&self, rows: usize) -> usize {
        (rows - 1) * self.strides[0] + extent(self.k_h, self.dilations[0])
    }
}
