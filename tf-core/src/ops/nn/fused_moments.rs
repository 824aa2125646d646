//! Mean and variance in one pass: the engine makes it of three ops.

use crate::{
    engine::run::{Outputs, Run},
    error::Result,
    value::Value,
};
use tf_kernels::moments::moments_f32;

/// The mean and the variance of an `f32` over its first axes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FusedMoments {
    /// How many axes it goes over.
    pub(crate) axes: usize,
    /// Whether these stay as dimensions of 1, in the mean and in the variance.
    pub(crate) keep: [bool; 2],
}

impl FusedMoments {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "_FusedMoments"
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let (axes, kept) = run.input(0).shape().split_at(self.axes);
        let columns = kept.iter().product();
        let [mut mean, mut variance] = [run.memory::<f32>(columns), run.memory::<f32>(columns)];
        moments_f32(run.slice(0), columns, &mut mean, &mut variance);
        let shape = |keep: bool| [if keep { vec![1; axes.len()] } else { Vec::new() }, kept.to_vec()].concat();
        let [of_mean, of_variance] = self.keep.map(shape);
        Ok(Outputs::Many(vec![Value::of(of_mean, mean), Value::of(of_variance, variance)]))
    }
}
