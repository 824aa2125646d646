//! A step of gradient descent along a product of matrices, as one step: [`ProductDescent`].

use super::{
    execute::output_shape,
    plan::Step,
    run::{Outputs, Run},
};
use crate::{
    error::Result,
    ops::{MatMul, finite_rate, misfit},
    shape::Shape,
};
use std::{fmt, sync::Arc};
use tf_kernels::matmul::matmul_add_f32;

/// Takes a product of matrices, times the learning rate, off a variable of `f32`, without storing the product: of a few rows it would be
/// as much memory as the variable.
///
/// Inputs: the two matrices, the learning rate.
#[derive(Clone)]
pub struct ProductDescent {
    pub(crate) variable: u32,
    of: MatMul,
    /// The product's step, for errors.
    step: Arc<Step>,
}

impl fmt::Debug for ProductDescent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.of, self.step.name)
    }
}

impl ProductDescent {
    pub(super) fn new(variable: u32, of: MatMul, step: Step) -> ProductDescent {
        ProductDescent { variable, of, step: Arc::new(step) }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        "_MatMulApplyGradientDescent"
    }

    pub(crate) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let (a_shape, b_shape) = (run.input(0).shape(), run.input(1).shape());
        let shape =
            output_shape(&self.step, [a_shape, b_shape].into_iter()).map_err(|error| self.step.locate(error))?;
        let (a, b) = ((run.slice(0), a_shape, self.of.transpose_a), (run.slice(1), b_shape, self.of.transpose_b));
        let rate = finite_rate(run.input(2))? as f32;
        let name = || run.variable_name(self.variable);
        run.update(self.variable, |cell, _| {
            let Some(value) = cell else { return Err(crate::store::uninitialized(name())) };
            if *value.shape() != *shape {
                return Err(misfit(name(), Shape::of(value.shape()), Shape::of(&shape)));
            }
            let elements = value.as_mut_slice::<f32>().expect("a variable is of its gradient's type");
            matmul_add_f32(a, b, -rate, elements);
            Ok(Outputs::None)
        })
    }
}
