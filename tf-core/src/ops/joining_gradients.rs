//! What came together is taken apart again: gradients of joining and of slicing.

use super::{
    Concat, Slice, StridedSlice,
    movement::{moved, only},
    rules,
};
use crate::{
    differentiation::{backward::Backward, term::Term},
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::SpecError,
    value::Value,
};

/// Cuts the first input along a dimension into parts of the sizes of the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConcatGradient {
    /// The dimension.
    pub axis: i32,
}

impl ConcatGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        "Slice"
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Vec<Value>> {
        let whole = run.input(0);
        let axis =
            rules::axis("concat", &Shape::of(whole.shape()), self.axis).expect("the rule of joining let it pass");
        let shapes: Vec<Vec<usize>> = run.inputs()[1..].iter().map(|like| like.shape().to_vec()).collect();
        let sizes: Vec<usize> = shapes.iter().map(|shape| shape[axis]).collect();
        moved!(
            run,
            &[whole],
            shapes,
            kernel = [split_u8, split_u16, split_u32, split_u64] =>
                |from, to| kernel(from[0], whole.shape(), axis, &sizes, to)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slopes = back.slopes();
        let op = Concat { axis: self.axis };
        back.give(0, || Term::node(op, &slopes, slopes[0].dtype, slopes[0].at));
    }
}

/// Zeros in the shape of the second input, but for a slice of it, which is the first.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum SliceGradient {
    /// Of a block of elements.
    OfSlice(Slice),
    /// Of elements at equal distances.
    OfStridedSlice(StridedSlice),
}

impl SliceGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            SliceGradient::OfSlice(_) => "Pad",
            SliceGradient::OfStridedSlice(_) => "StridedSliceGrad",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[1])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (slope, shape) = (run.input(0), run.input(1).shape());
        let places = match self {
            SliceGradient::OfSlice(slice) => slice.places(shape),
            SliceGradient::OfStridedSlice(slice) => slice.places(shape),
        };
        moved!(
            run,
            &[slope],
            vec![shape.to_vec()],
            kernel = [scatter_slice_u8, scatter_slice_u16, scatter_slice_u32, scatter_slice_u64] =>
                |from, to| kernel(from[0], &places.first, &places.strides, &places.sizes, shape, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        back.give(0, || match self {
            SliceGradient::OfSlice(slice) => slope.then(*slice),
            SliceGradient::OfStridedSlice(slice) => slope.then(*slice),
        });
    }
}
