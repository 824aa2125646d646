//! What one use of a tensor contributes to its gradient, and the sum of contributions.

use super::term::Term;
use crate::{
    dtype::DType,
    ops::{AddN, Concat, GatherGradient, Reshape},
    shape::{ANY_DIM, Shape},
};

/// A contribution to a gradient, or the whole of it.
#[derive(Clone, Copy)]
pub(crate) enum Slope {
    /// A number for each element.
    Dense(Term),
    /// Of slices along the first axis, as gathering leaves it: the others have none.
    Sparse(Sparse),
}

/// Slices of a gradient and where they belong: several for one place add up.
#[derive(Clone, Copy)]
pub(crate) struct Sparse {
    /// The slices, shaped as the indices and then as a slice.
    pub(crate) values: Term,
    pub(crate) indices: Term,
    /// What the gradient is of.
    pub(crate) of: Term,
}

impl Slope {
    /// A number for each element: slices are added up where they belong.
    pub(crate) fn dense(self) -> Term {
        match self {
            Slope::Dense(term) => term,
            Slope::Sparse(Sparse { values, indices, of }) => {
                Term::node(GatherGradient { axis: 0 }, &[values, indices, of], values.dtype, values.at)
            }
        }
    }

    pub(crate) fn sum(mut slopes: Vec<Slope>) -> Slope {
        if slopes.len() == 1 {
            return slopes.remove(0);
        }
        let sparse: Vec<Sparse> = slopes.iter().filter_map(|slope| slope.flat()).collect();
        if sparse.len() == slopes.len() {
            return Slope::Sparse(joined(&sparse));
        }
        let terms: Vec<Term> = slopes.into_iter().map(Slope::dense).collect();
        Slope::Dense(Term::node(AddN, &terms, terms[0].dtype, terms[0].at))
    }

    fn flat(&self) -> Option<Sparse> {
        match self {
            Slope::Sparse(sparse) => sparse.flat(),
            Slope::Dense(_) => None,
        }
    }
}

impl Sparse {
    /// With a vector of indices; none where the sizes of a slice are not known before the graph runs.
    pub(crate) fn flat(self) -> Option<Sparse> {
        let indices = self.indices.cast(DType::I64);
        if indices.shape().has_rank() && indices.shape().rank() == 1 {
            return Some(Sparse { indices, ..self });
        }
        let of = self.of.shape();
        if !of.has_rank() {
            return None;
        }
        let slice = Shape::of_dims(of.dims().split_at(1).1);
        slice.is_fully_defined().then(|| {
            let count = indices.shape().elements().map_or(ANY_DIM, |count| count as u32);
            let mut values = Shape::of_dims(&[count]);
            for &size in slice.dims() {
                values = values.push(size);
            }
            Sparse {
                values: self.values.then(Reshape::to(values)),
                indices: indices.then(Reshape::to(Shape::of_dims(&[count]))),
                of: self.of,
            }
        })
    }
}

/// Slices of one tensor, one after the other.
fn joined(sparse: &[Sparse]) -> Sparse {
    let along = |terms: Vec<Term>| Term::node(Concat { axis: 0 }, &terms, terms[0].dtype, terms[0].at);
    Sparse {
        values: along(sparse.iter().map(|sparse| sparse.values).collect()),
        indices: along(sparse.iter().map(|sparse| sparse.indices).collect()),
        of: sparse[0].of,
    }
}
