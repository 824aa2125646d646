//! A product of matrices with what follows it, and with a second matrix that is laid out once: the engine makes it of several ops.

use super::MatMul;
use crate::{
    engine::run::Run,
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

/// A product of matrices of `f32`; a third input is added to each row, and `max(x, 0)` taken of that if so asked.
#[derive(Clone)]
pub struct FusedMatMul {
    pub(crate) product: MatMul,
    pub(crate) relu: bool,
    /// The columns that are computed, where the second matrix lies transposed; all if none.
    pub(crate) columns: Option<Range<usize>>,
    /// The second matrix as it was when it was last laid out, for all products that read it; none if it is another one in each.
    pub(crate) laid_out: Option<Arc<Mutex<LaidOut>>>,
}

/// The matrix that was laid out last.
#[derive(Default)]
pub(crate) struct LaidOut(Option<(Weak<Vec<f32>>, Arc<PackedMatrix>)>);

impl LaidOut {
    /// The matrix laid out. The memory of a value that somebody knows by a weak reference is not written to, so the same memory means
    /// the same values.
    fn of(&mut self, matrix: &Arc<Vec<f32>>, lay_out: impl FnOnce() -> PackedMatrix) -> Arc<PackedMatrix> {
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
        FusedMatMul { product, relu: false, columns: None, laid_out: None }
    }
}

impl fmt::Debug for FusedMatMul {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.product)?;
        if let Some(columns) = &self.columns {
            write!(f, ", columns {columns:?}")?;
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
        let whole = self.product.rule(&[inputs[0], inputs[1]])?;
        Ok(match &self.columns {
            Some(columns) if whole.has_rank() => whole.with(whole.rank() - 1, dim(columns.len())),
            _ => whole,
        })
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let bias = (run.inputs().len() > 2).then(|| run.slice::<f32>(2));
        let (a_shape, whole) = (run.input(0).shape(), run.input(1).shape());
        let part;
        let (b, b_shape) = match &self.columns {
            // Columns of the transposed matrix are rows where they lie.
            Some(columns) => {
                part = [columns.len(), whole[1]];
                (&run.slice::<f32>(1)[columns.start * whole[1]..columns.end * whole[1]], &part[..])
            }
            None => (run.slice::<f32>(1), whole),
        };
        let a = (run.slice::<f32>(0), a_shape, self.product.transpose_a);
        let transposed = self.product.transpose_b;
        if let (Some(laid_out), Data::F32(matrix)) = (&self.laid_out, run.input(1).data())
            && let &[rows, columns] = b_shape
            && PackedMatrix::pays(rows, columns, transposed)
            && (a_shape.len() == 2 || !self.product.transpose_a)
        {
            let mut laid_out = laid_out.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let packed = laid_out.of(matrix, || PackedMatrix::new(b, b_shape, transposed));
            drop(laid_out);
            let start = bias.map_or(Start::Zero, Start::Bias);
            return run.make::<f32, _>(|out, _| matmul_packed_f32(a, &packed, start, self.relu, out));
        }
        run.make::<f32, _>(|out, _| matmul_bias_f32(a, (b, b_shape, transposed), bias, self.relu, out))
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
