//! A sum of products of matrices as one step: [`ProductSum`].

use super::{execute::output_shape, plan::Step, run::Run};
use crate::{
    error::Result,
    ops::{MatMul, Op},
    value::Value,
};
use std::{fmt, sync::Arc};
use tf_kernels::matmul::{matmul_bias_f32, matmul_sum_f32};

/// Products of matrices of one shape that are added up, as the gradient of weights that several steps share. Each product is added to the
/// sum while that is in registers, so none is stored.
///
/// Inputs: the two matrices of each product after each other.
#[derive(Clone)]
pub struct ProductSum(Arc<Products>);

struct Products {
    /// What each of them is.
    of: MatMul,
    /// Their steps, for errors.
    steps: Vec<Step>,
}

impl fmt::Debug for ProductSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} times", self.0.of, self.0.steps.len())
    }
}

impl ProductSum {
    /// The sum of these steps' products, if they are products that differ in their operands only.
    pub(super) fn new(steps: Vec<Step>) -> Option<ProductSum> {
        let product = |step: &Step| match step.op {
            Op::MatMul(product) => Some(product),
            _ => None,
        };
        let of = product(steps.first()?)?;
        steps.iter().all(|step| product(step) == Some(of)).then(|| ProductSum(Arc::new(Products { of, steps })))
    }

    pub(crate) fn type_name(&self) -> &'static str {
        "_MatMulSum"
    }

    pub(crate) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let Products { of, steps } = &*self.0;
        let mut alike = true;
        for (step, inputs) in steps.iter().zip(run.inputs().chunks_exact(2)) {
            let shapes = [inputs[0].shape(), inputs[1].shape()];
            let shape = output_shape(step, shapes.into_iter()).map_err(|error| step.locate(error))?;
            alike &= shapes == [run.input(0).shape(), run.input(1).shape()] && *shape == *run.shape();
        }
        let (a_shape, b_shape) = (run.input(0).shape(), run.input(1).shape());
        let pairs: Vec<(&[f32], &[f32])> = (0..steps.len()).map(|i| (run.slice(2 * i), run.slice(2 * i + 1))).collect();
        if alike {
            return run.make::<f32, _>(|out, _| {
                matmul_sum_f32(&pairs, (a_shape, of.transpose_a), (b_shape, of.transpose_b), out);
            });
        }
        let mut product = run.memory::<f32>(run.shape().iter().product());
        let sum = run.make::<f32, _>(|out, _| {
            out.fill(0.0);
            for (i, (a, b)) in pairs.iter().enumerate() {
                let (a_shape, b_shape) = (run.input(2 * i).shape(), run.input(2 * i + 1).shape());
                let operands = ((*a, a_shape, of.transpose_a), (*b, b_shape, of.transpose_b));
                matmul_bias_f32(operands.0, operands.1, None, false, &mut product);
                out.iter_mut().zip(&*product).for_each(|(sum, x)| *sum += x);
            }
        });
        run.give_back(product);
        sum
    }
}
