//! 2-D convolution, grouped where the filter has fewer input channels than the input.

use super::{
    convolution_gradients::{ConvGradient, Convolution, Side},
    window::{Padding, Window},
};
use crate::{
    check::UNKNOWN_FLOPS,
    differentiation::{backward::Backward, term::Term},
    dtype::Float,
    engine::run::Run,
    error::Result,
    ops::rules::need_rank,
    shape::{FIRST_SYMBOL, Shape},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    text::dim_number,
    value::Value,
};
use tf_kernels::conv2d::{Conv2dShape, Epilogue};

op! {
    /// Slides a filter over images: `[batch, height, width, channels]` by `[height, width, in, out]`.
    ///
    /// Where the filter has fewer input channels than the images, the convolution is grouped: their number must be a divisor,
    /// and the number of groups a divisor of the output channels. TensorFlow: `tf.nn.conv2d`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, nn, placeholder};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let images = placeholder::<f32, _>("images", [ANY, 28, 28, 1]);
    ///     let filter = placeholder::<f32, _>("filter", [5, 5, 1, 32]);
    ///     nn::conv2d(images, filter, [2, 2], nn::Padding::Same)
    /// })?;
    /// assert_eq!(y.shape().to_string(), "[?, 14, 14, 32]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn conv2d[T: Float](input: impl AsTensor<T>, filter: impl AsTensor<T>, strides: [usize; 2], padding: Padding) -> T;
    "Conv2D": Conv2d { strides, dilations: [1, 1], padding }, (input, filter)
}

op! {
    /// [`conv2d`](fn@conv2d) with a filter whose cells lie `dilations` apart. TensorFlow: `tf.nn.conv2d(.., dilations)`.
    pub fn conv2d_dilated[T: Float](
        input: impl AsTensor<T>,
        filter: impl AsTensor<T>,
        strides: [usize; 2],
        padding: Padding,
        dilations: [usize; 2],
    ) -> T;
    "Conv2D": Conv2d { strides, dilations, padding }, (input, filter)
}

/// 2-D convolution, NHWC × HWIO.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conv2d {
    /// How far the filter moves down and right.
    pub strides: [usize; 2],
    /// How far its cells lie apart.
    pub dilations: [usize; 2],
    /// What lies around the images.
    pub padding: Padding,
}

static CHANNELS: Rule = Rule {
    code: "E-CONV-CHANNELS",
    says: "the filter takes {y} channels, and the input has {x}, which is no multiple of that",
    left: "input ",
    right: "filter",
    help: "make the filter's third size the input's channels ({x}), or a divisor of them for a grouped convolution",
};
static GROUPS: Rule = Rule {
    code: "E-CONV-GROUPS",
    says: "the filter makes {x} groups of the input's channels, and its {y} output channels are no multiple of {x}",
    left: "input ",
    right: "filter",
    help: "make the filter's third size the input's channels, which makes one group, or its last size a multiple of {x}",
};

impl Conv2d {
    const fn window(&self) -> Window<'_> {
        Window { strides: &self.strides, dilations: &self.dilations, padding: &self.padding }
    }

    /// The sizes that the kernels ask for.
    pub(super) fn sizes(&self, input: &[usize], filter: &[usize], output: &[usize]) -> Conv2dShape {
        self.window().sizes(input, filter, output, input[3] / filter[2])
    }

    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "Conv2D"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        const OP: &str = "conv2d";
        let (input, filter) = (&inputs[0], &inputs[1]);
        if input.rank != 4 || filter.rank != 4 {
            if let Err(error) = need_rank(OP, 0, input, 4) {
                return Err(error);
            }
            if let Err(error) = need_rank(OP, 1, filter, 4) {
                return Err(error);
            }
            return Ok(Shape::of_rank(4));
        }
        let (depth, inner, outer) = (input.dims[3], filter.dims[2], filter.dims[3]);
        if (depth != inner || depth == 0) && depth < FIRST_SYMBOL && inner < FIRST_SYMBOL {
            if depth == 0 || inner == 0 || depth % inner != 0 {
                return Err(SpecError::new(OP, &CHANNELS)
                    .shapes(*input, *filter)
                    .numbers(dim_number(depth), dim_number(inner)));
            }
            let groups = depth / inner;
            if outer < FIRST_SYMBOL && outer % groups != 0 {
                return Err(SpecError::new(OP, &GROUPS)
                    .shapes(*input, *filter)
                    .numbers(groups as i64, dim_number(outer)));
            }
        }
        let mut output = *input;
        output.dims[3] = outer;
        match self.window().slides(OP, input, [filter.dims[0], filter.dims[1]], &mut output) {
            Ok(()) => Ok(output),
            Err(error) => Err(error),
        }
    }

    /// A multiplication and an addition for each filter cell of each output element.
    pub(crate) const fn flops(&self, inputs: &[Shape], output: &Shape) -> u64 {
        let [h, w, c, ..] = inputs[1].dims;
        match output.elements() {
            Some(n) if h < FIRST_SYMBOL && w < FIRST_SYMBOL && c < FIRST_SYMBOL => {
                (2 * n as u64).saturating_mul(h as u64 * w as u64).saturating_mul(c as u64)
            }
            _ => UNKNOWN_FLOPS,
        }
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (input, filter, output) = (run.input(0).shape(), run.input(1).shape(), run.shape());
        let shape = self.sizes(input, filter, output);
        kernel!(
            run,
            [F32 f32 = tf_kernels::conv2d::conv2d_f32, F64 f64 = tf_kernels::conv2d::conv2d_f64],
            kernel => |out, _| kernel(&shape, run.precision(), run.slice(0), run.slice(1), Epilogue::default(), out)
        )
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (input, filter, slope) = (back.input(0), back.input(1), back.slope());
        let gradient = |by| ConvGradient { of: Convolution::Full(*self), by };
        back.give(0, || Term::node(gradient(Side::Input), &[input, filter, slope], slope.dtype, slope.at));
        back.give(1, || Term::node(gradient(Side::Filter), &[input, filter, slope], slope.dtype, slope.at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    fn shape(input: &[usize], filter: &[usize], padding: Padding) -> Result<Shape, &'static str> {
        let op = Conv2d { strides: [1, 1], dilations: [1, 1], padding };
        op.rule(&[Shape::of(input), Shape::of(filter)]).map_err(|e| e.rule.code)
    }

    #[test]
    fn the_guides_first_example_is_a_grouped_convolution_section_5() {
        assert_eq!(shape(&[1, 10, 10, 32], &[5, 5, 1, 32], Padding::Same), Ok(Shape::of(&[1, 10, 10, 32])));
    }

    #[test]
    fn channels_and_groups_are_checked_section_5() {
        assert_eq!(shape(&[1, 10, 10, 32], &[5, 5, 3, 32], Padding::Same), Err("E-CONV-CHANNELS"));
        assert_eq!(shape(&[1, 10, 10, 3], &[5, 5, 1, 32], Padding::Same), Err("E-CONV-GROUPS"));
        assert_eq!(shape(&[1, 10, 10], &[5, 5, 1, 32], Padding::Same), Err("E-RANK"));
    }

    #[test]
    fn valid_windows_must_fit() {
        assert_eq!(shape(&[ANY, 4, 9, 1], &[5, 5, 1, 1], Padding::Valid), Err("E-WINDOW"));
        assert_eq!(shape(&[ANY, 5, 9, 1], &[5, 5, 1, 1], Padding::Valid), Ok(Shape::of(&[ANY, 1, 5, 1])));
        assert_eq!(
            shape(&[ANY, 4, 9, 1], &[5, 5, 1, 1], Padding::Explicit([[1, 1], [0, 0]])),
            Ok(Shape::of(&[ANY, 2, 5, 1]))
        );
    }
}
