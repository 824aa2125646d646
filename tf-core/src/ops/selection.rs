//! Choice between two tensors, element by element.

use super::{
    movement::{moved, only},
    per_element, rules,
};
use crate::{
    differentiation::backward::Backward, dtype::Element, engine::run::Run, error::Result, shape::Shape,
    spec::SpecError, tensor::AsTensor, value::Value,
};

op! {
    /// The elements of `a` where `condition` is true, those of `b` elsewhere; all three broadcast.
    ///
    /// TensorFlow: `tf.where(condition, a, b)` of version 2 (`tf.where_v2`); that of version 1 lets a vector choose whole rows.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, greater, select};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let x = constant([-2.0f32, 3.0]);
    ///     select(greater(x, 0.0), x, x * 0.5)
    /// })?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr1(&[-1.0, 3.0]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn select[T: Element](condition: impl AsTensor<bool>, a: impl AsTensor<T>, b: impl AsTensor<T>) -> T;
    "SelectV2": Select, (condition, a, b)
}

/// Chooses between two inputs by a third.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Select;

impl Select {
    pub(super) const fn type_name(&self) -> &'static str {
        "SelectV2"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        match rules::broadcast("select", &inputs[1], &inputs[2]) {
            Ok(chosen) => rules::broadcast("select", &inputs[0], &chosen),
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (condition, a, b) = (run.input(0), run.input(1), run.input(2));
        let shape = run.shape();
        let chosen = moved!(
            run,
            &[a, b],
            vec![shape.to_vec()],
            kernel = [select_u8, select_u16, select_u32, select_u64] => |from, to| kernel(
                run.slice(0), condition.shape(), from[0], a.shape(), from[1], b.shape(), &mut *to[0], shape
            )
        );
        chosen.map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (condition, a, b, slope) = (back.input(0), back.input(1), back.input(2), back.slope());
        back.give(1, || slope.only_where(condition).sum_like(a));
        back.give(2, || condition.choose(slope.number(0.0), slope).sum_like(b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn all_three_shapes_broadcast() {
        let of = |c: &[usize], a: &[usize], b: &[usize]| {
            Select.rule(&[Shape::of(c), Shape::of(a), Shape::of(b)]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(&[2, 1], &[3], &[]), Ok(Shape::of(&[2, 3])));
        assert_eq!(of(&[ANY], &[], &[]), Ok(Shape::of(&[ANY])));
        assert_eq!(of(&[2], &[2, 3], &[2, 3]), Err("E-BROADCAST"));
        assert_eq!(of(&[2], &[2], &[3]), Err("E-BROADCAST"));
    }
}
