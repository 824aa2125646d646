//! Gradients of convolutions with respect to images and filters.

use super::{convolution::Conv2d, depthwise::DepthwiseConv2d};
use crate::{
    differentiation::{backward::Backward, term::Term},
    dims::Dims,
    engine::run::{Outputs, Run},
    error::Result,
    shape::Shape,
    spec::SpecError,
    value::Value,
};
use tf_kernels::conv2d::{
    Conv2dShape, Epilogue, conv2d_filter_gradient_f32, conv2d_filter_gradient_f64, conv2d_input_gradient_f32,
    conv2d_input_gradient_f64, conv2d_input_gradient_sums_f32,
};

/// A convolution of either kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Convolution {
    /// Each result from all channels of its group.
    Full(Conv2d),
    /// Each channel by itself.
    Depthwise(DepthwiseConv2d),
}

/// What of a convolution a gradient belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The images.
    Input,
    /// The filter.
    Filter,
}

/// The slope of a convolution's images or filter; inputs are both of them, of which only the shape of one is looked at, and the slope
/// of the results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConvGradient {
    /// The convolution.
    pub of: Convolution,
    /// By what.
    pub by: Side,
}

impl ConvGradient {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        match (self.of, self.by) {
            (Convolution::Full(_), Side::Input) => "Conv2DBackpropInput",
            (Convolution::Full(_), Side::Filter) => "Conv2DBackpropFilter",
            (Convolution::Depthwise(_), Side::Input) => "DepthwiseConv2dNativeBackpropInput",
            (Convolution::Depthwise(_), Side::Filter) => "DepthwiseConv2dNativeBackpropFilter",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(match self.by {
            Side::Input => inputs[0],
            Side::Filter => inputs[1],
        })
    }

    fn sizes(&self, run: &Run<'_>) -> Conv2dShape {
        let (input, filter, slope) = (run.input(0).shape(), run.input(1).shape(), run.input(2).shape());
        match self.of {
            Convolution::Full(op) => op.sizes(input, filter, slope),
            Convolution::Depthwise(op) => op.sizes(input, filter, slope),
        }
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = self.sizes(run);
        match self.by {
            Side::Input => kernel!(
                run,
                [F32 f32 = conv2d_input_gradient_f32, F64 f64 = conv2d_input_gradient_f64],
                kernel => |out, _| kernel(&shape, run.precision(), run.slice(1), run.slice(2), Epilogue::default(), out)
            ),
            Side::Filter => kernel!(
                run,
                [F32 f32 = conv2d_filter_gradient_f32, F64 f64 = conv2d_filter_gradient_f64],
                kernel => |out, _| kernel(&shape, run.precision(), run.slice(0), run.slice(2), out)
            ),
        }
    }

    /// Both are linear in the two inputs that they look into: each has the other for a gradient, or the convolution.
    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (input, filter, before, slope) = (back.input(0), back.input(1), back.input(2), back.slope());
        let (input, filter) = match self.by {
            Side::Input => {
                back.give(1, || self.other(Side::Filter, [slope, filter, before]));
                (slope, filter)
            }
            Side::Filter => {
                back.give(0, || self.other(Side::Input, [input, slope, before]));
                (input, slope)
            }
        };
        back.give(2, || match self.of {
            Convolution::Full(op) => input.and(op, filter),
            Convolution::Depthwise(op) => input.and(op, filter),
        });
    }

    fn other(&self, by: Side, inputs: [Term; 3]) -> Term {
        Term::node(ConvGradient { by, ..*self }, &inputs, inputs[2].dtype, inputs[2].at)
    }
}

/// The slope of a convolution's images of `f32`, where a fourth input is above 0, and 0 elsewhere: the engine makes it of that and the
/// derivative of relu, whose result the images are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GatedConvGradient {
    pub(crate) of: Conv2d,
    /// Whether the sum of each channel of it is a second value, as the slope of a bias is.
    pub(crate) sums: bool,
}

impl GatedConvGradient {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "_GatedConv2DBackpropInput"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let shape = self.of.sizes(run.input(0).shape(), run.input(1).shape(), run.input(2).shape());
        let (filter, slope, precision) = (run.slice(1), run.slice(2), run.precision());
        let epilogue = Epilogue { gate: Some(run.slice(3)), ..Epilogue::default() };
        if !self.sums {
            let of = run.make::<f32, _>(|out, _| {
                conv2d_input_gradient_f32(&shape, precision, filter, slope, epilogue, out);
            })?;
            return Ok(of.into());
        }
        let mut sums = run.memory::<f32>(shape.in_c);
        let of = run.make::<f32, _>(|out, _| {
            conv2d_input_gradient_sums_f32(&shape, precision, filter, slope, epilogue, out, &mut sums);
        })?;
        Ok(vec![of, Value::of(Dims::from(&[shape.in_c][..]), sums)].into())
    }
}
