//! Convolution of each channel by itself.

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
    ops::{rules::need_rank, times},
    shape::{ANY_DIM, Shape, dim, dims_compatible, is_size},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    text::dim_number,
    value::Value,
};
use tf_kernels::conv2d::{Conv2dShape, Epilogue};

op! {
    /// Slides filters over each channel of images by itself: `[batch, height, width, channels]` by
    /// `[height, width, channels, multiplier]`; the output has `channels · multiplier` channels, those of one input channel together.
    ///
    /// TensorFlow: `tf.nn.depthwise_conv2d`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, nn, placeholder};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let images = placeholder::<f32, _>("images", [ANY, 28, 28, 3]);
    ///     let filter = placeholder::<f32, _>("filter", [5, 5, 3, 2]);
    ///     nn::depthwise_conv2d(images, filter, [1, 1], nn::Padding::Same)
    /// })?;
    /// assert_eq!(y.shape().to_string(), "[?, 28, 28, 6]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn depthwise_conv2d[T: Float](
        input: impl AsTensor<T>,
        filter: impl AsTensor<T>,
        strides: [usize; 2],
        padding: Padding,
    ) -> T;
    "depthwise": DepthwiseConv2d { strides, dilations: [1, 1], padding }, (input, filter)
}

op! {
    /// [`depthwise_conv2d`](fn@depthwise_conv2d) with a filter whose cells lie `dilations` apart.
    ///
    /// TensorFlow: `tf.nn.depthwise_conv2d(.., dilations)`.
    pub fn depthwise_conv2d_dilated[T: Float](
        input: impl AsTensor<T>,
        filter: impl AsTensor<T>,
        strides: [usize; 2],
        padding: Padding,
        dilations: [usize; 2],
    ) -> T;
    "depthwise": DepthwiseConv2d { strides, dilations, padding }, (input, filter)
}

/// 2-D convolution by channel, NHWC × HWCM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DepthwiseConv2d {
    /// How far the filter moves down and right.
    pub strides: [usize; 2],
    /// How far its cells lie apart.
    pub dilations: [usize; 2],
    /// What lies around the images.
    pub padding: Padding,
}

static CHANNELS: Rule = Rule {
    code: "E-DEPTHWISE-CHANNELS",
    says: "the input has {x} channels, and the filter is for {y}",
    left: "input ",
    right: "filter",
    help: "make the filter's third size the input's channels ({x}); its last one says how many outputs each channel has",
};

impl DepthwiseConv2d {
    const fn window(&self) -> Window<'_> {
        Window { strides: &self.strides, dilations: &self.dilations, padding: &self.padding }
    }

    /// The sizes that the kernels ask for.
    pub(super) fn sizes(&self, input: &[usize], filter: &[usize], output: &[usize]) -> Conv2dShape {
        self.window().sizes(input, filter, output, input[3])
    }

    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "DepthwiseConv2dNative"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        const OP: &str = "depthwise_conv2d";
        let (input, filter) = (inputs[0], inputs[1]);
        if let Err(error) = need_rank(OP, 0, &input, 4) {
            return Err(error);
        }
        if let Err(error) = need_rank(OP, 1, &filter, 4) {
            return Err(error);
        }
        if !input.has_rank() || !filter.has_rank() {
            return Ok(Shape::of_rank(4));
        }
        let (depth, channels) = (input.d(3), filter.d(2));
        if !dims_compatible(depth, channels) || depth == 0 || channels == 0 {
            return Err(SpecError::new(OP, &CHANNELS)
                .shapes(input, filter)
                .numbers(dim_number(depth), dim_number(channels)));
        }
        let channels = if is_size(depth) { depth } else { channels };
        let made = match (is_size(channels), filter.size(3)) {
            (true, Some(multiplier)) => dim((channels as usize).saturating_mul(multiplier)),
            _ => ANY_DIM,
        };
        let mut output = Shape::of_dims(&[input.d(0), ANY_DIM, ANY_DIM, made]);
        match self.window().slides(OP, &input, [filter.dims[0], filter.dims[1]], &mut output) {
            Ok(()) => Ok(output),
            Err(error) => Err(error),
        }
    }

    /// A multiplication and an addition for each filter cell of each output element.
    pub(crate) const fn flops(&self, inputs: &[Shape], output: &Shape) -> u64 {
        match (inputs[1].size(0), inputs[1].size(1)) {
            (Some(h), Some(w)) => times(2 * (h * w) as u64, output),
            _ => UNKNOWN_FLOPS,
        }
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (input, filter, output) = (run.input(0).shape(), run.input(1).shape(), run.shape());
        let shape = self.sizes(input, filter, output);
        kernel!(
            run,
            [F32 f32 = tf_kernels::conv2d::depthwise_conv2d_f32, F64 f64 = tf_kernels::conv2d::depthwise_conv2d_f64],
            kernel => |out, _| kernel(&shape, run.slice(0), run.slice(1), Epilogue::default(), out)
        )
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (input, filter, slope) = (back.input(0), back.input(1), back.slope());
        let gradient = |by| ConvGradient { of: Convolution::Depthwise(*self), by };
        back.give(0, || Term::node(gradient(Side::Input), &[input, filter, slope], slope.dtype, slope.at));
        back.give(1, || Term::node(gradient(Side::Filter), &[input, filter, slope], slope.dtype, slope.at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn the_filter_has_the_inputs_channels() {
        let of = |input: &[usize], filter: &[usize]| {
            let op = DepthwiseConv2d { strides: [2, 1], dilations: [1, 1], padding: Padding::Same };
            op.rule(&[Shape::of(input), Shape::of(filter)]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(&[ANY, 9, 9, 3], &[3, 3, 3, 2]), Ok(Shape::of(&[ANY, 5, 9, 6])));
        assert_eq!(of(&[1, 9, 9, ANY], &[3, 3, 3, 2]), Ok(Shape::of(&[1, 5, 9, 6])));
        assert_eq!(of(&[1, 9, 9, 3], &[3, 3, 1, 2]), Err("E-DEPTHWISE-CHANNELS"));
        assert_eq!(of(&[1, 9, 9, 3], &[3, 0, 3, 2]), Err("E-WINDOW-EMPTY"));
        assert_eq!(of(&[1, 9, 9, 3], &[3, 3, 3]), Err("E-RANK"));
    }
}
