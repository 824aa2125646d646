//! The sum of all rows of several matrices as one step: the engine makes it of the gradients of a bias that several steps share.

use crate::{
    engine::run::Run,
    error::Result,
    shape::{Dim, Shape},
    spec::SpecError,
    value::Value,
};
use tf_kernels::sum::sum_rows_f32;

/// The sum of the rows of all inputs, matrices of `f32` of as many columns each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SummedRows {
    /// The columns.
    pub(crate) columns: Dim,
}

impl SummedRows {
    pub(super) const fn type_name(&self) -> &'static str {
        "_SumOfRows"
    }

    pub(crate) const fn rule(&self, _: &[Shape]) -> Result<Shape, SpecError> {
        Ok(Shape::of_dims(&[self.columns]))
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let matrices: Vec<&[f32]> = (0..run.inputs().len()).map(|i| run.slice(i)).collect();
        run.make::<f32, _>(|out, _| sum_rows_f32(&matrices, out))
    }
}
