//! Where a condition holds.

use super::NO_FLOPS;
use crate::{
    engine::run::Run,
    error::Result,
    shape::{ANY_DIM, Shape},
    spec::SpecError,
    tensor::AsTensor,
    value::Value,
};

op! {
    /// The places of the elements that are true, in row-major order: `[how many, rank of the condition]`.
    ///
    /// TensorFlow: `tf.where(condition)`; with two more arguments that is [`select`](fn@crate::select).
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, places_of};
    /// let graph = Graph::new();
    /// let places = graph.build(|| places_of(constant([[true, false], [false, true]])))?;
    /// assert_eq!(places.shape().to_string(), "[?, 2]");
    /// assert_eq!(Session::new(&graph)?.run(places)?, ndarray::arr2(&[[0, 0], [1, 1]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn places_of[](condition: impl AsTensor<bool>) -> i64;
    "Where": Where, (condition)
}

/// The places of what is true.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Where;

impl Where {
    pub(super) const fn type_name(&self) -> &'static str {
        "Where"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let rank = if inputs[0].has_rank() { inputs[0].rank() as u32 } else { ANY_DIM };
        Ok(Shape::of_dims(&[ANY_DIM, rank]))
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.input(0).shape();
        let found: Vec<usize> =
            run.slice::<bool>(0).iter().enumerate().filter(|(_, holds)| **holds).map(|(at, _)| at).collect();
        let mut places = vec![0; found.len() * shape.len()];
        if !shape.is_empty() {
            for (place, mut at) in places.chunks_exact_mut(shape.len()).zip(&found).map(|(place, &at)| (place, at)) {
                for (coordinate, &size) in place.iter_mut().zip(shape).rev() {
                    *coordinate = (at % size) as i64;
                    at /= size;
                }
            }
        }
        Ok(Value::new(vec![found.len(), shape.len()], places))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_coordinate_for_each_dimension() {
        let of = |shape| Where.rule(&[shape]).map(|shape| shape.to_string()).map_err(|e| e.rule.code);
        assert_eq!(of(Shape::of(&[2, 3])), Ok("[?, 2]".to_owned()));
        assert_eq!(of(Shape::UNKNOWN), Ok("[?, ?]".to_owned()));
    }
}
