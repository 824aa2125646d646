//! A product of matrices with what follows it, and with a second matrix that is laid out once: the engine makes it of several ops.

use super::MatMul;
use crate::{
    dims::Dims,
    engine::{execute::output_shape, plan::Step, run::Run},
    error::Result,
    shape::{Shape, dim},
    spec::SpecError,
    value::{Data, Value},
};
use std::{
    fmt,
    ops::Range,
    sync::{Arc, Mutex, Weak},
};
use tf_kernels::matmul::{PackedMatrix, Start, matmul_bias_f32, matmul_packed_f32};

/// A product of matrices of `f32`; a third input is added to each row, or a part of it to all, and `max(x, 0)` taken of that if so asked.
#[derive(Clone)]
pub struct FusedMatMul {
    pub(crate) product: MatMul,
    pub(crate) relu: bool,
    /// The rows of the second matrix, as it lies, that are read; all if none. Where it lies transposed they are the columns that are computed.
    pub(crate) rows: Option<Range<usize>>,
    /// What the sums begin with, if that is a part of the third input.
    pub(crate) begun: Option<Begun>,
    /// The second matrix as it was when it was last laid out, for all products that read it; none if it is another one in each.
    pub(crate) laid_out: Option<Arc<Mutex<LaidOut>>>,
}

/// What is left of a product whose first matrix was joined of two: the product of the other was computed with those of other steps.
#[derive(Clone)]
pub(crate) struct Begun {
    /// The number of its result among those of the third input.
    pub(crate) part: usize,
    /// The joining, for errors; how many columns the other had, and whether they came first.
    pub(crate) joining: Arc<Step>,
    pub(crate) columns: usize,
    pub(crate) first: bool,
}

/// The matrix that was laid out last.
#[derive(Default)]
pub(crate) struct LaidOut(Option<(Weak<Vec<f32>>, Arc<PackedMatrix>)>);

impl LaidOut {
    /// The matrix laid out. The memory of a value that somebody knows by a weak reference is not written to, so the same memory means
    /// the same values.
    pub(super) fn of(&mut self, matrix: &Arc<Vec<f32>>, lay_out: impl FnOnce() -> PackedMatrix) -> Arc<PackedMatrix> {
        if let Some((value, packed)) = &self.0
            && value.upgrade().is_some_and(|value| Arc::ptr_eq(&value, matrix))
        {
            return packed.clone();
        }
        let packed = Arc::new(lay_out());
        self.0 = Some((Arc::downgrade(matrix), packed.clone()));
        packed
    }
}

impl From<MatMul> for FusedMatMul {
    fn from(product: MatMul) -> FusedMatMul {
        FusedMatMul { product, relu: false, rows: None, begun: None, laid_out: None }
    }
}

impl fmt::Debug for FusedMatMul {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.product)?;
        if let Some(rows) = &self.rows {
            write!(f, ", {} {rows:?}", if self.product.transpose_b { "columns" } else { "rows" })?;
        }
        if let Some(begun) = &self.begun {
            write!(f, ", begun with part {}", begun.part)?;
        }
        if self.laid_out.is_some() {
            f.write_str(", laid out once")?;
        }
        f.write_str(if self.relu { ", then relu" } else { "" })
    }
}

impl FusedMatMul {
    pub(super) const fn type_name(&self) -> &'static str {
        "_FusedMatMul"
    }

    pub(crate) fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let Some(rows) = &self.rows else { return self.product.rule(&[inputs[0], inputs[1]]) };
        self.product.rule(&[inputs[0], inputs[1].with(0, dim(rows.len()))])
    }

    /// The second matrix, which is this input, or those rows of it that are read.
    fn second<'r>(&self, run: &'r Run<'_>, input: usize) -> (&'r [f32], Dims) {
        let (matrix, shape) = (run.slice::<f32>(input), run.input(input).dims());
        match &self.rows {
            Some(rows) => {
                (&matrix[rows.start * shape[1]..rows.end * shape[1]], Dims::from(&[rows.len(), shape[1]][..]))
            }
            None => (matrix, shape.clone()),
        }
    }

    /// The second matrix, which is this input, laid out, where all products that read it share that.
    pub(crate) fn laid_out(&self, run: &Run<'_>, input: usize) -> Option<Arc<PackedMatrix>> {
        let (Some(laid_out), Data::F32(matrix)) = (&self.laid_out, run.input(input).data()) else { return None };
        let (b, shape) = self.second(run, input);
        if shape.len() != 2 || b.is_empty() {
            return None;
        }
        let mut laid_out = laid_out.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Some(laid_out.of(matrix, || PackedMatrix::new(b, &shape, self.product.transpose_b)))
    }

    /// What the sums begin with, where the first matrix has the shape `own`: a bias, which is this input if there is one, or the part of it
    /// that is the product of the other half of the first matrix.
    ///
    /// # Errors
    /// That of the joining, if the halves were not as high as each other.
    pub(crate) fn start<'r>(&self, run: &'r Run<'_>, own: &[usize], input: Option<usize>) -> Result<Start<'r>> {
        let Some(input) = input else { return Ok(Start::Zero) };
        let Some(begun) = &self.begun else { return Ok(Start::Bias(run.slice(input))) };
        let stacked = run.input(input).shape();
        let other = [stacked[1], begun.columns];
        let halves = if begun.first { [&other[..], own] } else { [own, &other[..]] };
        if own[0] != other[0] {
            output_shape(&begun.joining, halves.into_iter()).map_err(|error| begun.joining.locate(error))?;
        }
        let each = stacked[1] * stacked[2];
        Ok(Start::Sums(&run.slice(input)[begun.part * each..][..each]))
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let third = (run.inputs().len() > 2).then_some(2);
        let start = self.start(run, run.input(0).shape(), third)?;
        let a = (run.slice::<f32>(0), run.input(0).shape(), self.product.transpose_a);
        let (b, b_shape) = self.second(run, 1);
        let transposed = self.product.transpose_b;
        let pays = matches!(b_shape[..], [rows, columns] if PackedMatrix::pays(rows, columns, transposed));
        if (pays || self.begun.is_some())
            && (a.1.len() == 2 || !a.2)
            && let Some(packed) = self.laid_out(run, 1)
        {
            return run.make::<f32, _>(|out, _| matmul_packed_f32(a, &packed, start, self.relu, out));
        }
        let bias = third.map(|input| run.slice::<f32>(input));
        run.make::<f32, _>(|out, _| matmul_bias_f32(a, (b, &b_shape, transposed), bias, self.relu, out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_laid_out_again_when_it_has_changed() {
        let mut known = LaidOut::default();
        let mut value = Value::new(vec![1, 1], vec![2.0f32]);
        let mut packed = |value: &Value| {
            let Data::F32(matrix) = value.data() else { unreachable!("it was made of f32") };
            known.of(matrix, || PackedMatrix::new(matrix, &[1, 1], false))
        };
        let first = packed(&value);
        assert!(Arc::ptr_eq(&first, &packed(&value.clone())));
        // In place, since nobody else holds the value.
        value.as_mut_slice::<f32>().unwrap()[0] = 3.0;
        let second = packed(&value);
        assert!(!Arc::ptr_eq(&first, &second));
        let mut out = [0.0];
        matmul_packed_f32((&[5.0], &[1, 1], false), &second, Start::Zero, false, &mut out);
        assert_eq!(out, [15.0]);
    }
}
