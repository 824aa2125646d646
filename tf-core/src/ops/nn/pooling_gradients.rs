//! Gradients of pooling.

use super::pooling::{Pool, Pooling};
use crate::{
    differentiation::{backward::Backward, term::Term},
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::SpecError,
    value::Value,
};
use tf_kernels::pool_gradients::{
    avg_pool_gradient_f32, avg_pool_gradient_f64, max_pool_chosen_f32, max_pool_chosen_f64, max_pool_gradient_f32,
    max_pool_gradient_f64,
};

/// The slope of images, from the images and the slope of what pooling made of them. Of equal largest elements the first has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolGradient(pub(super) Pool);

impl PoolGradient {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        match self.0.by {
            Pooling::Max => "MaxPoolGrad",
            Pooling::Average => "AvgPoolGrad",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = self.0.sizes(run.input(0).shape(), run.input(1).shape());
        match self.0.by {
            Pooling::Max => kernel!(
                run,
                [F32 f32 = max_pool_gradient_f32, F64 f64 = max_pool_gradient_f64],
                kernel => |out, _| kernel(&shape, run.slice(0), run.slice(1), out)
            ),
            Pooling::Average => kernel!(
                run,
                [F32 f32 = avg_pool_gradient_f32, F64 f64 = avg_pool_gradient_f64],
                kernel => |out, _| kernel(&shape, run.slice(1), out)
            ),
        }
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        match self.0.by {
            // Linear: the slope of means is handed on as means.
            Pooling::Average => back.give(1, || slope.then(self.0)),
            Pooling::Max => {
                // Which elements are the largest changes by jumps only.
                back.give(0, || x.zeros_like());
                back.give(1, || Term::node(PoolChoice(self.0), &[x, slope], slope.dtype, slope.at));
            }
        }
    }
}

/// From images and values in their shape, the values that stand where the largest elements of windows are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolChoice(Pool);

impl PoolChoice {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "MaxPoolGradGrad"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        self.0.rule(inputs)
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = self.0.sizes(run.input(0).shape(), run.shape());
        kernel!(
            run,
            [F32 f32 = max_pool_chosen_f32, F64 f64 = max_pool_chosen_f64],
            kernel => |out, _| kernel(&shape, run.slice(0), run.slice(1), out)
        )
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || x.zeros_like());
        back.give(1, || Term::node(PoolGradient(self.0), &[x, slope], slope.dtype, slope.at));
    }
}
