//! Derivatives of functions of one tensor, times the slope behind them: TensorFlow's `ReluGrad`, `TanhGrad`, ….

use super::{FilledLike, Filling};
use crate::{
    differentiation::{backward::Backward, term::Term},
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::SpecError,
    value::Value,
};
use tf_kernels::{
    compare::CompareOp,
    slopes::{SlopeOp, slope_f32, slope_f64},
    unary::UnaryOp,
};

/// The slope before a function, from its argument or value and the slope behind it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct UnarySlope(pub(super) SlopeOp);

impl UnarySlope {
    pub(super) const fn type_name(&self) -> &'static str {
        match self.0 {
            SlopeOp::Relu => "ReluGrad",
            SlopeOp::Relu6 => "Relu6Grad",
            SlopeOp::LeakyRelu { .. } => "LeakyReluGrad",
            SlopeOp::Elu => "EluGrad",
            SlopeOp::Selu => "SeluGrad",
            SlopeOp::Sigmoid => "SigmoidGrad",
            SlopeOp::Tanh => "TanhGrad",
            SlopeOp::Softplus => "SoftplusGrad",
            SlopeOp::Softsign => "SoftsignGrad",
            SlopeOp::Sqrt => "SqrtGrad",
            SlopeOp::Rsqrt => "RsqrtGrad",
            SlopeOp::Reciprocal => "ReciprocalGrad",
        }
    }

    /// The kernel's name of the derivative.
    pub(crate) const fn kernel(&self) -> SlopeOp {
        self.0
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        super::like::of_one_shape(inputs[1], inputs[0])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        kernel!(
            run,
            [F32 f32 = slope_f32, F64 f64 = slope_f64],
            kernel => |out, _| kernel(self.0, run.slice(0), run.slice(1), out)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (at, before, slope) = (back.input(0), back.input(1), back.slope());
        back.give(1, || at.and(*self, slope));
        back.give(0, || {
            let both = slope * before;
            match self.0 {
                SlopeOp::Relu | SlopeOp::Relu6 | SlopeOp::LeakyRelu { .. } => {
                    at.then(FilledLike { filling: Filling::Zero })
                }
                SlopeOp::Elu | SlopeOp::Selu => both.only_where(at.compare(CompareOp::Less, at.number(0.0))),
                SlopeOp::Sigmoid => both * (at.number(1.0) - at * 2.0),
                SlopeOp::Tanh => both * at * -2.0,
                SlopeOp::Softplus => {
                    let part = at.apply(UnaryOp::Sigmoid);
                    both * part * (part.number(1.0) - part)
                }
                SlopeOp::Softsign => {
                    let below: Term = at.apply(UnaryOp::Abs) + 1.0;
                    both * at.apply(UnaryOp::Sign) * -2.0 / (below * below * below)
                }
                SlopeOp::Sqrt => both * -0.5 / (at * at),
                SlopeOp::Rsqrt => both * -1.5 * (at * at),
                SlopeOp::Reciprocal => both * -2.0 * at,
            }
        });
    }
}
