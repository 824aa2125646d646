//! The op that draws orthonormal matrices for initial values (I11, I13).

use crate::{
    dtype::DType,
    engine::{cast, run::Run},
    error::Result,
    shape::Shape,
    spec::SpecError,
    value::Value,
};
use tf_kernels::{
    orthogonal::orthonormalize,
    random::{self, RandomStream},
};

/// Draws a normal matrix and makes its columns, or its rows where those are fewer, orthonormal.
#[derive(Clone, Copy, Debug)]
pub struct Orthogonal {
    pub(crate) shape: Shape,
    pub(crate) gain: f64,
    /// Whether the matrix stands in the middle of a filter that is zero elsewhere.
    pub(crate) delta: bool,
    /// Graph seed and op seed, as TensorFlow combines them.
    pub(crate) seeds: (u64, u64),
}

impl Orthogonal {
    pub(super) const fn type_name(&self) -> &'static str {
        "Qr"
    }

    pub(crate) const fn rule(&self, _: &[Shape]) -> Result<Shape, SpecError> {
        Ok(self.shape)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.shape().to_vec();
        let (outputs, rest) = shape.split_last().expect("the register refuses variables of fewer than two dimensions");
        // Rows and columns of the matrix that is drawn, of which there are no fewer rows.
        let inputs = if self.delta { *outputs } else { rest.iter().product() };
        let (rows, columns) = (inputs.max(*outputs), inputs.min(*outputs));
        let matrix = self.draw(run, rows, columns);
        let whole = |row: usize, column: usize| {
            let element = if inputs < *outputs { matrix[row * rows + column] } else { matrix[column * rows + row] };
            element * self.gain
        };
        let mut elements = vec![0.0; shape.iter().product()];
        let (from, count) = if self.delta { self.middle(rest) } else { (0, inputs) };
        for (row, out) in elements.chunks_exact_mut((*outputs).max(1)).skip(from).take(count).enumerate() {
            for (column, element) in out.iter_mut().enumerate() {
                *element = whole(row, column);
            }
        }
        Ok(cast::cast(&Value::new(shape, elements), run.spec(0).dtype))
    }

    /// The rows of a filter that lie in its middle: from which on, and how many.
    fn middle(&self, rest: &[usize]) -> (usize, usize) {
        let (inputs, field) = rest.split_last().expect("the register refuses filters of fewer than three dimensions");
        let position = field.iter().fold(0, |position, &size| position * size + size.saturating_sub(1) / 2);
        (position * inputs, *inputs)
    }

    /// Orthonormal columns, one after the other.
    fn draw(&self, run: &Run<'_>, rows: usize, columns: usize) -> Vec<f64> {
        let count = rows * columns;
        let block = run.advance(random::blocks_per_execution(count));
        let stream = RandomStream { seed: self.seeds.0, seed2: self.seeds.1, block };
        let mut drawn = vec![0.0f64; count];
        if run.spec(0).dtype == DType::F64 {
            random::normal_f64(stream, &mut drawn);
        } else {
            let mut singles = vec![0.0f32; count];
            random::normal_f32(stream, &mut singles);
            drawn.iter_mut().zip(singles).for_each(|(wide, single)| *wide = single.into());
        }
        // Drawn row by row.
        let mut matrix: Vec<f64> =
            (0..columns).flat_map(|column| drawn.iter().skip(column).step_by(columns).copied()).collect();
        orthonormalize(&mut matrix, rows);
        matrix
    }
}
