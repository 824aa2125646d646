//! The products of several matrices with the same rows of one, as one step: the engine makes it of the products of a recurrent layer's steps.

use super::LaidOut;
use crate::{
    engine::run::Run,
    error::Result,
    value::{Data, Value},
};
use std::{
    fmt,
    ops::Range,
    sync::{Arc, Mutex},
};
use tf_kernels::matmul::{PackedMatrix, matmul_strips_f32};

/// Products of matrices of `f32` of one shape with the same rows of one matrix, stacked.
///
/// Inputs: what they are the slices of, or they themselves; the matrix; a bias, if there is one.
#[derive(Clone)]
pub struct StackedMatMul {
    pub(crate) of: Stacked,
    /// The rows of the matrix.
    pub(crate) rows: Range<usize>,
    pub(crate) bias: bool,
    /// The rows as they were when they were last laid out.
    pub(crate) laid_out: Arc<Mutex<LaidOut>>,
}

/// Where the first matrices lie.
#[derive(Clone, Debug)]
pub(crate) enum Stacked {
    /// These slices of a tensor along an axis, which is not its last.
    Slices(usize, Vec<usize>),
    /// So many tensors.
    Apart(usize),
}

impl fmt::Debug for StackedMatMul {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bias = if self.bias { ", with a bias" } else { "" };
        match &self.of {
            Stacked::Slices(axis, of) => write!(f, "{} slices along axis {axis}", of.len())?,
            Stacked::Apart(count) => write!(f, "{count} matrices")?,
        }
        write!(f, ", rows {:?}{bias}", self.rows)
    }
}

impl StackedMatMul {
    pub(super) const fn type_name(&self) -> &'static str {
        "_StackedMatMul"
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (count, weights) = match &self.of {
            Stacked::Slices(_, of) => (of.len(), 1),
            Stacked::Apart(count) => (*count, *count),
        };
        let k = self.rows.len();
        let first = run.input(0).shape();
        // How many rows each has, and how far they lie apart.
        let (strips, rows, step): (Vec<&[f32]>, usize, usize) = match &self.of {
            Stacked::Apart(_) => ((0..count).map(|i| run.slice(i)).collect(), first[0], k),
            Stacked::Slices(axis, of) => {
                let rows = first[1 - *axis];
                let (each, step) = if *axis == 0 { (rows * k, k) } else { (k, first[1] * k) };
                let x: &[f32] = run.slice(0);
                (of.iter().map(|&slice| x.get(slice * each..).unwrap_or_default()).collect(), rows, step)
            }
        };
        let n = run.input(weights).shape()[1];
        let bias = self.bias.then(|| run.slice::<f32>(weights + 1));
        let Data::F32(matrix) = run.input(weights).data() else { unreachable!("only products of f32 were joined") };
        let packed = {
            let mut laid_out = self.laid_out.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let part = &matrix[self.rows.start * n..self.rows.end * n];
            laid_out.of(matrix, || PackedMatrix::new(part, &[k, n], false))
        };
        run.make_of::<f32, _>(vec![count, rows, n], |out, _| matmul_strips_f32(&strips, rows, step, &packed, bias, out))
    }
}
