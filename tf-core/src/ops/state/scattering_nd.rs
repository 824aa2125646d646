//! Updates of chosen elements or blocks of a variable (U17).

use super::{
    changed,
    scattering::{ScatterUpdate, TOO_MANY, change_rows, followed_by},
};
use crate::{
    dtype::{Element, Index, Number},
    engine::run::Run,
    error::{Error, Result, Status},
    ops::{gathering::indices, rules},
    shape::{MAX_RANK, Shape, is_size},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::Value,
};

variable_ops! {
    /// Gives elements of the variable new values, or blocks of it, and yields the whole variable.
    ///
    /// The last dimension of `indices` holds the first coordinates of a place, as many as it is long: of a variable of three dimensions
    /// `[[0, 1, 2]]` is an element, `[[0, 1]]` a row, `[[0]]` a matrix. `updates` has the shape of the other dimensions of `indices`,
    /// followed by that of a block. A place that is not there is an error when the graph runs, and changes nothing; of a place given twice
    /// the last update counts. TensorFlow: `tf.scatter_nd_update`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, constant, get_variable, scatter_nd_update};
    /// let graph = Graph::new();
    /// let update = graph.build(|| {
    ///     let v = get_variable::<i64, _, _>("v", [2, 2], VariableOptions::new());
    ///     scatter_nd_update(v, constant([[0, 1], [1, 0]]), constant([7, 8]))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(update)?, ndarray::arr2(&[[0, 7], [8, 0]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn scatter_nd_update[T: Element, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterNdUpdate": ScatterNd { variable: 0, update: ScatterUpdate::Update }, (indices, updates)

    /// Adds to elements or blocks of the variable; a place given twice is added to twice. Otherwise as
    /// [`scatter_nd_update`](fn@scatter_nd_update). TensorFlow: `tf.scatter_nd_add`.
    pub fn scatter_nd_add[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterNdAdd": ScatterNd { variable: 0, update: ScatterUpdate::Add }, (indices, updates)

    /// Subtracts from elements or blocks of the variable, like [`scatter_nd_add`](fn@scatter_nd_add). TensorFlow: `tf.scatter_nd_sub`.
    pub fn scatter_nd_sub[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterNdSub": ScatterNd { variable: 0, update: ScatterUpdate::Sub }, (indices, updates)
}

/// Changes elements or blocks of a variable and yields its new value.
#[derive(Clone, Copy, Debug)]
pub struct ScatterNd {
    pub(crate) variable: u32,
    update: ScatterUpdate,
}

static SCATTER_ND: Rule = Rule {
    code: "E-SCATTER-SHAPE",
    says: "the updates are not one block of the variable for each place",
    left: "wanted ",
    right: "updates",
    help: "give updates of the shape of the indices without their last dimension, followed by the dimensions of a block",
};
static COORDINATES: Rule = Rule {
    code: "E-SCATTER-COORDINATES",
    says: "a place has {x} coordinates, and the variable {y} dimensions",
    left: "variable",
    right: "indices ",
    help: "give a place one coordinate or more, {y} at most, along the last dimension of the indices",
};

impl ScatterNd {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        match self.update {
            ScatterUpdate::Add => "ResourceScatterNdAdd",
            ScatterUpdate::Sub => "ResourceScatterNdSub",
            _ => "ResourceScatterNdUpdate",
        }
    }

    pub(super) const fn function(&self) -> &'static str {
        match self.update {
            ScatterUpdate::Add => "scatter_nd_add",
            ScatterUpdate::Sub => "scatter_nd_sub",
            _ => "scatter_nd_update",
        }
    }

    const fn works_in_parts(&self) -> bool {
        false
    }

    const fn check(&self, shapes: &[Shape]) -> Result<Shape, SpecError> {
        let (variable, indices, updates) = (shapes[0], shapes[1], shapes[2]);
        if let Err(error) = rules::need_rank_of_at_least(self.function(), 1, &indices, 1) {
            return Err(error);
        }
        if !variable.has_rank() || !indices.has_rank() {
            return Ok(variable);
        }
        let outer = indices.rank() - 1;
        if !is_size(indices.d(outer)) {
            return Ok(variable);
        }
        let coordinates = indices.d(outer) as usize;
        if coordinates == 0 || coordinates > variable.rank() {
            return Err(SpecError::new(self.function(), &COORDINATES)
                .shapes(variable, indices)
                .numbers(coordinates as i64, variable.rank() as i64));
        }
        if outer + variable.rank() - coordinates > MAX_RANK {
            return Err(SpecError::new(self.function(), &TOO_MANY).shapes(indices, variable));
        }
        let wanted = followed_by(indices, outer, variable, coordinates);
        if !wanted.compatible(&updates) {
            return Err(SpecError::new(self.function(), &SCATTER_ND).shapes(wanted, updates));
        }
        Ok(variable)
    }

    const fn flops(&self, shapes: &[Shape]) -> u64 {
        self.update.flops(&shapes[2])
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (places, updates) = (indices(run.input(0)), run.input(1).clone());
        let coordinates = run.input(0).shape().last().copied().unwrap_or(1);
        changed(
            run,
            self.variable,
            |shapes| self.check(shapes),
            |value, _| {
                let (outer, block) = value.shape().split_at(coordinates);
                let rows: Vec<usize> = places
                    .chunks_exact(coordinates)
                    .enumerate()
                    .map(|(position, place)| row(place, outer).ok_or_else(|| outside(position, place, outer)))
                    .collect::<Result<_>>()?;
                let width = block.iter().product();
                change_rows(self.update, value, width, &rows, &updates)
            },
        )
    }
}

/// Which block of those that `outer` counts; `None` where it is outside.
fn row(place: &[i64], outer: &[usize]) -> Option<usize> {
    place.iter().zip(outer).try_fold(0, |row, (&index, &size)| {
        let index = usize::try_from(index).ok()?;
        (index < size).then(|| row * size + index)
    })
}

fn outside(position: usize, place: &[i64], outer: &[usize]) -> Error {
    Error::new(
        Status::InvalidArgument,
        "E-INDEX-RANGE",
        format!(
            "the place {place:?} (number {position} of the indices) is not in a variable whose first sizes are {outer:?}\n  help: look at where the indices come from"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn updates_are_blocks_for_each_place() {
        let op = ScatterNd { variable: 0, update: ScatterUpdate::Update };
        let of = |variable: &[usize], indices: &[usize], updates: &[usize]| {
            op.check(&[Shape::of(variable), Shape::of(indices), Shape::of(updates)]).map_err(|e| e.rule.code)
        };
        let whole = Ok(Shape::of(&[4, 3, 2]));
        assert_eq!(of(&[4, 3, 2], &[5, 3], &[5]), whole);
        assert_eq!(of(&[4, 3, 2], &[5, 1], &[5, 3, 2]), whole);
        assert_eq!(of(&[4, 3, 2], &[5, 6, 2], &[5, 6, 2]), whole);
        assert_eq!(of(&[4, 3, 2], &[2], &[2]), whole);
        assert_eq!(of(&[4, 3, 2], &[5, ANY], &[9]), whole);
        assert_eq!(of(&[4, 3, 2], &[5, 3], &[]), Err("E-SCATTER-SHAPE"));
        assert_eq!(of(&[4, 3, 2], &[5, 2], &[5, 3]), Err("E-SCATTER-SHAPE"));
        assert_eq!(of(&[4, 3, 2], &[5, 4], &[5]), Err("E-SCATTER-COORDINATES"));
        assert_eq!(of(&[4, 3, 2], &[5, 0], &[5, 4, 3, 2]), Err("E-SCATTER-COORDINATES"));
        assert_eq!(of(&[4], &[], &[]), Err("E-RANK-LEAST"));
    }

    #[test]
    fn places_count_rows() {
        assert_eq!((row(&[1, 2], &[3, 4]), row(&[2], &[3])), (Some(6), Some(2)));
        assert_eq!((row(&[3, 0], &[3, 4]), row(&[0, -1], &[3, 4])), (None, None));
    }
}
