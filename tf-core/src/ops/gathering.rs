//! Elements picked by index, and indices as codes.

use super::{
    NO_FLOPS, dimensions,
    movement::{moved, only},
    rules,
};
use crate::{
    differentiation::{backward::Backward, term::Term},
    dtype::{DType, Element, Index},
    engine::{cast::cast, run::Run},
    error::Result,
    shape::Shape,
    spec::SpecError,
    tensor::AsTensor,
    value::Value,
};
use std::borrow::Cow;
use tf_kernels::segments::{segment_sum_f32, segment_sum_f64};

op! {
    /// The slices of `x` along `axis` at `indices`, whose shape takes the place of that dimension; -1 is the last.
    ///
    /// An index that is not there is an error when the graph runs. TensorFlow: `tf.gather`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, gather};
    /// let graph = Graph::new();
    /// let rows = graph.build(|| gather(constant([["a", "b"], ["c", "d"]]), constant([1, 1, 0]), 0))?;
    /// let rows = Session::new(&graph)?.run(rows)?;
    /// assert_eq!((rows.shape(), rows[[2, 1]].as_str()), (&[3, 2][..], "b"));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn gather[T: Element, I: Index](x: impl AsTensor<T>, indices: impl AsTensor<I>, axis: i32) -> T;
    "GatherV2": Gather { axis }, (x, indices)
}

/// Slices at indices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gather {
    /// The dimension.
    pub axis: i32,
}

impl Gather {
    pub(super) const fn type_name(&self) -> &'static str {
        "GatherV2"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let (x, indices) = (inputs[0], inputs[1]);
        if !x.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        let axis = match rules::axis("gather", &x, self.axis) {
            Ok(axis) => axis,
            Err(error) => return Err(error),
        };
        if !indices.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        let rank = x.rank() - 1 + indices.rank();
        if let Err(error) = dimensions::need_room("gather", &x, rank) {
            return Err(error);
        }
        let mut output = Shape::SCALAR;
        let mut i = 0;
        while i < rank {
            output = output.push(if i < axis {
                x.d(i)
            } else if i < axis + indices.rank() {
                indices.d(i - axis)
            } else {
                x.d(i + 1 - indices.rank())
            });
            i += 1;
        }
        dimensions::limited("gather", &x, output)
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let x = run.input(0);
        let axis = rules::axis("gather", &Shape::of(x.shape()), self.axis).expect("the rule has let the axis pass");
        let indices = indices(run.input(1));
        moved!(
            run,
            &[x],
            vec![run.shape().to_vec()],
            kernel = [gather_u8, gather_u16, gather_u32, gather_u64] =>
                |from, to| kernel(from[0], x.shape(), axis, &indices, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, indices, slope) = (back.input(0), back.input(1), back.slope());
        let first =
            self.axis == 0 || x.shape().has_rank() && rules::axis("gather", &x.shape(), self.axis).ok() == Some(0);
        if first {
            return back.give_slices(0, slope, indices);
        }
        let op = GatherGradient { axis: self.axis };
        back.give(0, || Term::node(op, &[slope, indices, x], slope.dtype, slope.at));
    }
}

/// Adds slices up where the indices say, in the shape of the third input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GatherGradient {
    /// The dimension.
    pub axis: i32,
}

impl GatherGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        "UnsortedSegmentSum"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[2])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let axis =
            rules::axis("gather", &Shape::of(run.shape()), self.axis).expect("the rule of gathering let it pass");
        let indices = indices(run.input(1));
        kernel!(
            run,
            [F32 f32 = segment_sum_f32, F64 f64 = segment_sum_f64],
            kernel => |out, shape| kernel(run.slice(0), &indices, shape, axis, out)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (indices, slope) = (back.input(1), back.slope());
        back.give(0, || slope.and(Gather { axis: self.axis }, indices));
    }
}

/// Indices of either type.
pub(super) fn indices(value: &Value) -> Cow<'_, [i64]> {
    match value.as_slice::<i64>() {
        Some(indices) => Cow::Borrowed(indices),
        None => {
            let wide = cast(value, DType::I64);
            Cow::Owned(wide.as_slice::<i64>().expect("a value cast to i64 is of i64").to_vec())
        }
    }
}

op! {
    /// A code of `depth` elements for each index: `on` at the index, `off` elsewhere, along a new last dimension.
    ///
    /// An index outside `0..depth` has the code of `off` alone. TensorFlow: `tf.one_hot`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, one_hot};
    /// let graph = Graph::new();
    /// let codes = graph.build(|| one_hot::<f32, i32>(constant([2, 0]), 3, 1.0, 0.0))?;
    /// let want = ndarray::arr2(&[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    /// assert_eq!(Session::new(&graph)?.run(codes)?, want.into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn one_hot[T: Element, I: Index](
        indices: impl AsTensor<I>,
        depth: usize,
        on: impl AsTensor<T>,
        off: impl AsTensor<T>,
    ) -> T;
    "one_hot": OneHot { depth, axis: -1 }, (indices, on, off)
}

op! {
    /// [`one_hot`](fn@one_hot) with the new dimension at `axis` of the result. TensorFlow: `tf.one_hot(.., axis)`.
    pub fn one_hot_along[T: Element, I: Index](
        indices: impl AsTensor<I>,
        depth: usize,
        on: impl AsTensor<T>,
        off: impl AsTensor<T>,
        axis: i32,
    ) -> T;
    "one_hot": OneHot { depth, axis }, (indices, on, off)
}

/// Indices as codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OneHot {
    /// The length of a code.
    pub depth: usize,
    /// Where the result has the codes.
    pub axis: i32,
}

impl OneHot {
    pub(super) const fn type_name(&self) -> &'static str {
        "OneHot"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let indices = inputs[0];
        let mut i = 1;
        while i < 3 {
            if let Err(error) = rules::need_rank("one_hot", i, &inputs[i], 0) {
                return Err(error);
            }
            i += 1;
        }
        let depth = match dimensions::sized("one_hot", &indices, self.depth) {
            Ok(depth) => depth,
            Err(error) => return Err(error),
        };
        match dimensions::insert("one_hot", &indices, self.axis, depth) {
            Ok(output) => dimensions::limited("one_hot", &indices, output),
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.shape();
        let axis = dimensions::inserted_at(self.axis, shape.len());
        let inner: usize = shape[axis + 1..].iter().product();
        let indices = indices(run.input(0));
        moved!(
            run,
            &[run.input(1), run.input(2)],
            vec![shape.to_vec()],
            kernel = [one_hot_u8, one_hot_u16, one_hot_u32, one_hot_u64] =>
                |from, to| kernel(&indices, inner, self.depth, from[0][0], from[1][0], to[0])
        )
        .map(only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn the_indices_take_the_place_of_the_axis() {
        let of = |axis, indices: &[usize]| {
            Gather { axis }.rule(&[Shape::of(&[2, ANY, 4]), Shape::of(indices)]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(1, &[5, 6]), Ok(Shape::of(&[2, 5, 6, 4])));
        assert_eq!(of(-1, &[]), Ok(Shape::of(&[2, ANY])));
        assert_eq!((of(3, &[]), of(0, &[1; 7])), (Err("E-AXIS"), Err("E-RANK-LIMIT")));
    }

    #[test]
    fn codes_lie_along_a_new_axis() {
        let of = |axis| {
            let op = OneHot { depth: 3, axis };
            op.rule(&[Shape::of(&[ANY, 2]), Shape::SCALAR, Shape::SCALAR]).map_err(|e| e.rule.code)
        };
        assert_eq!(
            (of(-1), of(0), of(3)),
            (Ok(Shape::of(&[ANY, 2, 3])), Ok(Shape::of(&[3, ANY, 2])), Err("E-AXIS-NEW"))
        );
        let op = OneHot { depth: 3, axis: -1 };
        assert_eq!(op.rule(&[Shape::SCALAR, Shape::of(&[1]), Shape::SCALAR]).map_err(|e| e.rule.code), Err("E-RANK"));
    }
}
