//! Updates of chosen rows of a variable (U16).

use super::changed;
use crate::{
    dtype::{DType, Element, Index, Number},
    engine::run::{Run, kernel_error},
    error::Result,
    ops::{NO_FLOPS, gathering::indices, per_element, rules},
    shape::{MAX_RANK, Shape},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::{Data, Value},
};
use tf_kernels::{
    KernelError,
    scatter::{self, ScatterOp},
};

variable_ops! {
    /// Gives the rows of the variable at `indices` new values and yields the whole variable.
    ///
    /// `updates` has a row of the variable for each index, `indices.shape + variable.shape[1..]`, or is one number for all of them. An index
    /// that is not there is an error when the graph runs, and changes nothing; of an index given twice the last row counts.
    /// TensorFlow: `tf.scatter_update`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, constant, get_variable, scatter_update, zeros_initializer};
    /// let graph = Graph::new();
    /// let update = graph.build(|| {
    ///     let v = get_variable::<f32, _, _>("v", [3, 2], VariableOptions::new().initializer(zeros_initializer()));
    ///     scatter_update(v, constant([2, 0]), constant([[1.0, 2.0], [3.0, 4.0]]))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(update)?, ndarray::arr2(&[[3.0, 4.0], [0.0, 0.0], [1.0, 2.0]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn scatter_update[T: Element, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterUpdate": Scatter { variable: 0, update: ScatterUpdate::Update }, (indices, updates)

    /// Adds to the rows of the variable at `indices`; an index given twice is added to twice. Otherwise as
    /// [`scatter_update`](fn@scatter_update). TensorFlow: `tf.scatter_add`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, constant, get_variable};
    /// let graph = Graph::new();
    /// let update = graph.build(|| {
    ///     let counts = get_variable::<i64, _, _>("counts", [3], VariableOptions::new());
    ///     counts.scatter_add(constant([1, 1, 2]), 1)
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(update)?.as_slice(), Some(&[0, 2, 1][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn scatter_add[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterAdd": Scatter { variable: 0, update: ScatterUpdate::Add }, (indices, updates)

    /// Subtracts from the rows of the variable at `indices`, like [`scatter_add`](fn@scatter_add). TensorFlow: `tf.scatter_sub`.
    pub fn scatter_sub[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterSub": Scatter { variable: 0, update: ScatterUpdate::Sub }, (indices, updates)

    /// Multiplies the rows of the variable at `indices`, like [`scatter_add`](fn@scatter_add). TensorFlow: `tf.scatter_mul`.
    pub fn scatter_mul[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterMul": Scatter { variable: 0, update: ScatterUpdate::Mul }, (indices, updates)

    /// Divides the rows of the variable at `indices`, like [`scatter_add`](fn@scatter_add); integers truncate toward zero, and division of
    /// them by zero is an error that changes nothing. TensorFlow: `tf.scatter_div`.
    pub fn scatter_div[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterDiv": Scatter { variable: 0, update: ScatterUpdate::Div }, (indices, updates)

    /// Keeps the smaller of each element and its update in the rows of the variable at `indices`. TensorFlow: `tf.scatter_min`.
    pub fn scatter_min[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterMin": Scatter { variable: 0, update: ScatterUpdate::Min }, (indices, updates)

    /// Keeps the larger of each element and its update in the rows of the variable at `indices`. TensorFlow: `tf.scatter_max`.
    pub fn scatter_max[T: Number, I: Index](variable, indices: impl AsTensor<I>, updates: impl AsTensor<T>);
    "ScatterMax": Scatter { variable: 0, update: ScatterUpdate::Max }, (indices, updates)
}

/// What happens to a chosen element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScatterUpdate {
    /// The update replaces it.
    Update,
    /// The update is added.
    Add,
    /// The update is subtracted.
    Sub,
    /// It is multiplied by the update.
    Mul,
    /// It is divided by the update.
    Div,
    /// The smaller one is kept.
    Min,
    /// The larger one is kept.
    Max,
}

impl ScatterUpdate {
    pub(super) const fn flops(self, updates: &Shape) -> u64 {
        match self {
            ScatterUpdate::Update => NO_FLOPS,
            _ => per_element(updates),
        }
    }
}

/// Changes rows of a variable and yields its new value.
#[derive(Clone, Copy, Debug)]
pub struct Scatter {
    pub(crate) variable: u32,
    update: ScatterUpdate,
}

static SCATTER: Rule = Rule {
    code: "E-SCATTER-SHAPE",
    says: "the updates are not one row of the variable for each index",
    left: "wanted ",
    right: "updates",
    help: "give updates of the shape of the indices followed by the variable's without its first dimension, or one number",
};

impl Scatter {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        match self.update {
            ScatterUpdate::Update => "ResourceScatterUpdate",
            ScatterUpdate::Add => "ResourceScatterAdd",
            ScatterUpdate::Sub => "ResourceScatterSub",
            ScatterUpdate::Mul => "ResourceScatterMul",
            ScatterUpdate::Div => "ResourceScatterDiv",
            ScatterUpdate::Min => "ResourceScatterMin",
            ScatterUpdate::Max => "ResourceScatterMax",
        }
    }

    pub(super) const fn function(&self) -> &'static str {
        match self.update {
            ScatterUpdate::Update => "scatter_update",
            ScatterUpdate::Add => "scatter_add",
            ScatterUpdate::Sub => "scatter_sub",
            ScatterUpdate::Mul => "scatter_mul",
            ScatterUpdate::Div => "scatter_div",
            ScatterUpdate::Min => "scatter_min",
            ScatterUpdate::Max => "scatter_max",
        }
    }

    const fn works_in_parts(&self) -> bool {
        false
    }

    const fn check(&self, shapes: &[Shape]) -> Result<Shape, SpecError> {
        let (variable, indices, updates) = (shapes[0], shapes[1], shapes[2]);
        if let Err(error) = rules::need_rank_of_at_least(self.function(), 0, &variable, 1) {
            return Err(error);
        }
        let is_one = updates.has_rank() && updates.rank() == 0;
        if is_one || !variable.has_rank() || !indices.has_rank() {
            return Ok(variable);
        }
        if indices.rank() + variable.rank() - 1 > MAX_RANK {
            return Err(SpecError::new(self.function(), &TOO_MANY).shapes(indices, variable));
        }
        let wanted = followed_by(indices, indices.rank(), variable, 1);
        if !wanted.compatible(&updates) {
            return Err(SpecError::new(self.function(), &SCATTER).shapes(wanted, updates));
        }
        Ok(variable)
    }

    const fn flops(&self, shapes: &[Shape]) -> u64 {
        self.update.flops(&shapes[2])
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (places, updates) = (indices(run.input(0)), run.input(1).clone());
        changed(
            run,
            self.variable,
            |shapes| self.check(shapes),
            |value, _| {
                let size = value.shape()[0];
                let rows: Vec<usize> = places
                    .iter()
                    .enumerate()
                    .map(|(position, &index)| match usize::try_from(index) {
                        Ok(row) if row < size => Ok(row),
                        _ => Err(kernel_error(&KernelError::IndexOutOfRange { position, index, size })),
                    })
                    .collect::<Result<_>>()?;
                let width = value.shape()[1..].iter().product();
                change_rows(self.update, value, width, &rows, &updates)
            },
        )
    }
}

pub(super) static TOO_MANY: Rule = Rule {
    code: "E-RANK-LIMIT",
    says: "the updates have more than eight dimensions, which are the most",
    left: "indices ",
    right: "variable",
    help: "join dimensions of the indices with `tf::reshape`",
};

/// The first `first` dimensions of one shape, then those of the other from `from` on; the caller has seen that there is room.
pub(super) const fn followed_by(a: Shape, first: usize, b: Shape, from: usize) -> Shape {
    let mut shape = Shape::SCALAR;
    let mut i = 0;
    while i < first {
        shape = shape.push(a.d(i));
        i += 1;
    }
    i = from;
    while i < b.rank() {
        shape = shape.push(b.d(i));
        i += 1;
    }
    shape
}

/// Changes rows of `width` elements, which are known to be there.
pub(super) fn change_rows(
    update: ScatterUpdate,
    value: &mut Value,
    width: usize,
    rows: &[usize],
    updates: &Value,
) -> Result<()> {
    const SAME: &str = "updates have the variable's type";
    let op = match update {
        ScatterUpdate::Update => {
            macro_rules! replace {
                ($($variant:ident)*) => {
                    match updates.data() {
                        $(Data::$variant(updates) => {
                            scatter::scatter_update(value.as_mut_slice().expect(SAME), width, rows, updates);
                        })*
                    }
                };
            }
            replace!(F16 BF16 F32 F64 I8 I16 I32 I64 U8 U16 U32 U64 Bool String);
            return Ok(());
        }
        ScatterUpdate::Add => ScatterOp::Add,
        ScatterUpdate::Sub => ScatterOp::Sub,
        ScatterUpdate::Mul => ScatterOp::Mul,
        ScatterUpdate::Div => ScatterOp::Div,
        ScatterUpdate::Min => ScatterOp::Min,
        ScatterUpdate::Max => ScatterOp::Max,
    };
    macro_rules! by_type {
        ($($dtype:ident $t:ty = $f:path;)*) => {
            match value.dtype() {
                $(DType::$dtype => {
                    let updates = updates.as_slice::<$t>().expect(SAME);
                    $f(op, value.as_mut_slice().expect("the match found this type"), width, rows, updates)
                })*
                other => unreachable!("{other} is no `Number`"),
            }
        };
    }
    by_type! {
        F16 half::f16 = scatter::scatter_f16;
        BF16 half::bf16 = scatter::scatter_bf16;
        F32 f32 = scatter::scatter_f32;
        F64 f64 = scatter::scatter_f64;
        I32 i32 = scatter::scatter_i32;
        I64 i64 = scatter::scatter_i64;
    }
    .map_err(|error| kernel_error(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn updates_are_rows_for_each_index_or_one_number() {
        let op = Scatter { variable: 0, update: ScatterUpdate::Add };
        let of = |variable: &[usize], indices: &[usize], updates: &[usize]| {
            op.check(&[Shape::of(variable), Shape::of(indices), Shape::of(updates)]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(&[5, 3], &[2], &[2, 3]), Ok(Shape::of(&[5, 3])));
        assert_eq!(of(&[5, 3], &[], &[3]), Ok(Shape::of(&[5, 3])));
        assert_eq!(of(&[5], &[2, 2], &[2, 2]), Ok(Shape::of(&[5])));
        assert_eq!(of(&[5, 3], &[ANY], &[4, ANY]), Ok(Shape::of(&[5, 3])));
        assert_eq!(of(&[5, 3], &[2], &[]), Ok(Shape::of(&[5, 3])));
        assert_eq!(of(&[5, 3], &[2], &[3]), Err("E-SCATTER-SHAPE"));
        assert_eq!(of(&[5, 3], &[2], &[2, 4]), Err("E-SCATTER-SHAPE"));
        assert_eq!(of(&[], &[1], &[1]), Err("E-RANK-LEAST"));
        assert_eq!(of(&[5, 1, 1, 1, 1], &[1; 5], &[1]), Err("E-RANK-LIMIT"));
        let unknown = [Shape::of(&[5]), Shape::UNKNOWN, Shape::UNKNOWN];
        assert_eq!(op.check(&unknown).map_err(|e| e.rule.code), Ok(Shape::of(&[5])));
    }
}
