//! Demands on tensors that the ops they go into do not make.

use super::{NO_FLOPS, rules};
use crate::{
    differentiation::backward::Backward,
    dtype::Element,
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::Value,
};

op! {
    /// `x`, which must have the shape of `like`: said where broadcasting would hide a mistake, such as labels `[n]` against
    /// predictions `[n, 1]`.
    ///
    /// Sizes that are not known when the graph is built are compared when it runs. TensorFlow: `tf.ensure_shape(x, like.shape)`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, constant, shaped_as};
    /// let graph = Graph::new();
    /// let error = graph.build(|| shaped_as(constant([1.0f32, 2.0]), constant([[1.0f32], [2.0]]))).unwrap_err();
    /// assert_eq!(error.code(), "E-SHAPED-AS");
    /// ```
    pub fn shaped_as[T: Element, U: Element](x: impl AsTensor<T>, like: impl AsTensor<U>) -> T;
    "EnsureShape": ShapedAs::of(SpecError::new("shaped_as", &SHAPES)), (x, like)
}

op! {
    /// [`shaped_as`](fn@shaped_as) in the words of who demands it: for layers and losses, whose users have not called `shaped_as`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, constant, demand_shape, spec::{Rule, SpecError}};
    /// static TARGETS: Rule = Rule { code: "E-SHAPED-AS", says: "the targets do not fit", left: "targets", right: "found  ", help: "reshape them" };
    /// let graph = Graph::new();
    /// let targets = || demand_shape(constant([1.0f32, 2.0]), constant([[1.0f32]]), SpecError::new("my_loss", &TARGETS));
    /// assert!(graph.build(targets).unwrap_err().to_string().starts_with("my_loss: the targets do not fit"));
    /// ```
    pub fn demand_shape[T: Element, U: Element](x: impl AsTensor<T>, like: impl AsTensor<U>, otherwise: SpecError) -> T;
    "EnsureShape": ShapedAs::of(otherwise), (x, like)
}

/// Passes its first input on, which has the shape of the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShapedAs {
    /// Who demands it.
    op: &'static str,
    /// In what words.
    rule: &'static Rule,
    /// The other sizes, where only the number of rows is the second input's: set by the engine, where the second itself is not kept.
    sizes: Option<Shape>,
}

static SHAPES: Rule = Rule {
    code: "E-SHAPED-AS",
    says: "the two tensors have different shapes, and nothing is broadcast here",
    left: "first ",
    right: "second",
    help: "give both the same shape, with `tf::reshape`, `tf::squeeze` or `tf::expand_dims`",
};

impl ShapedAs {
    /// As `error` says where the shapes differ.
    pub(super) const fn of(error: SpecError) -> ShapedAs {
        ShapedAs { op: error.op, rule: error.rule, sizes: None }
    }

    /// The same demand where the second input is another that has as many rows; the demanded shape is known but for these.
    pub(crate) fn by_rows(self, demanded: Shape) -> ShapedAs {
        ShapedAs { sizes: Some(demanded), ..self }
    }

    /// Whether only the number of rows is that of the second input.
    pub(crate) fn is_by_rows(&self) -> bool {
        self.sizes.is_some()
    }

    pub(super) const fn type_name(&self) -> &'static str {
        "EnsureShape"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let like = match self.sizes {
            Some(mut sizes) => {
                sizes.dims[0] = inputs[1].dims[0];
                sizes
            }
            None => inputs[1],
        };
        if !inputs[0].compatible(&like) {
            return Err(SpecError::new(self.op, self.rule).shapes(inputs[0], like));
        }
        Ok(rules::merged(inputs[0], like))
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(run.take(0))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        back.pass_on(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn what_is_known_of_either_is_known_of_both() {
        let of = |a: Shape, b: Shape| {
            ShapedAs::of(SpecError::new("shaped_as", &SHAPES)).rule(&[a, b]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(Shape::of(&[ANY, 3]), Shape::of(&[2, ANY])), Ok(Shape::of(&[2, 3])));
        assert_eq!(of(Shape::UNKNOWN, Shape::of(&[2])), Ok(Shape::of(&[2])));
        assert_eq!(of(Shape::of(&[2]), Shape::of(&[2, 1])), Err("E-SHAPED-AS"));
    }
}
