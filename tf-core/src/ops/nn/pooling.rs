//! Pooling: the largest or the mean of each window.

use super::{
    pooling_gradients::PoolGradient,
    window::{Padding, Window, resolve},
};
use crate::{
    differentiation::{backward::Backward, term::Term},
    dtype::{Float, Number},
    engine::run::Run,
    error::Result,
    ops::{rules::need_rank, times},
    shape::{ANY_DIM, Shape, dim},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::Value,
};
use tf_kernels::pool::{
    Padding as Cells, Pool2dShape, avg_pool_f32, avg_pool_f64, max_pool_f32, max_pool_f64, max_pool_i32, max_pool_i64,
};

op! {
    /// The largest element of each window of `[batch, height, width, channels]`, by channel; NaN if there is one.
    ///
    /// Cells of the padding take no part. TensorFlow: `tf.nn.max_pool2d`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, nn, placeholder};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let images = placeholder::<f32, _>("images", [ANY, 28, 28, 32]);
    ///     nn::max_pool(images, [2, 2], [2, 2], nn::Padding::Valid)
    /// })?;
    /// assert_eq!(y.shape().to_string(), "[?, 14, 14, 32]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn max_pool[T: Number](x: impl AsTensor<T>, window: [usize; 2], strides: [usize; 2], padding: Padding) -> T;
    "MaxPool": Pool { by: Pooling::Max, window, strides, padding }, (x)
}

op! {
    /// The mean of each window of `[batch, height, width, channels]`, by channel; cells of the padding are not counted.
    ///
    /// TensorFlow: `tf.nn.avg_pool2d`.
    pub fn avg_pool[T: Float](x: impl AsTensor<T>, window: [usize; 2], strides: [usize; 2], padding: Padding) -> T;
    "AvgPool": Pool { by: Pooling::Average, window, strides, padding }, (x)
}

/// How a window becomes one element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pooling {
    /// The largest.
    Max,
    /// The mean.
    Average,
}

/// Makes one element of each window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pool {
    /// How.
    pub by: Pooling,
    /// Height and width of the window.
    pub window: [usize; 2],
    /// How far it moves down and right.
    pub strides: [usize; 2],
    /// What lies around the images.
    pub padding: Padding,
}

static PADDING: Rule = Rule {
    code: "E-POOL-PADDING",
    says: "{x} cells of padding hold a whole window of {y} cells, which would have nothing to choose from",
    left: "",
    right: "",
    help: "pad less than the window's size on each side",
};

impl Pool {
    /// The sizes that the kernels ask for.
    pub(super) fn sizes(&self, input: &[usize], output: &[usize]) -> Pool2dShape {
        let pads = |axis| resolve(input[1 + axis], self.window[axis], self.strides[axis], 1, axis, self.padding);
        let ((top, bottom), (left, right)) = (pads(0), pads(1));
        Pool2dShape {
            batch: input[0],
            in_h: input[1],
            in_w: input[2],
            channels: input[3],
            window: self.window,
            strides: self.strides,
            pad: Cells { top, bottom, left, right },
            out_h: output[1],
            out_w: output[2],
        }
    }

    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        match self.by {
            Pooling::Max => "MaxPool",
            Pooling::Average => "AvgPool",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let function = match self.by {
            Pooling::Max => "max_pool",
            Pooling::Average => "avg_pool",
        };
        let input = inputs[0];
        if let Err(error) = need_rank(function, 0, &input, 4) {
            return Err(error);
        }
        let mut output = if input.has_rank() {
            Shape::of_dims(&[input.d(0), ANY_DIM, ANY_DIM, input.d(3)])
        } else {
            Shape::of_rank(4)
        };
        let input = if input.has_rank() { input } else { output };
        let mut axis = 0;
        while axis < 2 {
            let window = self.window[axis];
            if let Padding::Explicit(pads) = self.padding {
                let most = if pads[axis][0] > pads[axis][1] { pads[axis][0] } else { pads[axis][1] };
                if window > 0 && most >= window {
                    return Err(SpecError::new(function, &PADDING).numbers(most as i64, window as i64));
                }
            }
            axis += 1;
        }
        let window = Window { strides: &self.strides, dilations: &[1, 1], padding: &self.padding };
        match window.slides(function, &input, [dim(self.window[0]), dim(self.window[1])], &mut output) {
            Ok(()) => Ok(output),
            Err(error) => Err(error),
        }
    }

    /// One operation for each cell of each window.
    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        times(self.window[0].saturating_mul(self.window[1]) as u64, output)
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = self.sizes(run.input(0).shape(), run.shape());
        match self.by {
            Pooling::Max => kernel!(
                run,
                [F32 f32 = max_pool_f32, F64 f64 = max_pool_f64, I32 i32 = max_pool_i32, I64 i64 = max_pool_i64],
                kernel => |out, _| kernel(&shape, run.slice(0), out)
            ),
            Pooling::Average => kernel!(
                run,
                [F32 f32 = avg_pool_f32, F64 f64 = avg_pool_f64],
                kernel => |out, _| kernel(&shape, run.slice(0), out)
            ),
        }
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || Term::node(PoolGradient(*self), &[x, slope], slope.dtype, slope.at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    fn shape(input: Shape, window: [usize; 2], padding: Padding) -> Result<Shape, &'static str> {
        let op = Pool { by: Pooling::Max, window, strides: [2, 2], padding };
        op.rule(&[input]).map_err(|e| e.rule.code)
    }

    #[test]
    fn the_output_is_as_large_as_windows_fit() {
        let x = Shape::of(&[ANY, 5, 4, 3]);
        assert_eq!(shape(x, [2, 2], Padding::Same), Ok(Shape::of(&[ANY, 3, 2, 3])));
        assert_eq!(shape(x, [2, 2], Padding::Valid), Ok(Shape::of(&[ANY, 2, 2, 3])));
        assert_eq!(shape(x, [2, 3], Padding::Explicit([[1, 0], [1, 2]])), Ok(Shape::of(&[ANY, 3, 3, 3])));
        assert_eq!(shape(Shape::UNKNOWN, [2, 2], Padding::Same), Ok(Shape::of_rank(4)));
    }

    #[test]
    fn windows_need_cells_of_the_image() {
        let x = Shape::of(&[1, 5, 4, 3]);
        assert_eq!(shape(x, [2, 5], Padding::Valid), Err("E-WINDOW"));
        assert_eq!(shape(x, [2, 0], Padding::Same), Err("E-WINDOW-EMPTY"));
        assert_eq!(shape(x, [2, 2], Padding::Explicit([[0, 2], [0, 0]])), Err("E-POOL-PADDING"));
        assert_eq!(shape(Shape::of(&[5, 4, 3]), [2, 2], Padding::Same), Err("E-RANK"));
    }
}
