//! Products of matrices.

use super::{
    rules::{self, need_rank_of_at_least},
    times,
};
use crate::{
    check::UNKNOWN_FLOPS,
    differentiation::backward::Backward,
    dtype::Number,
    engine::run::Run,
    error::Result,
    shape::{Dim, Shape, dims_compatible, is_size},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    text::dim_number,
    value::Value,
};
use tf_kernels::matmul::{matmul_f32, matmul_f64, matmul_i32, matmul_i64};

op! {
    /// The product of matrices: `[.., m, k]` by `[.., k, n]` is `[.., m, n]`; the dimensions before the last two broadcast.
    ///
    /// TensorFlow: `tf.matmul`, the operator `@`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, matmul, placeholder};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let x = placeholder::<f32, _>("x", [ANY, 784]);
    ///     let weights = placeholder::<f32, _>("weights", [784, 10]);
    ///     matmul(x, weights)
    /// })?;
    /// assert_eq!(y.shape().to_string(), "[?, 10]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn matmul[T: Number](a: impl AsTensor<T>, b: impl AsTensor<T>) -> T;
    "MatMul": MatMul { transpose_a: false, transpose_b: false }, (a, b)
}

op! {
    /// [`matmul`](fn@matmul) of matrices of which one or both are to be transposed first.
    ///
    /// TensorFlow: `tf.matmul(.., transpose_a, transpose_b)`.
    pub fn matmul_transposed[T: Number](
        a: impl AsTensor<T>,
        b: impl AsTensor<T>,
        transpose_a: bool,
        transpose_b: bool,
    ) -> T;
    "MatMul": MatMul { transpose_a, transpose_b }, (a, b)
}

/// The product of matrices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MatMul {
    /// Whether the first lies transposed.
    pub transpose_a: bool,
    /// Whether the second lies transposed.
    pub transpose_b: bool,
}

static INNER: Rule = Rule {
    code: "E-MATMUL-INNER",
    says: "the left matrix has {x} columns, and the right one {y} rows",
    left: "left ",
    right: "right",
    help: "make the left's last dimension the right's last but one, or transpose one of them: `tf::matmul_transposed(a, b, false, true)`",
};
static BATCH: Rule = Rule {
    code: "E-MATMUL-BATCH",
    says: "the dimensions before the matrices do not fit together: {x} against {y}",
    left: "left ",
    right: "right",
    help: "counted from the matrices outward, dimensions must be equal, or one of them 1",
};

impl MatMul {
    pub(super) const fn type_name(&self) -> &'static str {
        "MatMul"
    }

    /// Rows and columns of an operand as the product sees it.
    const fn sides(shape: &Shape, transposed: bool) -> (Dim, Dim) {
        let (rows, columns) = (shape.d(shape.rank() - 2), shape.d(shape.rank() - 1));
        if transposed { (columns, rows) } else { (rows, columns) }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        const OP: &str = "matmul";
        let (a, b) = (inputs[0], inputs[1]);
        if let Err(error) = need_rank_of_at_least(OP, 0, &a, 2) {
            return Err(error);
        }
        if let Err(error) = need_rank_of_at_least(OP, 1, &b, 2) {
            return Err(error);
        }
        if !a.has_rank() || !b.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        let (m, k) = Self::sides(&a, self.transpose_a);
        let (k_of_b, n) = Self::sides(&b, self.transpose_b);
        if !dims_compatible(k, k_of_b) {
            return Err(SpecError::new(OP, &INNER).shapes(a, b).numbers(dim_number(k), dim_number(k_of_b)));
        }
        let a_batch = Shape::of_dims(a.dims().split_at(a.rank() - 2).0);
        let b_batch = Shape::of_dims(b.dims().split_at(b.rank() - 2).0);
        match rules::broadcast(OP, &a_batch, &b_batch) {
            Ok(batch) => Ok(batch.push(m).push(n)),
            Err(error) => Err(SpecError::new(OP, &BATCH).shapes(a, b).numbers(error.x, error.y)),
        }
    }

    /// A multiplication and an addition for each element of a row, for each element of the output.
    pub(crate) const fn flops(&self, inputs: &[Shape], output: &Shape) -> u64 {
        let a = inputs[0];
        if a.rank() < 2 || !is_size(Self::sides(&a, self.transpose_a).1) {
            return UNKNOWN_FLOPS;
        }
        times(2 * Self::sides(&a, self.transpose_a).1 as u64, output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (a, b) = (run.input(0).shape(), run.input(1).shape());
        kernel!(
            run,
            [F32 f32 = matmul_f32, F64 f64 = matmul_f64, I32 i32 = matmul_i32, I64 i64 = matmul_i64],
            kernel => |out, _| kernel(run.slice(0), a, self.transpose_a, run.slice(1), b, self.transpose_b, out)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (a, b, slope) = (back.input(0), back.input(1), back.slope());
        let (ta, tb) = (self.transpose_a, self.transpose_b);
        back.give(0, || if ta { b.matmul(tb, slope, true) } else { slope.matmul(false, b, !tb) }.sum_like(a));
        back.give(1, || if tb { slope.matmul(true, a, ta) } else { a.matmul(!ta, slope, false) }.sum_like(b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    fn shape(a: &[usize], b: &[usize], transpose_b: bool) -> Result<Shape, &'static str> {
        let op = MatMul { transpose_a: false, transpose_b };
        op.rule(&[Shape::of(a), Shape::of(b)]).map_err(|e| e.rule.code)
    }

    #[test]
    fn inner_sizes_must_be_equal() {
        assert_eq!(shape(&[ANY, 3], &[3, 4], false), Ok(Shape::of(&[ANY, 4])));
        assert_eq!(shape(&[2, ANY], &[3, 4], false), Ok(Shape::of(&[2, 4])));
        assert_eq!(shape(&[2, 3], &[4, 3], true), Ok(Shape::of(&[2, 4])));
        assert_eq!(shape(&[2, 3], &[4, 3], false), Err("E-MATMUL-INNER"));
    }

    #[test]
    fn dimensions_before_the_matrices_broadcast() {
        assert_eq!(shape(&[5, 1, 2, 3], &[7, 3, 4], false), Ok(Shape::of(&[5, 7, 2, 4])));
        assert_eq!(shape(&[5, 2, 3], &[7, 3, 4], false), Err("E-MATMUL-BATCH"));
        assert_eq!(shape(&[3], &[3, 4], false), Err("E-RANK-LEAST"));
    }

    #[test]
    fn flops_are_two_for_each_pair_of_elements() {
        let op = MatMul { transpose_a: true, transpose_b: false };
        let inputs = [Shape::of(&[3, 2]), Shape::of(&[3, 4])];
        assert_eq!(op.flops(&inputs, &op.rule(&inputs).unwrap()), 2 * 2 * 3 * 4);
    }
}
