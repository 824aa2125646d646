//! Functions of one tensor, element by element: `exp`, `sqrt`, `sin`, …, and unary minus.

use super::{UnarySlope, per_element};
use crate::{
    differentiation::{backward::Backward, term::Term},
    dtype::{Float, Number},
    engine::run::Run,
    error::Result,
    graph::node::apply,
    shape::Shape,
    spec::SpecError,
    tensor::{AsTensor, Tensor, Variable},
    value::Value,
};
use tf_kernels::{
    slopes::SlopeOp,
    unary::{self, UnaryOp},
};

/// Declares functions of one tensor; shared with the activations of `nn`.
macro_rules! unary_functions {
    ($($(#[$m:meta])* $name:ident[$bound:ident] ($($attribute:ident: $type:ty),*) $label:literal = $op:expr;)*) => { $(
        op! {
            $(#[$m])*
            ///
            /// The output has the shape of the input.
            pub fn $name[T: $bound](x: impl AsTensor<T> $(, $attribute: $type)*) -> T;
            $label: Unary($op), (x)
        }
    )* };
}
pub(super) use unary_functions;

unary_functions! {
    /// `-x`; integers wrap around. The operator `-x` is the same. TensorFlow: `tf.negative`.
    negative[Number]() "Neg" = UnaryOp::Neg;
    /// `|x|`; the least integer stays itself. TensorFlow: `tf.abs`.
    abs[Number]() "Abs" = UnaryOp::Abs;
    /// -1, 0 or 1; NaN stays NaN. TensorFlow: `tf.sign`.
    sign[Number]() "Sign" = UnaryOp::Sign;
    /// `x²`; integers wrap around. TensorFlow: `tf.square`.
    square[Number]() "Square" = UnaryOp::Square;
    /// `√x`, NaN below 0. TensorFlow: `tf.sqrt`.
    sqrt[Float]() "Sqrt" = UnaryOp::Sqrt;
    /// `1 / √x`. TensorFlow: `tf.math.rsqrt`.
    rsqrt[Float]() "Rsqrt" = UnaryOp::Rsqrt;
    /// `1 / x`. TensorFlow: `tf.math.reciprocal`.
    reciprocal[Float]() "Reciprocal" = UnaryOp::Reciprocal;
    /// `eˣ`. TensorFlow: `tf.exp`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, exp};
    /// let graph = Graph::new();
    /// let y = graph.build(|| exp(constant([0.0f64, 1.0])))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr1(&[1.0, std::f64::consts::E]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    exp[Float]() "Exp" = UnaryOp::Exp;
    /// `eˣ - 1`, exact near 0. TensorFlow: `tf.math.expm1`.
    expm1[Float]() "Expm1" = UnaryOp::Expm1;
    /// The natural logarithm, NaN below 0. TensorFlow: `tf.math.log`.
    log[Float]() "Log" = UnaryOp::Log;
    /// `ln(1 + x)`, exact near 0. TensorFlow: `tf.math.log1p`.
    log1p[Float]() "Log1p" = UnaryOp::Log1p;
    /// The sine of an angle in radians. TensorFlow: `tf.sin`.
    sin[Float]() "Sin" = UnaryOp::Sin;
    /// The cosine of an angle in radians. TensorFlow: `tf.cos`.
    cos[Float]() "Cos" = UnaryOp::Cos;
    /// The tangent of an angle in radians. TensorFlow: `tf.tan`.
    tan[Float]() "Tan" = UnaryOp::Tan;
    /// The angle of a sine, NaN beyond -1..=1. TensorFlow: `tf.asin`.
    asin[Float]() "Asin" = UnaryOp::Asin;
    /// The angle of a cosine, NaN beyond -1..=1. TensorFlow: `tf.acos`.
    acos[Float]() "Acos" = UnaryOp::Acos;
    /// The angle of a tangent; with two arguments, [`atan2`](fn@crate::atan2). TensorFlow: `tf.atan`.
    atan[Float]() "Atan" = UnaryOp::Atan;
    /// The hyperbolic sine. TensorFlow: `tf.sinh`.
    sinh[Float]() "Sinh" = UnaryOp::Sinh;
    /// The hyperbolic cosine. TensorFlow: `tf.cosh`.
    cosh[Float]() "Cosh" = UnaryOp::Cosh;
    /// The hyperbolic tangent. TensorFlow: `tf.tanh`.
    tanh[Float]() "Tanh" = UnaryOp::Tanh;
    /// `1 / (1 + e⁻ˣ)`. TensorFlow: `tf.sigmoid`.
    sigmoid[Float]() "Sigmoid" = UnaryOp::Sigmoid;
    /// `ln(1 + eˣ)`, without overflow. TensorFlow: `tf.math.softplus`.
    softplus[Float]() "Softplus" = UnaryOp::Softplus;
    /// The error function. TensorFlow: `tf.math.erf`.
    erf[Float]() "Erf" = UnaryOp::Erf;
    /// The largest integer that is not larger. TensorFlow: `tf.floor`.
    floor[Float]() "Floor" = UnaryOp::Floor;
    /// The smallest integer that is not smaller. TensorFlow: `tf.math.ceil`.
    ceil[Float]() "Ceil" = UnaryOp::Ceil;
    /// The nearest integer, the even one of two. TensorFlow: `tf.round`.
    round[Float]() "Round" = UnaryOp::Round;
}

/// An elementwise op of one input.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Unary(pub(super) UnaryOp);

impl Unary {
    pub(crate) const SQUARE: Unary = Unary(UnaryOp::Square);

    pub(super) const fn type_name(&self) -> &'static str {
        match self.0 {
            UnaryOp::Neg => "Neg",
            UnaryOp::Abs => "Abs",
            UnaryOp::Sign => "Sign",
            UnaryOp::Square => "Square",
            UnaryOp::Sqrt => "Sqrt",
            UnaryOp::Rsqrt => "Rsqrt",
            UnaryOp::Reciprocal => "Reciprocal",
            UnaryOp::Exp => "Exp",
            UnaryOp::Expm1 => "Expm1",
            UnaryOp::Log => "Log",
            UnaryOp::Log1p => "Log1p",
            UnaryOp::Sin => "Sin",
            UnaryOp::Cos => "Cos",
            UnaryOp::Tan => "Tan",
            UnaryOp::Asin => "Asin",
            UnaryOp::Acos => "Acos",
            UnaryOp::Atan => "Atan",
            UnaryOp::Sinh => "Sinh",
            UnaryOp::Cosh => "Cosh",
            UnaryOp::Tanh => "Tanh",
            UnaryOp::Sigmoid => "Sigmoid",
            UnaryOp::Softplus => "Softplus",
            UnaryOp::Softsign => "Softsign",
            UnaryOp::Relu => "Relu",
            UnaryOp::Relu6 => "Relu6",
            UnaryOp::LeakyRelu { .. } => "LeakyRelu",
            UnaryOp::Elu => "Elu",
            UnaryOp::Selu => "Selu",
            UnaryOp::Erf => "Erf",
            UnaryOp::Floor => "Floor",
            UnaryOp::Ceil => "Ceil",
            UnaryOp::Round => "Round",
        }
    }

    /// The kernel's name of the function.
    pub(crate) const fn kernel(&self) -> UnaryOp {
        self.0
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        kernel!(
            run,
            [F32 f32 = unary::unary_f32, F64 f64 = unary::unary_f64, I32 i32 = unary::unary_i32, I64 i64 = unary::unary_i64],
            function => |out, _| function(self.0, run.slice(0), out)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, y, slope) = (back.input(0), back.output(0), back.slope());
        let by = |at: Term, op: SlopeOp| at.and(UnarySlope(op), slope);
        let one_less_square = || x.number(1.0) - x.apply(UnaryOp::Square);
        back.give(0, || match self.0 {
            UnaryOp::Neg => -slope,
            UnaryOp::Abs => slope * x.apply(UnaryOp::Sign),
            // Steps have no slope.
            UnaryOp::Sign | UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round => x.zeros_like(),
            UnaryOp::Square => slope * (x * 2.0),
            UnaryOp::Sqrt => by(y, SlopeOp::Sqrt),
            UnaryOp::Rsqrt => by(y, SlopeOp::Rsqrt),
            UnaryOp::Reciprocal => by(y, SlopeOp::Reciprocal),
            UnaryOp::Exp => slope * y,
            UnaryOp::Expm1 => slope * x.apply(UnaryOp::Exp),
            UnaryOp::Log => slope * x.apply(UnaryOp::Reciprocal),
            UnaryOp::Log1p => slope * (x + 1.0).apply(UnaryOp::Reciprocal),
            UnaryOp::Sin => slope * x.apply(UnaryOp::Cos),
            UnaryOp::Cos => -(slope * x.apply(UnaryOp::Sin)),
            UnaryOp::Tan => slope * x.apply(UnaryOp::Cos).apply(UnaryOp::Reciprocal).apply(UnaryOp::Square),
            UnaryOp::Asin => slope * one_less_square().apply(UnaryOp::Sqrt).apply(UnaryOp::Reciprocal),
            UnaryOp::Acos => -(slope * one_less_square().apply(UnaryOp::Sqrt).apply(UnaryOp::Reciprocal)),
            UnaryOp::Atan => slope * (x.apply(UnaryOp::Square) + 1.0).apply(UnaryOp::Reciprocal),
            UnaryOp::Sinh => slope * x.apply(UnaryOp::Cosh),
            UnaryOp::Cosh => slope * x.apply(UnaryOp::Sinh),
            UnaryOp::Tanh => by(y, SlopeOp::Tanh),
            UnaryOp::Sigmoid => by(y, SlopeOp::Sigmoid),
            UnaryOp::Softplus => by(x, SlopeOp::Softplus),
            UnaryOp::Softsign => by(x, SlopeOp::Softsign),
            UnaryOp::Relu => by(y, SlopeOp::Relu),
            UnaryOp::Relu6 => by(y, SlopeOp::Relu6),
            UnaryOp::LeakyRelu { alpha } => by(x, SlopeOp::LeakyRelu { alpha }),
            UnaryOp::Elu => by(y, SlopeOp::Elu),
            UnaryOp::Selu => by(y, SlopeOp::Selu),
            UnaryOp::Erf => slope * (-x.apply(UnaryOp::Square)).apply(UnaryOp::Exp) * std::f64::consts::FRAC_2_SQRT_PI,
        });
    }
}

macro_rules! minus {
    ($($t:ty),*) => { $(
        impl<T: Number> std::ops::Neg for $t {
            type Output = Tensor<T>;
            #[track_caller]
            fn neg(self) -> Tensor<T> {
                let op = Unary(UnaryOp::Neg);
                apply("Neg", op.into(), &[AsTensor::<T>::as_tensor(self).into()], |shapes| op.rule(shapes))
            }
        }
    )* };
}
minus!(Tensor<T>, &Tensor<T>, Variable<T>, &Variable<T>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn the_output_has_the_shape_of_the_input_and_one_operation_for_each_element() {
        let op = Unary(UnaryOp::Exp);
        let shape = op.rule(&[Shape::of(&[2, 3])]).unwrap();
        assert_eq!((shape, op.flops(&[shape], &shape)), (Shape::of(&[2, 3]), 6));
        assert_eq!(op.rule(&[Shape::of(&[ANY])]).unwrap(), Shape::of(&[ANY]));
    }
}
