//! A bias for each channel.

use crate::{
    differentiation::backward::Backward,
    dtype::Number,
    engine::run::Run,
    error::Result,
    ops::{
        per_element,
        rules::{need_rank, need_rank_of_at_least},
    },
    shape::{Shape, dims_compatible, merge_dims},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    text::dim_number,
    value::Value,
};
use tf_kernels::elementwise::{BinaryOp, binary_f32, binary_f64, binary_i32, binary_i64};

op! {
    /// Adds one number to each channel, the last dimension of `value`. Unlike `value + bias` it takes no bias of another length.
    ///
    /// TensorFlow: `tf.nn.bias_add`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, nn};
    /// let graph = Graph::new();
    /// let y = graph.build(|| nn::bias_add(constant([[1.0f32, 2.0], [3.0, 4.0]]), constant([10.0f32, 20.0])))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr2(&[[11.0, 22.0], [13.0, 24.0]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn bias_add[T: Number](value: impl AsTensor<T>, bias: impl AsTensor<T>) -> T;
    "BiasAdd": BiasAdd, (value, bias)
}

/// Adds a vector to the last dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BiasAdd;

static BIAS: Rule = Rule {
    code: "E-BIAS",
    says: "a bias of length {y} is added to {x} channels",
    left: "value",
    right: "bias ",
    help: "give the bias the length {x}, one number for each channel of the value's last dimension",
};

impl BiasAdd {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "BiasAdd"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        const OP: &str = "bias_add";
        let (value, bias) = (inputs[0], inputs[1]);
        if let Err(error) = need_rank_of_at_least(OP, 0, &value, 2) {
            return Err(error);
        }
        if let Err(error) = need_rank(OP, 1, &bias, 1) {
            return Err(error);
        }
        if !value.has_rank() || !bias.has_rank() {
            return Ok(value);
        }
        let last = value.rank() - 1;
        if !dims_compatible(value.d(last), bias.d(0)) {
            return Err(SpecError::new(OP, &BIAS)
                .shapes(value, bias)
                .numbers(dim_number(value.d(last)), dim_number(bias.d(0))));
        }
        Ok(value.with(last, merge_dims(value.d(last), bias.d(0))))
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (value, bias) = (run.input(0).shape(), run.input(1).shape());
        kernel!(
            run,
            [F32 f32 = binary_f32, F64 f64 = binary_f64, I32 i32 = binary_i32, I64 i64 = binary_i64],
            kernel => |out, shape| kernel(BinaryOp::Add, run.slice(0), value, run.slice(1), bias, out, shape)
        )
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (bias, slope) = (back.input(1), back.slope());
        back.give(0, || slope);
        back.give(1, || slope.sum_like(bias));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn the_bias_has_one_element_for_each_channel() {
        let of = |value: &[usize], bias: &[usize]| {
            BiasAdd.rule(&[Shape::of(value), Shape::of(bias)]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(&[ANY, 4, 4, 32], &[32]), Ok(Shape::of(&[ANY, 4, 4, 32])));
        assert_eq!(of(&[2, ANY], &[32]), Ok(Shape::of(&[2, 32])));
        assert_eq!(of(&[2, 32], &[1]), Err("E-BIAS"));
        assert_eq!(of(&[2, 32], &[2, 32]), Err("E-RANK"));
        assert_eq!(of(&[32], &[32]), Err("E-RANK-LEAST"));
    }
}
