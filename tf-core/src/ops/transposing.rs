//! Dimensions in another order.

use super::{
    NO_FLOPS, dimensions,
    lists::List,
    movement::{moved, only},
};
use crate::{
    differentiation::backward::Backward,
    dtype::Element,
    engine::run::Run,
    error::Result,
    shape::{MAX_RANK, Shape},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::Value,
};

op! {
    /// `x` with its dimensions in another order: dimension `i` of the result is dimension `order[i]` of `x`.
    ///
    /// TensorFlow: `tf.transpose`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, transpose};
    /// let graph = Graph::new();
    /// let y = graph.build(|| transpose(constant([[1, 2, 3], [4, 5, 6]]), [1, 0]))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr2(&[[1, 4], [2, 5], [3, 6]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn transpose[T: Element, const N: usize](x: impl AsTensor<T>, order: [usize; N]) -> T;
    "transpose": Transpose { order: List::of(order, 0) }, (x)
}

/// Dimensions in another order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Transpose {
    order: List<usize>,
}

static ORDER: Rule = Rule {
    code: "E-TRANSPOSE",
    says: "the order names dimension {x} at place {y}: there is no such dimension, or it is named before",
    left: "input",
    right: "",
    help: "name each dimension from 0 on once, such as `[1, 0]` for a matrix",
};

impl Transpose {
    pub(super) const fn type_name(&self) -> &'static str {
        "Transpose"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if let Err(error) = dimensions::one_for_each("transpose", self.order.len(), &input) {
            return Err(error);
        }
        let order = self.order.values();
        let mut named = [false; MAX_RANK];
        let mut output = Shape::of_rank(order.len());
        let mut i = 0;
        while i < order.len() {
            if order[i] >= order.len() || named[order[i]] {
                return Err(SpecError::new("transpose", &ORDER)
                    .shapes(input, Shape::UNKNOWN)
                    .numbers(order[i] as i64, i as i64));
            }
            named[order[i]] = true;
            if input.has_rank() {
                output = output.with(i, input.d(order[i]));
            }
            i += 1;
        }
        Ok(output)
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let x = run.input(0);
        moved!(
            run,
            &[x],
            vec![run.shape().to_vec()],
            kernel = [transpose_u8, transpose_u16, transpose_u32, transpose_u64] =>
                |from, to| kernel(from[0], x.shape(), self.order.values(), to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        let order = self.order.values();
        let mut inverse = [0; MAX_RANK];
        for (to, &from) in order.iter().enumerate() {
            inverse[from] = to;
        }
        back.give(0, || slope.then(Transpose { order: List::of_slice(&inverse[..order.len()], 0) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn the_order_is_a_permutation() {
        let of = |order: [usize; 3]| {
            Transpose { order: List::of(order, 0) }.rule(&[Shape::of(&[2, ANY, 4])]).map_err(|e| e.rule.code)
        };
        assert_eq!(of([2, 0, 1]), Ok(Shape::of(&[4, 2, ANY])));
        assert_eq!((of([0, 0, 1]), of([0, 1, 3])), (Err("E-TRANSPOSE"), Err("E-TRANSPOSE")));
        let two = Transpose { order: List::of([1, 0], 0) };
        assert_eq!(two.rule(&[Shape::of(&[2, 3, 4])]).map_err(|e| e.rule.code), Err("E-PER-DIM"));
        assert_eq!(two.rule(&[Shape::UNKNOWN]).map_err(|e| e.rule.code), Ok(Shape::of_rank(2)));
    }
}
