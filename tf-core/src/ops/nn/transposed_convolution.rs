//! The convolution that goes the other way: from few cells to many.

use super::{
    convolution::Conv2d,
    convolution_gradients::{ConvGradient, Convolution, Side},
    window::{Padding, transposed_size},
};
use crate::{
    check::UNKNOWN_FLOPS,
    differentiation::{backward::Backward, term::Term},
    dtype::Float,
    engine::run::Run,
    error::Result,
    ops::{dimensions, rules::need_rank},
    shape::{ANY_DIM, Shape, dims_compatible},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    text::dim_number,
    value::Value,
};
use tf_kernels::conv2d::{Epilogue, conv2d_input_gradient_f32, conv2d_input_gradient_f64};

op! {
    /// The transpose of [`conv2d`](fn@super::conv2d): `[batch, height, width, in]` by `[height, width, out, in]`, with as many cells as
    /// a convolution would start from.
    ///
    /// `Padding::Same` makes `size · stride` cells of each side, `Padding::Valid` those under every window. The filter is laid out
    /// as that of the convolution from `out` to `in` channels. TensorFlow: `tf.nn.conv2d_transpose`, where the sizes are an argument.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, nn, placeholder};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let images = placeholder::<f32, _>("images", [ANY, 7, 7, 32]);
    ///     let filter = placeholder::<f32, _>("filter", [5, 5, 3, 32]);
    ///     nn::conv2d_transpose(images, filter, [2, 2], nn::Padding::Same)
    /// })?;
    /// assert_eq!(y.shape().to_string(), "[?, 14, 14, 3]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn conv2d_transpose[T: Float](
        input: impl AsTensor<T>,
        filter: impl AsTensor<T>,
        strides: [usize; 2],
        padding: Padding,
    ) -> T;
    "conv2d_transpose": Conv2dTranspose { strides, padding }, (input, filter)
}

/// Transposed 2-D convolution, NHWC × HWOI.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conv2dTranspose {
    /// How far apart the windows of neighbouring cells lie.
    pub strides: [usize; 2],
    /// What is cut off around the images.
    pub padding: Padding,
}

static CHANNELS: Rule = Rule {
    code: "E-CONV-TRANSPOSE-CHANNELS",
    says: "the filter takes {y} channels, and the input has {x}",
    left: "input ",
    right: "filter",
    help: "make the filter's last size the input's channels ({x}): a transposed filter is `[height, width, out, in]`",
};

impl Conv2dTranspose {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "Conv2DBackpropInput"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        const OP: &str = "conv2d_transpose";
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
        if !dims_compatible(input.d(3), filter.d(3)) {
            return Err(SpecError::new(OP, &CHANNELS)
                .shapes(input, filter)
                .numbers(dim_number(input.d(3)), dim_number(filter.d(3))));
        }
        let mut output = Shape::of_dims(&[input.d(0), ANY_DIM, ANY_DIM, filter.d(2)]);
        let mut axis = 0;
        while axis < 2 {
            match transposed_size(OP, &input, axis, filter.d(axis), self.strides[axis], self.padding) {
                Ok(size) => output = output.with(1 + axis, size),
                Err(error) => return Err(error),
            }
            axis += 1;
        }
        dimensions::limited(OP, &input, output)
    }

    /// A multiplication and an addition for each filter cell of each input element.
    pub(crate) const fn flops(&self, inputs: &[Shape], _: &Shape) -> u64 {
        let filter = inputs[1];
        match (inputs[0].elements(), filter.size(0), filter.size(1), filter.size(2)) {
            (Some(n), Some(h), Some(w), Some(c)) => {
                (2 * n as u64).saturating_mul((h * w) as u64).saturating_mul(c as u64)
            }
            _ => UNKNOWN_FLOPS,
        }
    }

    /// The convolution that this one is the transpose of: from the output to the input.
    const fn convolution(&self) -> Conv2d {
        Conv2d { strides: self.strides, dilations: [1, 1], padding: self.padding }
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (input, filter, output) = (run.input(0).shape(), run.input(1).shape(), run.shape());
        let shape = self.convolution().sizes(output, filter, input);
        kernel!(
            run,
            [F32 f32 = conv2d_input_gradient_f32, F64 f64 = conv2d_input_gradient_f64],
            kernel => |out, _| kernel(&shape, run.precision(), run.slice(1), run.slice(0), Epilogue::default(), out)
        )
    }

    /// Both sides are those of the convolution, turned around.
    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (input, filter, slope) = (back.input(0), back.input(1), back.slope());
        let by_filter = ConvGradient { of: Convolution::Full(self.convolution()), by: Side::Filter };
        back.give(0, || slope.and(self.convolution(), filter));
        back.give(1, || Term::node(by_filter, &[slope, filter, input], slope.dtype, slope.at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    fn shape(input: &[usize], filter: &[usize], padding: Padding) -> Result<Shape, &'static str> {
        let op = Conv2dTranspose { strides: [2, 3], padding };
        op.rule(&[Shape::of(input), Shape::of(filter)]).map_err(|e| e.rule.code)
    }

    #[test]
    fn sizes_are_those_that_a_convolution_would_start_from() {
        assert_eq!(shape(&[ANY, 4, 5, 8], &[5, 5, 3, 8], Padding::Same), Ok(Shape::of(&[ANY, 8, 15, 3])));
        assert_eq!(shape(&[1, 4, 5, 8], &[5, 2, 3, 8], Padding::Valid), Ok(Shape::of(&[1, 11, 15, 3])));
        let cut = Padding::Explicit([[1, 1], [0, 1]]);
        assert_eq!(shape(&[1, 4, 5, 8], &[5, 5, 3, 8], cut), Ok(Shape::of(&[1, 9, 16, 3])));
        assert_eq!(shape(&[1, ANY, 5, ANY], &[5, 5, 3, 8], Padding::Same), Ok(Shape::of(&[1, ANY, 15, 3])));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(shape(&[1, 4, 5, 8], &[5, 5, 8, 3], Padding::Same), Err("E-CONV-TRANSPOSE-CHANNELS"));
        assert_eq!(shape(&[4, 5, 8], &[5, 5, 8, 3], Padding::Same), Err("E-RANK"));
        assert_eq!(shape(&[1, 4, 5, 8], &[0, 5, 3, 8], Padding::Same), Err("E-WINDOW-EMPTY"));
        let cut = Padding::Explicit([[5, 6], [0, 0]]);
        assert_eq!(shape(&[1, 4, 5, 8], &[5, 5, 3, 8], cut), Err("E-CONV-TRANSPOSE-PADDING"));
        let op = Conv2dTranspose { strides: [0, 1], padding: Padding::Same };
        assert_eq!(op.rule(&[Shape::of(&[1, 4, 4, 1]), Shape::of(&[3, 3, 1, 1])]).unwrap_err().rule.code, "E-STRIDE");
    }
}
