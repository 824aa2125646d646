//! The sum of a list of tensors.

use super::{
    rules,
    tensor_list::{AsTensors, items},
};
use crate::{
    check::{Cx, UNKNOWN_FLOPS},
    differentiation::backward::Backward,
    dtype::Float,
    engine::run::Run,
    error::Result,
    graph::node::{Input, apply},
    shape::{ALL_APART, Shape},
    spec::{Rule, SpecError},
    tensor::{AsTensor, Tensor},
    value::Value,
};
use tf_kernels::sum::{add_n_f32, add_n_f64};

/// The sum of tensors of one shape, element by element; nothing is broadcast. TensorFlow: `tf.add_n`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, add_n, constant};
/// let graph = Graph::new();
/// let sum = graph.build(|| add_n([constant([1.0f32, 2.0]), constant([3.0, 4.0]), constant([5.0, 6.0])]))?;
/// assert_eq!(Session::new(&graph)?.run(sum)?.as_slice(), Some(&[9.0, 12.0][..]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn add_n<T: Float, L: AsTensors<T>>(tensors: L) -> Tensor<T> {
    let inputs: Vec<Input> = items::<T, L>(&tensors).iter().map(|item| item.as_tensor().into()).collect();
    apply("AddN", AddN.into(), &inputs, |shapes| AddN.rule(shapes))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct add_n<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> add_n<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float, L: AsTensors<T>>(self, tensors: L) -> Tensor<T> {
        let list = items::<T, L>(&tensors);
        let mut ruled = if list.is_empty() { Err(SpecError::new("add_n", &NOTHING)) } else { Ok(Shape::UNKNOWN) };
        let mut apart = ALL_APART;
        let mut i = 0;
        while i < list.len() {
            let shape = self.cx.input(list[i]);
            if shape.is_poison() {
                return Tensor::at_build_time(Shape::POISON);
            }
            apart &= shape.apart;
            if let Ok(sum) = ruled {
                ruled = AddN.with(sum, shape, i);
            }
            i += 1;
        }
        if let Ok(sum) = ruled {
            self.cx.count(match sum.elements() {
                Some(n) => (n as u64).saturating_mul(list.len() as u64 - 1),
                None => UNKNOWN_FLOPS,
            });
        }
        Tensor::at_build_time(Shape { apart, ..self.cx.settle(&[], ruled) })
    }
}

/// The sum of all inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddN;

static NOTHING: Rule = Rule {
    code: "E-JOIN-NOTHING",
    says: "the list of tensors is empty",
    left: "",
    right: "",
    help: "give one tensor or more",
};
static SHAPES: Rule = Rule {
    code: "E-ADD-N",
    says: "tensor {x} of the list has another shape than the ones before it",
    left: "so far",
    right: "tensor",
    help: "give tensors of one shape, or add them with `+`, which broadcasts",
};

impl AddN {
    pub(super) const fn type_name(&self) -> &'static str {
        "AddN"
    }

    /// The shape of the sum with one tensor more, after `before`.
    const fn with(&self, sum: Shape, shape: Shape, before: usize) -> Result<Shape, SpecError> {
        if !sum.has_rank() {
            return Ok(shape);
        }
        if !sum.compatible(&shape) {
            return Err(SpecError::new("add_n", &SHAPES).shapes(sum, shape).numbers(before as i64 + 1, 0));
        }
        Ok(rules::merged(sum, shape))
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        if inputs.is_empty() {
            return Err(SpecError::new("add_n", &NOTHING));
        }
        let mut sum = Shape::UNKNOWN;
        let mut i = 0;
        while i < inputs.len() {
            sum = match self.with(sum, inputs[i], i) {
                Ok(sum) => sum,
                Err(error) => return Err(error),
            };
            i += 1;
        }
        Ok(sum)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        kernel!(
            run,
            [F32 f32 = add_n_f32, F64 f64 = add_n_f64],
            kernel => |out, _| {
                let inputs: Vec<&[_]> = (0..run.inputs().len()).map(|i| run.slice(i)).collect();
                kernel(&inputs, out);
            }
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        for i in 0..back.inputs().len() {
            back.pass_on(i);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn all_have_one_shape() {
        let of = |shapes: &[Shape]| AddN.rule(shapes).map_err(|e| (e.rule.code, e.x));
        let (a, b) = (Shape::of(&[2, ANY]), Shape::of(&[ANY, 3]));
        assert_eq!(of(&[a, Shape::UNKNOWN, b]), Ok(Shape::of(&[2, 3])));
        assert_eq!(of(&[a, b, Shape::of(&[2, 4])]), Err(("E-ADD-N", 3)));
        assert_eq!(of(&[]).map_err(|(code, _)| code), Err("E-JOIN-NOTHING"));
    }
}
